/**
 * The slots of connections that others make to a libp2p host: while they prove who they are, and afterwards.
 *
 * @module
 */

import type { Connection, ConnectionGater, MultiaddrConnection } from "@libp2p/interface";
import { HostError } from "../error.ts";
import type { ConnectionRefusal } from "./options.ts";
import { fromLibp2pId } from "./names.ts";
import { machineGroup, type SlotHolder, SlotTable } from "../connect/mod.ts";

/** How many connections may be proving themselves at once: what each costs is a handshake. */
const PENDING_MAX = 128;

/** What decides about slots. */
export interface Libp2pSlotsPlan {
  readonly connectionsMax: number;
  readonly isKnown: (peerId: string) => boolean;
  /** Whether a program has accepted a stream on a connection. */
  readonly isUsed: (connection: Connection) => boolean;
  /** Called with the peer that got no slot or lost it. */
  readonly whenRefused: (source: string, reason: ConnectionRefusal) => void;
}

/** The slots of one host. */
export class Libp2pSlots {
  readonly #plan: Libp2pSlotsPlan;
  readonly #pending = new SlotTable<SlotHolder>(PENDING_MAX);
  readonly #open: SlotTable<SlotHolder>;
  readonly #proving = new WeakMap<MultiaddrConnection, SlotHolder>();

  constructor(plan: Libp2pSlotsPlan) {
    this.#plan = plan;
    this.#open = new SlotTable(plan.connectionsMax);
  }

  /** What libp2p asks about each connection, before and after its handshake. */
  readonly gater: ConnectionGater = {
    denyInboundConnection: (begun) => !this.#begin(begun),
    denyInboundUpgradedConnection: (_peer, begun) => {
      const slot = this.#proving.get(begun);
      if (slot !== undefined) this.#pending.leave(slot);
      return false;
    },
  };

  /** Gives a connection that others have made a slot, or breaks it off. */
  admit(connection: Connection): void {
    if (connection.direction !== "inbound") return;
    const { isKnown, isUsed, whenRefused } = this.#plan;
    const peerId = fromLibp2pId(connection.remotePeer.toString());
    const slot: SlotHolder = {
      group: isKnown(peerId) ? peerId : machineOf(connection),
      get known() {
        return isKnown(peerId);
      },
      get used() {
        return isUsed(connection);
      },
      evict: () => {
        whenRefused(peerId, "given way");
        connection.abort(new HostError("busy", "The connection had to give way to others"));
      },
    };
    if (!this.#open.take(slot)) {
      whenRefused(peerId, "over the limit");
      return connection.abort(new HostError("busy", "Too many connections"));
    }
    connection.addEventListener("close", () => this.#open.leave(slot), { once: true });
  }

  #begin(begun: MultiaddrConnection): boolean {
    const { whenRefused } = this.#plan;
    const group = machineOf(begun);
    const slot: SlotHolder = {
      ...{ group, known: false, used: false },
      evict: () => {
        whenRefused(group ?? "", "given way");
        begun.abort(new HostError("busy", "The connection had to give way to others"));
      },
    };
    if (!this.#pending.take(slot)) {
      whenRefused(group ?? "", "over the limit");
      return false;
    }
    this.#proving.set(begun, slot);
    begun.addEventListener("close", () => this.#pending.leave(slot), { once: true });
    return true;
  }
}

/** The machine that a connection comes from. */
function machineOf({ remoteAddr }: { readonly remoteAddr: { toString(): string } }): string | null {
  return machineGroup(/^\/ip[46](?:zone\/[^/]+\/ip6)?\/([^/]+)/.exec(remoteAddr.toString())?.[1]);
}
