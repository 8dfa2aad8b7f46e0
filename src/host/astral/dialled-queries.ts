/**
 * Queries of a node of 2026 over TCP or a unix socket: the program tells the node where it listens, and the node dials
 * it there for each query to its identity. Whoever dials has to know a random number that only the node was told.
 *
 * @module
 */

import * as apphost2026 from "./apphost-2026.ts";
import { type Attempt, closeConnection, type NodeConnection, untilEnd } from "./connection.ts";
import { askDialled, type DialAnswers, DialListeners } from "./dial-listeners.ts";
import type { PendingQueries, QueryReceiverHost } from "./query-receiver.ts";
import type { Held } from "./registration.ts";
import { HostError } from "../error.ts";

const ANSWERS: DialAnswers = { accept: apphost2026.acceptHandled, refuse: apphost2026.refuseHandled };

/** The queries for which the node dials one host. */
export class DialledQueries {
  readonly #host: QueryReceiverHost;
  readonly #pending: PendingQueries;
  readonly #listeners: DialListeners;

  constructor(host: QueryReceiverHost, pending: PendingQueries) {
    this.#host = host;
    this.#pending = pending;
    this.#listeners = new DialListeners(host, apphost2026.ANSWER_MS);
  }

  /** How many listeners there are. */
  get openHandles(): number {
    return this.#listeners.size;
  }

  /**
   * Makes a handler, which the node forgets when the stream of `apphost.bind` ends. Each has a listener and a token of
   * its own, so that nothing is left of those before.
   *
   * @throws HostError `unsupported` if the node does not allow it; `address`, `unreachable`, `protocol`, `reset`
   */
  async hold(attempt: Attempt, bound: apphost2026.Session2026): Promise<Held> {
    const { node, random } = this.#host;
    const { connection, address } = bound;
    const token = apphost2026.randomNonce(random);
    const receive = (dialled: NodeConnection) => this.#receive(dialled, token);
    const listener = await this.#listeners.open(address.kind === "unix" ? "unix" : "tcp", receive);
    try {
      await apphost2026.askNode(bound, "apphost.bind", {}, random);
      attempt.keep();
      const asking = await node.session(attempt);
      if (asking.protocol !== "2026") throw new HostError("protocol", "The node speaks the protocol of 2023 now");
      await apphost2026.askNode(asking, "apphost.register_handler", { endpoint: listener.address, token }, random);
      attempt.close();
      await apphost2026.bindHandlers(connection.stream, token);
      attempt.release();
    } catch (error) {
      void listener.close();
      throw error;
    }
    const release = () => {
      // Whoever stops the host waits for it. Until then, streams that came this way may go on.
      void listener.close();
      return closeConnection(connection);
    };
    return { lost: untilEnd(connection), release };
  }

  /** Ends all listeners for good. */
  stop(): Promise<void> {
    return this.#listeners.close();
  }

  async #receive(connection: NodeConnection, token: string): Promise<void> {
    const query = await apphost2026.readHandled(connection.stream);
    if (!isSame(query.ipcToken, token)) throw new HostError("protocol", "It is not the node that dials");
    askDialled(this.#host, this.#pending, connection, query, ANSWERS);
  }
}

/** Compares in a time that does not depend on where two texts of the same length differ. */
function isSame(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}
