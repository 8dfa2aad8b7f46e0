/**
 * Messages between a program and its astral node, on connections that become streams: not a byte more is read than a
 * message has.
 *
 * @module
 */

import { CodecError, decodePrefix, encode, type Schema } from "../../../codec/mod.ts";
import { HostError } from "../error.ts";
import type { Stream } from "../host.ts";
import { readBytes } from "../connect/mod.ts";

/** The longest message that is read, in bytes; the schemas' own limits are below it. */
const MESSAGE_BYTES_MAX = 256 * 1024;
const NOTHING = new Uint8Array(0);

/** Sends a message. */
export async function writeMessage<T>(stream: Stream, schema: Schema<T>, value: T): Promise<void> {
  await stream.write(encode(schema, value));
}

/**
 * Reads a message.
 *
 * @param head The first bytes of it, where these were read before
 * @throws HostError `protocol` for bytes that are no such message; `reset` if the connection ends before its end
 */
export async function readMessage<T>(stream: Stream, schema: Schema<T>, head: Uint8Array = NOTHING): Promise<T> {
  let bytes = head;
  for (;;) {
    const reading = tryDecode(schema, bytes);
    if ("value" in reading) return reading.value;
    const missing = Math.max(1, reading.bytesMin - bytes.length);
    if (bytes.length + missing > MESSAGE_BYTES_MAX) {
      throw new HostError("protocol", `The node's message has more than ${MESSAGE_BYTES_MAX} bytes`);
    }
    const more = await readBytes(stream, missing);
    const longer = new Uint8Array(bytes.length + missing);
    longer.set(bytes);
    longer.set(more, bytes.length);
    bytes = longer;
  }
}

/** The message, or how many bytes it has at least. */
function tryDecode<T>(schema: Schema<T>, bytes: Uint8Array): { readonly value: T } | { readonly bytesMin: number } {
  try {
    return { value: decodePrefix(schema, bytes, 0, { copy: true }).value };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const { needed } = error.context;
    if (error.code === "truncated") return { bytesMin: error.offset + (typeof needed === "number" ? needed : 1) };
    throw new HostError("protocol", "The node does not speak the protocol", { cause: error });
  }
}
