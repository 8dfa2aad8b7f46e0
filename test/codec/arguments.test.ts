import { suite } from "uvu";
import * as w from "../../codec/mod.ts";
import { assertUnusable } from "./table.ts";

const test = suite("codec: arguments from JavaScript");

// deno-lint-ignore no-explicit-any -- what no compiler has checked
const b = w as any;
const spread = { ...w.u8 };

const WRONG: [name: string, make: () => unknown, message: RegExp][] = [
  ["array without a size", () => b.array(w.u8), /length is .* not undefined/],
  ["array of null", () => b.array(w.u8, null), /not null/],
  ["array of text", () => b.array("u8", 2), /array: the item is "u8"/],
  ["array sized by a struct", () => b.array(w.u8, w.struct({})), /length/],
  ["bytes", () => b.bytes(), /length/],
  ["string", () => b.string("u8"), /length/],
  ["struct of undefined", () => b.struct({ a: undefined }), /struct: field "a" is undefined/],
  ["struct of text", () => b.struct({ a: "u8" }), /struct: field "a" is "u8"/],
  ["struct of a builder", () => b.struct({ a: w.array }), /field "a" is a function/],
  ["struct of rest", () => b.struct({ a: w.rest }), /field "a"/],
  ["struct of a copy", () => b.struct({ a: spread }), /field "a"/],
  ["struct of nothing", () => b.struct(), /fields is undefined/],
  ["struct of a list", () => b.struct([w.u8]), /fields is/],
  ["struct made by text", () => b.struct({ a: w.u8 }, "make"), /make is "make"/],
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
  ["framed by a number", () => b.framed(4, w.u8), /length .* not 4/],
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
  ["compile", () => b.compile("u8"), /codec: the schema/],
  ["decode", () => b.decode(undefined, new Uint8Array(1)), /codec: the schema/],
  ["encode", () => b.encode({ kind: "u8" }, 1), /codec: the schema/],
  ["what lazy gives", () => b.decode(b.lazy(() => "u8"), new Uint8Array(1)), /lazy: what its function returns/],
];

for (const [name, make, message] of WRONG) test(name, () => assertUnusable(make, message));

test.run();
