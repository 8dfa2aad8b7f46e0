/**
 * Handlers of 2026: programs that take all queries to an identity at an address, which is dialled for each of them.
 *
 * @module
 */

import { formatHex } from "../../codec/mod.ts";
import { ZERO_IDENTITY } from "../../codec/protocols/astral/mod.ts";
import { type Clock, HostError, type Random, type WaitOptions } from "../host/mod.ts";
import { formatSocketAddress, type SocketAddress } from "../host/connect/mod.ts";
import {
  type Answerer,
  type Call,
  type Connection,
  type DialledProgram,
  objectChannel,
  type Sockets,
} from "./channels/mod.ts";
import type { Registration } from "./events.ts";

/** How many random bytes name a query. */
const QUERY_ID_BYTES = 8;

/** One program. */
interface Handler extends DialledProgram {
  readonly identity: string;
  /** What proves to the program that a query comes from this service; 16 hex digits. */
  readonly token: string;
  readonly registration: Registration;
}

/** What {@link Handlers} are made of. */
export interface HandlersParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly sockets: Sockets;
  readonly pendingMax: number;
  /** How long a program may take to answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Called with every registration that ends. */
  readonly removed: (registration: Registration) => void;
}

/** The handlers of all identities. */
export class Handlers implements Answerer {
  readonly #parts: HandlersParts;
  readonly #handlers = new Set<Handler>();

  constructor(parts: HandlersParts) {
    this.#parts = parts;
  }

  /** How many handlers there are for an identity. */
  count(identity: string): number {
    return [...this.#handlers].filter((handler) => handler.identity === identity).length;
  }

  /** Everything that is registered. */
  list(): readonly Registration[] {
    return [...this.#handlers].map(({ registration }) => registration);
  }

  /** Registers a handler. */
  add(identity: string, address: SocketAddress, token: string): Registration {
    const registration = Object.freeze(
      { kind: "handler", name: identity, address: formatSocketAddress(address) } as const,
    );
    this.#handlers.add({ identity, address, token, registration, pending: 0 });
    return registration;
  }

  /** Takes away the handlers of an identity that were registered with a token. */
  removeBound(identity: string, token: string): void {
    for (const handler of [...this.#handlers]) {
      if (handler.identity === identity && handler.token === token) this.#remove(handler);
    }
  }

  /** Takes all away. */
  clear(): void {
    this.#handlers.clear();
  }

  /** Asks the handlers of the target one after the other, as long as they leave it to the next one. */
  ask(call: Call, options: WaitOptions): Promise<Connection | null> | null {
    const handlers = [...this.#handlers].filter(({ identity }) => identity === call.target);
    return handlers.length === 0 ? null : this.#ask(handlers, call, options);
  }

  /** A program that hangs must not keep queries from the others: it only counts if none of them says anything. */
  async #ask(handlers: readonly Handler[], call: Call, options: WaitOptions): Promise<Connection | null> {
    const { clock, pendingMax } = this.#parts;
    const endMs = clock.now() + (options.timeoutMs ?? Infinity);
    let late: HostError | null = null;
    for (const handler of handlers) {
      if (handler.pending >= pendingMax) continue;
      const timeoutMs = endMs - clock.now();
      if (timeoutMs <= 0) break;
      try {
        const taken = await this.#offer(handler, call, { ...options, timeoutMs });
        if (taken !== null) return taken;
      } catch (error) {
        if (!(error instanceof HostError) || error.code !== "timeout") throw error;
        late = error;
      }
    }
    if (late !== null) throw late;
    return null;
  }

  /** The stream, if the handler takes the query; `null` if the next one is to be asked. */
  #offer(handler: Handler, call: Call, { signal, timeoutMs = Infinity }: WaitOptions): Promise<Connection | null> {
    const { sockets, timeoutMs: limitMs } = this.#parts;
    const waiting = { signal, timeoutMs: Math.min(timeoutMs, limitMs) };
    return sockets.ask(handler, "Asking a handler", waiting, (connection) => this.#exchange(connection, handler, call));
  }

  async #exchange(connection: Connection, handler: Handler, call: Call): Promise<Connection | null> {
    const { caller, target, query } = call;
    const channel = objectChannel(connection, "binary");
    const id = formatHex(this.#parts.random.bytes(QUERY_ID_BYTES));
    const value = { ipcToken: handler.token, id, caller: caller === ZERO_IDENTITY ? null : caller, target, query };
    try {
      await channel.write({ type: "mod.apphost.handle_query_msg", value });
    } catch {
      // Nobody is there any more.
      this.#remove(handler);
      return null;
    }
    const answer = await channel.read().catch(() => null);
    if (answer?.type === "ack") return connection;
    connection.abort();
    if (answer?.type !== "mod.apphost.query_rejected_msg") return null;
    const rejectCode = Math.max(1, answer.value.code);
    throw new HostError("rejected", `The query was rejected with the code ${rejectCode}`, { rejectCode });
  }

  #remove(handler: Handler): void {
    if (this.#handlers.delete(handler)) this.#parts.removed(handler.registration);
  }
}
