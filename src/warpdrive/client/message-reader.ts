/**
 * Messages and raw bytes out of one stream, with a time limit on each of them.
 *
 * @module
 */

import { type Schema, stream as messages } from "../../../codec/mod.ts";
import type { Clock, Stream, WaitOptions } from "../../host/mod.ts";
import { WarpdriveError } from "../error.ts";

/** How much is read at once. */
const BUFFER_BYTES = 16 * 1024;
const NOTHING = new Uint8Array(0);

/** Options of {@link MessageReader.message}. */
export interface MessageOptions extends WaitOptions {
  /** The largest message in bytes. Default 1 MiB. */
  readonly bytesMax?: number;
  /** Called with how many further bytes of the message have come; what it throws ends the reading. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

const MESSAGE_BYTES_MAX = 1024 * 1024;
/** The signs of a list in JSON. */
const [ARRAY_BEGIN, ARRAY_END, COMMA, NEWLINE, LETTER_N] = [0x5b, 0x5d, 0x2c, 0x0a, 0x6e];
const NULL_REST = new TextEncoder().encode("ull");
const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, NEWLINE, 0x0d]);
const SPACES_MAX = 1024;

/** Reads a stream message by message; every message says by itself where it ends. */
export class MessageReader {
  readonly #stream: Stream;
  readonly #clock: Clock;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  /** Bytes that have come and were not taken. */
  #left: Uint8Array = NOTHING;

  constructor(stream: Stream, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
  }

  /** The next byte, or `null` at the end of the stream. Throws what `Stream.read` does. */
  async byte(options: WaitOptions = {}): Promise<number | null> {
    if (this.#left.length === 0 && !await this.#fill(options)) return null;
    const byte = this.#left[0];
    this.#left = this.#left.subarray(1);
    return byte;
  }

  /** Takes the next byte if it has come already and is this one. */
  skip(byte: number): boolean {
    if (this.#left.length === 0 || this.#left[0] !== byte) return false;
    this.#left = this.#left.subarray(1);
    return true;
  }

  /**
   * The next message, and not a byte more. The time limit is one for the whole message.
   *
   * @throws WarpdriveError `refused` when the stream ends before the message does
   * @throws CodecError for bytes that are no such message, and `limit`
   */
  async message<T>(schema: Schema<T>, options: MessageOptions = {}): Promise<T> {
    const { signal, timeoutMs = Infinity, bytesMax = MESSAGE_BYTES_MAX, onBytes } = options;
    const endMs = this.#clock.now() + timeoutMs;
    const decoder = messages(schema, { messageBytesMax: bytesMax });
    for (let pushed = 0;;) {
      const leftMs = Math.max(0, endMs - this.#clock.now());
      if (this.#left.length === 0 && !await this.#fill({ signal, timeoutMs: leftMs })) {
        throw new WarpdriveError("refused", "The connection was closed before the message was complete");
      }
      const chunk = this.#left;
      this.#left = NOTHING;
      pushed += chunk.length;
      onBytes?.(chunk.length);
      decoder.push(chunk);
      const message = decoder.pull();
      if (message === null) continue;
      this.#left = chunk.subarray(chunk.length - (pushed - message.end));
      return message.value;
    }
  }

  /**
   * The items of a JSON array, one after another, and the newline that follows it; none for `null`. The time limit and the
   * largest size are those of one item.
   *
   * @throws WarpdriveError `refused` when the stream ends before the array does, `protocol` for what is no array
   * @throws CodecError for an item that is not of the schema, and `limit`
   */
  async *items<T>(item: Schema<T>, options: MessageOptions = {}): AsyncGenerator<T, void, undefined> {
    let next = await this.#symbol(options);
    if (next === LETTER_N) {
      for (const letter of NULL_REST) expect(letter, await this.byte(options));
    } else {
      expect(ARRAY_BEGIN, next);
      next = await this.#symbol(options);
      if (next !== ARRAY_END) this.#putBack();
      while (next !== ARRAY_END) {
        yield await this.message(item, options);
        next = await this.#symbol(options);
        if (next !== ARRAY_END) expect(COMMA, next);
      }
    }
    expect(NEWLINE, await this.byte(options));
  }

  /** Reads raw bytes, as `Stream.read` does. */
  async read(buf: Uint8Array, options?: WaitOptions): Promise<number | null> {
    if (this.#left.length === 0) return await this.#stream.read(buf, options);
    const count = Math.min(buf.length, this.#left.length);
    buf.set(this.#left.subarray(0, count));
    this.#left = this.#left.subarray(count);
    return count;
  }

  /** The next byte that is no white space, of which there may be a little between the parts of a document. */
  async #symbol(options: WaitOptions): Promise<number | null> {
    for (let count = 0; count < SPACES_MAX; count++) {
      const byte = await this.byte(options);
      if (byte === null || !SPACES.has(byte)) return byte;
    }
    throw new WarpdriveError("protocol", `Cannot read a list with ${SPACES_MAX} spaces between two items`);
  }

  /** Makes the byte that was just taken the next one again: it is still in the buffer. */
  #putBack(): void {
    const { buffer, byteOffset, length } = this.#left;
    this.#left = new Uint8Array(buffer, byteOffset - 1, length + 1);
  }

  async #fill(options: WaitOptions): Promise<boolean> {
    const count = await this.#stream.read(this.#buffer, options);
    if (count === null) return false;
    this.#left = this.#buffer.subarray(0, count);
    return true;
  }
}

/** @throws WarpdriveError `refused` at the end of the stream, `protocol` for another byte */
function expect(wanted: number, byte: number | null): void {
  if (byte === wanted) return;
  if (byte === null) throw new WarpdriveError("refused", "The connection was closed before the list was complete");
  throw new WarpdriveError("protocol", `Cannot read a list: it has the byte ${byte} in place of ${wanted}`);
}
