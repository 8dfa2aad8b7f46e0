import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as w from "../../codec/mod.ts";
import { letters } from "./arbitrary-schema.ts";

const test = suite("codec: describe");

/** The rows of a schema as short texts. */
function rowsOf(schema: w.Schema): string[] {
  return w.describe(schema).map(({ offset, size, path, type, note }) =>
    [offset ?? "…", size, path, type, note].join(" | ")
  );
}

test("leaves", () => {
  assert.equal(
    rowsOf(w.struct({
      a: w.u8,
      b: w.i16le,
      c: w.u64big,
      d: w.i64bigle,
      e: w.f32,
      f: w.f64le,
      g: w.bool,
      h: w.literal([0xad, 0xc0]),
      i: w.enumOf(w.u16, { no: 0, yes: 1 }),
      j: w.bytes(4),
      k: w.varint,
      l: w.string(w.varint),
    })),
    [
      "0 | 1 | a | u8 | ",
      "1 | 2 | b | i16le | ",
      "3 | 8 | c | u64big | ",
      "11 | 8 | d | i64bigle | ",
      "19 | 4 | e | f32 | ",
      "23 | 8 | f | f64le | ",
      "31 | 1 | g | bool | ",
      "32 | 2 | h | literal | adc0",
      "34 | 2 | i | u16 | 0 = no, 1 = yes",
      "36 | 4 | j | bytes (length: 4) | ",
      "40 | 1–8 | k | varint | ",
      "… | 1– | l | string (length: varint) | ",
    ],
  );
});

test("sequences and references", () => {
  assert.equal(
    rowsOf(w.struct({
      header: w.struct({ count: w.u8, flags: w.u32 }),
      list: w.array(w.struct({ name: w.string(w.u16le) }), w.ref("header.count")),
      pairs: w.array(w.tuple([w.u8, w.literal(":"), w.u8]), w.u16),
      high: w.optional(w.u8, { field: "header.flags", mask: 0x80000000 }),
      one: w.optional(w.u8, { field: "header.count", equals: 1 }),
      maybe: w.optional(w.u8),
      letters,
      tail: w.bytes(w.rest),
    })),
    [
      "0 | 1 | header.count | u8 | ",
      "1 | 4 | header.flags | u32 | ",
      "5 | 2–65537 | list[].name | string (length: u16le) | length: field header.count",
      "… | 2 | pairs | u16 | number of elements",
      "… | 1 | pairs[][0] | u8 | ",
      "… | 1 | pairs[] | literal | 3a",
      "… | 1 | pairs[][1] | u8 | ",
      "… | 1 | high | u8 | if header.flags has a bit of 0x80000000",
      "… | 1 | one | u8 | if header.count is 1",
      "… | 1 | maybe | bool | whether the value follows",
      "… | 1 | maybe | u8 | if present",
      "… | 1– | letters | letters | ",
      "… | 0– | tail | bytes (all that is left) | ",
    ],
  );
});

test("unions, with the conditions of those around them", () => {
  const inner = w.union("color", w.u8, { red: [0, w.struct({})], blue: [1, w.struct({ shade: w.u8 })] });
  assert.equal(rowsOf(w.union("type", w.u8, { ping: [1, w.struct({ n: w.u16 })], paint: [2, w.struct({ inner })] })), [
    "0 | 1 | type | u8 | 1 = ping, 2 = paint",
    "1 | 2 | n | u16 | if type is ping",
    "1 | 1 | inner.color | u8 | if type is paint; 0 = red, 1 = blue",
    "2 | 1 | inner.shade | u8 | if type is paint; if color is blue",
  ]);
});

test("wrappers", () => {
  assert.equal(
    rowsOf(w.struct({
      version: w.constant(w.u8, 7),
      even: w.refine(w.u8, { name: "even", test: (n) => n % 2 === 0 }),
      date: w.map(w.u64, { name: "milliseconds since 1970", decode: (ms) => new Date(ms), encode: (date) => +date }),
      short: w.limit(w.string(w.u8), 9),
      frame: w.framed(w.u16, w.struct({ a: w.u8, b: w.bytes(w.rest) })),
      after: w.u8,
    })),
    [
      "0 | 1 | version | u8 | always 7",
      "1 | 1 | even | u8 | even",
      "2 | 8 | date | u64 | milliseconds since 1970",
      "10 | 1–256 | short | string (length: u8) | at most 9 bytes",
      "… | 2 | frame | u16 | length in bytes of what follows",
      "… | 1 | frame.a | u8 | ",
      "… | 0– | frame.b | bytes (all that is left) | ",
      "… | 1 | after | u8 | ",
    ],
  );
});

test("recursion is described once", () => {
  interface Tree {
    readonly name: string;
    readonly left: Tree | null;
    readonly right: Tree | null;
  }
  const Tree: w.Schema<Tree> = w.lazy((): w.Schema<Tree> =>
    w.struct({ name: w.string(w.u8), left: w.optional(Tree), right: w.optional(Tree) })
  );
  assert.equal(rowsOf(w.struct({ n: w.u8, tree: Tree, again: Tree })), [
    "0 | 1 | n | u8 | ",
    "1 | 1–256 | tree.name | string (length: u8) | ",
    "… | 1 | tree.left | bool | whether the value follows",
    "… | 3– | tree.left | recursion | if present; the same as tree",
    "… | 1 | tree.right | bool | whether the value follows",
    "… | 3– | tree.right | recursion | if present; the same as tree",
    "… | 3– | again | recursion | the same as tree",
  ]);
  assert.ok(rowsOf(Tree).includes("… | 3– | left | recursion | if present; the same as the whole"));
});

test("as text and as Markdown", () => {
  const schema = w.struct({ id: w.string(w.u8), code: w.enumOf(w.u8, { "a|b": 1 }) });
  assert.is(
    w.describeText(schema),
    [
      "offset   size  field  type                 note",
      "     0  1–256  id     string (length: u8)",
      "     …      1  code   u8                   1 = a|b",
    ].join("\n"),
  );
  assert.is(
    w.describeMarkdown(schema),
    [
      "| offset | size | field | type | note |",
      "| ---: | ---: | --- | --- | --- |",
      "| 0 | 1–256 | `id` | string (length: u8) |  |",
      "|  | 1 | `code` | u8 | 1 = a\\|b |",
    ].join("\n"),
  );
});

test.run();
