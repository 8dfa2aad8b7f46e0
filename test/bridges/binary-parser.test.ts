// @ts-ignore: the package's own declarations are found by some compilers only
import { Parser } from "binary-parser";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { chosen } from "../../codec/arbitrary/fast-check.ts";
import { fromSeed } from "../../codec/arbitrary/random.ts";
import { arbitraryValue } from "../../codec/arbitrary/values.ts";
import {
  array,
  bytes,
  CodecError,
  decode,
  describeText,
  encode,
  formatHex,
  framed,
  inspect,
  lazy,
  map,
  optional,
  parseHex,
  ref,
  refine,
  type Schema,
  string,
  struct,
  tuple,
  u16,
  u32,
  u8,
  union,
  varint,
} from "../../codec/mod.ts";
import { mutate } from "../../codec/arbitrary/mutate.ts";
import { requestSchema, unified } from "../../codec/protocols/warpdrive/mod.ts";
import type { Node } from "../../codec/schema/node.ts";
import { toBinaryParser } from "../../src/bridges/binary-parser/mod.ts";
import { same } from "../codec/same.ts";
import { letters, randomSchema } from "../codec/arbitrary-schema.ts";
import { check } from "../codec/seed.ts";
import { fails, thrown } from "./failing.ts";
import { FRAMES } from "./frames.ts";
import { RECORDED } from "./recorded.ts";
import { SAMPLES } from "./samples.ts";
import { simplify } from "./simplify.ts";

const test = suite("bridges: our schemas in binary-parser");

for (const [name, schema, value, hex] of SAMPLES) {
  test(`reads ${name}`, () => {
    const expected = parseHex(hex);
    assert.equal(encode(schema, value), expected, "the sample is right");
    const { parse, parser } = toBinaryParser(schema);
    assert.equal(parse(expected), value);
    parser.parse(expected);
    // A view into larger memory, and one of Node's, are as good.
    const around = Uint8Array.of(0xff, ...expected, 0xff);
    assert.equal(parse(around.subarray(1, 1 + expected.length)), value);
    agree(schema, around.subarray(1));
  });

  test(`refuses ${name} cut off`, () => {
    const expected = parseHex(hex);
    for (let length = 0; length < expected.length; length++) agree(schema, expected.slice(0, length));
  });
}

/** Checks that the parser gives the same value as `decode`, or an error with the same code. */
function agree(schema: Schema, bytes: Uint8Array): void {
  const { parse } = toBinaryParser(schema);
  const error = thrown(() => decode(schema, bytes));
  if (error === undefined) assert.ok(same(parse(bytes), decode(schema, bytes)), formatHex(bytes));
  else fails(() => parse(bytes), (error as CodecError).code);
}

test("reads the frames", () => {
  for (const { name, schema, bytes, value } of FRAMES) {
    assert.equal(toBinaryParser(schema as Schema).parse(bytes), value, name);
  }
});

test("frames are read by parsers written by hand", () => {
  const be = () => new Parser().endianness("big");
  const text = (parser: Parser, name: string) =>
    parser.uint8(`${name}Size`).string(name, { length: `${name}Size`, encoding: "utf8" });
  const record = text(be(), "name").uint64("size").uint32("perm").uint8("kind");
  const f1 = text(be().uint8("opcode"), "offerId").uint64("index").uint64("offset");
  const f2 = text(text(be().uint8("opcode"), "peer"), "path");
  const f3 = be().uint16("count").array("entries", { type: record, length: "count" });
  for (const [index, parser] of [f1, f2, f3].entries()) {
    const { name, bytes, value } = FRAMES[index];
    assert.equal(plain(parser.parse(bytes)), value, name);
  }
});

/** What a parser written by hand gives, without its lengths and with numbers in place of bigints. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== "count" && !key.endsWith("Size"));
  return Object.fromEntries(entries.map(([key, part]) => [key, plain(part)]));
}

test("reads the recorded messages without documents", () => {
  let read = 0;
  let documents = 0;
  for (const { message, schema, value } of RECORDED) {
    const part = partOf(schema, value);
    if (hasDocument(part)) {
      fails(() => toBinaryParser(part), "schema");
      documents++;
      continue;
    }
    assert.equal(toBinaryParser(part).parse(message.bytes), value, message.command);
    read++;
  }
  console.log(`  binary-parser: ${read} recorded messages read, ${documents} with documents refused`);
  assert.ok(read > 100 && documents > 50);
});

/** All requests share one schema, documents included: the case of this request is what is asked for. */
function partOf(schema: Schema, value: Record<string, unknown>): Schema {
  const node = schema as Node;
  return node.kind === "union" ? { ...node, cases: node.cases.filter(({ name }) => name === value.command) } : schema;
}

function hasDocument(schema: Schema): boolean {
  const node = schema as Node;
  const fields = node.kind === "union" ? node.cases[0].schema.fields : node.kind === "struct" ? node.fields : [];
  return fields.some(({ schema }) => schema.kind === "extension");
}

test("random schemas are read as by decode, valid messages and broken ones", () => {
  const cases = chosen((choose) => ({ schema: simplify(randomSchema(choose)), seed: choose(2 ** 32 - 1) }));
  let accepted = 0;
  let refused = 0;
  let without = 0;
  check("binary-parser", cases, 300, ({ schema, seed }) => {
    const choose = fromSeed(seed);
    // A limit that left room for a variable-length integer may leave none for one of fixed width.
    if (thrown(() => arbitraryValue(schema, () => 0)) !== undefined) return without++;
    try {
      const { parse } = toBinaryParser(schema);
      for (let round = 0; round < 3; round++) {
        const value = arbitraryValue(schema, choose);
        const bytes = encode(schema, value);
        assert.ok(same(parse(bytes), value), formatHex(bytes));
        accepted++;
        const { spans } = inspect(schema, bytes);
        for (let harms = 0; harms < 4; harms++) {
          const broken = mutate(bytes, spans, choose);
          const error = thrown(() => decode(schema, broken));
          const found = thrown(() => parse(broken));
          if (error === undefined) assert.ok(same(parse(broken), decode(schema, broken)), formatHex(broken));
          else {
            // Which of several faults is found first may differ; that one is found may not.
            assert.instance(found, CodecError, `${formatHex(broken)}: ${error} is not found but ${found}`);
            refused++;
          }
        }
      }
    } catch (error) {
      throw new Error(`${(error as Error).stack}\n${describeText(schema)}`, { cause: error });
    }
  });
  console.log(`  binary-parser: ${accepted} messages read, ${refused} refused; ${without} schemas without values`);
  assert.ok(accepted > 500 && refused > 500);
});

const UNFIT: [name: string, schema: Schema, path: string, reason: RegExp][] = [
  ["variable-length integers", struct({ a: array(struct({ b: varint }), u8) }), "a[].b", /fixed width/],
  ["variable lengths", struct({ a: string(varint) }), "a", /fixed width/],
  ["variable frames", framed(varint, u8), "", /fixed width/],
  ["variable tags", union("kind", varint, { a: [0, struct({})] }), "", /fixed width/],
  ["mappings", tuple([map(u8, { name: "one more", decode: (n) => n + 1, encode: (n) => n - 1 })]), "[0]", /"one more"/],
  ["tests", struct({ a: refine(u8, { name: "even", test: (n) => n % 2 === 0 }) }), "a", /"even"/],
  ["other languages", struct({ a: optional(letters) }), "a", /letters/],
  ["documents", requestSchema(unified.ports[0]), "update", /JSON/],
  ["what stands inside a lazy part", lazy(() => struct({ a: varint })), "a", /fixed width/],
];

for (const [name, schema, path, reason] of UNFIT) {
  test(`does not express ${name}`, () => {
    for (let again = 0; again < 2; again++) {
      const error = fails(() => toBinaryParser(schema), "schema", { path });
      assert.match(error.message, reason);
    }
  });
}

test("lazy parts that were met in a schema that failed are made anew", () => {
  const First: Schema<unknown> = lazy(() => struct({ second: optional(Second), wrong: varint }));
  const Second: Schema<unknown> = lazy(() => struct({ first: optional(First) }));
  for (const schema of [First, Second, First, Second]) fails(() => toBinaryParser(schema), "schema");
});

test("lazy parts are found wherever they are met first", () => {
  const First: Schema<unknown> = lazy(() => struct({ second: optional(Second), third: optional(Third) }));
  const Second: Schema<unknown> = lazy(() => struct({ first: optional(First) }));
  const Third: Schema<unknown> = lazy(() =>
    struct({ n: u8, list: array(tuple([bytes(ref("n")), optional(Second)]), u8) })
  );
  const value = { first: { second: { first: null }, third: { n: 1, list: [[Uint8Array.of(7), { first: null }]] } } };
  toBinaryParser(First);
  for (const schema of [Second, tuple([Second]), First, Third]) toBinaryParser(schema);
  assert.equal(toBinaryParser(Second).parse(encode(Second, value)), value);
  const both = tuple([Third, Second]);
  assert.equal(toBinaryParser(both).parse(encode(both, [value.first.third, value])), [value.first.third, value]);
});

test("the parser can be nested in others", () => {
  const Download = struct({ offerId: string(u8), index: u16 });
  const Log = new Parser().uint32be("time").uint8("count").array("downloads", {
    type: toBinaryParser(Download).parser as Parser,
    length: "count",
  });
  const one = encode(Download, { offerId: "ab", index: 258 });
  const log = Log.parse(Uint8Array.of(0, 0, 0, 5, 2, ...one, ...one));
  assert.is(log.time, 5);
  assert.is(log.downloads.length, 2);
  assert.is(log.downloads[1].offerId, "ab");
  assert.is(log.downloads[1].index, 258);
});

test("what the parser gives has the names and values of the schema where it can", () => {
  const { parser } = toBinaryParser(
    struct({ kind: u8, list: array(u16, u8), pair: tuple([u8, u8]), maybe: optional(u8) }),
  );
  const vars = parser.parse(parseHex("07 01 0102 0304 00")) as Record<string, unknown>;
  assert.is(vars.kind, 7);
  assert.equal(vars.list, [258]);
  assert.equal(vars.pair, { _0: 3, _1: 4 });
  assert.is("maybe" in vars, false);
});

test("hostile counts and depths cost no more than the bytes that are there", () => {
  fails(() => toBinaryParser(array(bytes(4), u32)).parse(parseHex("ffffffff 00000000 00")), "truncated");
  fails(() => toBinaryParser(array(struct({ a: bytes(u8) }), u32)).parse(parseHex("ffffffff 00")), "truncated");
  fails(() => toBinaryParser(bytes(u32)).parse(parseHex("ffffffff 00")), "truncated");
  const Chain: Schema<unknown> = lazy(() => struct({ next: optional(Chain) }));
  fails(() => toBinaryParser(Chain).parse(new Uint8Array(1_000_000).fill(1)), "limit");
  const Endless: Schema<unknown> = lazy(() => struct({ next: Endless }));
  fails(() => toBinaryParser(Endless).parse(new Uint8Array(10)), "limit");
  const empty: Schema<unknown> = lazy(() => struct({}));
  fails(() => toBinaryParser(array(empty, u32)), "schema");
});

/** What binary-parser by itself makes of bytes that are wrong, as the documentation says. */
test("binary-parser by itself takes bytes that are no message", () => {
  const text = new Parser().uint8("size").string("text", { length: "size", encoding: "utf8" });
  assert.is(text.parse(parseHex("c8 6869")).text, "hi");
  assert.is(text.parse(parseHex("02 68ff 77")).text, "h\ufffd");
  assert.is(text.parse(parseHex("04 efbbbf68")).text, "h");
  assert.is(new Parser().buffer("data", { length: 9 }).parse(Uint8Array.of(1)).data.length, 1);
  const { parse } = toBinaryParser(struct({ text: string(u8) }));
  fails(() => parse(parseHex("c8 6869")), "truncated");
  fails(() => parse(parseHex("02 68ff")), "utf8");
  fails(() => parse(parseHex("01 68 77")), "trailing");
  assert.equal(parse(parseHex("04 efbbbf68")), { text: "\ufeffh" });
});

test.run();
