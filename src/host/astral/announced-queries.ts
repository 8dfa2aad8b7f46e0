/**
 * Queries of a node of 2026 over a WebSocket: one connection announces all queries to the program's identity, and each
 * that is accepted gets a connection of its own.
 *
 * @module
 */

import type { IncomingQuery } from "../../../codec/protocols/astral/mod.ts";
import * as apphost2026 from "./apphost-2026.ts";
import { peerOfIdentity } from "./address.ts";
import { Attempt, closeConnection, type NodeConnection } from "./connection.ts";
import type { PendingQueries, QueryReceiverHost } from "./query-receiver.ts";
import type { Held } from "./registration.ts";
import { HostError } from "../error.ts";
import type { Stream } from "../host.ts";
import type { Refusal } from "../connect/mod.ts";
import { wait } from "../timing/mod.ts";

/** The queries that are announced to one host. */
export class AnnouncedQueries {
  readonly #host: QueryReceiverHost;
  readonly #pending: PendingQueries;

  constructor(host: QueryReceiverHost, pending: PendingQueries) {
    this.#host = host;
    this.#pending = pending;
  }

  /** Asks for the queries to an identity. Throws HostError `unsupported` if the node does not allow it. */
  async hold(attempt: Attempt, { connection }: apphost2026.Session2026, identity: string): Promise<Held> {
    await apphost2026.registerService(connection.stream, identity);
    attempt.release();
    return { lost: this.#serve(connection), release: () => closeConnection(connection) };
  }

  /** Passes queries on until the connection ends, or the node says something else. */
  async #serve(connection: NodeConnection): Promise<void> {
    const refusals = { last: Promise.resolve() };
    try {
      for (;;) {
        this.#ask(connection, await apphost2026.readIncoming(connection.stream), refusals);
        // A node that does not read the answers is asked for no more queries.
        await refusals.last;
      }
    } catch (error) {
      connection.stream.abort(error);
    }
  }

  #ask(connection: NodeConnection, { queryId, caller, query }: IncomingQuery, refusals: { last: Promise<void> }): void {
    const peerInfo = peerOfIdentity(caller);
    const reject = (refusal: Refusal) => {
      refusals.last = apphost2026.rejectIncoming(connection.stream, queryId, refusal).catch(() => {});
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
      const stream = await wait<Stream>(this.#host.clock, action, { timeoutMs: apphost2026.ANSWER_MS }, (settle) => {
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
    await apphost2026.attachQuery(stream, queryId);
    stream.peerInfo = peerInfo;
    return stream;
  }
}
