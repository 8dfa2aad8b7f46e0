/**
 * The places of connections that others make to a libp2p host: while they prove who they are, and afterwards.
 *
 * @module
 */

import type { Connection, ConnectionGater, MultiaddrConnection } from "@libp2p/interface";
import { HostError } from "../error.ts";
import type { ConnectionRefusal } from "./options.ts";
import { fromLibp2pId } from "./peer-id.ts";
import { machineGroup, type PlaceHolder, Places } from "../connect/mod.ts";

/** How many connections may be proving themselves at once: what each costs is a handshake. */
const PENDING_MAX = 128;

/** What decides about places. */
export interface Libp2pPlacesPlan {
  readonly connectionsMax: number;
  readonly isKnown: (peerId: string) => boolean;
  /** Whether a program has accepted a stream on a connection. */
  readonly isUsed: (connection: Connection) => boolean;
  /** Called with whom a place was refused or taken. */
  readonly whenRefused: (source: string, reason: ConnectionRefusal) => void;
}

/** The places of one host. */
export class Libp2pPlaces {
  readonly #plan: Libp2pPlacesPlan;
  readonly #pending = new Places<PlaceHolder>(PENDING_MAX);
  readonly #open: Places<PlaceHolder>;
  readonly #proving = new WeakMap<MultiaddrConnection, PlaceHolder>();

  constructor(plan: Libp2pPlacesPlan) {
    this.#plan = plan;
    this.#open = new Places(plan.connectionsMax);
  }

  /** What libp2p asks about each connection, before and after its handshake. */
  readonly gater: ConnectionGater = {
    denyInboundConnection: (begun) => !this.#begin(begun),
    denyInboundUpgradedConnection: (_peer, begun) => {
      const place = this.#proving.get(begun);
      if (place !== undefined) this.#pending.leave(place);
      return false;
    },
  };

  /** Gives a connection that others have made a place, or breaks it off. */
  admit(connection: Connection): void {
    if (connection.direction !== "inbound") return;
    const { isKnown, isUsed, whenRefused } = this.#plan;
    const peerId = fromLibp2pId(connection.remotePeer.toString());
    const place: PlaceHolder = {
      group: isKnown(peerId) ? peerId : machineOf(connection),
      get known() {
        return isKnown(peerId);
      },
      get used() {
        return isUsed(connection);
      },
      giveWay: () => {
        whenRefused(peerId, "given way");
        connection.abort(new HostError("busy", "The connection had to give way to others"));
      },
    };
    if (!this.#open.take(place)) {
      whenRefused(peerId, "over the limit");
      return connection.abort(new HostError("busy", "Too many connections"));
    }
    connection.addEventListener("close", () => this.#open.leave(place), { once: true });
  }

  #begin(begun: MultiaddrConnection): boolean {
    const { whenRefused } = this.#plan;
    const group = machineOf(begun);
    const place: PlaceHolder = {
      ...{ group, known: false, used: false },
      giveWay: () => {
        whenRefused(group ?? "", "given way");
        begun.abort(new HostError("busy", "The connection had to give way to others"));
      },
    };
    if (!this.#pending.take(place)) {
      whenRefused(group ?? "", "over the limit");
      return false;
    }
    this.#proving.set(begun, place);
    begun.addEventListener("close", () => this.#pending.leave(place), { once: true });
    return true;
  }
}

/** The machine that a connection comes from. */
function machineOf({ remoteAddr }: { readonly remoteAddr: { toString(): string } }): string | null {
  return machineGroup(/^\/ip[46](?:zone\/[^/]+\/ip6)?\/([^/]+)/.exec(remoteAddr.toString())?.[1]);
}
