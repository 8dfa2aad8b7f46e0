/**
 * Decodes bytes with a pattern to JSON values.
 *
 * @module
 */

import { decode } from "../engine/mod.ts";
import { CodecError } from "../error.ts";
import { bytes, map, type Schema, u64big } from "../schema/mod.ts";
import { plural } from "../text/mod.ts";
import { buildPattern, type Leaves } from "./build.ts";
import { encodeOperationJson } from "./json-encode.ts";
import {
  formatChars,
  parseChars,
  parseDecimal,
  parseValue,
  VALUE_DEPTH_MAX,
  VALUE_PATTERN,
  type ValueJson,
} from "./json-forms.ts";
import { parsePattern } from "./parse.ts";

/** What a pattern does not say. */
export interface CslqJsonOptions {
  /**
   * Patterns of the values of `v`, in the order of the text; those inside such a value come before those after it. The
   * default is `[33]c`, an identity, which is what `v` mostly was.
   */
  readonly v?: readonly string[];
  /** The values of the const groups in their JSON form, in the order of the text. By default they may be any. */
  readonly expect?: readonly unknown[];
}

/**
 * The JSON values of bytes, in the forms that `encodeCslqJson` takes. Bytes are a string where they are valid UTF-8
 * without control characters, else `{"hex": "…"}`; a literal inside a struct or array is `null`.
 *
 * ```ts
 * import { parseHex } from "warpwire/codec";
 * import { decodeCslqJson } from "warpwire/cslq";
 *
 * const values = decodeCslqJson("c [c]c q", parseHex("65026869ffffffffffffffff"));
 * console.log(JSON.stringify(values)); // [101,"hi","18446744073709551615"]
 * ```
 *
 * @throws CodecError `syntax` or `limit` for a pattern, `schema` for options that do not fit the pattern, and what
 * `decode` throws; bytes left after the values are a `trailing` error
 */
export function decodeCslqJson(pattern: string, bytes: Uint8Array, options: CslqJsonOptions = {}): unknown[] {
  const { expect } = options;
  const patterns = [...options.v ?? []];
  let used = 0;
  const base = jsonLeaves(patterns, 0);
  const leaves: Leaves = expect === undefined ? base : {
    ...base,
    expected: (operation) => {
      if (used === expect.length) throw new CodecError("schema", `Const groups have more than ${used} expected values`);
      return encodeOperationJson(operation, expect[used++]);
    },
  };
  const schema = buildPattern(parsePattern(pattern), leaves);
  if (patterns.length > 0) {
    throw new CodecError("schema", `${plural(patterns.length, "pattern")} for v left over: the pattern has fewer v`);
  }
  if (expect !== undefined && used < expect.length) {
    throw new CodecError("schema", `Const groups have ${plural(used, "value")}, but ${expect.length} are expected`);
  }
  return decode(schema, bytes);
}

/** Leaves whose values are JSON; `patterns` are those of the values of `v` that are still to come. */
function jsonLeaves(patterns: string[], depth: number): Leaves {
  return {
    q: map(u64big, { name: "decimal", decode: String, encode: parseDecimal }),
    chars: (size) => map(bytes(size), { name: "text or hex", decode: formatChars, encode: parseChars }),
    value: () => valueSchema(patterns, depth + 1),
  };
}

function valueSchema(patterns: string[], depth: number): Schema<ValueJson> {
  if (depth > VALUE_DEPTH_MAX) {
    throw new CodecError("limit", `v values are nested more than ${VALUE_DEPTH_MAX} deep`);
  }
  const pattern = patterns.shift() ?? VALUE_PATTERN;
  return map(buildPattern(parsePattern(pattern), jsonLeaves(patterns, depth)), {
    name: `v (${pattern})`,
    decode: (values) => ({ v: { pattern, values } }),
    encode: (value) => [...parseValue(value).values],
  });
}
