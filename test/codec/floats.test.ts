/**
 * NaN, of which there are many in bytes and one in JavaScript.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decode, encode, f32, f32le, f64, f64le, formatHex, parseHex, type Schema } from "../../codec/mod.ts";
import { encodeMsgpack, float64, mapOf, namedTuple, optionalField, str } from "../../codec/msgpack/mod.ts";

const test = suite("codec: NaN, and fields that every object inherits");

const FORMS: [schema: Schema<number>, other: string, usual: string][] = [
  [f32, "ffc00001", "7fc00000"],
  [f32, "7f800001", "7fc00000"],
  [f32le, "010080ff", "0000c07f"],
  [f64, "fff8000000000001", "7ff8000000000000"],
  [f64, "7ff0000000000004", "7ff8000000000000"],
  [f64le, "010000000000f0ff", "000000000000f87f"],
];

for (const [schema, other, usual] of FORMS) {
  test(`${other} is NaN and is written as ${usual}`, () => {
    const value = decode(schema, parseHex(other));
    assert.ok(Number.isNaN(value));
    assert.is(formatHex(encode(schema, value)), usual);
  });
}

test("NaN in msgpack", () => {
  const value = decode(f64, parseHex("7ff0000000000004"));
  assert.is(formatHex(encodeMsgpack(float64, value)), "cb7ff8000000000000");
});

test("what every object inherits is no value of a field that may be missing", () => {
  const fields = { id: optionalField(str), constructor: optionalField(str), toString: optionalField(str) };
  assert.is(formatHex(encodeMsgpack(namedTuple(fields), { id: "a" } as never)), "91a161");
  assert.is(formatHex(encodeMsgpack(mapOf(fields), { id: "a" } as never)), "81a26964a161");
  assert.is(formatHex(encodeMsgpack(mapOf(fields), { constructor: "a" } as never)), "81ab636f6e7374727563746f72a161");
});

test.run();
