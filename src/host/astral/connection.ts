/**
 * Connections between a program and its astral node, over any transport, and the messages on them.
 *
 * @module
 */

import { CodecError, encode, type Schema } from "../../../codec/mod.ts";
import { HostError } from "../error.ts";
import type { Clock } from "../host.ts";
import { HostStream, MessageReader, type MessageSocket, MessageSocketTransport } from "../streams/mod.ts";
import type { NodeAddress } from "./address.ts";

/** The longest message that is read, in bytes; the schemas' own limits are below it. */
const MESSAGE_BYTES_MAX = 256 * 1024;

/** A connection with the node. */
export interface NodeConnection {
  readonly stream: HostStream;
  /** Resolves when the system holds nothing of it any more. */
  readonly closed: Promise<void>;
  /** `whenEnded` is called when the other side has ended the stream, or the connection is closed. */
  readonly transport: { whenEnded: (() => void) | null };
}

/** A connection over a WebSocket. */
export function connectionOver(socket: MessageSocket, clock: Clock, closeTimeoutMs: number): NodeConnection {
  const transport = new MessageSocketTransport(socket, clock, { closeTimeoutMs });
  const stream = new HostStream(clock, { peerId: "" }, transport);
  transport.attach(stream);
  return { stream, transport, closed: transport.closed };
}

/** Where the node reaches this program. */
export interface NodeListener {
  /** The address to tell the node, as in `tcp:127.0.0.1:43695`. */
  readonly address: string;
  /** Ends listening and removes what it left behind. */
  close(): Promise<void>;
}

/** What a runtime can do to reach a node. */
export interface Connector {
  /**
   * Begins a connection, which may fail later. Throws HostError `unsupported` where the runtime has no such way.
   *
   * @param closeTimeoutMs How long closing may take until the system has what was written
   */
  connect(address: NodeAddress, clock: Clock, closeTimeoutMs: number): Promise<NodeConnection>;
  /** Listens on this machine for connections of the node; not there where the runtime cannot. */
  listen?(
    kind: "tcp" | "unix",
    clock: Clock,
    closeTimeoutMs: number,
    onConnection: (connection: NodeConnection) => void,
  ): Promise<NodeListener>;
}

/** Something that is done over connections, one after the other, and that can be given up. */
export class Attempt {
  #current: NodeConnection | null = null;
  readonly #kept: NodeConnection[] = [];
  #error: HostError | null = null;
  #begun = false;

  /** Whether there was a connection already. */
  get begun(): boolean {
    return this.#begun;
  }

  /** What the attempt was given up with. */
  get error(): HostError | null {
    return this.#error;
  }

  /**
   * Continues over a new connection and drops the one before.
   *
   * @throws HostError the one that the attempt was given up with
   */
  async over(connecting: Promise<NodeConnection>): Promise<NodeConnection> {
    const connection = await connecting;
    if (this.#error !== null) connection.stream.fail(this.#error);
    this.check();
    this.close();
    this.#begun = true;
    return this.#current = connection;
  }

  /** Throws the error that the attempt was given up with. */
  check(): void {
    if (this.#error !== null) throw this.#error;
  }

  /** Keeps the connection open beside the next ones. Throws as {@link check}. */
  keep(): void {
    this.check();
    if (this.#current !== null) this.#kept.push(this.#current);
    this.#current = null;
  }

  /** Keeps connections from being let go of: they belong to somebody else now. Throws as {@link check}. */
  release(): void {
    this.keep();
    this.#kept.length = 0;
  }

  /** Breaks the connection off; the attempt may continue over another. */
  breakOff(error: HostError): void {
    this.#current?.stream.fail(error);
  }

  /** Lets go of the connection, because everything is done. */
  close(): void {
    void this.#current?.stream.close();
    this.#current = null;
  }

  /** Ends the attempt and its connections. */
  giveUp(error: HostError): void {
    this.#error ??= error;
    for (const { stream } of this.#kept) stream.fail(this.#error);
    this.#kept.length = 0;
    this.#current?.stream.fail(this.#error);
    this.#current = null;
  }
}

/** Resolves when the node ends a connection on which it has nothing to say. */
export async function untilEnd({ stream }: NodeConnection): Promise<void> {
  const buf = new Uint8Array(64);
  try {
    while (await stream.read(buf) !== null);
  } catch {
    // Broken is ended too.
  }
}

/** Closes a connection; resolves when the system holds nothing of it any more. */
export async function closeConnection({ stream, closed }: NodeConnection): Promise<void> {
  await stream.close();
  await closed;
}

/** Sends a message. */
export async function writeMessage<T>(stream: HostStream, schema: Schema<T>, value: T): Promise<void> {
  await stream.write(encode(schema, value));
}

/**
 * Reads a message.
 *
 * @throws HostError `protocol` for bytes that are no such message; `reset` if the connection ends before its end
 */
export async function readMessage<T>(stream: HostStream, schema: Schema<T>): Promise<T> {
  try {
    return await new MessageReader(stream).message(schema, { bytesMax: MESSAGE_BYTES_MAX });
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new HostError("protocol", "The node does not speak the protocol", { cause: error });
  }
}
