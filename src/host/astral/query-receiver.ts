/**
 * How mounted paths get queries from the node, each protocol in its own way, and the queries that are not decided yet.
 *
 * @module
 */

import type { Connector } from "./connection.ts";
import type { AstralNode } from "./node.ts";
import type { RegistrationWatch } from "./registration.ts";
import type { Clock, PeerInfo, Random, Stream } from "../host.ts";
import { type Refusal, StreamRequest } from "../connect/mod.ts";

/** What receives the queries for one host. */
export interface QueryReceiver {
  /** Begins to receive the queries for a path. */
  mount(path: string): void;
  /** Ends that. */
  unmount(path: string): void;
  /**
   * Resolves when the node knows of all mounted paths.
   *
   * @throws HostError of the last attempt to register, after which others follow
   */
  ready(): Promise<void>;
  /** Ends everything; resolves when nothing is left. */
  stop(): Promise<void>;
  /** How many handles of the system there are besides connections. */
  readonly openHandles: number;
}

/** What receivers need of their host. */
export interface QueryReceiverHost {
  readonly node: AstralNode;
  readonly connector: Connector;
  readonly clock: Clock;
  readonly random: Random;
  /** How long closing a connection may take until the system has what was written, in milliseconds. */
  readonly closeTimeoutMs: number;
  readonly watch: RegistrationWatch;
  /** Gives a query to the protocol that it is for. */
  request(request: StreamRequest): void;
}

/** A query, and the ways to answer it. Exactly one of the three is called, once. */
export interface Query {
  readonly peerInfo: PeerInfo;
  /** What is asked for: a path, with arguments where there are any. */
  readonly query: string;
  accept(): Promise<Stream>;
  refuse(refusal: Refusal): void;
  /** Nobody waits for an answer any more. */
  drop(): void;
}

/** The undecided queries of one host. */
export class PendingQueries {
  readonly #clock: Clock;
  readonly #decisionMs: number;
  readonly #leave = new Set<() => void>();

  /** @param decisionMs How long a program has to decide, in milliseconds; then a query is refused as `busy` */
  constructor(clock: Clock, decisionMs: number) {
    this.#clock = clock;
    this.#decisionMs = decisionMs;
  }

  /** The request for a query, and what to call when the peer goes away before it has got an answer. */
  ask({ peerInfo, query, accept, refuse, drop }: Query): { readonly request: StreamRequest; leave(): void } {
    const decided = (): boolean => {
      timer.clear();
      return this.#leave.delete(leave);
    };
    const request = new StreamRequest(peerInfo, query, {
      accept: () => {
        decided();
        return accept();
      },
      refuse: (refusal) => {
        decided();
        refuse(refusal);
      },
    });
    const leave = () => {
      if (!decided()) return;
      request.leave();
      drop();
    };
    const timer = this.#clock.setTimer(this.#decisionMs, () => {
      decided();
      request.leave();
      refuse({ answer: "busy" });
    });
    this.#leave.add(leave);
    return { request, leave };
  }

  /** Drops all queries. */
  clear(): void {
    for (const leave of [...this.#leave]) leave();
  }
}
