/**
 * Messages of a schema from bytes that arrive in chunks of any size.
 *
 * @module
 */

import { type Limits, limitsOf } from "../limits.ts";
import { checkSchema, reachesEnd, type Schema } from "../schema/mod.ts";
import { type DecodeState, type Read, startState, traceState } from "./decode-state.ts";
import { decode, type DecodeOptions } from "./decode.ts";
import { encode } from "./encode.ts";
import {
  explainStart,
  messageBytesMaxOf,
  type MessageKind,
  MessageStream,
  type PrefixReader,
  type StreamDecoder,
} from "./message-stream.ts";
import { compileRead, readTraced } from "./read.ts";
import { MessageScanner } from "./scan.ts";

/** Options of {@link stream}. */
export interface StreamOptions {
  /** The largest message in bytes, which is what a stream can hold in memory. Default 16 MiB. */
  readonly messageBytesMax?: number;
  /** Bounds on the cost of one message. */
  readonly limits?: Partial<Limits>;
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
 * @throws RangeError for a limit that is not a number from 0
 */
export function stream<T>(schema: Schema<T>, options: StreamOptions = {}): StreamDecoder<T> {
  checkSchema(schema, "stream: the schema");
  return new MessageStream(messagesOf(schema, limitsOf(options)), messageBytesMaxOf(options));
}

/** The messages of a schema, as a stream reads them. */
function messagesOf<T>(schema: Schema<T>, limits: Limits): MessageKind<T> {
  const options: DecodeOptions = { copy: true, limits };
  return {
    scanner: (bytesMax) => new MessageScanner(schema, limits, bytesMax),
    decode: (bytes) => decode(schema, bytes, options),
    decodePartial: (bytes) => void readTraced(schema, traceState(bytes, 0, bytes.length, { limits, partial: true })),
    reader: () =>
      reachesEnd(schema, ({ extension }) => extension.endsItself !== true) ? null : new SchemaReader(schema, limits),
  };
}

/** Reads with the compiled reader of a schema. */
class SchemaReader<T> implements PrefixReader<T> {
  readonly #state: DecodeState;
  readonly #read: Read;

  constructor(schema: Schema<T>, limits: Limits) {
    this.#read = compileRead(schema);
    this.#state = startState(NOTHING, 0, 0, limits);
    this.#state.copy = true;
  }

  get end(): number {
    return this.#state.pos;
  }

  read(bytes: Uint8Array, start: number, end: number): T {
    const state = this.#state;
    if (state.bytes !== bytes) {
      state.bytes = bytes;
      state.buffer = undefined;
    }
    state.pos = start;
    state.end = end;
    state.depth = 0;
    state.elements = 0;
    return this.#read(state, undefined) as T;
  }
}

const NOTHING = new Uint8Array(0);

/** Why bytes cannot be the beginning of a message. */
export function explainPartial(schema: Schema, bytes: Uint8Array, limits: Limits): unknown {
  return explainStart(messagesOf(schema, limits), bytes);
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
