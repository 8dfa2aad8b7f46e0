/**
 * Programs of 2023: each has registered a name, and an address that is dialled anew for every query.
 *
 * @module
 */

import { CodecError, encode } from "../../codec/mod.ts";
import { APPHOST_2023, INBOUND_ACCEPT, inboundAnswer, inboundQuery } from "../../codec/protocols/astral/mod.ts";
import { HostError, type WaitOptions } from "../host/mod.ts";
import { formatSocketAddress, type SocketAddress } from "../host/connect/mod.ts";
import {
  type Answerer,
  type Call,
  type Connection,
  type DialledProgram,
  nameOf,
  type Sockets,
} from "./channels/mod.ts";
import type { Registration } from "./events.ts";

/** One program. */
interface Registered extends DialledProgram {
  readonly registration: Registration;
}

/** What {@link RegisteredNames} are made of. */
export interface RegisteredNamesParts {
  /** The node's own identity, whose names these are. */
  readonly identity: string;
  readonly sockets: Sockets;
  readonly pendingMax: number;
  /** How long a program may take to answer; by default what the protocol has. */
  readonly timeoutMs?: number;
}

/** The names that programs have registered. */
export class RegisteredNames implements Answerer {
  readonly #parts: RegisteredNamesParts;
  readonly #names = new Map<string, Registered>();

  constructor(parts: RegisteredNamesParts) {
    this.#parts = parts;
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
    if (call.target !== this.#parts.identity) return null;
    const registered = this.#names.get(call.query) ?? this.#names.get(nameOf(call.query));
    return registered === undefined ? null : this.#ask(registered, call, options);
  }

  async #ask(registered: Registered, call: Call, options: WaitOptions): Promise<Connection> {
    const { name } = registered.registration;
    const { sockets, pendingMax, timeoutMs: limitMs = APPHOST_2023.inboundAnswerMsMax! } = this.#parts;
    if (registered.pending >= pendingMax) throw new HostError("busy", `Too many queries wait for "${name}"`);
    const hello = helloOf(call);
    const { signal, timeoutMs = Infinity } = options;
    const waiting = { signal, timeoutMs: Math.min(timeoutMs, limitMs) };
    return await sockets.ask(registered, `Asking "${name}"`, waiting, (connection) => offer(connection, hello, name));
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
