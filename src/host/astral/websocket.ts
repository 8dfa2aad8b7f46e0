/**
 * Streams over a WebSocket whose binary messages are one stream of bytes, however they are cut: the sub-protocol
 * `astral.binary.v1` of astral nodes.
 *
 * @module
 */

import type { Connection } from "./connection.ts";
import { HostStream, type Transport } from "../streams/mod.ts";
import { HostError } from "../error.ts";
import type { Clock, Timer } from "../host.ts";

/** What may wait unread before the socket is read no further. */
const RECEIVE_BYTES_MAX = 256 * 1024;
/** What may wait unread where a socket cannot be told to wait; then the stream breaks. */
const UNPAUSED_BYTES_MAX = 16 * 1024 * 1024;
/** The longest message that is sent; longer writes become several. */
const MESSAGE_BYTES_MAX = 64 * 1024;
/** Close codes of an orderly end: said so, no reason given, the other side goes away (RFC 6455, section 7.4.1). */
const ORDERLY_CODES = [1000, 1001, 1005];

/** What a WebSocket tells. */
export interface SocketEvents {
  opened(): void;
  received(bytes: Uint8Array): void;
  /** Something that the sub-protocol does not know, such as text. */
  refused(): void;
  closed(code: number, error?: unknown): void;
}

/** A WebSocket, of the platform or of a package. */
export interface BinarySocket {
  /** Begins to tell what happens. */
  listen(events: SocketEvents, clock: Clock): void;
  /** Sends a message; `done` is called when its memory may be used again and more may be sent. */
  send(bytes: Uint8Array, done: (error?: unknown) => void): void;
  /** Begins the closing handshake, after what was sent. */
  close(): void;
  /** Ends the connection at once. */
  terminate(): void;
  /** Stops receiving, and goes on; not there where the socket cannot. */
  readonly flow?: { pause(): void; resume(): void };
}

/** Makes a WebSocket a connection. */
export function connectWebSocket(socket: BinarySocket, clock: Clock, closeTimeoutMs: number): Connection {
  const transport = new WebSocketTransport(socket, clock, closeTimeoutMs);
  const stream = new HostStream(clock, { peerId: "" }, transport);
  transport.attach(stream);
  return {
    stream,
    closed: transport.closed,
    get whenEnded() {
      return transport.whenEnded;
    },
    set whenEnded(run) {
      transport.whenEnded = run;
    },
  };
}

class WebSocketTransport implements Transport {
  readonly closed: Promise<void>;
  whenEnded: (() => void) | null = null;
  readonly #socket: BinarySocket;
  readonly #clock: Clock;
  readonly #closeTimeoutMs: number;
  readonly #opened: Promise<void>;
  #setOpened: () => void = () => {};
  #setClosed: () => void = () => {};
  #stream: HostStream | null = null;
  #state: "connecting" | "open" | "closing" | "closed" = "connecting";
  #paused = false;
  /** Settled when the last write is. */
  #written: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | null = null;
  #timer: Timer | null = null;

  constructor(socket: BinarySocket, clock: Clock, closeTimeoutMs: number) {
    this.#socket = socket;
    this.#clock = clock;
    this.#closeTimeoutMs = closeTimeoutMs;
    this.#opened = new Promise((resolve) => this.#setOpened = resolve);
    this.closed = new Promise((resolve) => this.#setClosed = resolve);
  }

  attach(stream: HostStream): void {
    this.#stream = stream;
    this.#socket.listen({
      opened: () => {
        if (this.#state === "connecting") this.#state = "open";
        this.#setOpened();
      },
      received: (bytes) => this.#onBytes(stream, bytes),
      refused: () => {
        stream.receiveReset(new HostError("protocol", "The node sends a text message in place of bytes"));
        this.#socket.terminate();
      },
      closed: (code, error) => this.#onClosed(stream, code, error),
    }, this.#clock);
  }

  write(bytes: Uint8Array): Promise<number> {
    const writing = this.#write(bytes);
    this.#written = writing.catch(() => {});
    return writing;
  }

  async #write(bytes: Uint8Array): Promise<number> {
    if (this.#state === "connecting") await this.#opened;
    if (this.#state !== "open") throw this.#broken();
    const sent: Promise<void>[] = [];
    for (let start = 0; start < bytes.length; start += MESSAGE_BYTES_MAX) {
      sent.push(this.#send(bytes.subarray(start, start + MESSAGE_BYTES_MAX)));
    }
    await Promise.all(sent);
    return bytes.length;
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  abort(): void {
    this.#timer?.clear();
    this.#socket.terminate();
  }

  taken(_count: number, left: number): void {
    if (!this.#paused || left > RECEIVE_BYTES_MAX / 2) return;
    this.#paused = false;
    this.#socket.flow?.resume();
  }

  async #close(): Promise<void> {
    if (this.#isClosed()) return;
    this.#timer = this.#clock.setTimer(this.#closeTimeoutMs, () => this.abort());
    // What still comes is dropped, the other side's end among it.
    this.#socket.flow?.resume();
    await Promise.race([this.#written, this.closed]);
    if (this.#isClosed()) return;
    this.#state = "closing";
    this.#socket.close();
  }

  /** Asked again after waiting; the state is not what it was before. */
  #isClosed(): boolean {
    return this.#state === "closed";
  }

  #send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(bytes, (error) => {
        if (error !== undefined || this.#state === "closed") reject(this.#broken(error));
        else resolve();
      });
    });
  }

  #broken(cause?: unknown): unknown {
    return this.#stream?.brokenError(cause) ?? cause;
  }

  #onBytes(stream: HostStream, bytes: Uint8Array): void {
    const { flow } = this.#socket;
    const queued = stream.receive(bytes);
    if (flow === undefined && queued > UNPAUSED_BYTES_MAX) {
      stream.receiveReset(new HostError("reset", `More than ${UNPAUSED_BYTES_MAX} bytes wait unread`));
      this.#socket.terminate();
    } else if (flow !== undefined && queued > RECEIVE_BYTES_MAX) {
      this.#paused = true;
      flow.pause();
    }
  }

  #onClosed(stream: HostStream, code: number, error: unknown): void {
    this.#state = "closed";
    this.#timer?.clear();
    if (ORDERLY_CODES.includes(code)) stream.receiveEnd();
    else stream.receiveReset(error ?? new HostError("reset", `The WebSocket was closed with the code ${code}`));
    this.#setOpened();
    this.#setClosed();
    this.whenEnded?.();
  }
}
