/**
 * Finding the connection to a peer, or making it.
 *
 * @module
 */

import type { Connection, PeerId } from "@libp2p/interface";
import type { Libp2p } from "libp2p";
import { HostError } from "./error.ts";
import type { PeerInfo } from "./host.ts";
import { fromMultiaddrText, peerIdOfMultiaddr, toMultiaddrText } from "./libp2p-address.ts";
import type { Libp2pPackages } from "./libp2p-packages.ts";
import { toLibp2pId } from "./libp2p-peer-id.ts";
import { systemClock } from "./system.ts";

const CLOSE_TIMEOUT_MS = 500;
/** How often others may give up an attempt that we share. */
const SHARED_MAX = 8;

/** Whom to reach, and where to look. */
export interface Libp2pDialPlan {
  /** What is done, as the beginning of a message: `Opening "warpdrive"`. */
  readonly action: string;
  readonly peer: PeerInfo;
  /** Where the peer may be, the best first. Addresses that TCP does not reach are skipped. */
  readonly addresses: readonly string[];
  /** Gives up; its reason is a `HostError`. */
  readonly signal: AbortSignal;
}

/** The connections of a node. */
export class Libp2pConnections {
  readonly #node: Libp2p;
  readonly #packages: Libp2pPackages;

  constructor(node: Libp2p, packages: Libp2pPackages) {
    this.#node = node;
    this.#packages = packages;
  }

  /** A connection that is there, if there is one. Without an id it is one that was made to one of the addresses. */
  find({ peer, addresses }: Libp2pDialPlan): Connection | null {
    const id = this.#idOf(peer.peerId);
    if (id !== null) return this.#node.getConnections(id).find(isOpen) ?? null;
    if (peer.peerId !== "") return null;
    const wanted = new Set(addresses.map((address) => fromMultiaddrText(toMultiaddrText(address) ?? "")));
    return this.#node.getConnections().find((connection) =>
      isOpen(connection) && connection.direction === "outbound" &&
      wanted.has(fromMultiaddrText(connection.remoteAddr.toString()))
    ) ?? null;
  }

  /**
   * Makes a connection: the addresses are tried in their order, until the right peer answers.
   *
   * @throws HostError `unreachable`, or the reason of the signal
   */
  async dial({ action, peer, addresses, signal }: Libp2pDialPlan): Promise<Connection> {
    const id = peer.peerId === "" ? null : toLibp2pId(peer.peerId);
    const causes: unknown[] = [];
    const texts = addresses.flatMap((address) => toMultiaddrText(address) ?? []);
    for (const text of peer.peerId !== "" && this.#idOf(peer.peerId) === null ? [] : texts) {
      try {
        return await this.#dialOne(withId(text, id), signal);
      } catch (error) {
        signal.throwIfAborted();
        causes.push(error);
      }
    }
    const where = [peer.peerId, ...addresses].join(" ");
    throw new HostError("unreachable", `${action} failed: nobody who fits answers at "${where}"`, {
      cause: causes.length === 1 ? causes[0] : causes,
    });
  }

  /** Dials one address. libp2p lets us share the attempt of another caller; if that one gives up, we try ourselves. */
  async #dialOne(text: string, signal: AbortSignal): Promise<Connection> {
    for (let attempt = 1;; attempt++) {
      const shared = this.#node.getDialQueue().length > 0;
      try {
        return await this.#node.dial(this.#packages.multiaddr(text), { signal });
      } catch (error) {
        if (signal.aborted || !shared || attempt === SHARED_MAX || !isGivenUp(error)) throw error;
      }
    }
  }

  /** The id as an object of libp2p; `null` for what is none. */
  #idOf(peerId: string): PeerId | null {
    const text = peerId === "" ? null : toLibp2pId(peerId);
    try {
      return text === null ? null : this.#packages.peerIdFromString(text);
    } catch {
      return null;
    }
  }
}

/** Whether an attempt ended because somebody gave it up. */
function isGivenUp(error: unknown): boolean {
  const { name } = error as { name?: string };
  return name === "AbortError" || name === "TimeoutError";
}

/** Whether a connection can be used. */
export function isOpen({ status }: Connection): boolean {
  return status === "open";
}

/**
 * Closes a connection after what was written to its streams; a peer that takes nothing has half a second. A node that
 * stops would itself destroy the sockets of connections that others made.
 */
export async function closeConnection(connection: Connection): Promise<void> {
  const closed = new Promise<void>((resolve) => connection.addEventListener("close", () => resolve(), { once: true }));
  const timer = systemClock.setTimer(CLOSE_TIMEOUT_MS, () => connection.abort(new Error("Closing took too long")));
  connection.close().catch((error) => connection.abort(error));
  await closed;
  timer.clear();
}

/**
 * The multiaddr that makes libp2p insist on a peer.
 *
 * @throws HostError `unreachable` for the address of somebody else
 */
function withId(text: string, id: string | null): string {
  const given = peerIdOfMultiaddr(text);
  if (id === null || given === id) return text;
  if (given === null) return `${text}/p2p/${id}`;
  throw new HostError("unreachable", `"${text}" is the address of another peer`);
}
