/**
 * Objects over a connection: frames, or lines of JSON.
 *
 * @module
 */

import { encode } from "../../../codec/mod.ts";
import {
  type AstralObject,
  decodeObject,
  decodeObjectJson,
  encodeObject,
  encodeObjectJson,
  type ObjectFrame,
  objectFrame,
  objectSchema,
  SESSION_LIMITS,
} from "../../../codec/protocols/astral/mod.ts";
import type { Connection } from "./connection.ts";

/** How objects are written. */
export type ObjectFormat = "binary" | "json";

/** Objects that come and go one at a time. */
export interface ObjectChannel {
  readonly format: ObjectFormat;
  /**
   * The next object; `null` if the stream ends before it.
   *
   * @throws CodecError for what is not an object of the protocol, or too large; HostError
   */
  read(): Promise<AstralObject | null>;
  /** Writes an object. @throws HostError, `timeout` among them */
  write(object: AstralObject): Promise<void>;
}

/** How long the other side may leave an object unread before it is given up, in milliseconds. */
const WRITE_TIMEOUT_MS = 10_000;
/** The longest frame: the type, the lengths, the payload. */
const FRAME_BYTES_MAX = 1 + 255 + 4 + SESSION_LIMITS.payloadBytesMax;

const sessionObject = objectSchema(SESSION_LIMITS);
const sessionFrame = objectFrame(SESSION_LIMITS);
const UTF8 = new TextEncoder();

/**
 * A channel over a connection; what comes after an object stays to be read from there. It may read another format than
 * it writes.
 */
export function objectChannel(connection: Connection, format: ObjectFormat, input = format): ObjectChannel {
  const of = (format: ObjectFormat) => format === "binary" ? binaryChannel(connection) : jsonChannel(connection);
  return input === format ? of(format) : { ...of(format), read: of(input).read };
}

function binaryChannel(connection: Connection): ObjectChannel {
  return {
    format: "binary",
    read: () => connection.nextMessage(sessionObject, { bytesMax: FRAME_BYTES_MAX }),
    async write(object) {
      await send(connection, encodeObject(object));
    },
  };
}

function jsonChannel(connection: Connection): ObjectChannel {
  return {
    format: "json",
    async read() {
      const line = await connection.line(SESSION_LIMITS.jsonBytesMax);
      return line === null ? null : decodeObjectJson(line, SESSION_LIMITS).object;
    },
    async write(object) {
      // Objects without a payload are written as `{}`, where a node writes `null`, which its own clients cannot read.
      await send(connection, UTF8.encode(`${encodeObjectJson(object)}\n`));
    },
  };
}

/** The next frame, whatever its type; `null` if the stream ends before it. @throws CodecError; HostError */
export function readObjectFrame(connection: Connection): Promise<ObjectFrame | null> {
  return connection.nextMessage(sessionFrame, { bytesMax: FRAME_BYTES_MAX });
}

/** Writes a frame. @throws HostError, `timeout` among them */
export async function writeObjectFrame(connection: Connection, frame: ObjectFrame): Promise<void> {
  await send(connection, encode(sessionFrame, frame));
}

/** The object in a frame of a known type. @throws CodecError */
export function objectOf(frame: ObjectFrame): AstralObject {
  return decodeObject(encode(sessionFrame, frame), SESSION_LIMITS).object;
}

async function send(connection: Connection, bytes: Uint8Array): Promise<void> {
  await connection.stream.write(bytes, { timeoutMs: WRITE_TIMEOUT_MS });
}
