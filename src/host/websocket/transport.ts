/**
 * Streams over WebSockets, of the platform or of the package `ws`. A WebSocket cannot be paused, so that each side
 * says with messages of its own how much more it takes.
 *
 * @module
 */

import { bytes, CodecError, decode, encode, type Infer, rest, struct, u32, u8, union } from "../../../codec/mod.ts";
import { type HostStream, type Transport, WriteQueue } from "../streams/mod.ts";
import { HostError } from "../error.ts";
import type { Clock, Timer } from "../host.ts";

/**
 * What a WebSocket host needs of a server of `node:http` or `node:https`, without the types of Node, which not every
 * user has.
 */
export interface UpgradeServer {
  on(event: "upgrade", listener: UpgradeListener): unknown;
  off(event: "upgrade", listener: UpgradeListener): unknown;
  listenerCount(event: "upgrade"): number;
}

type UpgradeListener = (request: unknown, socket: unknown, head: unknown) => void;

/** The sub-protocol: streams of warpwire, version 1. */
export const SUBPROTOCOL = "warpwire.stream.1";
/** What may be on its way or unread, in bytes: a slow reader costs its writer no more than this. */
export const WINDOW_BYTES = 512 * 1024;
/** The most bytes of a stream in one message. */
export const PART_BYTES_MAX = 64 * 1024;
/** The largest message: what it is, and bytes. */
export const MESSAGE_BYTES_MAX = 1 + PART_BYTES_MAX;
/** How much has to be read before the writer hears of it. */
const CREDIT_BYTES_MIN = WINDOW_BYTES / 2;
/** How long the other side has to take note of the code with which the stream breaks, in milliseconds. */
const BREAK_MS = 1000;

/**
 * With this code an orderly end is distinguished from everything else that ends a WebSocket (RFC 6455, section 7.4.1).
 */
export const CLOSE_END = 1000;
/** The stream was given up. */
export const CLOSE_ABORTED = 4000;
/** The other side does not keep to the sub-protocol. */
export const CLOSE_PROTOCOL = 4001;

/** A message. */
export const StreamMessage = union("kind", u8, {
  /** Bytes of the stream. */
  data: [0, struct({ bytes: bytes(rest) })],
  /** So many more bytes may come: their predecessors were read. */
  credit: [1, struct({ count: u32 })],
});
/** A message. */
export type StreamMessage = Infer<typeof StreamMessage>;

/** What the platform's WebSocket and that of `ws` have in common. */
export interface WebSocketLike {
  binaryType: string;
  readonly protocol: string;
  send(message: Uint8Array): void;
  close(code?: number): void;
  /** Cuts the connection; the platform's have no such thing. */
  terminate?(): void;
  addEventListener(type: "open" | "message" | "close" | "error", listener: (event: WebSocketEvent) => void): void;
}

/** What is used of the events of WebSockets. */
export interface WebSocketEvent {
  /** Of messages. */
  readonly data?: unknown;
  /** Of the end. */
  readonly code?: number;
  /** Of errors, with `ws`. */
  readonly error?: unknown;
}

/** The transport of a stream that is a WebSocket. */
export class WebSocketTransport implements Transport {
  /** Resolved when the WebSocket is closed, or nothing more can be done about it. */
  readonly gone: Promise<void>;
  readonly #socket: WebSocketLike;
  readonly #clock: Clock;
  readonly #closeTimeoutMs: number;
  readonly #writes = new WriteQueue();
  #stream: HostStream | null = null;
  #open = false;
  /** Whether our end was sent, or there is nobody to send anything to any more. */
  #done = false;
  #closing: Promise<void> | null = null;
  #timer: Timer | null = null;
  /** How much may be written. */
  #credit = WINDOW_BYTES;
  /** How much may come. */
  #window = WINDOW_BYTES;
  /** How much was read of which the other side doesn't know yet. */
  #read = 0;
  /** Whether the stream was broken off here: nothing that still comes counts. */
  #brokenOff = false;
  #isGone = false;
  #setGone!: () => void;
  /** For hosts: called when the other side has ended the stream, or it broke. */
  whenEnded: (() => void) | null = null;

  /** @param closeTimeoutMs How long `close()` waits until the other side has seen the end, in milliseconds */
  constructor(socket: WebSocketLike, clock: Clock, closeTimeoutMs: number) {
    this.#socket = socket;
    this.#clock = clock;
    this.#closeTimeoutMs = closeTimeoutMs;
    this.gone = new Promise((resolve) => {
      this.#setGone = () => {
        this.#isGone = true;
        this.#timer?.clear();
        resolve();
      };
    });
  }

  /**
   * Sets the stream that this is the transport of.
   *
   * @param open Whether the WebSocket is open already
   */
  attach(stream: HostStream, open: boolean): void {
    this.#stream = stream;
    this.#open = open;
    this.#socket.binaryType = "arraybuffer";
    let cause: unknown;
    this.#socket.addEventListener("open", () => this.#onOpen());
    this.#socket.addEventListener("message", ({ data }) => this.#onMessage(stream, data));
    this.#socket.addEventListener("error", (event) => {
      cause = event.error ?? event;
      // Node's own WebSocket says no more than this when it cannot connect.
      if (!this.#open) this.#onClose(stream, 0, cause);
    });
    this.#socket.addEventListener("close", ({ code }) => this.#onClose(stream, code ?? 0, cause));
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.#done) return Promise.reject(this.#stream?.brokenError());
    const written = this.#writes.add(bytes);
    this.#sendWrites();
    return written;
  }

  close(): Promise<void> {
    if (this.#closing !== null) return this.#closing;
    this.#closing = this.gone;
    if (!this.#done) {
      this.#timer = this.#clock.setTimer(this.#closeTimeoutMs, () => {
        this.abort();
        this.#cut();
      });
      // What is unread was dropped: the other side must not wait for us to read it.
      this.#read = WINDOW_BYTES - this.#window;
      this.taken(0);
      this.#endWhenWritten();
    }
    return this.#closing;
  }

  abort(): void {
    this.#breakOff(CLOSE_ABORTED);
  }

  taken(count: number): void {
    this.#read += count;
    if (this.#done || this.#read < CREDIT_BYTES_MIN) return;
    this.#window += this.#read;
    this.#send({ kind: "credit", count: this.#read });
    this.#read = 0;
  }

  #onOpen(): void {
    if (this.#done) return;
    if (this.#socket.protocol !== SUBPROTOCOL) {
      this.#refuse(`The sub-protocol is "${this.#socket.protocol}" in place of "${SUBPROTOCOL}"`);
    } else {
      this.#open = true;
      this.#sendWrites();
    }
  }

  #onMessage(stream: HostStream, data: unknown): void {
    if (this.#brokenOff) return;
    const message = parseMessage(data);
    if (message === null) {
      this.#refuse("The other side has sent a message that is none");
    } else if (message.kind === "credit") {
      this.#credit += message.count;
      if (this.#credit > WINDOW_BYTES) this.#refuse("The other side has read more than there was");
      else this.#sendWrites();
    } else {
      const { length } = message.bytes;
      this.#window -= length;
      if (this.#window < 0) this.#refuse("The other side has sent more than it may");
      else if (this.#closing === null) stream.receive(message.bytes);
      else this.taken(length);
    }
  }

  #onClose(stream: HostStream, code: number, cause: unknown): void {
    if (this.#isGone) return;
    if (code === CLOSE_END) stream.receiveEnd();
    else stream.receiveReset(new HostError("reset", `The WebSocket was closed with the code ${code}`, { cause }));
    this.#finish();
    this.#setGone();
    this.whenEnded?.();
  }

  #sendWrites(): void {
    while (this.#open && !this.#done && this.#credit > 0) {
      const isSent = this.#writes.sendNext(Math.min(this.#credit, PART_BYTES_MAX), (part) => {
        this.#credit -= part.length;
        this.#send({ kind: "data", bytes: part });
      });
      if (!isSent) break;
    }
    this.#endWhenWritten();
  }

  #endWhenWritten(): void {
    if (this.#closing === null || this.#done || !this.#writes.empty) return;
    this.#finish();
    this.#socket.close(CLOSE_END);
  }

  #send(message: StreamMessage): void {
    this.#socket.send(encode(StreamMessage, message));
  }

  /** The other side does not follow the protocol. */
  #refuse(message: string): void {
    this.#stream?.receiveReset(new HostError("protocol", message));
    this.#breakOff(CLOSE_PROTOCOL);
  }

  /** Says why the stream breaks, behind what was sent before, and cuts the connection when that was seen. */
  #breakOff(code: number): void {
    if (this.#brokenOff || this.#isGone) return;
    this.#brokenOff = true;
    this.#finish();
    this.#socket.close(code);
    this.#timer?.clear();
    // A connection that is cut with something unread on it takes the code with it. The other side may never answer.
    this.#timer = this.#clock.setTimer(Math.min(BREAK_MS, this.#closeTimeoutMs), () => this.#cut());
  }

  /** Ends the connection at once; the platform's WebSockets go on by themselves. */
  #cut(): void {
    this.#timer?.clear();
    if (this.#socket.terminate === undefined) this.#setGone();
    else this.#socket.terminate();
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    this.#writes.fail(this.#stream?.brokenError());
  }
}

function parseMessage(data: unknown): StreamMessage | null {
  if (!(data instanceof ArrayBuffer) || data.byteLength > MESSAGE_BYTES_MAX) return null;
  try {
    return decode(StreamMessage, new Uint8Array(data));
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}
