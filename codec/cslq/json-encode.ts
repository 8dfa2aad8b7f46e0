/**
 * Encodes JSON values with a pattern to bytes.
 *
 * Each `v` brings its own pattern, so its schema is made when its value is known.
 *
 * @module
 */

import { encode, writeTraced } from "../engine/mod.ts";
import { CodecError, relocated } from "../error.ts";
import { bytes, extension, type Schema, type TupleNode, u64big } from "../schema/mod.ts";
import { buildPattern, type Leaves } from "./build.ts";
import { parseChars, parseDecimal, parseValue, VALUE_DEPTH_MAX } from "./json-forms.ts";
import { parsePattern } from "./parse.ts";
import type { Operation } from "./pattern.ts";

/**
 * The bytes of JSON values, one for each argument of the pattern.
 *
 * `c s l` are numbers, `q` is a decimal string or a safe integer, `[…]c` a string or `{"hex": "…"}`, other arrays and
 * structs are arrays, `v` is `{"v": {"pattern": "…", "values": […]}}`. Inside a struct or array a byte literal also takes a
 * value, which is ignored. There must be exactly as many values as the pattern has arguments.
 *
 * ```ts
 * import { formatHex } from "warpwire/codec";
 * import { encodeCslqJson } from "warpwire/cslq";
 *
 * const bytes = encodeCslqJson("c [c]c q", [101, "hi", "18446744073709551615"]);
 * console.log(formatHex(bytes)); // 65026869ffffffffffffffff
 * ```
 *
 * @throws CodecError `syntax` or `limit` for the pattern, `length` for too many or too few values, and others with the
 * path of the value that does not fit
 */
export function encodeCslqJson(pattern: string, values: readonly unknown[]): Uint8Array {
  return writeTraced(buildPattern(parsePattern(pattern), writtenLeaves(0)), values);
}

/** The bytes of the JSON value of one operation. */
export function encodeOperationJson(operation: Operation, value: unknown): Uint8Array {
  const { items } = buildPattern([operation], writtenLeaves(0)) as Schema as TupleNode;
  return writeTraced(items[0], value);
}

/** Leaves that are only written; they are in `depth` values of `v`. */
function writtenLeaves(depth: number): Leaves {
  return {
    onlyWritten: true,
    q: written("decimal", (value) => encode(u64big, parseDecimal(value))),
    chars: (size) => written("text or hex", (value) => encode(bytes(size), parseChars(value))),
    value: () => written("v", (value) => encodeValue(value, depth)),
  };
}

function written(name: string, encode: (value: unknown) => Uint8Array): Schema {
  const unread = () => {
    throw new CodecError("schema", "The JSON form of a value is only written");
  };
  return extension({ name, bytesMin: 1, bytesMax: Infinity, encode, decode: unread, scanner: unread });
}

function encodeValue(value: unknown, depth: number): Uint8Array {
  if (depth === VALUE_DEPTH_MAX) {
    throw new CodecError("limit", `v values are nested more than ${VALUE_DEPTH_MAX} deep`);
  }
  const { pattern, values } = parseValue(value);
  const parts = at("v.pattern", () => parsePattern(pattern));
  return at("v.values", () => writeTraced(buildPattern(parts, writtenLeaves(depth + 1)), values));
}

function at<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof CodecError ? relocated(error, path, 0) : error;
  }
}
