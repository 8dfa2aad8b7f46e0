/**
 * Receiving queries from a node of 2023: each path is registered on a connection of its own, with the address of a
 * listener, which the node dials for every query.
 *
 * @module
 */

import {
  APPHOST_2023,
  INBOUND_ACCEPT,
  INBOUND_REJECT,
  inboundAnswer,
  inboundQuery,
} from "../../../codec/protocols/astral/mod.ts";
import { register } from "./apphost-2023.ts";
import {
  type Attempt,
  closeConnection,
  type NodeConnection,
  type NodeListener,
  readMessage,
  untilEnd,
  writeMessage,
} from "./connection.ts";
import { askDialled, type DialAnswers, DialListeners } from "./dial-listeners.ts";
import { PendingQueries, type QueryReceiver, type QueryReceiverHost } from "./query-receiver.ts";
import { type Held, Registration } from "./registration.ts";
import { HostError } from "../error.ts";

/** How long the node waits for the answer to a query, in milliseconds. */
const ANSWER_MS = APPHOST_2023.inboundAnswerMsMax ?? 1000;
/** How long a program has to decide, so that its answer comes in time. */
const DECISION_MS = 0.9 * ANSWER_MS;

const ANSWERS: DialAnswers = {
  accept: (stream) => writeMessage(stream, inboundAnswer, { code: INBOUND_ACCEPT }),
  refuse: (stream, refusal) =>
    writeMessage(stream, inboundAnswer, { code: refusal.answer === "rejected" ? refusal.code : INBOUND_REJECT }),
};

/** The paths of one host. */
export class QueryReceiver2023 implements QueryReceiver {
  readonly #host: QueryReceiverHost;
  readonly #pending: PendingQueries;
  readonly #registrations = new Map<string, Registration>();
  /** Paths that the node may not have let go of yet. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #listeners: DialListeners;
  #listener: Promise<NodeListener> | null = null;

  constructor(host: QueryReceiverHost) {
    this.#host = host;
    this.#listeners = new DialListeners(host, ANSWER_MS);
    this.#pending = new PendingQueries(host.clock, DECISION_MS);
  }

  get openHandles(): number {
    return this.#listeners.size;
  }

  mount(path: string): void {
    const { clock, random, watch } = this.#host;
    const registration = new Registration({
      clock,
      random,
      watch,
      action: `Mounting "${path}"`,
      register: (attempt) => this.#register(attempt, path),
      after: this.#leaving.get(path),
    });
    this.#registrations.set(path, registration);
  }

  unmount(path: string): void {
    const registration = this.#registrations.get(path);
    if (registration === undefined) return;
    this.#registrations.delete(path);
    const leaving: Promise<void> = registration.stop().then(() => {
      if (this.#leaving.get(path) === leaving) this.#leaving.delete(path);
    });
    this.#leaving.set(path, leaving);
  }

  async ready(): Promise<void> {
    await Promise.all([...this.#registrations.values()].map((registration) => registration.ready()));
  }

  async stop(): Promise<void> {
    const closing = this.#listeners.close();
    for (const path of [...this.#registrations.keys()]) this.unmount(path);
    this.#pending.clear();
    await Promise.all([closing, ...this.#leaving.values()]);
  }

  async #register(attempt: Attempt, path: string): Promise<Held> {
    const { node } = this.#host;
    const session = await node.session(attempt);
    if (session.protocol !== "2023") throw new HostError("protocol", "The node speaks the protocol of 2026 now");
    const { connection, address } = session;
    const { address: target } = await this.#listenFor(address.kind === "unix" ? "unix" : "tcp");
    await register(connection.stream, path, target);
    attempt.release();
    return { lost: untilEnd(connection), release: () => closeConnection(connection) };
  }

  /** The listener, made when the first path is registered. */
  #listenFor(kind: "tcp" | "unix"): Promise<NodeListener> {
    this.#listener ??= this.#listeners.open(kind, (connection) => this.#receive(connection)).catch((error) => {
      this.#listener = null;
      throw error;
    });
    return this.#listener;
  }

  /** A connection without a query is closed; some programs only check whether somebody listens. */
  async #receive(connection: NodeConnection): Promise<void> {
    const query = await readMessage(connection.stream, inboundQuery);
    askDialled(this.#host, this.#pending, connection, query, ANSWERS);
  }
}
