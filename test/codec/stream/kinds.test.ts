/**
 * Streams of every kind of schema, cut everywhere.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { document, jsonArray, jsonInt, jsonObject, jsonString } from "../../../codec/json/mod.ts";
import {
  array,
  bool,
  bytes,
  constant,
  decode,
  enumOf,
  f32,
  framed,
  i64big,
  lazy,
  limit,
  literal,
  map,
  optional,
  ref,
  refine,
  rest,
  type Schema,
  stream,
  string,
  struct,
  tuple,
  u16,
  u16le,
  u32,
  u8,
  union,
  varint,
} from "../../../codec/mod.ts";
import { drain, errorOf, joined, streamed } from "./pieces.ts";

const test = suite("codec: streams of every kind");

interface Tree {
  readonly name: string;
  readonly children: Tree[];
}
const Tree: Schema<Tree> = struct({ name: string(u8), children: array(lazy((): Schema<Tree> => Tree), u8) });

/** A schema of every kind, with values whose bytes stand one behind the other. */
const ROWS: Record<string, readonly [Schema, readonly unknown[]]> = {
  int: [u16le, [0, 258, 65535]],
  big: [i64big, [-1n, 2n ** 63n - 1n]],
  float: [f32, [0, -1.5]],
  varint: [varint, [0, 127, 128, 300, Number.MAX_SAFE_INTEGER]],
  bool: [bool, [true, false]],
  enum: [enumOf(varint, { no: 0, far: 300 }), ["far", "no", "far"]],
  "fixed bytes": [bytes(3), [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)]],
  "bytes behind a varint": [bytes(varint), [new Uint8Array(0), new Uint8Array(130).fill(7), Uint8Array.of(1)]],
  string: [string(u16), ["", "héllo", "€"]],
  array: [array(string(u8), u8), [[], ["a", "", "ccc"], ["b"]]],
  "array of fixed elements": [array(u16, varint), [[1, 2, 3], [], [4]]],
  "array of a fixed number": [array(varint, 2), [[1, 300], [70000, 2]]],
  struct: [struct({ a: u8, magic: literal("M!"), b: string(u8) }), [{ a: 1, b: "x" }, { a: 2, b: "" }]],
  tuple: [tuple([u8, literal([9]), varint]), [[1, 128], [2, 0]]],
  union: [
    union("kind", varint, { none: [0, struct({})], text: [300, struct({ text: string(u8) })] }),
    [{ kind: "text", text: "hi" }, { kind: "none" }, { kind: "none" }],
  ],
  optional: [optional(string(u8)), ["x", null, "yz"]],
  "optional by a reference": [
    struct({
      flags: u8,
      a: optional(u16, { field: "flags", mask: 1 }),
      b: optional(string(u8), { field: "a", equals: 5 }),
    }),
    [{ flags: 1, a: 5, b: "x" }, { flags: 0, a: null, b: null }, { flags: 1, a: 6, b: null }],
  ],
  references: [
    struct({
      header: struct({ count: u8, size: varint }),
      names: array(string(u8), ref("header.count")),
      data: bytes(ref("header.size")),
    }),
    [
      { header: { count: 2, size: 3 }, names: ["a", ""], data: Uint8Array.of(1, 2, 3) },
      { header: { count: 0, size: 0 }, names: [], data: new Uint8Array(0) },
    ],
  ],
  "reference inside a tuple and an array": [
    struct({ size: u8, parts: tuple([u8, array(bytes(ref("size")), 2)]) }),
    [{ size: 2, parts: [9, [Uint8Array.of(1, 2), Uint8Array.of(3, 4)]] }],
  ],
  constant: [constant(u16, 513), [513, 513]],
  map: [map(u32, { name: "date", decode: (ms) => new Date(ms), encode: (date) => date.getTime() }), [new Date(7)]],
  refine: [refine(string(u8), { name: "short", test: (text) => text.length < 4 }), ["abc", ""]],
  lazy: [Tree, [{ name: "root", children: [{ name: "", children: [] }, { name: "b", children: [] }] }]],
  limit: [limit(array(string(u8), u8), 6), [["abcd"], []]],
  framed: [framed(u16, struct({ a: u8, rest: bytes(rest) })), [{ a: 1, rest: Uint8Array.of(2, 3) }, {
    a: 4,
    rest: new Uint8Array(0),
  }]],
  "frame in a frame": [framed(varint, framed(u8, array(u16, rest))), [[1, 2], []]],
  document: [
    struct({
      id: u8,
      files: document(jsonArray(jsonObject({ Uri: jsonString, Size: jsonInt }))),
      newline: literal("\n"),
    }),
    [{ id: 1, files: [{ Uri: 'a"]}é', Size: -1 }, { Uri: "", Size: 0 }] }, { id: 2, files: null }, {
      id: 3,
      files: [],
    }],
  ],
  "document that is a number": [struct({ n: document(jsonInt), end: literal(";") }), [{ n: 12 }, { n: -7 }]],
};

for (const [name, [schema, values]] of Object.entries(ROWS)) {
  test(`${name}: cut at every two places`, () => {
    const { input, messages } = joined(schema, values);
    const step = input.length > 40 ? 7 : 1;
    for (let first = 0; first <= input.length; first++) {
      for (let second = first; second <= input.length; second += step) {
        const pieces = [input.subarray(0, first), input.subarray(first, second), input.subarray(second)];
        assert.equal(streamed(schema, pieces), messages, `cut at ${first} and ${second}`);
      }
    }
    assert.equal(streamed(schema, Array.from(input, (byte) => Uint8Array.of(byte))), messages, "single bytes");
  });

  test(`${name}: a message that is cut off is no message, and finish says where it ends`, () => {
    const { input, messages } = joined(schema, values);
    for (let length = 0; length < input.length; length++) {
      const decoder = stream(schema);
      decoder.push(input.subarray(0, length));
      const whole = messages.filter(({ end }) => end <= length);
      assert.equal(drain(decoder), whole, `${length} bytes`);
      const start = whole.at(-1)?.end ?? 0;
      assert.is(decoder.offset, start);
      if (start === length) {
        assert.is(decoder.finish(), null);
        continue;
      }
      const expected = errorOf(() => decode(schema, input.subarray(start, length)));
      const error = errorOf(() => decoder.finish());
      assert.is(error.code, "truncated", error.message);
      assert.equal([error.path, error.offset, error.reason], [expected.path, start + expected.offset, expected.reason]);
    }
  });
}

test.run();
