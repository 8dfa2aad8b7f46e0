/**
 * Routes each query to the program that answers it, on this machine or on another node.
 *
 * @module
 */

import { ZERO_IDENTITY } from "../../codec/protocols/astral/mod.ts";
import { UnreachedError } from "../host/connect/mod.ts";
import { type Clock, HostError, type PeerInfo, type WaitOptions } from "../host/mod.ts";
import { type Answerer, type Call, type Connection, nameOf, type PeerAsking } from "./channels/mod.ts";
import type { ServiceEvent } from "./events.ts";
import type { Peers } from "./peers.ts";

/** What a router is made of. */
export interface RouterParts {
  /** The node's own identity. */
  readonly identity: string;
  readonly clock: Clock;
  /** The way to other nodes. */
  readonly asking: PeerAsking | null;
  readonly peers: Peers;
  /** How long a query may take, in milliseconds. */
  readonly queryTimeoutMs: number;
  /** Those who answer here, in the order in which they are asked. */
  readonly answerers: readonly Answerer[];
  /** Whether somebody here answers for an identity that is not the node's. */
  readonly isHere: (identity: string) => boolean;
  readonly emit: (event: ServiceEvent) => void;
}

/** How many failures are remembered: programs ask at once. */
const FAILURES_MAX = 64;
/** What messages of the link begin with, which says nothing to those who did not open it. */
const LINK_ACTION = /^Opening "\/warpwire\/query\/\d+" failed: /;

/** Why a peer could not be asked. */
export interface QueryFailure {
  readonly peer: string;
  readonly code: string;
  /** In words. */
  readonly reason: string;
}

/** The way of queries. */
export class Router {
  readonly #parts: RouterParts;
  /** Why peers could not be asked the last time, the latest at the end. */
  readonly #failures = new Map<string, QueryFailure>();

  constructor(parts: RouterParts) {
    this.#parts = parts;
  }

  /**
   * Asks for the stream of a query.
   *
   * @param peer More about the target than its identity: where it may be found
   * @throws HostError `rejected` with the code; `unknown-protocol` if nobody answers; `unreachable`, `busy`, `timeout`,
   * `aborted`; `unsupported` for a caller in whose name this node cannot ask others
   */
  async ask(call: Call, options: WaitOptions = {}, peer?: PeerInfo): Promise<Connection> {
    const { clock, emit, queryTimeoutMs } = this.#parts;
    const started = clock.now();
    const { signal, timeoutMs = queryTimeoutMs } = options;
    let outcome: Extract<ServiceEvent, { type: "query" }>["outcome"] = "failed";
    try {
      const connection = await this.#ask(call, { signal, timeoutMs }, peer);
      outcome = "accepted";
      return connection;
    } catch (error) {
      if (error instanceof HostError) outcome = error.code;
      throw error;
    } finally {
      const { origin, caller, target, query } = call;
      emit({
        type: "query",
        origin,
        caller,
        target,
        name: nameOf(query),
        outcome,
        durationMs: Math.round(clock.now() - started),
      });
    }
  }

  /** Why a query to a peer failed the last time; `undefined` if it did not, or that was long ago. */
  failureOf(peer: string): QueryFailure | undefined {
    return this.#failures.get(peer);
  }

  async #noting<T>(peer: string, asking: Promise<T>): Promise<T> {
    this.#failures.delete(peer);
    try {
      return await asking;
    } catch (error) {
      if (error instanceof HostError) {
        const reason = error instanceof UnreachedError ? error.reason : error.message.replace(LINK_ACTION, "");
        this.#failures.set(peer, { peer, code: error.code, reason });
        const [oldest] = this.#failures.keys();
        if (this.#failures.size > FAILURES_MAX) this.#failures.delete(oldest);
      }
      throw error;
    }
  }

  #ask(call: Call, options: WaitOptions, peer?: PeerInfo): Promise<Connection> {
    const { identity, isHere, peers } = this.#parts;
    const { caller, target, origin } = call;
    if (origin === "peer") peers.heard(caller);
    if (target === identity || isHere(target)) return this.#askHere(call, options);
    return this.#askPeer(call, options, peer ?? { peerId: target });
  }

  async #askHere(call: Call, options: WaitOptions): Promise<Connection> {
    for (const answerer of this.#parts.answerers) {
      const connection = await answerer.ask(call, options);
      if (connection !== null) return connection;
    }
    throw new HostError("unknown-protocol", `No program takes the query "${nameOf(call.query)}"`);
  }

  async #askPeer(call: Call, options: WaitOptions, peer: PeerInfo): Promise<Connection> {
    const { identity, asking, peers } = this.#parts;
    const { caller, target, query, network } = call;
    if (!network || asking === null || peer.peerId === ZERO_IDENTITY) {
      throw new HostError("unreachable", `No way leads to "${target}"`);
    }
    // A node proves its own identity to others, and has no keys of its guests.
    if (caller !== identity) throw new HostError("unsupported", `Cannot ask others in the name of "${caller}"`);
    const connection = await this.#noting(peer.peerId, asking.ask(peer, query, options));
    peers.asked(connection.stream.peerInfo.peerId);
    return connection;
  }
}
