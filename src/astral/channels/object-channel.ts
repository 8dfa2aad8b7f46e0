/**
 * Objects over a connection: frames, or lines of JSON.
 *
 * @module
 */

import {
  type AstralObject,
  decodeObjectJson,
  encodeObject,
  encodeObjectJson,
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

async function send(connection: Connection, bytes: Uint8Array): Promise<void> {
  await connection.stream.write(bytes, { timeoutMs: WRITE_TIMEOUT_MS });
}
