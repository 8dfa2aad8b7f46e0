/**
 * Streams over a WebSocket whose messages are one stream of bytes, however they are cut: the sub-protocols of astral
 * nodes.
 *
 * @module
 */

import { HostError } from "../error.ts";
import type { Clock, Timer } from "../host.ts";
import type { HostStream, Transport } from "./host-stream.ts";

/** What may wait unread before the socket is read no further. */
const RECEIVE_BYTES_MAX = 256 * 1024;
/** How much may wait unread if a socket cannot be paused; beyond that the stream breaks. */
const UNPAUSED_BYTES_MAX = 16 * 1024 * 1024;
/** The longest message that is sent; longer writes become several. */
const MESSAGE_BYTES_MAX = 64 * 1024;
/** Close codes of an orderly end: said so, no reason given, the other side goes away (RFC 6455, section 7.4.1). */
const ORDERLY_CODES: readonly number[] = [1000, 1001, 1005];

/** What a WebSocket reports. */
export interface MessageSocketEvents {
  opened(): void;
  received(bytes: Uint8Array): void;
  /** The sub-protocol is broken: the stream ends with this error. */
  broken(error: unknown): void;
  closed(code: number, error?: unknown): void;
}

/** A WebSocket, of the platform or of a package. */
export interface MessageSocket {
  /** Begins to report what happens. */
  listen(events: MessageSocketEvents, clock: Clock): void;
  /** Sends a message; `done` is called when its memory may be used again and more may be sent. */
  send(bytes: Uint8Array, done: (error?: unknown) => void): void;
  /** Begins the closing handshake, after what was sent. */
  close(): void;
  /** Ends the connection at once. */
  terminate(): void;
  /** Stops receiving, and continues; not there where the socket cannot. */
  readonly flow?: { pause(): void; resume(): void };
}

/** How a {@link MessageSocketTransport} is used. */
export interface MessageSocketOptions {
  /** How long closing may take, in milliseconds. */
  readonly closeTimeoutMs: number;
  /** Whether the WebSocket is open already. Default false. */
  readonly open?: boolean;
  /** Whether a close code says that the stream has ended, and is not broken. Default: 1000, 1001 and 1005 do. */
  readonly isOrderly?: (code: number) => boolean;
}

/** The transport of a stream that is a WebSocket. */
export class MessageSocketTransport implements Transport {
  /** Resolves when the WebSocket is closed. */
  readonly closed: Promise<void>;
  /** Called when the other side has ended the stream, or it broke. */
  whenEnded: (() => void) | null = null;
  readonly #socket: MessageSocket;
  readonly #clock: Clock;
  readonly #closeTimeoutMs: number;
  readonly #isOrderly: (code: number) => boolean;
  readonly #opened: Promise<void>;
  #setOpened: () => void = () => {};
  #setClosed: () => void = () => {};
  #stream: HostStream | null = null;
  #state: "connecting" | "open" | "closing" | "closed";
  #paused = false;
  /** Settled when the last write is. */
  #written: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | null = null;
  #timer: Timer | null = null;

  constructor(socket: MessageSocket, clock: Clock, options: MessageSocketOptions) {
    this.#socket = socket;
    this.#clock = clock;
    this.#closeTimeoutMs = options.closeTimeoutMs;
    this.#isOrderly = options.isOrderly ?? ((code) => ORDERLY_CODES.includes(code));
    this.#state = options.open ? "open" : "connecting";
    this.#opened = new Promise((resolve) => this.#setOpened = resolve);
    this.closed = new Promise((resolve) => this.#setClosed = resolve);
  }

  /** Sets the stream that this is the transport of, and lets bytes come. */
  attach(stream: HostStream): void {
    this.#stream = stream;
    this.#socket.listen({
      opened: () => {
        if (this.#state === "connecting") this.#state = "open";
        this.#setOpened();
      },
      received: (bytes) => this.#onBytes(stream, bytes),
      broken: (error) => {
        stream.receiveReset(error);
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
    if (this.#isOrderly(code)) stream.receiveEnd();
    else stream.receiveReset(error ?? new HostError("reset", `The WebSocket was closed with the code ${code}`));
    this.#setOpened();
    this.#setClosed();
    this.whenEnded?.();
  }
}

/** What is used of a WebSocket of the package `ws`, whose types are not ours to publish. */
export interface WsSocket {
  on(event: "open", run: () => void): unknown;
  on(event: "message", run: (data: Uint8Array, isBinary: boolean) => void): unknown;
  on(event: "error", run: (error: unknown) => void): unknown;
  on(event: "close", run: (code: number) => void): unknown;
  send(data: Uint8Array, options: { binary: boolean }, done: (error?: Error | null) => void): void;
  close(code: number): void;
  terminate(): void;
  pause(): void;
  resume(): void;
}

/** A WebSocket of the package `ws`. Text messages break the stream, unless they are taken as bytes, too. */
export function wsMessageSocket(socket: WsSocket, { takesText = false } = {}): MessageSocket {
  return {
    listen(events) {
      let failure: unknown;
      socket.on("open", events.opened);
      socket.on("message", (data, isBinary) => {
        // Without the methods of Node's Buffer, whose slice() does not copy.
        if (isBinary || takesText) {
          events.received(new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.length));
        } else events.broken(textMessageError());
      });
      socket.on("error", (error) => failure = error);
      socket.on("close", (code) => events.closed(code, failure));
    },
    send: (bytes, done) => socket.send(bytes, { binary: true }, (error) => done(error ?? undefined)),
    close: () => socket.close(1000),
    terminate: () => socket.terminate(),
    flow: { pause: () => socket.pause(), resume: () => socket.resume() },
  };
}

/** The error of a text message where bytes are spoken. */
export function textMessageError(): HostError {
  return new HostError("protocol", "The other side sends a text message in place of bytes");
}
