/**
 * Messages out of bytes that arrive in pieces of any size.
 *
 * @module
 */

import { checkSchema, type Schema } from "../schema/mod.ts";
import { ByteQueue } from "./byte-queue.ts";
import { compile } from "./compile.ts";
import type { DecodeOptions } from "./decode.ts";
import { encode } from "./encode.ts";
import { type Limits, limitsOf } from "../limits.ts";
import { CodecError, relocated } from "../error.ts";
import { MALFORMED, MessageScanner, MORE, TOO_LARGE, tooLarge } from "./scan.ts";
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

/**
 * The largest message in bytes that options allow.
 *
 * @throws RangeError for a limit that bounds nothing
 */
export function messageBytesMaxOf(
  { messageBytesMax = MESSAGE_BYTES_MAX }: Pick<StreamOptions, "messageBytesMax">,
): number {
  if (messageBytesMax >= 0) return messageBytesMax;
  throw new RangeError(`Limit messageBytesMax is ${messageBytesMax}, which is no number from 0`);
}

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
 *
 * @throws RangeError for a limit that is no number from 0
 */
export function stream<T>(schema: Schema<T>, options: StreamOptions = {}): StreamDecoder<T> {
  checkSchema(schema, "stream: the schema");
  return new MessageStream(schema, options);
}

class MessageStream<T> implements StreamDecoder<T> {
  readonly #schema: Schema<T>;
  readonly #limits: Limits;
  readonly #bytesMax: number;
  readonly #scanner: MessageScanner;
  readonly #decodeOptions: DecodeOptions;
  readonly #queue = new ByteQueue();
  #error: unknown;

  constructor(schema: Schema<T>, options: StreamOptions) {
    this.#schema = schema;
    this.#limits = limitsOf(options);
    this.#bytesMax = messageBytesMaxOf(options);
    this.#scanner = new MessageScanner(schema, this.#limits, this.#bytesMax);
    this.#decodeOptions = { copy: true, limits: this.#limits };
  }

  get offset(): number {
    return this.#queue.offset;
  }

  push(chunk: Uint8Array): void {
    this.#queue.push(chunk);
  }

  pull(): StreamMessage<T> | null {
    if (this.#error !== undefined) throw this.#error;
    const { bytes, start, end, offset, length: there } = this.#queue;
    if (there === 0) return null;
    const length = this.#scanner.scan(bytes, start, end);
    switch (length) {
      case MORE:
        this.#queue.own();
        return null;
      case TOO_LARGE:
        throw this.#fail(tooLarge(this.#bytesMax, offset));
      case MALFORMED:
        throw this.#fail(this.#inStream(this.#explain(this.#scanner.exceededAt)));
      default:
        return this.#take(length, (error) => this.#beforeEnd(error));
    }
  }

  finish(): StreamMessage<T> | null {
    if (this.pull() !== null) throw new Error("Pull all messages before the stream is finished");
    const { length } = this.#queue;
    return length === 0 ? null : this.#take(length, (error) => error);
  }

  #take(length: number, reason: (error: unknown) => unknown): StreamMessage<T> {
    if (length === 0) throw this.#fail(new CodecError("schema", "Messages without bytes cannot stand in a stream"));
    const { bytes, start, offset } = this.#queue;
    let value;
    try {
      value = compile(this.#schema).decode(bytes.subarray(start, start + length), this.#decodeOptions);
    } catch (error) {
      throw this.#fail(this.#inStream(reason(error)));
    }
    this.#queue.drop(length);
    this.#scanner.reset();
    return { value, start: offset, end: offset + length };
  }

  #fail(error: unknown): unknown {
    this.#error = error;
    return error;
  }

  /** Why the bytes so far, or the first ones of them, cannot be the beginning of a message. */
  #explain(count = this.#queue.length): unknown {
    const { bytes, start } = this.#queue;
    return explainPartial(this.#schema, bytes.subarray(start, start + count), this.#limits);
  }

  /**
   * Why a message is wrong whose end was found. It is not cut off: where it seems so, a frame inside it has another
   * length than what stands in it.
   */
  #beforeEnd(error: unknown): unknown {
    return error instanceof CodecError && error.code === "truncated" ? this.#explain() : error;
  }

  /** An error with its offset in the stream. */
  #inStream(error: unknown): unknown {
    if (!(error instanceof CodecError)) return error;
    return relocated(error, "", this.#queue.offset);
  }
}

/** Why bytes cannot be the beginning of a message. */
export function explainPartial(schema: Schema, bytes: Uint8Array, limits: Limits): unknown {
  const walk = new DecodeWalk(bytes, 0, bytes.length, { limits, partial: true });
  try {
    walk.read(schema);
  } catch (error) {
    const cut = error instanceof CodecError && error.code === "truncated";
    return cut ? explainEarly(schema, bytes, limits, error) : error;
  }
  return new Error("The scanner and the plain walk disagree");
}

/**
 * Why bytes are refused that are right as far as they go: another language looks further ahead than its decoder, or a part
 * whose size is known will not fit into a limit around it.
 */
function explainEarly(schema: Schema, bytes: Uint8Array, limits: Limits, { path, offset }: CodecError): CodecError {
  const scanner = new MessageScanner(schema, limits, Infinity);
  scanner.scan(bytes, 0, bytes.length);
  const { refusal } = scanner;
  if (refusal instanceof CodecError && refusal.code !== "truncated") {
    return new CodecError(refusal.code, refusal.reason, { path, offset, context: refusal.context, cause: refusal });
  }
  return new CodecError("limit", "Message will be longer than a limit inside it allows", { path, offset });
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
  checkSchema(schema, "stream: the schema");
  return new TransformStream({
    transform: (value, controller) => controller.enqueue(encode<T>(schema, value, { owned: true })),
  });
}

/** The values of chunks of bytes that arrive from anywhere: a socket, a file, a web stream. */
export async function* decodeIterable<T>(
  schema: Schema<T>,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array> | ReadableStream<Uint8Array>,
  options?: StreamOptions,
): AsyncGenerator<T, void, undefined> {
  const decoder = stream(schema, options);
  for await (const chunk of "getReader" in chunks ? chunksOf(chunks) : chunks) {
    decoder.push(chunk);
    for (let message = decoder.pull(); message !== null; message = decoder.pull()) yield message.value;
  }
  const last = decoder.finish();
  if (last !== null) yield last.value;
}

/** The chunks of a web stream: not every browser can iterate one, nor do the types of every TypeScript. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
    ended = true;
  } finally {
    if (!ended) await reader.cancel();
    reader.releaseLock();
  }
}
