/**
 * Where the node dials a program for each query: a free port of this machine, or a unix socket in a private folder.
 * Whoever else on the machine can connect there takes no place of the node's.
 *
 * @module
 */

import { peerOfIdentity } from "./address.ts";
import type { NodeConnection, NodeListener } from "./connection.ts";
import type { PendingQueries, QueryReceiverHost } from "./query-receiver.ts";
import { HostError } from "../error.ts";
import { listenReason, type Refusal } from "../connect/mod.ts";
import type { HostStream } from "../streams/mod.ts";

/** How many connections may be open here that others have begun. */
const INBOUND_MAX = 1024;

/** The listeners of one host, and the connections that they have taken. */
export class DialListeners {
  readonly #host: QueryReceiverHost;
  readonly #patienceMs: number;
  /** Those that are still being made among them. */
  readonly #listeners = new Set<Promise<NodeListener>>();
  readonly #connections = new Set<NodeConnection>();
  /** Connections that have not said what they are for, the oldest first. */
  readonly #silent = new Set<NodeConnection>();
  #closed = false;

  /** @param patienceMs How long a connection may take to say what it is for, in milliseconds */
  constructor(host: QueryReceiverHost, patienceMs: number) {
    this.#host = host;
    this.#patienceMs = patienceMs;
  }

  /** How many there are. */
  get size(): number {
    return this.#listeners.size;
  }

  /**
   * Begins to listen.
   *
   * @param receive Reads what a connection is for, and sees to it; if that fails, the connection is cut off
   * @throws HostError `unsupported` where the runtime cannot; `address`; `closed`
   */
  async open(kind: "tcp" | "unix", receive: (connection: NodeConnection) => Promise<void>): Promise<NodeListener> {
    const { connector, clock, closeTimeoutMs } = this.#host;
    if (this.#closed) throw new HostError("closed", "The astral host was stopped");
    if (connector.listen === undefined) {
      throw new HostError("unsupported", "Nothing can be mounted here: the node has nowhere to dial");
    }
    const take = (connection: NodeConnection) => this.#take(connection, receive);
    const listening = connector.listen(kind, clock, closeTimeoutMs, take);
    this.#listeners.add(listening);
    try {
      const { address } = await listening;
      return { address, close: () => this.#close(listening) };
    } catch (cause) {
      this.#listeners.delete(listening);
      throw new HostError("address", `Cannot listen for the node's dials: ${listenReason(cause)}`, { cause });
    }
  }

  /** Ends all for good. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#listeners].map((listening) => this.#close(listening)));
  }

  async #close(listening: Promise<NodeListener>): Promise<void> {
    const listener = await listening.catch(() => null);
    await listener?.close();
    this.#listeners.delete(listening);
  }

  #take(connection: NodeConnection, receive: (connection: NodeConnection) => Promise<void>): void {
    const { stream } = connection;
    this.#host.node.adopt(connection);
    if (this.#connections.size >= INBOUND_MAX) this.#cutOffSilent();
    if (this.#connections.size >= INBOUND_MAX) {
      stream.abort();
      return;
    }
    this.#connections.add(connection);
    this.#silent.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
    const timer = this.#host.clock.setTimer(this.#patienceMs, () => stream.abort());
    receive(connection).catch((error) => stream.abort(error)).finally(() => {
      timer.clear();
      this.#silent.delete(connection);
    });
  }

  /** Makes room: the node speaks at once, so that the connection that has been silent longest is hardly the node's. */
  #cutOffSilent(): void {
    const [oldest] = this.#silent;
    if (oldest === undefined) return;
    this.#silent.delete(oldest);
    this.#connections.delete(oldest);
    oldest.stream.abort();
  }
}

/** How a query is answered on the connection that was dialled for it. */
export interface DialAnswers {
  accept(stream: HostStream): Promise<void>;
  refuse(stream: HostStream, refusal: Refusal): Promise<void>;
}

/** Asks the program about a query for which the node has dialled. */
export function askDialled(
  host: QueryReceiverHost,
  pending: PendingQueries,
  connection: NodeConnection,
  { caller, query }: { readonly caller: string | null; readonly query: string },
  answers: DialAnswers,
): void {
  const { stream, transport } = connection;
  stream.peerInfo = peerOfIdentity(caller);
  const { request, leave } = pending.ask({
    peerInfo: stream.peerInfo,
    query,
    async accept() {
      transport.whenEnded = null;
      await answers.accept(stream);
      return stream;
    },
    refuse(refusal) {
      transport.whenEnded = null;
      answers.refuse(stream, refusal).then(() => stream.close()).catch(() => {});
    },
    drop: () => stream.abort(),
  });
  transport.whenEnded = leave;
  host.request(request);
}
