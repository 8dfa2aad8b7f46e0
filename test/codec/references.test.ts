import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as w from "../../codec/mod.ts";
import { assertUnusable, decodeRefusals, encodeRefusals, rows } from "./table.ts";

const optionals = suite("codec: optional");

optionals("with a presence byte", () => {
  rows(w.optional(w.u16), [[null, "00"], [7, "01 0007"]]);
  rows(w.struct({ a: w.optional(w.string(w.u8)), b: w.u8 }), [[{ a: null, b: 1 }, "00 01"], [
    { a: "", b: 1 },
    "01 00 01",
  ]]);
  decodeRefusals(w.struct({ a: w.optional(w.u16) }), [
    ["", "truncated", "a", 0],
    ["02", "bool", "a", 0],
    ["01 00", "truncated", "a", 1],
    ["00 00", "trailing", "", 1],
  ]);
  encodeRefusals(w.struct({ a: w.optional(w.u16) }), [[{ a: "7" }, "type", "a", 1], [{ a: 65536 }, "range", "a", 1]]);
});

optionals("a missing property is an absent value", () => {
  const schema = w.struct({ a: w.optional(w.u8) });
  assert.is(w.formatHex(w.encode(schema, {} as { a: null })), "00");
  assert.equal(w.decode(schema, Uint8Array.of(0)), { a: null });
});

optionals("when an earlier field equals a value", () => {
  rows(w.struct({ kind: w.u8, extra: w.optional(w.u16, { field: "kind", equals: 2 }) }), [
    [{ kind: 1, extra: null }, "01"],
    [{ kind: 2, extra: 7 }, "02 0007"],
  ]);
  rows(
    w.struct({
      code: w.enumOf(w.u8, { ok: 0, bad: 1 }),
      why: w.optional(w.string(w.u8), { field: "code", equals: "bad" }),
    }),
    [
      [{ code: "ok", why: null }, "00"],
      [{ code: "bad", why: "x" }, "01 0178"],
    ],
  );
  rows(w.struct({ more: w.bool, next: w.optional(w.u8, { field: "more", equals: true }) }), [
    [{ more: false, next: null }, "00"],
    [{ more: true, next: 9 }, "01 09"],
  ]);
  rows(w.struct({ name: w.string(w.u8), age: w.optional(w.u8, { field: "name", equals: "é" }) }), [
    [{ name: "e", age: null }, "0165"],
    [{ name: "é", age: 9 }, "02c3a9 09"],
  ]);
});

optionals("when an earlier field has one of the bits of a mask", () => {
  const schema = w.struct({
    header: w.struct({ flags: w.u32 }),
    low: w.optional(w.u8, { field: "header.flags", mask: 0x01 }),
    any: w.optional(w.u8, { field: "header.flags", mask: 0x06 }),
    high: w.optional(w.u8, { field: "header.flags", mask: 0x80000000 }),
  });
  rows(schema, [
    [{ header: { flags: 0 }, low: null, any: null, high: null }, "00000000"],
    [{ header: { flags: 1 }, low: 5, any: null, high: null }, "00000001 05"],
    [{ header: { flags: 2 }, low: null, any: 6, high: null }, "00000002 06"],
    [{ header: { flags: 4 }, low: null, any: 6, high: null }, "00000004 06"],
    [{ header: { flags: 0x80000001 }, low: 5, any: null, high: 7 }, "80000001 05 07"],
  ]);
});

optionals("a value that does not agree with its field", () => {
  const schema = w.struct({ kind: w.u8, extra: w.optional(w.u16, { field: "kind", equals: 2 }) });
  encodeRefusals(schema, [
    [{ kind: 2, extra: null }, "reference", "extra", 1],
    [{ kind: 2 }, "reference", "extra", 1],
    [{ kind: 1, extra: 7 }, "reference", "extra", 1],
    [{ kind: 2, extra: -1 }, "range", "extra", 1],
  ]);
  decodeRefusals(schema, [["02 00", "truncated", "extra", 1], ["01 00", "trailing", "", 1]]);
});

optionals("a literal cannot be optional", () => {
  for (const schema of [w.literal("x"), w.limit(w.literal("x"), 1), w.framed(w.u8, w.literal("x"))]) {
    assertUnusable(() => w.optional(schema), /needs a value/);
  }
});

optionals.run();

const refs = suite("codec: ref");

refs("a length in an earlier field", () => {
  rows(w.struct({ n: w.u8, data: w.bytes(w.ref("n")) }), [
    [{ n: 0, data: Uint8Array.of() }, "00"],
    [{ n: 2, data: Uint8Array.of(8, 9) }, "02 0809"],
  ]);
  rows(w.struct({ n: w.u16le, between: w.u8, text: w.string(w.ref("n")) }), [
    [{ n: 3, between: 1, text: "é!" }, "0300 01 c3a921"],
  ]);
  rows(w.struct({ n: w.varint, list: w.array(w.u16, w.ref("n")) }), [[{ n: 2, list: [1, 2] }, "02 0001 0002"]]);
  rows(w.struct({ n: w.u8, a: w.array(w.u8, w.ref("n")), b: w.array(w.u8, w.ref("n")) }), [
    [{ n: 1, a: [5], b: [6] }, "01 05 06"],
  ]);
});

refs("a length in a struct before, or in a field that another schema wraps", () => {
  rows(w.struct({ header: w.struct({ kind: w.u8, count: w.u8 }), list: w.array(w.u8, w.ref("header.count")) }), [
    [{ header: { kind: 1, count: 2 }, list: [3, 4] }, "01 02 03 04"],
  ]);
  rows(w.struct({ a: w.struct({ b: w.struct({ c: w.u8 }) }), text: w.string(w.ref("a.b.c")) }), [
    [{ a: { b: { c: 1 } }, text: "x" }, "01 78"],
  ]);
  const words = w.map(w.u8, { name: "words", decode: (count) => count * 4, encode: (bytes) => bytes / 4 });
  rows(w.struct({ size: words, data: w.bytes(w.ref("size")) }), [[
    { size: 4, data: Uint8Array.of(1, 2, 3, 4) },
    "01 01020304",
  ]]);
  rows(
    w.struct({ n: w.limit(w.refine(w.varint, { name: "small", test: (n) => n < 3 }), 1), data: w.bytes(w.ref("n")) }),
    [
      [{ n: 2, data: Uint8Array.of(1, 2) }, "02 0102"],
    ],
  );
});

refs("from inside arrays, tuples, frames, limits and options", () => {
  rows(w.struct({ n: w.u8, rows: w.array(w.bytes(w.ref("n")), 2) }), [
    [{ n: 1, rows: [Uint8Array.of(1), Uint8Array.of(2)] }, "01 01 02"],
  ]);
  const part = w.bytes(w.ref("n"));
  rows(
    w.struct({
      n: w.u8,
      tuple: w.tuple([part, w.u8]),
      framed: w.framed(w.u8, part),
      limited: w.limit(part, 9),
      maybe: w.optional(part),
      boxed: w.map(part, { name: "boxed", decode: (bytes) => [bytes], encode: ([bytes]) => bytes }),
    }),
    [[
      {
        n: 1,
        tuple: [Uint8Array.of(1), 2],
        framed: Uint8Array.of(3),
        limited: Uint8Array.of(4),
        maybe: Uint8Array.of(5),
        boxed: [Uint8Array.of(6)],
      },
      "01 01 02 01 03 04 01 05 06",
    ]],
  );
});

refs("a count that does not agree", () => {
  const schema = w.struct({
    n: w.u8,
    list: w.array(w.u16, w.ref("n")),
    text: w.string(w.ref("n")),
    data: w.bytes(w.ref("n")),
  });
  encodeRefusals(schema, [
    [{ n: 1, list: [], text: "a", data: Uint8Array.of(1) }, "reference", "list", 1],
    [{ n: 1, list: [1, 2], text: "a", data: Uint8Array.of(1) }, "reference", "list", 1],
    [{ n: 1, list: [1], text: "é", data: Uint8Array.of(1) }, "reference", "text", 3],
    [{ n: 1, list: [1], text: "a", data: Uint8Array.of() }, "reference", "data", 4],
  ]);
  decodeRefusals(schema, [
    ["02 0001 00", "truncated", "list", 1],
    ["02 0001 0002 61", "truncated", "text", 5],
    ["01 0001 61", "truncated", "data", 4],
  ]);
});

refs("what is no count", () => {
  const lengthOf = (schema: w.Schema) => w.struct({ n: schema, data: w.bytes(w.ref("n")) });
  decodeRefusals(lengthOf(w.i8), [["ff 00", "reference", "data", 1]]);
  decodeRefusals(lengthOf(w.f32), [
    ["3f000000", "reference", "data", 4],
    ["7fc00000", "reference", "data", 4],
    ["7f800000", "reference", "data", 4],
    ["bf800000", "reference", "data", 4],
    ["3f800000", "truncated", "data", 4],
  ]);
  decodeRefusals(lengthOf(w.u64big), [["0000000000000000", "reference", "data", 8]]);
  decodeRefusals(lengthOf(w.string(w.u8)), [["0131 00", "reference", "data", 2]]);
  decodeRefusals(lengthOf(w.optional(w.u8)), [["00", "reference", "data", 1], ["01 01", "truncated", "data", 2]]);
  decodeRefusals(w.bytes(w.ref("nowhere")), [["00", "reference", "", 0]]);
  encodeRefusals(w.bytes(w.ref("nowhere")), [[Uint8Array.of(), "reference", "", 0]]);
});

refs("a reference does not reach out of a struct, and a struct of a union's case is one", () => {
  const inner = w.struct({ n: w.u8, data: w.bytes(w.ref("n")) });
  rows(w.struct({ n: w.u8, list: w.array(inner, w.ref("n")) }), [
    [{ n: 2, list: [{ n: 1, data: Uint8Array.of(7) }, { n: 0, data: Uint8Array.of() }] }, "02 0107 00"],
  ]);
  assertUnusable(() => w.struct({ n: w.u8, inner: w.struct({ data: w.bytes(w.ref("n")) }) }), /not an earlier field/);
  rows(w.union("type", w.u8, { a: [1, inner] }), [[{ type: "a", n: 1, data: Uint8Array.of(7) }, "01 01 07"]]);
});

refs("a reference to what is no earlier field", () => {
  const bytes = w.bytes(w.ref("n"));
  assertUnusable(() => w.struct({ data: bytes }), /Field "data" refers to "n"/);
  assertUnusable(() => w.struct({ data: bytes, n: w.u8 }), /not an earlier field/);
  assertUnusable(() => w.struct({ n: w.literal("n"), data: bytes }), /not an earlier field/);
  assertUnusable(() => w.struct({ n: w.u8, data: w.bytes(w.ref("n.m")) }), /not an earlier field/);
  assertUnusable(() => w.struct({ n: w.struct({ m: w.u8 }), data: w.bytes(w.ref("n.k")) }), /not an earlier field/);
  assertUnusable(() => w.struct({ constructor: w.u8, data: w.bytes(w.ref("toString")) }), /not an earlier field/);
  const wraps: readonly ((schema: w.Schema<Uint8Array>) => w.Schema)[] = [
    w.optional,
    (schema) => w.array(schema, 2),
    (schema) => w.tuple([schema]),
    (schema) => w.limit(schema, 1),
    (schema) => w.framed(w.u8, schema),
    (schema) => w.constant(schema, new Uint8Array()),
    (schema) => w.refine(schema, { name: "anything", test: () => true }),
    (schema) => w.map(schema, { name: "same", decode: (value) => value, encode: (value) => value }),
  ];
  for (const wrap of wraps) assertUnusable(() => w.struct({ data: wrap(bytes) }), /not an earlier field/);
  assertUnusable(() => w.struct({ a: w.optional(w.u8, { field: "b", equals: 1 }), b: w.u8 }), /not an earlier field/);
});

refs("an error shows what the field says, short and on one line", () => {
  const schema = w.struct({ n: w.string(w.u16), data: w.bytes(w.ref("n")) });
  const text = "\u001b[31m\u202e\n".repeat(1000);
  const bytes = w.encode(w.struct({ n: w.string(w.u16) }), { n: text });
  const { message } = w.inspect(schema, bytes).error!;
  assert.ok(message.length < 200, message);
  for (const harm of ["\n", "\u001b", "\u202e"]) assert.not(message.includes(harm));
});

refs.run();
