/**
 * Messages between a program and its astral node, on connections that become streams: not a byte more is read than a
 * message has.
 *
 * @module
 */

import { CodecError, encode, type Schema } from "../../../codec/mod.ts";
import { HostError } from "../error.ts";
import { type HostStream, MessageReader } from "../streams/mod.ts";

/** The longest message that is read, in bytes; the schemas' own limits are below it. */
const MESSAGE_BYTES_MAX = 256 * 1024;

/** Sends a message. */
export async function writeMessage<T>(stream: HostStream, schema: Schema<T>, value: T): Promise<void> {
  await stream.write(encode(schema, value));
}

/**
 * Reads a message.
 *
 * @throws HostError `protocol` for bytes that are no such message; `reset` if the connection ends before its end
 */
export async function readMessage<T>(stream: HostStream, schema: Schema<T>): Promise<T> {
  try {
    return await new MessageReader(stream).message(schema, { bytesMax: MESSAGE_BYTES_MAX });
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new HostError("protocol", "The node does not speak the protocol", { cause: error });
  }
}
