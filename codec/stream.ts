/**
 * Messages out of bytes that arrive in pieces of any size.
 *
 * @module
 */

import { compile, type DecodeOptions, encode, limitsOf } from "./compile.ts";
import { CodecError } from "./error.ts";
import type { Limits } from "./limits.ts";
import { MALFORMED, MessageScanner, MORE, TOO_LARGE, tooLarge } from "./scan.ts";
import type { Schema } from "./schema.ts";
import { DecodeWalk } from "./walk-decode.ts";

/** Options of {@link stream}. */
export interface StreamOptions {
  /** The largest message in bytes, which is what a stream can hold in memory. Default 16 MiB. */
  readonly messageBytesMax?: number;
  /** Bounds on the cost of one message. */
  readonly limits?: Partial<Limits>;
}

/** A message out of a stream. */
export interface StreamMessage<T> {
  readonly value: T;
  /** Offset of the message's first byte in the stream. */
  readonly start: number;
  /** Offset after the message's last byte. */
  readonly end: number;
}

/** Turns pieces of input into messages: push bytes, pull messages until there is none. */
export interface StreamDecoder<T> {
  /** Takes the next bytes. They must not change until {@link pull} has returned `null`; then they were copied. */
  push(chunk: Uint8Array): void;
  /**
   * The next message, or `null` when more bytes are needed. Decoded byte strings have memory of their own.
   *
   * @throws CodecError with the offset in the stream; every later call throws the same error
   */
  pull(): StreamMessage<T> | null;
  /**
   * Says that the input has ended. A message that reaches up to the end of its input is returned now.
   *
   * @throws CodecError `truncated` when the input ended inside a message, with path and offset of what was cut
   */
  finish(): StreamMessage<T> | null;
  /** Offset in the stream of the next message. */
  readonly offset: number;
}

/** The default of {@link StreamOptions.messageBytesMax}. */
export const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;

const NOTHING = new Uint8Array(0);

/**
 * A decoder for a stream of messages of one schema.
 *
 * ```ts
 * import { stream, string, struct, u8 } from "warpwire/codec";
 *
 * const Line = struct({ text: string(u8) });
 * const decoder = stream(Line);
 * decoder.push(Uint8Array.of(2, 0x68));
 * console.log(decoder.pull()); // null
 * decoder.push(Uint8Array.of(0x69, 1, 0x21));
 * console.log(decoder.pull()?.value.text, decoder.pull()?.value.text); // hi !
 * ```
 */
export function stream<T>(schema: Schema<T>, options: StreamOptions = {}): StreamDecoder<T> {
  return new MessageStream(schema, options);
}

class MessageStream<T> implements StreamDecoder<T> {
  readonly #schema: Schema<T>;
  readonly #limits: Limits;
  readonly #bytesMax: number;
  readonly #scanner: MessageScanner;
  readonly #decodeOptions: DecodeOptions;
  /** The bytes `[#start, #end)` were pushed and belong to no message yet. */
  #bytes: Uint8Array = NOTHING;
  #start = 0;
  #end = 0;
  /** Whether the bytes are the caller's, so that they must be copied before the caller uses them again. */
  #borrowed = false;
  #error: unknown;
  #offset = 0;

  constructor(schema: Schema<T>, options: StreamOptions) {
    this.#schema = schema;
    this.#limits = limitsOf(options);
    this.#bytesMax = options.messageBytesMax ?? MESSAGE_BYTES_MAX;
    this.#scanner = new MessageScanner(schema, this.#limits, this.#bytesMax);
    this.#decodeOptions = { copy: true, limits: this.#limits };
  }

  get offset(): number {
    return this.#offset;
  }

  push(chunk: Uint8Array): void {
    if (this.#start === this.#end) {
      this.#bytes = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      this.#borrowed = true;
      return;
    }
    this.#reserve(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  pull(): StreamMessage<T> | null {
    if (this.#error !== undefined) throw this.#error;
    if (this.#start === this.#end) return null;
    const length = this.#scanner.scan(this.#bytes, this.#start, this.#end);
    if (length === MORE) {
      if (this.#borrowed) this.#reserve(0);
      return null;
    }
    if (length === TOO_LARGE) throw this.#fail(tooLarge(this.#bytesMax, this.#offset));
    if (length === MALFORMED) throw this.#fail(this.#explain());
    return this.#take(length);
  }

  finish(): StreamMessage<T> | null {
    const message = this.pull();
    if (message !== null) throw new Error("Pull all messages before the stream is finished");
    const left = this.#end - this.#start;
    const ends = this.#scanner.endsWithInput;
    if (left === 0 && !(ends && this.#scanner.position > 0)) return null;
    return this.#take(left);
  }

  #take(length: number): StreamMessage<T> {
    if (length === 0) throw this.#fail(new CodecError("schema", "Messages without bytes cannot stand in a stream"));
    const start = this.#offset;
    let value;
    try {
      value = compile(this.#schema).decode(
        this.#bytes.subarray(this.#start, this.#start + length),
        this.#decodeOptions,
      );
    } catch (error) {
      throw this.#fail(this.#inStream(error));
    }
    this.#start += length;
    this.#offset += length;
    this.#scanner.reset();
    return { value, start, end: this.#offset };
  }

  /** Makes sure that the bytes are our own and `count` more fit behind them. */
  #reserve(count: number): void {
    const used = this.#end - this.#start;
    if (!this.#borrowed && this.#end + count <= this.#bytes.length) return;
    const fits = !this.#borrowed && used + count <= this.#bytes.length;
    const bytes = fits ? this.#bytes : new Uint8Array(Math.max(256, 2 * (used + count)));
    bytes.set(this.#bytes.subarray(this.#start, this.#end));
    this.#bytes = bytes;
    this.#borrowed = false;
    this.#start = 0;
    this.#end = used;
  }

  #fail(error: unknown): unknown {
    this.#error = error;
    return error;
  }

  /** Why the bytes so far cannot be the beginning of a message. */
  #explain(): unknown {
    const walk = new DecodeWalk(this.#bytes, this.#start, this.#end, { limits: this.#limits, partial: true });
    try {
      walk.read(this.#schema);
    } catch (error) {
      return this.#inStream(error, this.#start);
    }
    return new Error("The scanner and the plain walk disagree");
  }

  /** An error with its offset in the stream. */
  #inStream(error: unknown, base = 0): unknown {
    if (!(error instanceof CodecError)) return error;
    const { code, reason, path, context, cause } = error;
    return new CodecError(code, reason, { path, offset: this.#offset + error.offset - base, context, cause });
  }
}

/** A web stream that turns chunks of bytes into values. */
export function decodeStream<T>(schema: Schema<T>, options?: StreamOptions): TransformStream<Uint8Array, T> {
  const decoder = stream(schema, options);
  return new TransformStream({
    transform(chunk, controller) {
      decoder.push(chunk);
      for (let message = decoder.pull(); message !== null; message = decoder.pull()) controller.enqueue(message.value);
    },
    flush(controller) {
      const last = decoder.finish();
      if (last !== null) controller.enqueue(last.value);
    },
  });
}

/** A web stream that turns values into chunks of bytes, one for each value. */
export function encodeStream<T>(schema: Schema<T>): TransformStream<T, Uint8Array> {
  return new TransformStream({
    transform: (value, controller) => controller.enqueue(encode<T>(schema, value, { owned: true })),
  });
}

/** The values of chunks of bytes that arrive from anywhere: a socket, a file, a web stream. */
export async function* decodeIterable<T>(
  schema: Schema<T>,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options?: StreamOptions,
): AsyncGenerator<T, void, undefined> {
  const decoder = stream(schema, options);
  for await (const chunk of chunks) {
    decoder.push(chunk);
    for (let message = decoder.pull(); message !== null; message = decoder.pull()) yield message.value;
  }
  const last = decoder.finish();
  if (last !== null) yield last.value;
}
