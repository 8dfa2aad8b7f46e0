// What the Go package did with many patterns and values, against this implementation.

import { Buffer } from "node:buffer";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decode, decodePrefix } from "../../../codec/engine/decode.ts";
import { encode } from "../../../codec/engine/encode.ts";
import { CodecError } from "../../../codec/error.ts";
import { formatHex, parseHex } from "../../../codec/text/hex.ts";
import { inspect } from "../../../codec/inspect/inspect.ts";
import type { Schema } from "../../../codec/schema/node.ts";
import { cslq, decodeCslqJson, encodeCslqJson, parsePattern, type Pattern } from "../../../codec/cslq/mod.ts";
import { fixture } from "../../fixture.ts";

interface Vector {
  readonly name: string;
  readonly pattern: string;
  readonly hex: string;
  readonly values: readonly unknown[];
}

interface Conversion extends Vector {
  readonly goType: string;
}

interface DecodeCase {
  readonly name: string;
  readonly pattern: string;
  readonly hex: string;
  readonly into: readonly string[];
  readonly error?: string;
  readonly values?: readonly unknown[];
}

interface OddPattern {
  readonly name: string;
  readonly pattern: string;
  readonly hex?: string;
  readonly error?: string;
  readonly values: readonly unknown[];
}

const recorded = fixture("cslq-vectors.json") as {
  readonly vectors: readonly Vector[];
  readonly goConversions: readonly Conversion[];
  readonly encodeErrors: readonly { readonly name: string; readonly pattern: string; readonly hex?: string }[];
  readonly decodeCases: readonly DecodeCase[];
  readonly patterns: readonly { readonly pattern: string; readonly error?: string; readonly ok?: boolean }[];
  readonly oddPatterns: readonly OddPattern[];
  readonly rpc: {
    readonly vectors: readonly { readonly call: string; readonly requestHex?: string; readonly responseHex?: string }[];
  };
};

const test = suite("cslq as Go wrote it");

/** The error that a function throws; fails when it throws none, or one of another class. */
function errorOf(run: () => unknown): CodecError {
  try {
    run();
  } catch (error) {
    assert.instance(error, CodecError, String(error));
    return error as CodecError;
  }
  return assert.unreachable("Nothing was thrown") as never;
}

/** The patterns that the values of `v` brought along, in order. */
function patternsOf(values: readonly unknown[]): string[] {
  return values.flatMap((value) => {
    if (Array.isArray(value)) return patternsOf(value).slice(0, 1);
    const v = (value as { v?: { pattern: string } } | null)?.v;
    return v === undefined ? [] : [v.pattern];
  });
}

/** How many values a top-level pattern takes, as the vectors count them. */
function valuesIn(pattern: Pattern): number {
  return pattern.reduce((sum, part) => {
    if (part.kind === "const") return sum + valuesIn(part.parts);
    return sum + (part.kind === "literal" ? 0 : 1);
  }, 0);
}

/** The values of the const groups of a top-level pattern. */
function constValues(pattern: Pattern, values: readonly unknown[]): unknown[] {
  let at = 0;
  return pattern.flatMap((part) => {
    const count = valuesIn([part]);
    at += count;
    return part.kind === "const" ? values.slice(at - count, at) : [];
  });
}

/** The recording writes bytes as hex digits wherever Go had a slice; here they are text when they can be read as text. */
function asShown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asShown);
  if (typeof value !== "object" || value === null) return value;
  const { hex } = value as { hex?: string };
  if (hex !== undefined) return /^([2-6][0-9a-f]|7[0-9a-e])*$/.test(hex) ? Buffer.from(hex, "hex").toString() : value;
  const { v } = value as { v: { pattern: string; values: unknown[] } };
  return { v: { pattern: v.pattern, values: asShown(v.values) } };
}

/** The schema of a vector, with bytes for text, so that every vector fits. */
function schemaOf({ pattern, values }: Pick<Vector, "pattern" | "values">): Schema<unknown[]> {
  return cslq(pattern, { bytes: true, v: patternsOf(values).map((one) => cslq(one, { bytes: true })) });
}

/** Decoding agrees with the traced decoder: value and length, or code, path and offset. */
function agree(schema: Schema<unknown[]>, bytes: Uint8Array): void {
  const plain = inspect(schema, bytes);
  if (plain.error === undefined) {
    assert.equal(decode(schema, bytes), plain.value);
    assert.is(decodePrefix(schema, bytes).length, plain.length);
    return;
  }
  const { code, path, offset } = errorOf(() => decode(schema, bytes));
  assert.equal({ code, path, offset }, { code: plain.error.code, path: plain.error.path, offset: plain.error.offset });
}

assert.is(recorded.vectors.length, 59, "vectors");
for (const vector of recorded.vectors) {
  const { name, pattern, hex, values } = vector;
  const bytes = parseHex(hex);

  test(`${name}: values to bytes`, () => {
    assert.is(formatHex(encodeCslqJson(pattern, values)), hex);
  });

  test(`${name}: bytes to values`, () => {
    const v = patternsOf(values);
    const expect = constValues(parsePattern(pattern), values);
    assert.equal(decodeCslqJson(pattern, bytes, { v }), asShown(values));
    assert.equal(decodeCslqJson(pattern, bytes, { v, expect }), asShown(values));
  });

  test(`${name}: through the schema, also inside other bytes`, () => {
    const schema = schemaOf(vector);
    const value = decode(schema, bytes);
    assert.is(formatHex(encode(schema, value)), hex);
    agree(schema, bytes);
    const around = new Uint8Array(bytes.length + 12).fill(0xa5);
    around.set(bytes, 5);
    assert.equal(decodePrefix(schema, around, 5), { value, length: bytes.length });
    // A view into pooled memory must not be read beyond its ends.
    assert.equal(decode(schema, around.subarray(5, 5 + bytes.length)), value);
  });

  test(`${name}: cut anywhere, or too long`, () => {
    const schema = schemaOf(vector);
    for (let length = 0; length < bytes.length; length += length < 600 ? 1 : 97) {
      const cut = bytes.subarray(0, length);
      assert.is(errorOf(() => decode(schema, cut)).code, "truncated", `${length} bytes`);
      if (length < 100) agree(schema, cut);
    }
    assert.is(errorOf(() => decode(schema, parseHex(`${hex}00`))).code, "trailing");
  });
}

for (const { pattern, error } of recorded.patterns) {
  test(`pattern ${JSON.stringify(pattern)} ${error === undefined ? "is one" : "is none"}`, () => {
    if (error !== undefined) {
      const { code, offset } = errorOf(() => parsePattern(pattern));
      assert.is(code, "syntax");
      assert.ok(offset >= 0 && offset <= pattern.length);
    } else {
      parsePattern(pattern);
      cslq(pattern, pattern.includes("v") ? { v: [cslq("[33]c")] } : {});
    }
  });
}

/** The number, boolean or text that Go was given. */
function goValue({ goType, values: [value] }: Conversion): unknown {
  if (goType === "bool" || goType === "string") return value;
  return goType === "uint64" || /^q/.test(String(value)) ? BigInt(String(value)) : Number(value);
}

for (const conversion of recorded.goConversions) {
  test(`${conversion.name}: Go converts it, here it is refused`, () => {
    const { pattern, goType } = conversion;
    const value = goValue(conversion);
    const { code } = errorOf(() => encodeCslqJson(pattern, [typeof value === "bigint" ? String(value) : value]));
    const expected = goType === "string" ? "length" : goType === "bool" || goType === "uint64" ? "type" : "range";
    assert.is(code, expected);
    const typed = pattern === "q" && typeof value === "number" ? BigInt(value) : value;
    assert.is(errorOf(() => encode(cslq(pattern) as Schema, [typed])).code, expected);
  });
}

test("lengths beyond their prefix, as far as Go would have cut them", () => {
  assert.is(errorOf(() => encode(cslq("[c]c"), ["a".repeat(256)])).code, "length");
  assert.is(errorOf(() => encode(cslq("[c]s"), [new Array(256).fill(1)])).code, "length");
  assert.is(errorOf(() => encode(cslq("[s]c"), ["a".repeat(65536)])).code, "length");
});

/** Cases that only exist where a variable of some Go type receives the value; what happens to the bytes here. */
const GO_ONLY: Readonly<Record<string, unknown>> = {
  // A slice or array that is already there must have the length that comes in. There are none here.
  "arr-into-sized-slice-mismatch": [{ hex: "0102" }],
  "arr-into-array-mismatch": [{ hex: "010203" }],
  // A string cannot be the target of two-byte characters; an array of numbers can.
  "str-elem-not-c": [[97]],
  // There are no pointers here.
  "not-a-pointer": [1],
  "struct-not-pointer": "truncated",
  // Go integers of either sign take the bits; here they are unsigned.
  "q-into-int-minus1": ["18446744073709551615"],
  "q-into-int64-min": ["9223372036854775808"],
  // A one-character string is a rune in Go; here it stays a number.
  "c-into-string-rune": [65],
  // There is no Unmarshaler to be missing; the default for v wants 33 bytes.
  "v-unsupported": "truncated",
};

const CODES: Readonly<Record<string, string>> = {
  "EOF": "truncated",
  "unexpected EOF": "truncated",
  "byte literal mismatch": "literal",
  "unexpected data": "literal",
  // No length of Go's is that large either; the number is above 2^53-1.
  "PANIC: runtime error: makeslice: len out of range": "range",
  "PANIC: runtime: allocation size out of range": "range",
};

const goOnlySeen = new Set<string>();
for (const { name, pattern, hex, error, values } of recorded.decodeCases) {
  if (Object.hasOwn(GO_ONLY, name)) {
    goOnlySeen.add(name);
    test(`${name}: a matter of Go's types`, () => {
      const expected = GO_ONLY[name];
      const bytes = parseHex(hex);
      if (typeof expected === "string") {
        return assert.is(errorOf(() => decodeCslqJson(pattern, bytes)).code, expected);
      }
      // Where Go's error came early, it had not read all bytes.
      const length = decodePrefix(cslq(pattern, { bytes: true }), bytes).length;
      assert.equal(decodeCslqJson(pattern, bytes.subarray(0, length)), expected);
    });
    continue;
  }
  test(`${name}: ${error ?? "decodes"}`, () => {
    const expect = pattern.includes("<") ? ["HEADER"] : [];
    const run = () => decodeCslqJson(pattern, parseHex(hex), { expect });
    if (error === undefined) return assert.equal(run(), values);
    assert.ok(Object.hasOwn(CODES, error), `unknown error "${error}"`);
    assert.is(errorOf(run).code, CODES[error]);
    if (!pattern.includes("<")) assert.is(errorOf(() => decode(cslq(pattern), parseHex(hex))).code, CODES[error]);
  });
}

test("every case left to Go's types is in the recording", () => {
  assert.equal([...goOnlySeen].sort(), Object.keys(GO_ONLY).sort());
});

const v = (pattern: string, ...values: readonly unknown[]) => ({ v: { pattern, values } });

/** The values that Go was given, as far as JSON has them, and the code of their error here, if they are one. */
const ENCODE_CASES: Readonly<Record<string, readonly [values: unknown[], code?: string]>> = {
  "string-as-c": [["x"], "type"],
  "struct-as-c": [[["1", "2"]], "type"],
  "fixed-too-short": [[{ hex: "010203" }], "length"],
  "fixed-too-long": [[{ hex: "0102030405" }], "length"],
  "fixed-str-wrong-len": [["HEADERS"], "length"],
  // What the README means by a header writes two bytes a character.
  "readme-const-example-str-as-s": [[Array.from("HEADER", (character) => character.charCodeAt(0)), 2, 3]],
  "struct-field-count-more": [[["1", "2"]], "length"],
  "missing-all": [[], "length"],
  "v-formatter-string": [[v("[s]c", "abc")]],
  "v-nil": [[null], "type"],
  "arr-of-int": [[5], "type"],
  "nil-slice": [[""]],
  // Go accepts these two: it ignores values that are left, and writes the length of an empty map.
  "extra-arg-ignored": [[1, 2], "length"],
  "map": [[{}], "type"],
};

for (const { name, pattern, hex } of recorded.encodeErrors) {
  test(`${name}: ${ENCODE_CASES[name]?.[1] ?? "encodes"}`, () => {
    const [values, code] = ENCODE_CASES[name];
    if (code === undefined) assert.is(formatHex(encodeCslqJson(pattern, values)), hex);
    else assert.is(errorOf(() => encodeCslqJson(pattern, values)).code, code);
  });
}

test("the frames of the rpc server are patterns, too", () => {
  const frame = (call: string) => recorded.rpc.vectors.find((row) => row.call === call)!;
  const add = frame("add(1,2)");
  assert.equal(decodeCslqJson("[c]c [l]c", parseHex(add.requestHex!)), ["add", { hex: "0000000100000002" }]);
  assert.equal(decodeCslqJson("<c> <l> l", parseHex(add.responseHex!), { expect: [0, 4] }), [0, 4, 3]);
  const hello = frame('hello("bob")');
  assert.is(formatHex(encodeCslqJson("[c]c l [q]c", ["hello", 11, "bob"])), hello.requestHex);
  // After the result stands the error, and no error is an empty text.
  assert.equal(decodeCslqJson("c l [q]c [q]c", parseHex(hello.responseHex!)), [0, 22, "hi bob", ""]);
  assert.equal(decodeCslqJson("c l [q]c", parseHex(frame("fail()").responseHex!)), [0, 12, "boom"]);
  assert.equal(decodeCslqJson("c", parseHex(frame("unknown function").responseHex!)), [1]);
});

test("an odd pattern that Go panics on, or reads modulo 2^64, is an ordinary error", () => {
  for (const { name, pattern, error, hex, values } of recorded.oddPatterns) {
    switch (name) {
      case "trailing-x":
        assert.is(formatHex(encodeCslqJson(pattern, values)), hex);
        break;
      case "arr-of-empty-struct":
        assert.is(formatHex(encodeCslqJson(pattern, values)), hex);
        assert.equal(decodeCslqJson(pattern, parseHex(hex!)), values);
        break;
      case "arr-of-empty-const":
        // Go was given two bytes and ignored them; the elements of anything may be given here, but as an array.
        assert.is(formatHex(encodeCslqJson(pattern, [[1, 2]])), hex);
        assert.equal(decodeCslqJson(pattern, parseHex(hex!)), [[null, null]]);
        break;
      case "fixed-2^63":
        assert.match(error!, /^PANIC/);
        assert.is(errorOf(() => encodeCslqJson(pattern, values)).code, "length");
        assert.is(errorOf(() => decodeCslqJson(pattern, new Uint8Array(99))).code, "truncated");
        break;
      case "fixed-2^64+1-wraps-to-1":
        assert.is(errorOf(() => parsePattern(pattern)).code, "syntax");
        break;
      default:
        assert.unreachable(name);
    }
  }
});

test.run();
