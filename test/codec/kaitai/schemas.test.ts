import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fromSeed } from "../../../codec/arbitrary/random.ts";
import { arbitraryValue } from "../../../codec/arbitrary/values.ts";
import { toKaitai } from "../../../codec/kaitai/mod.ts";
import {
  array,
  bytes,
  CodecError,
  constant,
  decode,
  describeText,
  encode,
  enumOf,
  f64,
  formatHex,
  framed,
  i64,
  i8,
  inspect,
  lazy,
  limit,
  literal,
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
  u64,
  u64big,
  u8,
  union,
  varint,
} from "../../../codec/mod.ts";
import { document, jsonArray, jsonInt } from "../../../codec/json/mod.ts";
import { mutate } from "../../../codec/arbitrary/mutate.ts";
import { fails, thrown } from "../../bridges/failing.ts";
import { FRAMES } from "../../bridges/frames.ts";
import { RECORDED, recordedRequests } from "../../bridges/recorded.ts";
import { SAMPLES } from "../../bridges/samples.ts";
import { same } from "../same.ts";
import { letters, randomSchema } from "../arbitrary-schema.ts";
import { asKaitai, compileKaitai, type KaitaiParser, KaitaiStream, type Parsed, valueOf } from "./run.ts";
import { seed } from "../seed.ts";

const test = suite("codec: descriptions for Kaitai Struct");

/** The parser of a schema's description; the compiler is slow, so that each text is compiled once. */
function parserOf(schema: Schema): Promise<KaitaiParser> {
  const text = toKaitai(schema, { id: "message" });
  let parser = parsers.get(text);
  if (parser === undefined) parsers.set(text, parser = compileKaitai(text));
  return parser;
}

const parsers = new Map<string, Promise<KaitaiParser>>();

/** Checks that Kaitai reads a message to its end and as its value. */
async function reads(schema: Schema, bytes: Uint8Array, value: unknown): Promise<void> {
  const { parsed, length } = (await parserOf(schema)).run(bytes);
  assert.is(length, bytes.length, "all bytes are read");
  assert.ok(same(asKaitai(valueOf(schema, parsed)), asKaitai(value)), formatHex(bytes));
}

for (const [name, schema, value, hex] of SAMPLES) {
  if (name === "names that are no identifiers") continue;
  test(`Kaitai reads ${name}`, () => reads(schema, parseHex(hex), value));
}

test("Kaitai reads what binary-parser cannot express", async () => {
  const schemas: [schema: Schema, value: unknown][] = [
    ...[0, 127, 128, 16383, 16384, 2 ** 31, 2 ** 49, 2 ** 53 - 1].map((value): [Schema, unknown] => [varint, value]),
    [struct({ a: string(varint), b: array(u16, varint), c: framed(varint, u8) }), { a: "é", b: [1, 2], c: 3 }],
    [tuple([enumOf(varint, { a: 1, b: 300 }), u8]), ["b", 7]],
    [array(union("kind", varint, { x: [300, struct({ a: u8 })], y: [0, struct({})] }), u8), [
      { kind: "x", a: 1 },
      { kind: "y" },
    ]],
    [
      struct({
        n: varint,
        a: bytes(ref("n")),
        b: enumOf(varint, { no: 0, yes: 200 }),
        c: optional(u8, { field: "b", equals: "yes" }),
      }),
      {
        n: 1,
        a: Uint8Array.of(9),
        b: "yes",
        c: 4,
      },
    ],
    [map(u32, { name: "a date", decode: (ms) => new Date(ms), encode: (date) => date.getTime() }), new Date(1000)],
    [struct({ a: refine(string(u8), { name: "not empty", test: (text) => text !== "" }) }), { a: "x" }],
    [struct({ n: limit(varint, 1), a: array(u8, ref("n")) }), { n: 2, a: [1, 2] }],
    [struct({ kind: string(u8), a: optional(u8, { field: "kind", equals: 'é"\\\n😀' }) }), { kind: 'é"\\\n😀', a: 1 }],
    [struct({ a: document(jsonArray(jsonInt)) }), { a: [1, 2] }],
    [struct({ a: u8, b: document(jsonInt), c: literal("\n"), d: u16 }), { a: 1, b: 23, d: 4 }],
    [struct({ a: framed(u8, struct({ b: document(jsonInt) })), c: string(u8) }), { a: { b: 5 }, c: "x" }],
    [optional(struct({ b: document(jsonInt), c: u8 })), { b: 5, c: 1 }],
  ];
  for (const [schema, value] of schemas) await reads(schema, encode(schema, value), value);
});

test("Kaitai reads the recorded messages", async () => {
  for (const { schema, message, value } of RECORDED) await reads(schema, message.bytes, value);
  const [{ schema, message }] = recordedRequests("download");
  const parsed = (await parserOf(schema)).run(message.bytes).parsed;
  const body = parsed.body as Parsed;
  const { offerId, index, offset } = message.value!;
  assert.equal([body.offerId, body.index, body.offset], [offerId, index, offset]);
  assert.ok(recordedRequests("download").length >= 20 && RECORDED.length > 250);
});

test("Kaitai reads the frames", async () => {
  for (const { schema, bytes, value } of FRAMES) await reads(schema as Schema, bytes, value);
});

/**
 * What Kaitai does not look at. Its runtime for JavaScript takes the lowest 32 bits of a length for all of it, and rounds
 * numbers of 64 bits, so that two of them may look the same.
 */
function isUnchecked({ code, context }: CodecError): boolean {
  const { needed, expected, found } = context;
  const rounded = typeof expected === "bigint" && Number(expected) === Number(found);
  return ["trailing", "utf8", "limit", "refused"].includes(code) || Number(needed) >= 2 ** 31 || rounded;
}

test("random schemas are read by Kaitai, valid messages and broken ones", async () => {
  console.log(`  kaitai: 120 schemas, WARPWIRE_SEED=${seed}`);
  const choose = fromSeed(seed);
  const counts = { schemas: 0, inexpressible: 0, read: 0, refused: 0 };
  for (let round = 0; round < 120; round++) {
    const schema = randomSchema(choose);
    try {
      await agree(schema, choose, counts);
    } catch (error) {
      throw new Error(`${(error as Error).stack}\n${describeText(schema)}\n${toKaitai(schema, { id: "message" })}`);
    }
  }
  console.log(`  kaitai: ${JSON.stringify(counts)}`);
  assert.ok(counts.schemas > 30 && counts.read > 90 && counts.refused > 100);
});

async function agree(
  schema: Schema,
  choose: (max: number) => number,
  counts: { schemas: number; inexpressible: number; read: number; refused: number },
): Promise<void> {
  let parser;
  try {
    parser = await parserOf(schema);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    assert.is(error.code, "schema");
    counts.inexpressible++;
    return;
  }
  counts.schemas++;
  for (let round = 0; round < 3; round++) {
    const value = arbitraryValue(schema, choose);
    const bytes = encode(schema, value);
    await reads(schema, bytes, value);
    counts.read++;
    // Values in another language are bytes to Kaitai, whatever these say.
    if (describeText(schema).includes("letters")) continue;
    const { spans } = inspect(schema, bytes);
    for (let harms = 0; harms < 4; harms++) {
      const broken = mutate(bytes, spans, choose);
      const error = thrown(() => decode(schema, broken));
      if (error === undefined) await reads(schema, broken, decode(schema, broken));
      else if (!isUnchecked(error as CodecError)) {
        assert.ok(thrown(() => parser.run(broken)) !== undefined, `${formatHex(broken)}: Kaitai finds no ${error}`);
        counts.refused++;
      }
    }
  }
}

/** Bytes that are no message, which Kaitai must find out, too. */
const BROKEN: readonly [name: string, schema: Schema, hex: string][] = [
  ["a bool of 2", struct({ a: array(struct({ b: u8 }), 1), c: optional(u8) }), "01 02 03"],
  ["a literal of other bytes", literal("AB"), "4143"],
  ["an unknown number", enumOf(u8, { a: 1 }), "02"],
  ["an unknown variable number", enumOf(varint, { a: 1 }), "02"],
  ["an unknown tag", union("kind", varint, { a: [1, struct({})] }), "02"],
  ["an unsafe integer", u64, "0020000000000000"],
  ["an unsafe negative integer", i64, "ffe0000000000000"],
  ["a longer form of a number", varint, "8100"],
  ["a number above 2^53-1", varint, "ffffffffffffff10"],
  ["a constant of another value", constant(u16, 3), "0004"],
  ["a constant of another text", constant(string(u8), "hi"), "02 6869".replace("69", "6a")],
  ["a negative length", struct({ n: i8, a: array(u8, ref("n")) }), "ff"],
  ["a value above its limit", limit(string(u8), 3), "03 616263"],
  ["a frame with bytes left", framed(u8, struct({ a: u8 })), "02 0102"],
  ["a frame that is too short", framed(u8, struct({ a: u16 })), "01 0102"],
];

for (const [name, schema, hex] of BROKEN) {
  test(`Kaitai refuses ${name}`, async () => {
    const bytes = parseHex(hex);
    assert.instance(thrown(() => decode(schema, bytes)), CodecError);
    const parser = await parserOf(schema);
    assert.instance(thrown(() => parser.run(bytes)), Error);
  });
}

/** The documentation says so; when this fails, the runtime was mended. */
test("Kaitai's runtime by itself reads some negative integers wrong", () => {
  assert.is(new KaitaiStream(encode(i64, -(2 ** 32)).slice().buffer).readS8be(), 0);
  assert.is(new KaitaiStream(encode(i64, -1).slice().buffer).readS8be(), -1);
});

const number = (value: number) => value;
const UNFIT: readonly [name: string, schema: Schema, path: string, reason: RegExp][] = [
  ["a document before a text", struct({ a: document(jsonInt), b: string(u8) }), "a", /any size/],
  ["documents in an array", struct({ a: array(document(jsonInt), u8) }), "a[]", /any size/],
  ["another language in a lazy part", lazy(() => struct({ a: optional(lazy(() => letters)) })), "a", /letters/],
  [
    "a length that is a mapped number",
    struct({ n: map(u8, { name: "same", decode: number, encode: number }), a: bytes(ref("n")) }),
    "a",
    /integer/,
  ],
  ["a length that may not be there", struct({ n: optional(u8), a: bytes(ref("n")) }), "a", /integer/],
  ["a length that is a bigint", struct({ n: u64big, a: bytes(ref("n")) }), "a", /integer/],
  ["a condition on a floating number", struct({ n: f64, a: optional(u8, { field: "n", equals: 1 }) }), "a", /compared/],
  ["a mask of more than 32 bits", struct({ n: u64, a: optional(u8, { field: "n", mask: 2 ** 32 }) }), "a", /compared/],
  ["a constant document", struct({ a: constant(document(jsonInt), 1) }), "a", /more than one kind/],
  [
    "a constant that cannot be",
    struct({ a: constant(u8, 255), b: constant(bytes(1), Uint8Array.of(1, 2)) }),
    "b",
    /Expected 1 byte/,
  ],
  ["a constant number that cannot be", struct({ a: constant(u8, 300) }), "a", /300 is not between/],
  ["a constant that is no number", struct({ a: constant(f64, NaN) }), "a", /more than one kind/],
  ["an enumeration without names", struct({ a: enumOf(u8, {}) }), "a", /names/],
];

for (const [name, schema, path, reason] of UNFIT) {
  test(`does not express ${name}`, () => {
    assert.match(fails(() => toKaitai(schema, { id: "message" }), "schema", { path }).message, reason);
  });
}

test.run();
