/**
 * Messages of a schema from bytes that arrive in chunks of any size.
 *
 * @module
 */

import { type Limits, limitsOf } from "../limits.ts";
import { checkSchema, type Schema } from "../schema/mod.ts";
import { encode } from "./encode.ts";
import {
  explainStart,
  messageBytesMaxOf,
  type MessageKind,
  MessageStream,
  type PrefixReader,
  scannerOf,
  type StreamDecoder,
  tooLarge,
} from "./message-stream.ts";
import { MALFORMED, MORE, TOO_LARGE } from "./scan.ts";

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
  return streamWith(schema, options);
}

/** {@link stream} with the reader of messages that are all there, where somebody has a better one. */
export function streamWith<T>(
  schema: Schema<T>,
  options: StreamOptions = {},
  reader?: PrefixReader<T>,
): StreamDecoder<T> {
  return new MessageStream(kindOf(schema, options, reader));
}

function kindOf<T>(schema: Schema<T>, options: StreamOptions, reader?: PrefixReader<T>): MessageKind<T> {
  return { schema, limits: limitsOf(options), bytesMax: messageBytesMaxOf(options), reader };
}

/** Finds the ends of messages that stand one after the other. */
export interface MessageScan {
  /**
   * Looks at the message that begins at `bytes[start]`, of which the bytes up to `end` are there. What was looked at in
   * an earlier call must be there again, in whatever memory; it is not looked at again. After the end of a message the
   * next call begins with the next one.
   *
   * @returns the length of the message, or, below zero, how many more bytes are needed at least
   * @throws CodecError when the bytes cannot be the beginning of a message, or the message is larger than allowed; its
   * offset counts from `start`. The scan cannot be used again
   */
  scan(bytes: Uint8Array, start?: number, end?: number): number;
}

/** Finds the ends of the messages of a schema, without decoding them. */
export function scanMessages(schema: Schema, options: StreamOptions = {}): MessageScan {
  const kind = kindOf(schema, options);
  const scanner = scannerOf(kind);
  return {
    scan(bytes, start = 0, end = bytes.length) {
      const there = end - start;
      const length = scanner.scan(bytes, start, end);
      switch (length) {
        case MORE:
          return -scanner.needed(there);
        case TOO_LARGE:
          throw tooLarge(kind.bytesMax, 0);
        case MALFORMED:
          throw explainStart(kind, bytes.subarray(start, start + (scanner.exceededAt ?? there)));
        default:
          return length;
      }
    },
  };
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
