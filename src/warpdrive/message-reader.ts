/**
 * Messages and raw bytes out of one stream, with a time limit on each of them.
 *
 * @module
 */

import { type Schema, stream as messages } from "../../codec/mod.ts";
import type { Clock, Stream, WaitOptions } from "../host/host.ts";
import { WarpdriveError } from "./error.ts";

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

  /** Reads raw bytes, as `Stream.read` does. */
  async read(buf: Uint8Array, options?: WaitOptions): Promise<number | null> {
    if (this.#left.length === 0) return await this.#stream.read(buf, options);
    const count = Math.min(buf.length, this.#left.length);
    buf.set(this.#left.subarray(0, count));
    this.#left = this.#left.subarray(count);
    return count;
  }

  async #fill(options: WaitOptions): Promise<boolean> {
    const count = await this.#stream.read(this.#buffer, options);
    if (count === null) return false;
    this.#left = this.#buffer.subarray(0, count);
    return true;
  }
}
