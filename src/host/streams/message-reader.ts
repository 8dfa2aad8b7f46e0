/**
 * Messages, lines, single bytes and raw bytes out of one stream.
 *
 * @module
 */

import { type Schema, stream as messagesOf } from "../../../codec/mod.ts";
import { HostError } from "../error.ts";
import type { Clock, Stream, WaitOptions } from "../host.ts";
import { systemClock, wait } from "../timing/mod.ts";
import { HostStream } from "./host-stream.ts";

/** How much is read at once from streams that cannot show what has come. */
const BUFFER_BYTES = 16 * 1024;
const LINE_END = 0x0a;
const MESSAGE_BYTES_MAX = 1024 * 1024;

/** Options of {@link MessageReader.message}. */
export interface MessageOptions extends WaitOptions {
  /** The largest message in bytes. Default 1 MiB. */
  readonly bytesMax?: number;
  /** Called with how many further bytes of the message have come; what it throws ends the reading. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

/** A stream whose bytes can be looked at before they are taken, as those of {@link HostStream} can. */
type Source = Pick<HostStream, "peek" | "front" | "drop" | "read" | "readPiece">;

/**
 * Reads a stream message by message; every message says by itself where it ends. Time limits hold for a whole message
 * or line. Of a stream of a host no byte is taken that is not asked for, so that anybody can read on where messages
 * end.
 */
export class MessageReader {
  readonly stream: Stream;
  readonly #clock: Clock;
  readonly #source: Source;

  /** @param clock Measures time limits; by default the clock of the stream's host, or the system's */
  constructor(stream: Stream, clock?: Clock) {
    const isOfHost = stream instanceof HostStream;
    this.stream = stream;
    this.#clock = clock ?? (isOfHost ? stream.clock : systemClock);
    this.#source = isOfHost ? stream : new BufferedSource(stream, this.#clock);
  }

  /**
   * Waits until there is something to read, and leaves it to be read; `null` at the end. Throws what `Stream.read`
   * does.
   */
  peek(options?: WaitOptions): Promise<Uint8Array | null> {
    return this.#source.peek(options);
  }

  /** The next byte, or `null` at the end of the stream. Throws what `Stream.read` does. */
  async byte(options?: WaitOptions): Promise<number | null> {
    const piece = await this.#source.peek(options);
    if (piece === null) return null;
    const [byte] = piece;
    this.#source.drop(1);
    return byte;
  }

  /** Takes the first `count` bytes of those that {@link peek} has just shown. */
  drop(count: number): void {
    this.#source.drop(count);
  }

  /** Takes the next byte if it has come already and is this one. */
  skip(byte: number): boolean {
    if (this.#source.front?.[0] !== byte) return false;
    this.#source.drop(1);
    return true;
  }

  /**
   * The next message, and not a byte more; `null` if the stream ends before its first byte.
   *
   * @throws HostError `reset` if the stream ends inside the message, and what `Stream.read` throws
   * @throws CodecError for bytes that are no such message, and `limit`
   */
  async nextMessage<T>(schema: Schema<T>, options: MessageOptions = {}): Promise<T | null> {
    const { bytesMax = MESSAGE_BYTES_MAX, onBytes } = options;
    const within = this.#deadline(options);
    const decoder = messagesOf(schema, { messageBytesMax: bytesMax });
    for (let taken = 0;;) {
      const piece = await this.#source.peek(within());
      if (piece === null) return this.#endOf("message", taken);
      onBytes?.(piece.length);
      decoder.push(piece);
      const message = decoder.pull();
      this.#source.drop(message === null ? piece.length : message.end - taken);
      if (message !== null) return message.value;
      taken += piece.length;
    }
  }

  /** As {@link nextMessage}, where a message has to come: the end of the stream is `reset`, too. */
  async message<T>(schema: Schema<T>, options?: MessageOptions): Promise<T> {
    const message = await this.nextMessage(schema, options);
    if (message === null) throw this.cutOff("message", 0);
    return message;
  }

  /**
   * The next line, without its end; `null` if the stream ends before its first byte.
   *
   * @throws HostError `protocol` for a line that is too long, `reset` if the stream ends inside the line
   */
  async line(bytesMax: number, options?: WaitOptions): Promise<Uint8Array | null> {
    const within = this.#deadline(options);
    const line: Uint8Array[] = [];
    for (let length = 0;;) {
      const piece = await this.#source.peek(within());
      if (piece === null) return this.#endOf("line", length);
      const end = piece.indexOf(LINE_END);
      const count = end < 0 ? piece.length : end;
      length += count;
      if (length > bytesMax) throw new HostError("protocol", `A line is longer than ${bytesMax} bytes`);
      line.push(piece.slice(0, count));
      this.#source.drop(end < 0 ? count : count + 1);
      if (end >= 0) return line.length === 1 ? line[0] : joined(line, length);
    }
  }

  /** Reads raw bytes, as `Stream.read` does. */
  read(buf: Uint8Array, options?: WaitOptions): Promise<number | null> {
    return this.#source.read(buf, options);
  }

  /** The next raw bytes as they came, `null` at the end. They may change at the next call. */
  piece(): Promise<Uint8Array | null> {
    return this.#source.readPiece();
  }

  /** The error for a stream that ended after so many bytes of something. */
  protected cutOff(what: "message" | "line", count: number): Error {
    return new HostError("reset", `The stream ended after ${count} bytes of a ${what}`);
  }

  #endOf(what: "message" | "line", count: number): null {
    if (count === 0) return null;
    throw this.cutOff(what, count);
  }

  /** What is left of a time limit, each time it is asked. */
  #deadline(options: WaitOptions = {}): () => WaitOptions | undefined {
    const { signal, timeoutMs = Infinity } = options;
    if (timeoutMs === Infinity) return () => signal === undefined ? undefined : { signal };
    const endMs = this.#clock.now() + timeoutMs;
    return () => ({ signal, timeoutMs: Math.max(0, endMs - this.#clock.now()) });
  }
}

/** Streams that do not belong to a host, with a buffer. */
class BufferedSource implements Source {
  readonly #stream: Stream;
  readonly #clock: Clock;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  /** The bytes in the buffer that nobody has taken yet. */
  front: Uint8Array | null = null;
  /** A read that continues, even if nobody waits for it. */
  #filling: Promise<Uint8Array | null> | null = null;

  constructor(stream: Stream, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
  }

  peek(options?: WaitOptions): Promise<Uint8Array | null> {
    if (this.front !== null) return Promise.resolve(this.front);
    const filling = this.#filling ??= this.#fill();
    if (options === undefined) return filling;
    return wait(this.#clock, "Reading", options, ({ resolve, reject }) => {
      filling.then(resolve, reject);
      return () => {};
    });
  }

  drop(count: number): void {
    const { front } = this;
    if (front !== null) this.front = count < front.length ? front.subarray(count) : null;
  }

  async read(buf: Uint8Array, options?: WaitOptions): Promise<number | null> {
    if (this.front === null && this.#filling === null) return await this.#stream.read(buf, options);
    const piece = await this.peek(options);
    if (piece === null) return null;
    const count = Math.min(buf.length, piece.length);
    buf.set(piece.subarray(0, count));
    this.drop(count);
    return count;
  }

  async readPiece(): Promise<Uint8Array | null> {
    const piece = await this.peek();
    this.front = null;
    return piece;
  }

  async #fill(): Promise<Uint8Array | null> {
    try {
      const count = await this.#stream.read(this.#buffer);
      return this.front = count === null ? null : this.#buffer.subarray(0, count);
    } finally {
      this.#filling = null;
    }
  }
}

/**
 * Reads exactly so many bytes.
 *
 * @throws HostError `reset` if the stream ends before
 */
export async function readBytes(stream: Stream, count: number, options?: WaitOptions): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let filled = 0; filled < count;) {
    const read = await stream.read(bytes.subarray(filled), options);
    if (read === null) throw new HostError("reset", `The stream ended after ${filled} of ${count} bytes`);
    filled += read;
  }
  return bytes;
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
