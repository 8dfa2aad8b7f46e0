/**
 * Programs of 2023: each has registered a name, and an address that is dialled anew for every query.
 *
 * @module
 */

import { CodecError, encode } from "../../codec/mod.ts";
import { APPHOST_2023, INBOUND_ACCEPT, inboundAnswer, inboundQuery } from "../../codec/protocols/astral/mod.ts";
import { type Clock, HostError, type WaitOptions } from "../host/mod.ts";
import { formatSocketAddress, type SocketAddress } from "../host/connect/mod.ts";
import { wait } from "../host/timing/mod.ts";
import { type Answerer, type Call, type Connection, nameOf, type Sockets } from "./channels/mod.ts";
import type { Registration } from "./events.ts";

/** One program. */
interface Registered {
  readonly registration: Registration;
  readonly address: SocketAddress;
  /** Queries that it has not answered yet. */
  pending: number;
}

/** The names that programs have registered. */
export class RegisteredNames implements Answerer {
  readonly #identity: string;
  readonly #clock: Clock;
  readonly #sockets: Sockets;
  readonly #pendingMax: number;
  readonly #timeoutMs: number;
  readonly #names = new Map<string, Registered>();

  constructor(parts: {
    /** The node's own identity, whose names these are. */
    readonly identity: string;
    readonly clock: Clock;
    readonly sockets: Sockets;
    readonly pendingMax: number;
    /** How long a program may take to answer; by default what the protocol has. */
    readonly timeoutMs?: number;
  }) {
    this.#identity = parts.identity;
    this.#clock = parts.clock;
    this.#sockets = parts.sockets;
    this.#pendingMax = parts.pendingMax;
    this.#timeoutMs = parts.timeoutMs ?? APPHOST_2023.inboundAnswerMsMax!;
  }

  /** Whether a name is taken. */
  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** Everything that is registered. */
  list(): readonly Registration[] {
    return [...this.#names.values()].map(({ registration }) => registration);
  }

  /** Registers a name that is free. */
  add(name: string, address: SocketAddress): Registration {
    const registration = Object.freeze({ kind: "name", name, address: formatSocketAddress(address) } as const);
    this.#names.set(name, { registration, address, pending: 0 });
    return registration;
  }

  /** Takes a registration back. */
  remove({ name }: Registration): void {
    this.#names.delete(name);
  }

  /** A name may have been registered with parameters, and then only fits the same ones. */
  ask(call: Call, options: WaitOptions): Promise<Connection> | null {
    if (call.target !== this.#identity) return null;
    const registered = this.#names.get(call.query) ?? this.#names.get(nameOf(call.query));
    return registered === undefined ? null : this.#ask(registered, call, options);
  }

  async #ask(registered: Registered, call: Call, options: WaitOptions): Promise<Connection> {
    const { name } = registered.registration;
    if (registered.pending >= this.#pendingMax) throw new HostError("busy", `Too many queries wait for "${name}"`);
    const hello = helloOf(call);
    const connection = this.#sockets.dial(registered.address);
    registered.pending += 1;
    try {
      const { signal, timeoutMs = Infinity } = options;
      const waiting = { signal, timeoutMs: Math.min(timeoutMs, this.#timeoutMs) };
      return await wait<Connection>(this.#clock, `Asking "${name}"`, waiting, ({ resolve, reject }) => {
        offer(connection, hello, name).then(resolve, reject);
        return (error) => connection.abort(error);
      });
    } catch (error) {
      connection.abort(error);
      throw error;
    } finally {
      registered.pending -= 1;
    }
  }
}

function helloOf({ caller, query }: Call): Uint8Array {
  try {
    return encode(inboundQuery, { caller, query });
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new HostError("unknown-protocol", "A query is too long for a program of 2023", { cause: error });
  }
}

/** Sends a query to a program and waits for its byte. */
async function offer(connection: Connection, hello: Uint8Array, name: string): Promise<Connection> {
  let answer: { readonly code: number } | null;
  try {
    await connection.stream.write(hello);
    answer = await connection.nextMessage(inboundAnswer, { bytesMax: 1 });
  } catch (cause) {
    throw new HostError("unknown-protocol", `No program answers for "${name}"`, { cause });
  }
  if (answer?.code === INBOUND_ACCEPT) return connection;
  const rejectCode = answer?.code ?? 1;
  throw new HostError("rejected", `"${name}" rejects the query with the code ${rejectCode}`, { rejectCode });
}
