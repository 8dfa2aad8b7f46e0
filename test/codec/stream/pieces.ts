/**
 * Inputs of several messages, and ways to hand them to a stream.
 *
 * @module
 */

import {
  CodecError,
  encode,
  type Schema,
  stream,
  type StreamDecoder,
  type StreamMessage,
  type StreamOptions,
} from "../../../codec/mod.ts";

/** Values one behind the other, and the messages that a stream finds in their bytes. */
export function joined(
  schema: Schema,
  values: readonly unknown[],
): { input: Uint8Array; messages: StreamMessage<unknown>[] } {
  const parts = values.map((value) => encode(schema as Schema<unknown>, value));
  let end = 0;
  const messages = parts.map((part, index) => ({ value: values[index], start: end, end: end += part.length }));
  return { input: Uint8Array.from(parts.flatMap((part) => [...part])), messages };
}

/** Pulls all messages there are. */
export function drain<T>(decoder: StreamDecoder<T>): StreamMessage<T>[] {
  const messages = [];
  for (let next = decoder.pull(); next !== null; next = decoder.pull()) messages.push(next);
  return messages;
}

/** All messages of pieces. */
export function streamed(
  schema: Schema,
  pieces: readonly Uint8Array[],
  options?: StreamOptions,
): StreamMessage<unknown>[] {
  const decoder = stream(schema, options);
  const messages = pieces.flatMap((piece) => {
    decoder.push(piece);
    return drain(decoder);
  });
  const last = decoder.finish();
  return last === null ? messages : [...messages, last];
}

/** What something throws. */
export function errorOf(run: () => unknown): CodecError {
  try {
    run();
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
  throw new Error("Nothing was thrown");
}
