import { suite } from "uvu";
import * as assert from "uvu/assert";
import { arbitrary, hostile } from "../../codec/arbitrary/fast-check.ts";
import { cslq, toPattern } from "../../codec/cslq/mod.ts";
import { generateSource } from "../../codec/codegen/mod.ts";
import * as json from "../../codec/json/mod.ts";
import { toKaitai } from "../../codec/kaitai/mod.ts";
import * as w from "../../codec/mod.ts";
import * as msgpack from "../../codec/msgpack/mod.ts";
import { toBinaryParser } from "../../src/bridges/binary-parser/mod.ts";
import { toTypedBinary } from "../../src/bridges/typed-binary/mod.ts";
import { assertUnusable } from "./table.ts";

const test = suite("codec: arguments from JavaScript");

// deno-lint-ignore no-explicit-any -- what no compiler has checked
const b = w as any;
// deno-lint-ignore no-explicit-any -- the same
const m = msgpack as any;
// deno-lint-ignore no-explicit-any -- the same
const j = json as any;

const WRONG: [name: string, make: () => unknown, message: RegExp][] = [
  ["array without a size", () => b.array(w.u8), /length: it is undefined/],
  ["array of null", () => b.array(w.u8, null), /length: it is null/],
  ["array of text", () => b.array("u8", 2), /array: the item is "u8"/],
  ["array sized by a struct", () => b.array(w.u8, w.struct({})), /length/],
  ["bytes", () => b.bytes(), /length/],
  ["string", () => b.string("u8"), /length/],
  ["struct of undefined", () => b.struct({ a: undefined }), /struct: field "a" is undefined/],
  ["struct of text", () => b.struct({ a: "u8" }), /struct: field "a" is "u8"/],
  ["struct of a builder", () => b.struct({ a: w.array }), /field "a" is a function/],
  ["struct of rest", () => b.struct({ a: w.rest }), /field "a"/],
  ["struct of another kind", () => b.struct({ a: { kind: "u8" } }), /field "a"/],
  ["struct of nothing", () => b.struct(), /fields is undefined/],
  ["struct of a list", () => b.struct([w.u8]), /fields is/],
  ["struct made by text", () => b.struct({ a: w.u8 }, "make"), /make does not make/],
  ["tuple", () => b.tuple(w.u8), /tuple: the list/],
  ["tuple of text", () => b.tuple([w.u8, "u8"]), /item 1 is "u8"/],
  ["union of a plain struct", () => b.union(w.struct({ a: w.u8 })), /union: the key/],
  ["union without a tag", () => b.union("type", { a: [1, w.struct({})] }), /union: the tag/],
  ["union without cases", () => b.union("type", w.u8), /cases is undefined/],
  ["union of a case without tag", () => b.union("type", w.u8, { a: w.struct({}) }), /case "a"/],
  ["union of a case that is no struct", () => b.union("type", w.u8, { a: [1, w.u8] }), /case "a"/],
  ["union tagged by a bigint", () => b.union("type", w.u64big, { a: [1, w.struct({})] }), /the tag/],
  ["union tagged by text", () => b.union("type", w.string(4), { a: [1, w.struct({})] }), /the tag/],
  ["enum of a string", () => b.enumOf(w.string(1), { a: 1 }), /enumOf: the integer/],
  ["enum without names", () => b.enumOf(w.u8), /names is undefined/],
  ["framed by a number", () => b.framed(4, w.u8), /length: it is 4, not an unsigned/],
  ["framed by a reference", () => b.framed(w.ref("n"), w.u8), /length/],
  ["framed of nothing", () => b.framed(w.u8), /framed: the schema is undefined/],
  ["optional of nothing", () => b.optional(), /optional: the schema/],
  ["optional on text", () => b.optional(w.u8, "a"), /the condition is "a"/],
  ["optional without a field", () => b.optional(w.u8, { equals: 1 }), /the field is undefined/],
  ["optional with both", () => b.optional(w.u8, { field: "a", equals: 1, mask: 1 }), /one of equals and mask/],
  ["reference", () => b.ref(), /ref: the path/],
  ["literal", () => b.literal(), /literal: the value/],
  ["literal of a number", () => b.literal(5), /literal: the value/],
  ["constant", () => b.constant("a", 1), /constant: the schema/],
  ["map without functions", () => b.map(w.u8, { name: "x" }), /map: decode/],
  ["map without a mapping", () => b.map(w.u8), /map: the mapping/],
  ["refine", () => b.refine(w.u8, { name: "x", test: true }), /refine: test/],
  ["lazy", () => b.lazy(w.u8), /lazy: the argument/],
  ["limit", () => b.limit("x", 1), /limit: the schema/],
  ["extension", () => b.extension({ name: "x", bytesMin: 1 }), /extension: decode/],
  ["delimited", () => b.delimited(w.string(w.rest), "\n"), /delimited: the delimiter/],
  ["compile", () => b.compile("u8"), /compile: the schema is "u8"/],
  ["decode", () => b.decode(undefined, new Uint8Array(1)), /decode: the schema is undefined/],
  ["encode", () => b.encode({ kind: "u8" }, 1), /encode: the schema/],
  ["cslq of a number", () => cslq(5 as never), /cslq: the pattern/],
  ["cslq without a list", () => cslq("v", { v: w.u8 as never }), /cslq: v/],
  ["what lazy gives", () => b.decode(b.lazy(() => "u8"), new Uint8Array(1)), /lazy: what its function returns/],
];

for (const [name, make, message] of WRONG) test(name, () => assertUnusable(make, message));

/** What is taken for a schema by mistake: its name, its builder, a shape of a wrong language, an unknown kind, nothing. */
const NONE = [
  undefined,
  null,
  "u8",
  8,
  w.array,
  [w.u8],
  {},
  { kind: "u8" },
  w.rest,
  w.ref("a"),
  msgpack.str,
  Symbol("u8"),
];

/** Every entry that takes a schema, called with something else. */
const ENTRIES: [name: string, call: (schema: never) => unknown][] = [
  ["compile", (schema) => w.compile(schema)],
  ["encode", (schema) => w.encode(schema, 1)],
  ["encodeInto", (schema) => w.encodeInto(schema, 1, new Uint8Array(9))],
  ["decode", (schema) => w.decode(schema, new Uint8Array(1))],
  ["decodePrefix", (schema) => w.decodePrefix(schema, new Uint8Array(1))],
  ["inspect", (schema) => w.inspect(schema, new Uint8Array(1))],
  ["hexdump", (schema) => w.hexdump(schema, new Uint8Array(1))],
  ["diff", (schema) => w.diff(schema, new Uint8Array(1), new Uint8Array(1))],
  ["describe", (schema) => w.describe(schema)],
  ["describeText", (schema) => w.describeText(schema)],
  ["describeMarkdown", (schema) => w.describeMarkdown(schema)],
  ["stream", (schema) => w.stream(schema)],
  ["decodeStream", (schema) => w.decodeStream(schema)],
  ["encodeStream", (schema) => w.encodeStream(schema)],
  ["generateSource", (schema) => generateSource({ Message: schema })],
  ["arbitrary", (schema) => arbitrary(schema)],
  ["hostile", (schema) => hostile(schema)],
  ["toKaitai", (schema) => toKaitai(schema, { id: "message" })],
  ["toPattern", (schema) => toPattern(schema)],
  ["toBinaryParser", (schema) => toBinaryParser(schema)],
  ["toTypedBinary", (schema) => toTypedBinary(schema)],
  ["cslq", (schema) => cslq("c v", { v: [schema] })],
  ["array", (schema) => w.array(schema, 1)],
  ["framed", (schema) => w.framed(w.u8, schema)],
  ["delimited", (schema) => w.delimited(schema, w.literal("x"))],
];

for (const [name, call] of ENTRIES) {
  test(`${name} of what is no schema`, () => {
    for (const one of NONE) assertUnusable(() => call(one as never), /^Cannot [^:]+: .* is .*, not a schema$/s);
  });
}

/** Entries of msgpack and JSON that take shapes. */
const SHAPES: [name: string, call: (shape: unknown) => unknown][] = [
  ["arrayOf", (shape) => m.arrayOf(shape)],
  ["tupleOf", (shape) => m.tupleOf([msgpack.str, shape])],
  ["tagged", (shape) => m.tagged("ping", shape)],
  ["namedTuple", (shape) => m.namedTuple({ a: shape })],
  ["mapOf", (shape) => m.mapOf({ a: shape })],
  ["optionalField", (shape) => m.optionalField(shape)],
  ["oneOf", (shape) => m.oneOf([msgpack.nil, shape])],
  ["nullable", (shape) => m.nullable(shape)],
  ["msgpack", (shape) => m.msgpack(shape)],
  ["encodeMsgpack", (shape) => m.encodeMsgpack(shape, 1)],
  ["decodeMsgpack", (shape) => m.decodeMsgpack(shape, new Uint8Array(1))],
  ["jsonArray", (shape) => j.jsonArray(shape)],
  ["jsonObject", (shape) => j.jsonObject({ a: shape })],
  ["jsonOptional", (shape) => j.jsonOptional(shape)],
  ["document", (shape) => j.document(shape)],
  ["decodeJson", (shape) => j.decodeJson(shape, new Uint8Array(1))],
  ["decodeJsonPrefix", (shape) => j.decodeJsonPrefix(shape, new Uint8Array(1))],
  ["encodeJson", (shape) => j.encodeJson(shape, 1)],
  ["jsonText", (shape) => j.jsonText(shape, 1)],
];

for (const [name, call] of SHAPES) {
  test(`${name} of what is no shape`, () => {
    for (const one of [...NONE.filter((none) => none !== msgpack.str), w.u8, w.array(w.u8, 1), w.struct({})]) {
      assertUnusable(() => call(one), /^Cannot [^:]+: .* is .*, not a shape$/s);
    }
  });
}

test("lists of shapes", () => {
  assertUnusable(() => m.tupleOf(msgpack.str), /tupleOf: the list/);
  assertUnusable(() => m.oneOf(), /oneOf: the list/);
  assertUnusable(() => m.mapOf(), /mapOf: fields/);
  assertUnusable(() => m.namedTuple([msgpack.str]), /namedTuple: fields/);
  assertUnusable(() => j.jsonObject(), /jsonObject: fields/);
  assertUnusable(() => generateSource(undefined as never), /list of schemas/);
});

test("copies of schemas are schemas", () => {
  const item = { ...w.u16 };
  const copy = { ...w.struct({ a: w.u8 }), fields: [{ name: "a", schema: { ...w.string(w.u8) } }] };
  for (const [schema, value, hex] of [[w.array(item, 2), [1, 2], "00010002"], [copy, { a: "x" }, "0178"]] as const) {
    assert.is(w.formatHex(w.encode<unknown>(schema, value)), hex);
    assert.equal(w.inspect<unknown>(schema, w.parseHex(hex)).value, value);
  }
});

test.run();
