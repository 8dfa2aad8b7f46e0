// Patterns out of schemas.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encode } from "../../../codec/engine/encode.ts";
import { enumOf, struct, union } from "../../../codec/schema/composites.ts";
import { optional } from "../../../codec/schema/optional.ts";
import { CodecError } from "../../../codec/error.ts";
import { formatHex } from "../../../codec/text/hex.ts";
import {
  bool,
  f32,
  i16,
  i32,
  i64,
  i64big,
  i8,
  u16,
  u16le,
  u32,
  u64,
  u64big,
  u64le,
  u8,
  varint,
} from "../../../codec/schema/numbers.ts";
import type { Schema } from "../../../codec/schema/node.ts";
import { array, bytes, literal, ref, rest, string, tuple } from "../../../codec/schema/sequences.ts";
import { constant, framed, lazy, limit, map, refine } from "../../../codec/schema/wrappers.ts";
import { cslq, encodeCslqJson, parsePattern, toPattern } from "../../../codec/cslq/mod.ts";

const test = suite("patterns out of schemas");

const Point = struct({ x: i16, y: i16 });

const PATTERNS: readonly [schema: Schema, pattern: string][] = [
  [u8, "c"],
  [tuple([u8, u16, u32, u64, u64big]), "c s l q q"],
  [tuple([i8, i16, i32, i64, i64big]), "c s l q q"],
  [struct({ on: bool, level: enumOf(u16, { low: 1 }) }), "c s"],
  [struct({}), ""],
  [tuple([tuple([]), struct({})]), "{} {}"],
  [tuple([string(u8), string(u64), string(5), bytes(u16), bytes(33)]), "[c]c [q]c [5]c [s]c [33]c"],
  [tuple([array(u16, u8), array(Point, 2), array(string(u8), u16)]), "[c]s [2]{s s} [s][c]c"],
  [array(tuple([u8, u8]), u32), "[l]{c c}"],
  [struct({ magic: literal("ADC0"), at: Point }), "x41 x44 x43 x30 {s s}"],
  [array(literal("A"), u8), "[c]x41"],
  [array(literal("AB"), u8), "[c]{x41 x42}"],
  [tuple([constant(u8, 7), constant(Point, { x: 1, y: 2 })]), "<c> <{s s}>"],
  [constant(Point, { x: 1, y: 2 }), "<{s s}>"],
  [limit(map(Point, { name: "m", decode: (p) => p, encode: (p) => p }), 9), "s s"],
  [tuple([refine(u8, { name: "even", test: (n) => n % 2 === 0 })]), "c"],
  [cslq("[c]{} {x05 c} <x01 c>"), "[c]{} {x05 c} x01 c"],
  [cslq("v [c]v", { v: [bytes(33), cslq("[c]c")] }), "[33]c [c]{[c]c}"],
  [cslq("<c [c]c>", { expect: [1, "a"] }), "<c> <[c]c>"],
];

for (const [schema, pattern] of PATTERNS) {
  test(pattern, () => {
    assert.is(toPattern(schema), pattern);
    assert.is(toPattern(cslq(pattern)), pattern.replaceAll(/[<>]/g, ""));
  });
}

test("the bytes are the same", () => {
  const Offer = struct({ code: u8, id: string(u8), at: Point, sizes: array(u64, u16), magic: literal("!") });
  const value = { code: 7, id: "offer", at: { x: -1, y: 2 }, sizes: [1, 2 ** 40] };
  const plain = encodeCslqJson(toPattern(Offer), [7, "offer", [65535, 2], ["1", "1099511627776"]]);
  assert.is(formatHex(plain), formatHex(encode(Offer, value)));
});

const WITHOUT: readonly [schema: Schema, reason: RegExp][] = [
  [u16le, /little-endian/],
  [tuple([u8, array(u64le, u8)]), /little-endian/],
  [string(u16le), /little-endian/],
  [f32, /floating-point/],
  [varint, /varying size/],
  [bytes(varint), /varying size/],
  [enumOf(varint, { a: 1 }), /varying size/],
  [bytes(rest), /all that is left/],
  [struct({ n: u8, items: array(u8, ref("n")) }), /another field/],
  [optional(u8), /optional/],
  [union("type", u8, { a: [1, struct({})] }), /union/],
  [framed(u8, u8), /length in bytes/],
  [lazy(() => u8), /contain itself/],
  [bytes(0), /fixed length of 0/],
  [cslq("[18446744073709551615]c"), /above 2\^53-1/],
];

for (const [schema, reason] of WITHOUT) {
  test(`none: ${reason.source}`, () => {
    assert.throws(
      () => toPattern(schema),
      (error: unknown) => error instanceof CodecError && error.code === "schema" && reason.test(error.message),
    );
  });
}

test("as many levels as a pattern may have", () => {
  for (const [innermost, levels] of [[u8, 64], [string(u8), 63], [array(u8, 3), 63], [literal("AB"), 63]] as const) {
    let schema: Schema = innermost;
    // The tuple at the top has no brackets.
    for (let level = 0; level <= levels; level++) schema = tuple([schema]);
    if (innermost.kind === "literal") schema = nestedLiteral(levels - 1);
    parsePattern(toPattern(schema));
    assert.throws(() => toPattern(tuple([schema])), /levels/);
  }
  assert.throws(() => toPattern(tuple(new Array(9000).fill(u8))), /16384 characters/);
});

/** A literal of two bytes, which needs brackets of its own as an element, in so many arrays and a tuple. */
function nestedLiteral(levels: number): Schema {
  let schema: Schema = literal("AB");
  for (let level = 0; level < levels; level++) schema = array(schema, 1);
  return tuple([tuple([schema])]);
}

test.run();
