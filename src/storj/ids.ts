/**
 * What users name nodes, streams and values by, checked.
 *
 * @module
 */

import { parseHex } from "../../codec/mod.ts";
import { dhtKey, isFilterKey } from "../../codec/protocols/storj/mod.ts";
import { StorjError, type StorjErrorCode } from "./error.ts";

/** The id of a node: 40 hex digits, or 20 bytes. */
export type NodeIdLike = string | Uint8Array;

/** The id of a stream: 64 hex digits, or 32 bytes. */
export type StreamIdLike = string | Uint8Array;

/** The key of a value: text, bytes or a number. `5` and `"5"` are one key. */
export type DhtKeyLike = string | Uint8Array | number;

const NODE_ID_BYTES = 20;
const STREAM_ID_BYTES = 32;

/**
 * The bytes of a node id; a copy.
 *
 * @throws StorjError `invalid-node-id`
 */
export function nodeIdOf(id: NodeIdLike): Uint8Array {
  return bytesOf(id, NODE_ID_BYTES, "node id", "invalid-node-id");
}

/**
 * The bytes of a stream id; a copy.
 *
 * @throws StorjError `invalid-stream-id`
 */
export function streamIdOf(id: StreamIdLike): Uint8Array {
  return bytesOf(id, STREAM_ID_BYTES, "stream id", "invalid-stream-id");
}

/**
 * The digest under which a value is kept.
 *
 * @throws StorjError `invalid-message` for what is not text, bytes or a number
 */
export function keyDigest(key: DhtKeyLike): Uint8Array {
  return dhtKey(checkedKey("key", key));
}

/**
 * A topic; bytes are copied.
 *
 * @throws StorjError `invalid-message` for what is not text, bytes or a number
 */
export function topicOf(topic: DhtKeyLike): DhtKeyLike {
  const checked = checkedKey("topic", topic);
  return checked instanceof Uint8Array ? checked.slice() : checked;
}

function checkedKey(what: string, key: DhtKeyLike): DhtKeyLike {
  if (typeof key !== "string" && typeof key !== "number" && !(key instanceof Uint8Array)) {
    throw new StorjError(
      "invalid-message",
      `Cannot use a ${what} of type ${typeof key}: it is text, bytes or a number`,
    );
  }
  if (isFilterKey(key)) return key;
  throw new StorjError("invalid-message", `Cannot use a ${what} that is no proper text`);
}

function bytesOf(id: string | Uint8Array, length: number, what: string, code: StorjErrorCode): Uint8Array {
  if (id instanceof Uint8Array) {
    if (id.length === length) return id.slice();
    throw new StorjError(code, `Cannot use a ${what} of ${id.length} bytes: it has ${length}`);
  }
  if (typeof id === "string" && id.length === 2 * length && /^[0-9a-fA-F]+$/.test(id)) return parseHex(id);
  throw new StorjError(
    code,
    `Cannot use ${shown(id)} as a ${what}: it is ${2 * length} hex digits, or ${length} bytes`,
  );
}

/** A value as part of a message: of long ones the beginning. */
function shown(value: unknown): string {
  if (typeof value !== "string") return `a value of type ${typeof value}`;
  return value.length <= 80 ? JSON.stringify(value) : `${JSON.stringify(value.slice(0, 80))}...`;
}
