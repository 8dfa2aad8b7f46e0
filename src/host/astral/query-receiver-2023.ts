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
  type InboundQuery,
  inboundQuery,
} from "../../../codec/protocols/astral/mod.ts";
import { register } from "./apphost-2023.ts";
import { peerOfIdentity } from "./address.ts";
import { type Attempt, type NodeConnection, type NodeListener, readMessage, writeMessage } from "./connection.ts";
import { PendingQueries, type QueryReceiver, type QueryReceiverHost } from "./query-receiver.ts";
import { type Held, Registration } from "./registration.ts";
import { HostError } from "../error.ts";
import { listenReason, type Refusal } from "../connect/mod.ts";

/** How long the node waits for the answer to a query, in milliseconds. */
const ANSWER_MS = APPHOST_2023.inboundAnswerMsMax ?? 1000;
/** How long a program has to decide, so that its answer comes in time. */
const DECISION_MS = 0.9 * ANSWER_MS;
/** How many connections may be open here that others have begun; further ones are cut off. */
const INBOUND_MAX = 1024;

/** The paths of one host. */
export class QueryReceiver2023 implements QueryReceiver {
  readonly #host: QueryReceiverHost;
  readonly #pending: PendingQueries;
  readonly #registrations = new Map<string, Registration>();
  /** Paths that the node may not have let go of yet. */
  readonly #leaving = new Map<string, Promise<void>>();
  #listener: Promise<NodeListener> | null = null;
  #openListeners = 0;
  #inbound = 0;
  #stopped = false;

  constructor(host: QueryReceiverHost) {
    this.#host = host;
    this.#pending = new PendingQueries(host.clock, DECISION_MS);
  }

  get openHandles(): number {
    return this.#openListeners;
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
    this.#stopped = true;
    for (const path of [...this.#registrations.keys()]) this.unmount(path);
    this.#pending.clear();
    const listener = await this.#listener?.catch(() => null);
    await listener?.close();
    this.#openListeners = 0;
    await Promise.all(this.#leaving.values());
  }

  async #register(attempt: Attempt, path: string): Promise<Held> {
    const { node } = this.#host;
    const session = await node.session(attempt);
    if (session.protocol !== "2023") throw new HostError("protocol", "The node speaks the protocol of 2026 now");
    const { connection, address } = session;
    const { address: target } = await this.#listenFor(address.kind === "unix" ? "unix" : "tcp");
    await register(connection.stream, path, target);
    attempt.release();
    return { lost: untilEnd(connection), release: () => closed(connection) };
  }

  /** The listener, made when the first path is registered. */
  #listenFor(kind: "tcp" | "unix"): Promise<NodeListener> {
    if (this.#stopped) return Promise.reject(new HostError("closed", "The astral host was stopped"));
    this.#listener ??= this.#listen(kind).catch((error) => {
      this.#listener = null;
      throw error;
    });
    return this.#listener;
  }

  async #listen(kind: "tcp" | "unix"): Promise<NodeListener> {
    const { connector, clock, closeTimeoutMs } = this.#host;
    if (connector.listen === undefined) {
      throw new HostError("unsupported", "Nothing can be mounted here: the node has nowhere to dial");
    }
    try {
      const listener = await connector.listen(
        kind,
        clock,
        closeTimeoutMs,
        (connection) => this.#onConnection(connection),
      );
      this.#openListeners += 1;
      return listener;
    } catch (cause) {
      throw new HostError("address", `Cannot listen for the node's dials: ${listenReason(cause)}`, { cause });
    }
  }

  #onConnection(connection: NodeConnection): void {
    this.#host.node.adopt(connection);
    if (this.#stopped || this.#inbound >= INBOUND_MAX) {
      connection.stream.abort();
      return;
    }
    this.#inbound += 1;
    void connection.closed.then(() => this.#inbound -= 1);
    void this.#receive(connection);
  }

  /** A connection without a query is closed; some programs only check whether somebody listens. */
  async #receive(connection: NodeConnection): Promise<void> {
    const { stream } = connection;
    const timer = this.#host.clock.setTimer(ANSWER_MS, () => stream.abort());
    try {
      this.#ask(connection, await readMessage(stream, inboundQuery));
    } catch (error) {
      stream.abort(error);
    } finally {
      timer.clear();
    }
  }

  #ask(connection: NodeConnection, { caller, query }: InboundQuery): void {
    const { stream } = connection;
    stream.peerInfo = peerOfIdentity(caller);
    const { request, leave } = this.#pending.ask({
      peerInfo: stream.peerInfo,
      query,
      accept: async () => {
        connection.transport.whenEnded = null;
        await writeMessage(stream, inboundAnswer, { code: INBOUND_ACCEPT });
        return stream;
      },
      refuse: (refusal) => {
        connection.transport.whenEnded = null;
        refuse(connection, refusal).catch(() => {});
      },
      drop: () => stream.abort(),
    });
    connection.transport.whenEnded = leave;
    this.#host.request(request);
  }
}

async function refuse({ stream }: NodeConnection, refusal: Refusal): Promise<void> {
  const code = refusal.answer === "rejected" ? refusal.code : INBOUND_REJECT;
  await writeMessage(stream, inboundAnswer, { code });
  await stream.close();
}

/** Resolves when the node ends a connection; it has nothing to say on it. */
async function untilEnd({ stream }: NodeConnection): Promise<void> {
  const buf = new Uint8Array(64);
  try {
    while (await stream.read(buf) !== null);
  } catch {
    // Broken is ended too.
  }
}

async function closed({ stream, closed }: NodeConnection): Promise<void> {
  await stream.close();
  await closed;
}
