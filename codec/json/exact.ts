/**
 * Reads JSON documents without changing anything.
 *
 * @module
 */

import { type JsonLimits, jsonLimits } from "./limits.ts";
import { readExact } from "./read-any.ts";
import { fail, failBytesMax, nextByte, startReader } from "./reader.ts";
import type { ExactJson } from "./shape.ts";

const utf8 = new TextEncoder();

/**
 * The value of a JSON document, with its numbers as they are written: `5` and `5.0` stay different, and no digit is lost.
 * Objects have no prototype; `orderedKeys` gives their keys as they came. Refused is what others would read as something
 * else: equal keys, bytes that are not UTF-8, half surrogate pairs.
 *
 * ```ts
 * import { exactJson, type JsonNumber } from "warpwire/json";
 *
 * const [whole, float] = exactJson("[18446744073709551616, 5.0]") as JsonNumber[];
 * console.log(whole.text, whole.isInteger, float.text, float.isInteger); // 18446744073709551616 true 5.0 false
 * ```
 *
 * @throws CodecError `json`, `utf8`, `truncated`, `trailing`, `range` (more than 1,000 characters of one number) or
 * `limit`, with the path of the value and an offset in bytes
 */
export function exactJson(document: string | Uint8Array, limits?: Partial<JsonLimits>): ExactJson {
  const isText = typeof document === "string";
  const bytes = isText ? utf8.encode(document) : document;
  const reader = startReader(bytes, 0, bytes.length, jsonLimits(limits), true);
  if (isText && !document.isWellFormed()) fail(reader, "utf8", 0, "the text has half of a surrogate pair");
  const value = readExact(reader);
  if (nextByte(reader) !== -1) {
    fail(reader, "trailing", reader.pos, "bytes are left after the value", { left: bytes.length - reader.pos });
  }
  if (reader.capped) failBytesMax(reader);
  return value;
}
