/**
 * Streams over WebSockets: bytes in binary messages, or lines in text messages.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { RawData, WebSocket } from "ws";
import type { HostStream, Transport } from "../../host/streams/mod.ts";
import type { Clock } from "../../host/mod.ts";
import type { ObjectFormat } from "../channels/mod.ts";

/** What may wait unread before the WebSocket is read no further. */
const RECEIVE_BYTES_MAX = 256 * 1024;
const LINE_END = 0x0a;
const SPACE = 0x20;
/** The code of a close without anything wrong (RFC 6455, section 7.4.1). */
const NORMAL = 1000;

/** The transport of a stream that is a WebSocket. */
export class WebSocketTransport implements Transport {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #format: ObjectFormat;
  readonly #lineBytesMax: number;
  readonly #closeTimeoutMs: number;
  #stream: HostStream | null = null;
  /** A line that has no end yet. */
  #line: Uint8Array[] = [];
  #lineBytes = 0;
  #paused = false;
  #ended = false;
  #closing: Promise<void> | null = null;

  constructor(socket: WebSocket, clock: Clock, parts: {
    readonly format: ObjectFormat;
    /** The longest line that is sent as a message. */
    readonly lineBytesMax: number;
    /** How long `close()` waits for the other side, in milliseconds. */
    readonly closeTimeoutMs: number;
  }) {
    this.#socket = socket;
    this.#clock = clock;
    this.#format = parts.format;
    this.#lineBytesMax = parts.lineBytesMax;
    this.#closeTimeoutMs = parts.closeTimeoutMs;
  }

  /** Sets the stream that this is the transport of, and lets messages come. */
  attach(stream: HostStream): void {
    this.#stream = stream;
    this.#socket
      .on("message", (data) => this.#onMessage(stream, data))
      .on("error", (error) => stream.receiveReset(error))
      .on("close", (code) => {
        this.#ended = true;
        // 1006 stands for a connection that ended without a word.
        if (code === 1006) stream.receiveReset();
        else stream.receiveEnd();
      });
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.#format === "binary") return this.#send(bytes, bytes.length);
    return this.#writeLines(bytes);
  }

  close(): Promise<void> {
    return this.#closing ??= new Promise((resolve) => {
      if (this.#ended) return resolve();
      const timer = this.#clock.setTimer(this.#closeTimeoutMs, () => this.#socket.terminate());
      this.#socket.once("close", () => {
        timer.clear();
        resolve();
      });
      if (this.#lineBytes > 0) this.#send(this.#takeLine(), 0).catch(nothing);
      // A paused WebSocket would never see the other side's answer.
      this.#socket.resume();
      this.#socket.close(NORMAL);
    });
  }

  abort(): void {
    this.#socket.terminate();
  }

  taken(_count: number, left: number): void {
    if (!this.#paused || left > RECEIVE_BYTES_MAX / 2) return;
    this.#paused = false;
    this.#socket.resume();
  }

  /** Sends each line as a message, its end included, as a node does; the rest waits for the end of its line. */
  async #writeLines(bytes: Uint8Array): Promise<number> {
    let start = 0;
    for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, start)) {
      this.#addToLine(bytes.subarray(start, end + 1));
      start = end + 1;
      await this.#send(this.#takeLine(), 0);
    }
    this.#addToLine(bytes.subarray(start));
    // Bytes without lines are nothing for this guest; they are not collected without bound.
    if (this.#lineBytes > this.#lineBytesMax) throw this.#break(`A line is longer than ${this.#lineBytesMax} bytes`);
    return bytes.length;
  }

  #addToLine(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#line.push(part.slice());
    this.#lineBytes += part.length;
  }

  #takeLine(): Uint8Array {
    const line = new Uint8Array(this.#lineBytes);
    let start = 0;
    for (const part of this.#line) {
      line.set(part, start);
      start += part.length;
    }
    this.#line = [];
    this.#lineBytes = 0;
    return line;
  }

  #send(bytes: Uint8Array, count: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.send(bytes, { binary: this.#format === "binary" }, (error) => {
        if (error || this.#ended) reject(this.#stream?.brokenError(error) ?? error);
        else resolve(count);
      });
    });
  }

  #break(reason: string): Error {
    const cause = new Error(reason);
    this.#stream?.receiveReset(cause);
    this.#socket.terminate();
    return this.#stream?.brokenError(cause) ?? cause;
  }

  #onMessage(stream: HostStream, data: RawData): void {
    if (this.#closing !== null) return;
    const bytes = bytesOf(data);
    const waiting = stream.receive(this.#format === "binary" ? bytes : lineOf(bytes));
    if (waiting > RECEIVE_BYTES_MAX && !this.#paused) {
      this.#paused = true;
      this.#socket.pause();
    }
  }
}

/** The bytes of a message, without the methods of Node's Buffer, whose slice() does not copy. */
function bytesOf(data: RawData): Uint8Array {
  const { buffer, byteOffset, length } = data as Buffer<ArrayBuffer>;
  return new Uint8Array(buffer, byteOffset, length);
}

/** A message as one line: line ends inside a JSON text are nothing but white space. */
function lineOf(message: Uint8Array): Uint8Array {
  const hasEnd = message.at(-1) === LINE_END;
  const text = hasEnd ? message.subarray(0, -1) : message;
  const line = new Uint8Array(text.length + 1);
  line.set(text);
  for (let at = line.indexOf(LINE_END); at >= 0 && at < text.length; at = line.indexOf(LINE_END, at)) line[at] = SPACE;
  line[text.length] = LINE_END;
  return line;
}

function nothing(): void {}
