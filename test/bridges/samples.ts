/**
 * A schema, a value and its bytes for every kind of node that other tools can express.
 *
 * @module
 */

import {
  array,
  bool,
  bytes,
  constant,
  enumOf,
  f32le,
  f64,
  framed,
  i16,
  i64,
  i64bigle,
  i8,
  lazy,
  limit,
  literal,
  optional,
  ref,
  rest,
  type Schema,
  string,
  struct,
  tuple,
  u16,
  u32,
  u32le,
  u64,
  u64big,
  u8,
  union,
} from "../../codec/mod.ts";

interface Tree {
  name: string;
  kids: Tree[];
  next: Tree | null;
}
const Tree: Schema<Tree> = lazy(() =>
  struct({ name: string(u8), kids: array(Tree, u8), next: optional(Tree) }) as Schema<Tree>
);
/** Two schemas that contain each other, mentioned in an order in which binary-parser alone cannot find one of them. */
const Even: Schema<unknown> = lazy(() => struct({ even: optional(Odd) }));
const Odd: Schema<unknown> = lazy(() => struct({ odd: optional(Even) }));

const flags = struct({ head: struct({ "the flags": u8, count: u16 }), on: bool, kind: enumOf(i8, { no: -1, yes: 1 }) });

/** A schema, a value of it and its bytes, for every kind of node. */
export const SAMPLES: readonly [name: string, schema: Schema<unknown>, value: unknown, hex: string][] = [
  ["integers", tuple([u8, i8, u16, i16, u32, u32le]), [255, -1, 258, -2, 3, 4], "ff ff 0102 fffe 00000003 04000000"],
  [
    "64 bits",
    tuple([u64, i64, u64big, i64bigle]),
    [2 ** 53 - 1, -1, 2n ** 64n - 1n, -2n],
    [
      "001fffffffffffff ffffffffffffffff ffffffffffffffff feffffffffffffff",
    ].join(""),
  ],
  ["floats", tuple([f32le, f64]), [1.5, -0.1], "0000c03f bfb999999999999a"],
  ["bools", tuple([bool, bool]), [true, false], "01 00"],
  ["a number alone", u16, 258, "0102"],
  [
    "literals",
    struct({ magic: literal("ADC0"), none: literal(""), value: u8, tail: literal([0]) }),
    { value: 7 },
    [
      "41444330 07 00",
    ].join(""),
  ],
  ["bytes", tuple([bytes(2), bytes(0), bytes(u16), bytes(rest)]), [
    Uint8Array.of(1, 2),
    new Uint8Array(0),
    Uint8Array.of(3),
    Uint8Array.of(4, 5),
  ], "0102 0001 03 0405"],
  [
    "strings",
    tuple([string(2), string(u8), string(u32le), string(rest)]),
    ["ab", "é", "\ufeffx", ""],
    [
      "6162 02c3a9 04000000efbbbf78",
    ].join(""),
  ],
  ["arrays", tuple([array(u8, 2), array(u16, 0), array(string(u8), u16), array(array(u16, u8), u8)]), [
    [1, 2],
    [],
    ["a", ""],
    [[3], []],
  ], "0102 0002 016100 02 010003 00"],
  ["the rest in an array", array(struct({ a: u8, b: u8 }), rest), [{ a: 1, b: 2 }, { a: 3, b: 4 }], "01020304"],
  [
    "lengths in earlier fields",
    struct({ size: u64, head: struct({ count: i16 }), a: bytes(ref("size")), b: array(u8, ref("head.count")) }),
    {
      size: 1,
      head: { count: 2 },
      a: Uint8Array.of(9),
      b: [7, 8],
    },
    "0000000000000001 0002 09 0708",
  ],
  [
    "lengths around a tuple in an array",
    struct({ n: u8, list: array(tuple([u8, array(tuple([string(ref("n"))]), 2)]), 2) }),
    {
      n: 1,
      list: [[5, [["a"], ["b"]]], [6, [["c"], ["d"]]]],
    },
    "01 05 61 62 06 63 64",
  ],
  ["enumerations", tuple([enumOf(u8, { a: 1 }), enumOf(i16, { low: -1 })]), ["a", "low"], "01 ffff"],
  ["a union", union("type", u16, { ping: [1, struct({ signal: u8 })], text: [258, struct({ signal: string(u8) })] }), {
    type: "text",
    signal: "hi",
  }, "0102 026869"],
  ["unions in an array", array(union("a b", u8, { x: [0, struct({})], y: [1, struct({ "c d": u8 })] }), u8), [
    { "a b": "y", "c d": 5 },
    { "a b": "x" },
  ], "02 01 05 00"],
  [
    "optional parts",
    struct({
      f: flags,
      a: optional(u8),
      b: optional(u16),
      c: optional(u8, { field: "f.head.the flags", mask: 6 }),
      d: optional(u8, { field: "f.on", equals: true }),
      e: optional(u8, { field: "f.kind", equals: "yes" }),
    }),
    {
      f: { head: { "the flags": 4, count: 0 }, on: false, kind: "yes" },
      a: null,
      b: 258,
      c: 1,
      d: null,
      e: 2,
    },
    "04 0000 00 01 00 010102 01 02",
  ],
  [
    "constants",
    struct({ version: constant(u16, 3), a: constant(string(u8), "hi") }),
    { version: 3, a: "hi" },
    "0003 026869",
  ],
  [
    "limits",
    tuple([limit(string(u8), 3), limit(tuple([u8, bytes(u8)]), 4)]),
    ["hi", [1, Uint8Array.of(2)]],
    "026869 01 01 02",
  ],
  [
    "frames",
    struct({
      a: framed(u16, struct({ x: u8, y: string(rest) })),
      b: framed(u8, array(u16, rest)),
      c: framed(u8, framed(u8, tuple([]))),
    }),
    {
      a: { x: 1, y: "yz" },
      b: [1, 2],
      c: [],
    },
    "0003 01797a 04 00010002 01 00",
  ],
  [
    "lengths from outside a frame",
    struct({ n: u8, a: framed(u8, bytes(ref("n"))) }),
    { n: 2, a: Uint8Array.of(1, 2) },
    "02 02 0102",
  ],
  [
    "a schema that contains itself",
    Tree,
    { name: "a", kids: [{ name: "b", kids: [], next: null }], next: { name: "", kids: [], next: null } },
    [
      "0161 01 0162 00 00 01 00 00 00",
    ].join(""),
  ],
  ["schemas that contain each other", struct({ a: Even, b: Odd, c: Even }), {
    a: { even: { odd: { even: null } } },
    b: { odd: null },
    c: { even: { odd: null } },
  }, "01 01 00 00 01 00"],
  [
    "names that are no identifiers",
    struct({ "": u8, "1st": u8, $0: u8, $parent: u8, class: u8, constructor: u8, "é": u8, value: u8 }),
    {
      "": 1,
      "1st": 2,
      $0: 3,
      $parent: 4,
      class: 5,
      constructor: 6,
      "é": 7,
      value: 8,
    },
    "0102030405060708",
  ],
  ["nothing", struct({}), {}, ""],
];
