import * as tb from "typed-binary";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fromSeed } from "../../../codec/arbitrary/random.ts";
import {
  array,
  CodecError,
  type CodecErrorCode,
  decode,
  decodePrefix,
  encode,
  framed,
  inspect,
  parseHex,
  type Schema,
  stream,
  struct,
  u16,
  u32,
  u8,
} from "../../../codec/mod.ts";
import { fromTypedBinary } from "../../../src/bridges/typed-binary/mod.ts";
import { seed } from "../../codec/seed.ts";
import { fails } from "../failing.ts";
import { FRAMES } from "../frames.ts";
import { recordedRequests } from "../recorded.ts";
import * as own from "./own.ts";

const test = suite("bridges: typed-binary schemas in ours");

const big = { endianness: "big" } as const;
const little = { endianness: "little" } as const;

const Vec = tb.object({ x: tb.i16, y: tb.i16 });
const Shape = tb.generic({ id: tb.u16 }, {
  dot: tb.object({ at: Vec }),
  path: tb.object({ points: tb.dynamicArrayOf(Vec), closed: tb.bool }),
});
const Event = tb.genericEnum({ time: tb.u32 }, {
  1: tb.object({ key: tb.chars(3) }),
  7: tb.object({ at: tb.optional(Vec) }),
});
const Tree = tb.keyed("tree", (ref) => tb.object({ name: tb.string, kids: tb.dynamicArrayOf(ref) }));

/** Values of every kind of schema that typed-binary has. */
const SAMPLES: readonly [name: string, schema: tb.AnySchema, values: readonly unknown[]][] = [
  ["bool", tb.bool, [true, false]],
  ["i8", tb.i8, [-128, 0, 127]],
  ["u8", tb.u8, [0, 255]],
  ["i16", tb.i16, [-32768, 1, 32767]],
  ["u16", tb.u16, [0, 258, 65535]],
  ["i32", tb.i32, [-2147483648, 1, 2147483647]],
  ["u32", tb.u32, [0, 0x01020304, 0xffffffff]],
  ["f32", tb.f32, [0, -0, 1.5, -Infinity, Math.fround(0.1)]],
  ["string", tb.string, ["", "text", "é😀", "x".repeat(300)]],
  ["chars", tb.chars(2), ["ab", "ÿ\u0000"]],
  ["u8Array", tb.u8Array(3), [Uint8Array.of(1, 2, 3)]],
  ["i16Array", tb.i16Array(2), [Int16Array.of(-2, 258)]],
  ["u32Array", tb.u32Array(2), [Uint32Array.of(1, 0x01020304)]],
  ["f64Array", tb.f64Array(2), [Float64Array.of(0.1, -1e300)]],
  ["object", Vec, [{ x: 1, y: -1 }]],
  ["arrayOf", tb.arrayOf(tb.u16, 2), [[1, 258]]],
  ["dynamicArrayOf", tb.dynamicArrayOf(tb.string), [[], ["a", "", "b"]]],
  ["tupleOf", tb.tupleOf([tb.u8, tb.string]), [[1, "one"]]],
  ["optional", tb.optional(tb.u16), [undefined, 5]],
  ["generic", Shape, [{ type: "dot", id: 1, at: { x: 1, y: 2 } }, { type: "path", id: 2, points: [], closed: true }]],
  ["genericEnum", Event, [{ type: 1, time: 5, key: "abc" }, { type: 7, time: 5, at: undefined }]],
  ["keyed", Tree, [{ name: "a", kids: [{ name: "b", kids: [] }, { name: "c", kids: [{ name: "d", kids: [] }] }] }]],
];

/** What typed-binary itself writes. */
function written(schema: tb.AnySchema, value: unknown, endianness: tb.Endianness): Uint8Array {
  const buffer = new ArrayBuffer(1024);
  const writer = new tb.BufferWriter(buffer, { endianness });
  schema.write(writer, value as never);
  return new Uint8Array(buffer, 0, writer.currentByteOffset);
}

for (const [name, schema, values] of SAMPLES) {
  for (const endianness of ["big", "little"] as const) {
    test(`${name} has the bytes that typed-binary writes, ${endianness}-endian`, () => {
      const ours = fromTypedBinary(schema, { endianness }) as Schema<unknown>;
      for (const value of values) {
        const theirs = written(schema, value, endianness);
        assert.equal(encode(ours, value), theirs);
        assert.equal(decode(ours, theirs), value);
        assert.equal(schema.read(new tb.BufferReader(theirs.slice().buffer, { endianness })), value);
      }
    });

    test(`${name} is cut nowhere and sees nothing behind it, ${endianness}-endian`, () => {
      const ours = fromTypedBinary(schema, { endianness }) as Schema<unknown>;
      for (const value of values) {
        const bytes = encode(ours, value);
        const buffer = new Uint8Array(bytes.length + 20).fill(1);
        buffer.set(bytes, 10);
        for (let length = 0; length < bytes.length; length++) {
          const { offset } = fails(() => decode(ours, buffer.subarray(10, 10 + length)), "truncated");
          assert.ok(offset <= length, "the offset is inside the input");
        }
        assert.equal(decodePrefix(ours, buffer, 10), { value, length: bytes.length });
        fails(() => decode(ours, buffer.subarray(10, 11 + bytes.length)), "trailing", { offset: bytes.length });
      }
    });

    test(`${name} is found in a stream, wherever it is cut, ${endianness}-endian`, () => {
      const Message = struct({ before: u8, value: fromTypedBinary(schema, { endianness }) as Schema<unknown> });
      const messages = values.map((value, index) => ({ before: index, value }));
      const bytes = Uint8Array.from(messages.flatMap((message) => [...encode(Message, message)]));
      for (const step of [1, 2, 3, 7, bytes.length]) {
        const decoder = stream(Message);
        const found: unknown[] = [];
        for (let at = 0; at < bytes.length; at += step) {
          decoder.push(bytes.slice(at, at + step));
          for (let one = decoder.pull(); one !== null; one = decoder.pull()) found.push(one.value);
        }
        assert.equal(found, messages, `in steps of ${step}`);
        assert.is(decoder.finish(), null);
      }
    });
  }
}

test("the bytes depend on the stated order, not on the machine", () => {
  assert.equal(encode(fromTypedBinary(Vec, big), { x: 1, y: 2 }), parseHex("00010002"));
  assert.equal(encode(fromTypedBinary(Vec, little), { x: 1, y: 2 }), parseHex("01000200"));
  assert.equal(decode(fromTypedBinary(tb.u32Array(1), big), parseHex("01020304")), Uint32Array.of(0x01020304));
});

test("halves of every bit pattern", () => {
  const half = fromTypedBinary(tb.f16, big);
  for (let bits = 0; bits < 0x10000; bits++) {
    const bytes = encode(u16, bits);
    const value = decode(half, bytes);
    const exponent = bits >> 10 & 0x1f;
    const sign = bits >> 15 ? -1 : 1;
    const fraction = (bits & 0x3ff) / 1024;
    if (exponent === 31) assert.equal(value, fraction === 0 ? sign * Infinity : NaN);
    else assert.is(value, sign * (exponent === 0 ? fraction / 2 ** 14 : (1 + fraction) * 2 ** (exponent - 15)));
    if (!Number.isNaN(value)) assert.equal(encode(half, value), bytes);
  }
  assert.equal(encode(half, NaN), parseHex("7e00"));
  for (const value of [0.1, 65505, 65520, 1e9, 2 ** -25, 2 ** -14 + 2 ** -25, 5e-324]) {
    fails(() => encode(half, value), "range");
  }
});

test("recorded download requests, read by a schema of typed-binary", () => {
  const Download = tb.object({ opcode: tb.u8, offerId: own.text, index: own.i64, offset: own.i64 });
  const bridged = fromTypedBinary(Download, big);
  const requests = recordedRequests("download");
  assert.ok(requests.length >= 20, `${requests.length} requests`);
  for (const { message, schema, value } of requests) {
    const { opcode, ...theirs } = Download.read(new tb.BufferReader(message.bytes.slice().buffer, big));
    assert.is(opcode, message.bytes[0]);
    assert.equal({ ...theirs, index: Number(theirs.index), offset: Number(theirs.offset) }, {
      offerId: value.offerId,
      index: value.index,
      offset: value.offset,
    });
    assert.equal(decode(bridged, message.bytes), { opcode, ...theirs });
    assert.equal(encode(bridged, { opcode, ...theirs }), message.bytes);
    assert.equal(encode(schema, value), message.bytes);
  }
});

test("recorded createOffer requests and replies, read by a schema of typed-binary", () => {
  const CreateOffer = tb.object({ opcode: tb.u8, peerId: own.text, path: own.text });
  for (const { message, value } of recordedRequests("createOffer")) {
    const { peerId, path } = CreateOffer.read(new tb.BufferReader(message.bytes.slice().buffer, big));
    assert.equal({ peerId, path }, { peerId: value.peerId, path: value.path });
  }
});

test("frames are read by schemas of typed-binary", () => {
  const theirs = [own.F1, own.F2, own.F3];
  for (const [index, { name, bytes, value }] of FRAMES.entries()) {
    const schema = theirs[index] as tb.AnySchema;
    const found = schema.read(new tb.BufferReader(bytes.slice().buffer, big));
    assert.equal(withNumbers(found), value, name);
    assert.equal(encode(fromTypedBinary(schema, big), found as never), bytes, name);
    assert.equal(withNumbers(decode(fromTypedBinary(schema, big), bytes)), value, name);
  }
});

function withNumbers(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withNumbers(part)]));
}

/** Bytes that typed-binary takes and the bridge does not. */
const REFUSED: [name: string, schema: tb.AnySchema, hex: string, code: CodecErrorCode, offset: number][] = [
  ["a bool of 2", tb.bool, "02", "bool", 0],
  ["a bool of 2 inside", tb.tupleOf([tb.u16, tb.bool]), "0000 02", "bool", 2],
  ["a string without an end", tb.string, "6161", "truncated", 0],
  ["a string that is no UTF-8", tb.tupleOf([tb.u8, tb.string]), "01 61ff00", "utf8", 1],
  ["an unknown case", Event, "02 00000000", "refused", 1],
  ["an unknown case with an inherited name", Shape, "746f537472696e6700 0000", "refused", 11],
  ["an array that cannot be there", tb.dynamicArrayOf(tb.u8), "ffffffff 01", "truncated", 5],
];

for (const [name, schema, hex, code, offset] of REFUSED) {
  test(`refuses ${name}`, () => {
    const ours = fromTypedBinary(schema, big) as Schema<unknown>;
    fails(() => decode(ours, parseHex(hex)), code, { offset });
    const Message = struct({ count: u16, list: array(struct({ value: ours }), u8) });
    const bytes = Uint8Array.of(0, 0, 1, ...parseHex(hex));
    fails(() => decode(Message, bytes), code, { path: "list[0].value", offset: offset + 3 });
    assert.is(inspect(Message, bytes).error?.code, code);
  });
}

const UNFIT: [name: string, schema: tb.AnySchema, value: unknown, code: CodecErrorCode][] = [
  ["300 in a byte", tb.u8, 300, "range"],
  ["-1 without a sign", tb.u32, -1, "range"],
  ["half a number", tb.i16, 0.5, "type"],
  ["0.1 in 4 bytes", tb.f32, 0.1, "range"],
  ["text in place of a number", tb.f32, "1", "type"],
  ["a missing field", Vec, { x: 1 }, "type"],
  ["nothing", Vec, undefined, "type"],
  ["1 in place of true", tb.bool, 1, "type"],
  ["a zero character", tb.string, "a\0b", "refused"],
  ["a lone surrogate", tb.string, "\ud800", "utf8"],
  ["wide characters in chars", tb.chars(1), "Ā", "range"],
  ["three characters in two", tb.chars(2), "abc", "refused"],
  ["one element too many", tb.arrayOf(tb.u8, 1), [1, 2], "refused"],
  ["an unknown case", Shape, { type: "line" }, "refused"],
];

for (const [name, schema, value, code] of UNFIT) {
  test(`does not write ${name}`, () => {
    const Message = struct({ list: array(fromTypedBinary(schema, big) as Schema<unknown>, u8) });
    fails(() => encode(Message, { list: [value] }), code, { path: "list[0]" });
  });
}

test("bounds its values", () => {
  const Text = fromTypedBinary(tb.string, { ...big, bytesMax: 4, name: "short text" });
  assert.is(decode(Text, parseHex("61626300")), "abc");
  for (const hex of ["6162636400", "61626364", "6162636465"]) fails(() => decode(Text, parseHex(hex)), "limit");
  fails(() => decode(Text, parseHex("616263")), "truncated");
  fails(() => encode(Text, "abcd"), "limit");
  const decoder = stream(Text);
  decoder.push(parseHex("616263"));
  assert.is(decoder.pull(), null);
  decoder.push(parseHex("64"));
  fails(() => decoder.pull(), "limit");

  const Large = fromTypedBinary(tb.u8Array(20_000), big);
  fails(() => decode(Large, new Uint8Array(20_000)), "limit");
  assert.is(
    decode(fromTypedBinary(tb.u8Array(20_000), { ...big, bytesMax: 20_000 }), new Uint8Array(20_000)).length,
    20_000,
  );
});

test("large values stand in frames of a stream", () => {
  const Large = framed(u32, fromTypedBinary(tb.dynamicArrayOf(tb.u16), { ...big, bytesMax: 1 << 20 }));
  const value = Array.from({ length: 50_000 }, (_, index) => index);
  const bytes = encode(Large, value);
  const decoder = stream(Large);
  let found: unknown = null;
  for (let at = 0; at < bytes.length; at += 100) {
    decoder.push(bytes.slice(at, at + 100));
    found = decoder.pull()?.value ?? found;
  }
  assert.equal(found, value);
});

test("a value that arrives byte by byte is delivered with its last byte", () => {
  const schema = fromTypedBinary(tb.dynamicArrayOf(tb.u8), big);
  const value = Array.from({ length: 2000 }, (_, index) => index & 255);
  const bytes = encode(schema, value);
  const decoder = stream(schema);
  for (let at = 0; at < bytes.length; at++) {
    assert.is(decoder.pull(), null);
    decoder.push(bytes.subarray(at, at + 1));
  }
  assert.equal(decoder.pull()?.value, value);
});

test("refuses values and elements without bytes, wherever they stand", () => {
  const nothing = tb.object({});
  const endless = tb.dynamicArrayOf(tb.arrayOf(nothing, 3));
  const schemas: tb.AnySchema[] = [
    nothing,
    tb.chars(0),
    tb.u8Array(0),
    endless,
    tb.object({ a: tb.u8, list: endless }),
    tb.optional(endless),
    tb.arrayOf(endless, 2),
    tb.tupleOf([tb.u8, endless]),
    tb.dynamicArrayOf(endless),
    tb.generic({}, { a: tb.object({ list: endless }) }),
    tb.genericEnum({ list: endless }, { 1: tb.object({}) }),
    tb.keyed("node", (ref) => tb.object({ kids: tb.dynamicArrayOf(ref), list: endless })),
    own.list(endless),
  ];
  for (const schema of schemas) fails(() => fromTypedBinary(schema, big), "schema");
  // A text has a byte at least, although typed-binary says that an object around it has none.
  fromTypedBinary(tb.dynamicArrayOf(tb.object({ text: tb.string })), big);
});

test("refuses bounds that no value keeps", () => {
  fails(() => fromTypedBinary(tb.u8, { ...big, bytesMin: 0 }), "schema");
  fails(() => fromTypedBinary(tb.u8, { ...big, bytesMin: 3, bytesMax: 2 }), "schema");
  fails(() => fromTypedBinary(tb.u8, { ...big, bytesMax: NaN }), "schema");
  const Wrong = fromTypedBinary(tb.u8, { ...big, bytesMin: 2 });
  fails(() => decode(Wrong, Uint8Array.of(1, 2)), "schema");
  fails(() => encode(Wrong, 1), "schema");
});

test("ends schemas that contain themselves too often", () => {
  const Chain = tb.keyed("chain", (ref) => tb.object({ next: tb.optional(ref) }));
  const schema = fromTypedBinary(Chain, { ...big, bytesMax: 1 << 22 });
  fails(() => decode(schema, new Uint8Array(1 << 22).fill(1)), "limit");
  assert.equal(decode(schema, parseHex("010100")), { next: { next: { next: undefined } } });
});

/** The documentation says so; when one of these fails, the library was mended. */
test("typed-binary by itself takes what the bridge refuses", () => {
  const memory = Uint8Array.of(7, 0x53, 0x45, 0x43, 0x52);
  const Secret = tb.object({ a: tb.u8, b: tb.u32 });
  const { buffer, byteOffset } = memory.subarray(0, 1);
  assert.equal(Secret.read(new tb.BufferReader(buffer, { byteOffset, ...big })), { a: 7, b: 0x53454352 });
  fails(() => decode(fromTypedBinary(Secret, big), memory.subarray(0, 1)), "truncated");

  const text = (hex: string) => tb.string.read(new tb.BufferReader(parseHex(hex).slice().buffer));
  assert.is(text("616263"), "ab");
  assert.is(text("efbbbf6100"), "a");
  assert.is(decode(fromTypedBinary(tb.string, big), parseHex("efbbbf6100")), "\ufeffa");
  assert.equal(written(tb.string, "a\0b", "big"), parseHex("61006200"));
  assert.equal(written(tb.u8, 300, "big"), Uint8Array.of(44));
  assert.equal(written(tb.u32, -1, "big"), parseHex("ffffffff"));
  assert.is(tb.bool.read(new tb.BufferReader(Uint8Array.of(2).buffer)), true);
  assert.is(tb.object({ text: tb.string, a: tb.u8 }).measure(tb.MaxValue).size, 1);
});

test("random bytes never give anything but a value or an error with a code", () => {
  console.log(`  typed-binary: random bytes, WARPWIRE_SEED=${seed}`);
  const choose = fromSeed(seed);
  for (let round = 0; round < 3000; round++) {
    const [name, schema] = SAMPLES[choose(SAMPLES.length - 1)];
    const ours = fromTypedBinary(schema, { endianness: choose(1) === 0 ? "big" : "little" }) as Schema<unknown>;
    const bytes = Uint8Array.from({ length: choose(12) }, () => choose(2) === 0 ? choose(255) : choose(2));
    let value;
    try {
      value = decodePrefix(ours, bytes);
    } catch (error) {
      assert.instance(error, CodecError, `${name}: ${error}`);
      continue;
    }
    // A signalling NaN may become a quiet one.
    if (name.startsWith("f")) continue;
    assert.equal(encode(ours, value.value), bytes.slice(0, value.length), name);
  }
});

test.run();
