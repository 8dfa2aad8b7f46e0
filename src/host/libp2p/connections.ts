/**
 * Finds the addresses of peers, and the connection to a peer, or makes it.
 *
 * @module
 */

import type { Connection, PeerId } from "@libp2p/interface";
import type { Libp2p } from "libp2p";
import { AddressBook, dialFailureOf, OtherPeerError, SILENCE, UnreachedError } from "../connect/mod.ts";
import { HostError } from "../error.ts";
import { firstOf, pause, systemClock } from "../timing/mod.ts";
import type { PeerInfo } from "../host.ts";
import { fromMultiaddrText, peerIdOfMultiaddr, toLibp2pId, toMultiaddrText } from "./names.ts";
import type { Libp2pPackages } from "./packages.ts";

const CLOSE_TIMEOUT_MS = 500;
/** How often others may give up an attempt that we share. */
const SHARED_MAX = 8;
/**
 * A connection that breaks during its handshake is made again so many times, after pauses of which each is twice the one
 * before: a machine whose places are all taken breaks off what came first, and a later attempt may have more luck.
 */
const BROKEN_MAX = 4;
const BROKEN_PAUSE_MS = 100;

/** The peer to reach, and where to look. */
export interface Libp2pDialPlan {
  /** What is done, as the beginning of a message: `Opening "warpdrive"`. */
  readonly action: string;
  readonly peer: PeerInfo;
  /** Where the peer may be, the best first. Addresses that TCP does not reach are skipped. */
  readonly addresses: readonly string[];
  /** Gives up; its reason is a `HostError`. */
  readonly signal: AbortSignal;
  /** Gets what happens at the addresses, while nothing leads to the peer. */
  readonly tried: { outcomes: ReadonlyMap<string, unknown> };
}

/** What came of attempts at several addresses. */
type Dialed = { readonly value: Connection } | { readonly errors: readonly unknown[] };

/** Attempts under way. */
interface Dialing {
  readonly key: string;
  readonly first: Promise<Dialed>;
  /** Aborted when no caller is left. */
  readonly left: AbortController;
  /** What has happened at the addresses that were tried. */
  readonly outcomes: ReadonlyMap<string, unknown>;
  callers: number;
}

/** The connections of a node. */
export class Libp2pConnections {
  readonly #node: Libp2p;
  readonly #packages: Libp2pPackages;
  /** Those that somebody uses. */
  readonly #chosen = new WeakSet<Connection>();
  readonly #dialing = new Map<string, Dialing>();

  constructor(node: Libp2p, packages: Libp2pPackages) {
    this.#node = node;
    this.#packages = packages;
  }

  /** A connection that is there, if there is one. Without an id it is one that was made to one of the addresses. */
  find({ peer, addresses }: Pick<Libp2pDialPlan, "peer" | "addresses">): Connection | null {
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
   * Makes a connection: the addresses are tried a little after each other, and the first at which the right peer proves
   * itself wins.
   *
   * @throws HostError `unreachable`, or the reason of the signal
   */
  async dial({ action, peer, addresses, signal, tried }: Libp2pDialPlan): Promise<Connection> {
    const id = peer.peerId === "" ? null : toLibp2pId(peer.peerId);
    if (peer.peerId !== "" && this.#idOf(peer.peerId) === null) {
      throw new HostError("unreachable", `${action} failed: "${peer.peerId}" is not a valid public key`);
    }
    const ways = addresses.filter((address) => toMultiaddrText(address) !== null);
    const dialing = this.#sharedDialing(id, ways);
    tried.outcomes = dialing.outcomes;
    const first = await this.#await(dialing, signal);
    if ("value" in first) {
      tried.outcomes = new Map();
      this.#chosen.add(first.value);
      return first.value;
    }
    signal.throwIfAborted();
    if (ways.length === 0) {
      throw new HostError("unreachable", `${action} failed: no address is known of "${peer.peerId}"`);
    }
    throw new UnreachedError(action, ways.map((address, index) => ({ address, error: first.errors[index] })));
  }

  /** Attempts that several callers wait for are made once. */
  #sharedDialing(id: string | null, ways: readonly string[]): Dialing {
    const key = [id, ...ways].join(" ");
    const found = this.#dialing.get(key);
    if (found !== undefined) return found;
    const left = new AbortController();
    const outcomes = new Map<string, unknown>();
    const first = firstOf<string, Connection>(ways, {
      clock: systemClock,
      signal: left.signal,
      attempt: async (address, each) => {
        outcomes.set(address, SILENCE);
        try {
          return await this.#dialOne(toMultiaddrText(address)!, id, each);
        } catch (error) {
          if (!each.aborted) outcomes.set(address, error);
          throw error;
        }
      },
      discard: (connection) => this.#discard(connection),
    });
    const dialing = { key, first, left, outcomes, callers: 0 };
    this.#dialing.set(key, dialing);
    return dialing;
  }

  /** Waits for attempts, which are given up when all who wait for them have. */
  async #await(dialing: Dialing, signal: AbortSignal): Promise<Dialed> {
    const { key } = dialing;
    dialing.callers++;
    let onAbort = () => {};
    const left = new Promise<never>((_, reject) => onAbort = () => reject(signal.reason));
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    try {
      return await Promise.race([dialing.first, left]);
    } finally {
      signal.removeEventListener("abort", onAbort);
      if (--dialing.callers === 0) {
        if (this.#dialing.get(key) === dialing) this.#dialing.delete(key);
        dialing.left.abort(new Error("Nobody waits for the connection any more"));
      }
    }
  }

  /** Closes a connection that came too late, unless somebody else has got it meanwhile. */
  #discard(connection: Connection): void {
    systemClock.setTimer(0, () => {
      if (!this.#chosen.has(connection)) connection.abort(new Error("Another address was faster"));
    });
  }

  /**
   * Dials one address, without the id: libp2p would join attempts at several addresses of one peer. The peer still proves
   * who it is. An attempt of another caller may be shared; if that caller gives up, we try ourselves.
   */
  async #dialOne(text: string, id: string | null, signal: AbortSignal): Promise<Connection> {
    const given = peerIdOfMultiaddr(text);
    if (id !== null && given !== null && given !== id) throw new OtherPeerError(id, given);
    const bare = id === null ? text : text.replace(`/p2p/${id}`, "");
    for (let attempt = 1, broken = 0;; attempt++) {
      const shared = this.#node.getDialQueue().length > 0;
      try {
        const connection = await this.#node.dial(this.#packages.multiaddr(bare), { signal });
        const found = connection.remotePeer.toString();
        if (id === null || found === id) return connection;
        this.#discard(connection);
        throw new OtherPeerError(id, found);
      } catch (error) {
        if (signal.aborted) throw error;
        if (shared && attempt < SHARED_MAX && isGivenUp(error)) continue;
        if (++broken > BROKEN_MAX || dialFailureOf(error) !== "broken") throw error;
        await pause(systemClock, BROKEN_PAUSE_MS * 2 ** broken, signal);
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
 * The addresses of peers, in two books: those to which the program has gone itself, and those that came by themselves or
 * were announced in the local network. So strangers can't drive out those that matter, however many come. Connections
 * prove who answers: a wrong address costs an attempt, nothing more.
 */
export class KnownPeers {
  readonly #reached = new AddressBook();
  readonly #heard = new AddressBook();

  /** The addresses given with a peer, or else those known, the best first. */
  addressesOf(peer: PeerInfo): readonly string[] {
    const reached = this.#reached.addressesOf(peer);
    return reached === peer.addresses ? reached : unique(reached, this.#heard.addressesOf({ peerId: peer.peerId }));
  }

  /** A peer was reached at the first of these addresses, or the program says that it is there. */
  reached(peerId: string, addresses: readonly string[]): void {
    this.#reached.keep({ peerId, addresses: unique(addresses, this.#reached.addressesOf({ peerId })) });
  }

  /** A peer, or somebody, says where it listens. */
  heard(peerId: string, addresses: readonly string[]): void {
    this.#heard.keep({ peerId, addresses });
  }
}

function unique(...lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())];
}
