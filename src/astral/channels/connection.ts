/**
 * A stream whose first bytes are messages: reads those, and nothing that comes behind them is lost.
 *
 * @module
 */

import { type Schema, stream as messagesOf } from "../../../codec/mod.ts";
import { HostStream } from "../../host/streams/mod.ts";
import { type Clock, HostError, type Stream } from "../../host/mod.ts";
import { wait } from "../../host/timing/mod.ts";

/** How much is read at once from streams that do not hand out their own pieces. */
const BUFFER_BYTES = 64 * 1024;
const LINE_END = 0x0a;

/** A stream, with what was read of it ahead of time. */
export class Connection {
  readonly stream: Stream;
  /** Bytes behind the last message. */
  #rest: Uint8Array | null = null;
  /** A read that was begun to see what comes. */
  #ahead: Promise<Uint8Array | null> | null = null;
  #buffer: Uint8Array | null = null;

  constructor(stream: Stream) {
    this.stream = stream;
  }

  /** The next bytes, `null` at the end. They may change at the next call. */
  read(): Promise<Uint8Array | null> {
    const rest = this.#rest;
    if (rest !== null) {
      this.#rest = null;
      return Promise.resolve(rest);
    }
    const ahead = this.#ahead ?? this.#readPiece();
    this.#ahead = null;
    return ahead;
  }

  /**
   * Waits until there is something to read, or the end, and leaves it to be read.
   *
   * @throws HostError `timeout`
   */
  peek(clock: Clock, timeoutMs: number): Promise<Uint8Array | null> {
    if (this.#rest !== null) return Promise.resolve(this.#rest);
    const ahead = this.#readAhead();
    return wait(clock, "Waiting for the other side", { timeoutMs }, ({ resolve, reject }) => {
      ahead.then(resolve, reject);
      return nothing;
    });
  }

  /** Calls `gone` if the stream ends while nothing is read: whoever waits for an answer has left then. */
  watch(gone: () => void): void {
    if (this.#rest !== null) return;
    this.#readAhead().then((piece) => {
      if (piece === null) gone();
    }, gone);
  }

  /**
   * Reads one message; `null` if the stream ends before its first byte.
   *
   * @throws CodecError for anything else; HostError `reset` if the stream ends inside the message
   */
  async readMessage<T>(schema: Schema<T>, messageBytesMax: number): Promise<T | null> {
    const decoder = messagesOf(schema, { messageBytesMax });
    for (let pushed = 0;;) {
      const piece = await this.read();
      if (piece === null) return endOfMessage(pushed);
      decoder.push(piece);
      pushed += piece.length;
      const message = decoder.pull();
      if (message === null) continue;
      this.#keep(piece, pushed - message.end);
      return message.value;
    }
  }

  /**
   * Reads one line, without its end; `null` if the stream ends before its first byte.
   *
   * @throws HostError `protocol` for a line that is too long; `reset` if the stream ends inside the line
   */
  async readLine(lineBytesMax: number): Promise<Uint8Array | null> {
    const parts: Uint8Array[] = [];
    for (let length = 0;;) {
      const piece = await this.read();
      if (piece === null) return endOfMessage(length);
      const end = piece.indexOf(LINE_END);
      length += end < 0 ? piece.length : end;
      if (length > lineBytesMax) throw new HostError("protocol", `A line is longer than ${lineBytesMax} bytes`);
      parts.push(piece.slice(0, end < 0 ? piece.length : end));
      if (end < 0) continue;
      this.#keep(piece, piece.length - end - 1);
      return parts.length === 1 ? parts[0] : joined(parts, length);
    }
  }

  /** Ends both directions, after what was written. */
  close(): Promise<void> {
    return this.stream.close();
  }

  /** Breaks the stream off. */
  abort(reason?: unknown): void {
    this.stream.abort(reason);
  }

  #keep(piece: Uint8Array, count: number): void {
    this.#rest = count > 0 ? piece.subarray(piece.length - count) : null;
  }

  #readAhead(): Promise<Uint8Array | null> {
    if (this.#ahead === null) {
      this.#ahead = this.#readPiece();
      // Whoever reads next gets the error.
      this.#ahead.catch(nothing);
    }
    return this.#ahead;
  }

  async #readPiece(): Promise<Uint8Array | null> {
    if (this.stream instanceof HostStream) return await this.stream.readPiece();
    this.#buffer ??= new Uint8Array(BUFFER_BYTES);
    const count = await this.stream.read(this.#buffer);
    return count === null ? null : this.#buffer.subarray(0, count);
  }
}

/**
 * Carries bytes both ways until either side ends; then both are closed, as no version of apphost has a half-close. Each
 * side is read only as fast as the other one takes it. A side that breaks takes the other one with it.
 */
export async function pipe(one: Connection, other: Connection): Promise<void> {
  await Promise.all([forward(one, other), forward(other, one)]);
  await Promise.all([one.close(), other.close()]);
}

async function forward(from: Connection, to: Connection): Promise<void> {
  for (;;) {
    let piece: Uint8Array | null;
    try {
      piece = await from.read();
    } catch (error) {
      // Closed means that the other direction has ended, and has closed both.
      if (!(error instanceof HostError && error.code === "closed")) to.abort(error);
      return;
    }
    if (piece === null) break;
    try {
      await to.stream.write(piece);
    } catch {
      // That side is gone; what it wrote before still has to reach this one, and then ends both.
      return;
    }
  }
  await Promise.all([to.close(), from.close()]);
}

function endOfMessage(length: number): null {
  if (length === 0) return null;
  throw new HostError("reset", `The stream ended after ${length} bytes of a message`);
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let start = 0;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}

function nothing(): void {}
