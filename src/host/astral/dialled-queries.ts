/**
 * Queries of a node of 2026 over TCP or a unix socket: the program tells the node where it listens, and the node dials
 * it there for each query to its identity. Whoever dials has to know a random number that only the node was told.
 *
 * @module
 */

import * as apphost2026 from "./apphost-2026.ts";
import { Attempt, closeConnection, type NodeConnection, untilEnd } from "./connection.ts";
import { askDialled, type DialAnswers, DialListeners } from "./dial-listeners.ts";
import type { PendingQueries, QueryReceiverHost } from "./query-receiver.ts";
import type { Held } from "./registration.ts";
import { HostError } from "../error.ts";
import type { Timer } from "../host.ts";
import { wait } from "../timing/mod.ts";

/** A handler that got no query for so long, in milliseconds, is looked after. */
const LOOK_MS = 60_000;
/** How long the node may take to answer then. */
const LOOK_TIMEOUT_MS = 30_000;
/** What is asked for then: something that nobody has mounted. */
const LOOK_QUERY = "warpwire.handler";

const ANSWERS: DialAnswers = { accept: apphost2026.acceptHandled, refuse: apphost2026.refuseHandled };

/** What a node was told to dial. */
interface Handler {
  /** What proves that it is the node that dials. */
  readonly token: string;
  /** Whether the node has dialled since the last look. */
  dialled: boolean;
  /** The next look; `null` when there is none any more. */
  timer: Timer | null;
}

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
    const handler: Handler = { token, dialled: false, timer: null };
    const receive = (dialled: NodeConnection) => this.#receive(dialled, handler);
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
    const forgotten = this.#untilForgotten(handler);
    const release = () => {
      handler.timer?.clear();
      handler.timer = null;
      // Whoever stops the host waits for it. Until then, streams that came this way may go on.
      void listener.close();
      return closeConnection(connection);
    };
    return { lost: Promise.race([untilEnd(connection), forgotten]), release };
  }

  /** Ends all listeners for good. */
  stop(): Promise<void> {
    return this.#listeners.close();
  }

  async #receive(connection: NodeConnection, handler: Handler): Promise<void> {
    const query = await apphost2026.readHandled(connection.stream);
    if (!isSame(query.ipcToken, handler.token)) throw new HostError("protocol", "It is not the node that dials");
    handler.dialled = true;
    askDialled(this.#host, this.#pending, connection, query, ANSWERS);
  }

  /**
   * Resolves when the node does not dial any more. It forgets a handler that it could not reach once, and does not say
   * so: the stream to which the handler is bound stays.
   */
  #untilForgotten(handler: Handler): Promise<void> {
    const { clock } = this.#host;
    return new Promise((resolve) => {
      const look = async () => {
        handler.timer?.clear();
        if (!handler.dialled && await this.#isForgotten(handler)) return resolve();
        handler.dialled = false;
        if (handler.timer !== null) handler.timer = clock.setTimer(LOOK_MS, () => void look());
      };
      handler.timer = clock.setTimer(LOOK_MS, () => void look());
    });
  }

  /** Asks the node for something that it has to ask this program for. */
  async #isForgotten(handler: Handler): Promise<boolean> {
    const { clock } = this.#host;
    const attempt = new Attempt();
    try {
      return await wait<boolean>(clock, "Looking for a handler", { timeoutMs: LOOK_TIMEOUT_MS }, (settle) => {
        this.#ask(attempt).then((isMissing) => settle.resolve(isMissing && !handler.dialled), settle.reject);
        return (error) => attempt.giveUp(error);
      });
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      // The node is away, or too busy. If it has gone, so has the stream to which the handler is bound.
      return false;
    } finally {
      attempt.giveUp(new HostError("closed", "The look is over"));
    }
  }

  /** Whether nobody has it, neither this program nor another; what another one answers says nothing. */
  async #ask(attempt: Attempt): Promise<boolean> {
    const { node, random } = this.#host;
    const session = await node.session(attempt);
    if (session.protocol !== "2026" || session.guest === null) return false;
    try {
      await apphost2026.routeQuery(session, session.guest, LOOK_QUERY, random);
      return false;
    } catch (error) {
      if (error instanceof HostError && error.code === "unknown-protocol") return true;
      throw error;
    }
  }
}

/** Compares in a time that does not depend on where two texts of the same length differ. */
function isSame(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}
