/**
 * Receiving queries from a node of 2026: one connection announces all queries to the program's identity, and each that
 * is accepted gets a connection of its own.
 *
 * @module
 */

import type { IncomingQuery } from "../../../codec/protocols/astral/mod.ts";
import { attachQuery, readIncoming, registerService, rejectIncoming } from "./apphost-2026.ts";
import { peerOfIdentity } from "./address.ts";
import { Attempt, type NodeConnection } from "./connection.ts";
import { PendingQueries, type QueryReceiver, type QueryReceiverHost } from "./query-receiver.ts";
import { type Held, Registration } from "./registration.ts";
import { HostError } from "../error.ts";
import type { Stream } from "../host.ts";
import type { Refusal } from "../connect/mod.ts";
import { wait } from "../timing/mod.ts";

/** How long the node keeps a query for the program to take or to reject, in milliseconds. */
const ANSWER_MS = 5000;
/** How long a program has to decide, so that its answer comes in time. */
const DECISION_MS = 0.9 * ANSWER_MS;

/** The paths of one host. They are registered together, from the first mount on until the host stops. */
export class QueryReceiver2026 implements QueryReceiver {
  readonly #host: QueryReceiverHost;
  readonly #pending: PendingQueries;
  readonly openHandles = 0;
  #registration: Registration | null = null;

  constructor(host: QueryReceiverHost) {
    this.#host = host;
    this.#pending = new PendingQueries(host.clock, DECISION_MS);
  }

  mount(): void {
    const { clock, random, watch } = this.#host;
    this.#registration ??= new Registration({
      clock,
      random,
      watch,
      action: "Registering",
      register: (attempt) => this.#register(attempt),
    });
  }

  unmount(): void {
    // The registration is that of the identity; queries for other paths are refused.
  }

  async ready(): Promise<void> {
    await this.#registration?.ready();
  }

  async stop(): Promise<void> {
    this.#pending.clear();
    await this.#registration?.stop();
  }

  async #register(attempt: Attempt): Promise<Held> {
    const session = await this.#host.node.session(attempt);
    if (session.protocol !== "2026") throw new HostError("protocol", "The node speaks the protocol of 2023 now");
    const { connection, guest } = session;
    if (guest === null) throw new HostError("unsupported", "The node gives queries only to programs with a token");
    await registerService(connection.stream, guest);
    attempt.release();
    return { lost: this.#serve(connection), release: () => this.#release(connection) };
  }

  /** Passes queries on until the connection ends, or the node says something else. */
  async #serve(connection: NodeConnection): Promise<void> {
    const refusals = { last: Promise.resolve() };
    try {
      for (;;) {
        this.#ask(connection, await readIncoming(connection.stream), refusals);
        // A node that does not read the answers is asked for no more queries.
        await refusals.last;
      }
    } catch (error) {
      connection.stream.abort(error);
    }
  }

  async #release({ stream, closed }: NodeConnection): Promise<void> {
    await stream.close();
    await closed;
  }

  #ask(connection: NodeConnection, { queryId, caller, query }: IncomingQuery, refusals: { last: Promise<void> }): void {
    const peerInfo = peerOfIdentity(caller);
    const reject = (refusal: Refusal) => {
      refusals.last = rejectIncoming(connection.stream, queryId, refusal).catch(() => {});
    };
    const { request } = this.#pending.ask({
      peerInfo,
      query,
      accept: () => this.#attach(queryId, query, peerInfo),
      refuse: reject,
      // The node notices by itself, and reports it to callers.
      drop: () => {},
    });
    this.#host.request(request);
  }

  async #attach(queryId: string, query: string, peerInfo: Stream["peerInfo"]): Promise<Stream> {
    const action = `Accepting "${query}"`;
    const attempt = new Attempt();
    try {
      const stream = await wait<Stream>(this.#host.clock, action, { timeoutMs: ANSWER_MS }, (settle) => {
        this.#attachOver(attempt, queryId, peerInfo).then(settle.resolve, settle.reject);
        return (error) => attempt.giveUp(error);
      });
      attempt.release();
      return stream;
    } catch (error) {
      attempt.giveUp(new HostError("closed", `${action} failed`, { cause: error }));
      throw error instanceof HostError && error.code !== "closed"
        ? new HostError("reset", `${action} failed: the query is gone`, { cause: error })
        : error;
    }
  }

  async #attachOver(attempt: Attempt, queryId: string, peerInfo: Stream["peerInfo"]): Promise<Stream> {
    const { connection: { stream } } = await this.#host.node.session(attempt, { anonymous: true });
    await attachQuery(stream, queryId);
    stream.peerInfo = peerInfo;
    return stream;
  }
}
