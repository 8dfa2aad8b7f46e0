import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as w from "../../codec/mod.ts";
import { assertUnusable, decodeRefusals, encodeRefusals, rows } from "./table.ts";

const bytesOf = (...numbers: number[]) => Uint8Array.from(numbers);

const strings = suite("codec: string");

strings("every way to say the length", () => {
  rows(w.string(w.u8), [["", "00"], ["hi", "02 6869"], ["a".repeat(255), `ff ${"61".repeat(255)}`]]);
  rows(w.string(w.u16), [["", "0000"], ["hi", "0002 6869"], ["a".repeat(256), `0100 ${"61".repeat(256)}`]]);
  rows(w.string(w.u16le), [["hi", "0200 6869"], ["a".repeat(256), `0001 ${"61".repeat(256)}`]]);
  rows(w.string(w.u32), [["hi", "00000002 6869"]]);
  rows(w.string(w.u32le), [["hi", "02000000 6869"]]);
  rows(w.string(w.u64), [["hi", "0000000000000002 6869"]]);
  rows(w.string(w.u64le), [["hi", "0200000000000000 6869"]]);
  rows(w.string(w.varint), [
    ["", "00"],
    ["hi", "02 6869"],
    ["a".repeat(127), `7f ${"61".repeat(127)}`],
    ["a".repeat(128), `8001 ${"61".repeat(128)}`],
    ["é".repeat(64), `8001 ${"c3a9".repeat(64)}`],
    ["a".repeat(16384), `808001 ${"61".repeat(16384)}`],
  ]);
  rows(w.string(2), [["hi", "6869"], ["é", "c3a9"]]);
  rows(w.string(0), [["", ""]]);
  rows(w.string(w.rest), [["", ""], ["hi", "6869"]]);
});

strings("text of one to four bytes a character, control characters and a leading BOM", () => {
  rows(w.string(w.u8), [
    ["\0\x01\x7f", "03 00017f"],
    ["\u0080\u07ff", "04 c280dfbf"],
    ["\u0800\ud7ff\ue000\uffff", "0c e0a080ed9fbfee8080efbfbf"],
    ["\u{10000}\u{10ffff}", "08 f0908080f48fbfbf"],
    ["\ufeff", "03 efbbbf"],
    ["\ufeffa", "04 efbbbf61"],
    ["a\ufeff", "04 61efbbbf"],
    ["\ufffd", "03 efbfbd"],
    ["a\ufffdb", "05 61efbfbd62"],
    ["e\u0301", "03 65cc81"],
    ["👩‍👩‍👧", "12 f09f91a9e2808df09f91a9e2808df09f91a7"],
  ]);
});

strings("texts around the lengths at which the way of converting changes", () => {
  for (const length of [1, 3, 4, 5, 11, 12, 13, 27, 28, 29, 30, 63, 64, 65, 1000]) {
    for (const end of ["", "é", "€", "😀", "\ufffd"]) {
      const text = "a".repeat(length) + end;
      const hex = w.formatHex(new TextEncoder().encode(text));
      rows(w.string(w.rest), [[text, hex]]);
      assert.is(
        w.decode(w.string(w.rest), w.parseHex(hex.padEnd(2 * 40, "2e"))),
        text.padEnd(text.length + Math.max(0, 40 - hex.length / 2), "."),
      );
    }
  }
});

/** Sequences that are no UTF-8, with what is wrong about them. */
const INVALID_UTF8: readonly (readonly [hex: string, why: string])[] = [
  ["80", "continuation byte alone"],
  ["bf", "continuation byte alone"],
  ["61 80", "continuation byte after ASCII"],
  ["c080", "overlong NUL"],
  ["c0af", "overlong slash"],
  ["c1bf", "overlong DEL"],
  ["e08080", "overlong in three bytes"],
  ["e09fbf", "overlong U+07FF"],
  ["f0808080", "overlong in four bytes"],
  ["f08fbfbf", "overlong U+FFFF"],
  ["eda080", "surrogate U+D800"],
  ["edafbf", "surrogate U+DBFF"],
  ["edb080", "surrogate U+DC00"],
  ["edbfbf", "surrogate U+DFFF"],
  ["eda0bdedb880", "surrogate pair, as in CESU-8"],
  ["f4908080", "above U+10FFFF"],
  ["f5808080", "above U+10FFFF"],
  ["f7bfbfbf", "above U+10FFFF"],
  ["f888808080", "five bytes"],
  ["fc8480808080", "six bytes"],
  ["fe", "never in UTF-8"],
  ["ff", "never in UTF-8"],
  ["c3", "two bytes cut off"],
  ["e282", "three bytes cut off"],
  ["e2", "three bytes cut off"],
  ["f09f98", "four bytes cut off"],
  ["f09f", "four bytes cut off"],
  ["f0", "four bytes cut off"],
  ["c361", "ASCII in place of a continuation byte"],
  ["e28261", "ASCII in place of a continuation byte"],
  ["efbfbd ff", "a real replacement character, then an invalid byte"],
];

strings("invalid UTF-8 is refused, wherever it stands", () => {
  for (const [hex, why] of INVALID_UTF8) {
    for (
      const [before, after] of [["", ""], ["61".repeat(3), "62"], ["61".repeat(40), "62".repeat(40)], ["c3a9", ""]]
    ) {
      const text = before + hex + after;
      const length = w.parseHex(text).length.toString(16).padStart(2, "0");
      decodeRefusals(w.struct({ text: w.string(w.u8) }), [[length + text, "utf8", "text", 1]]);
      decodeRefusals(w.string(w.rest), [[text, "utf8", "", 0]]);
    }
    assert.ok(why.length > 0);
  }
});

strings("a sequence must not be completed by what stands behind the string", () => {
  // "é" cut in two: its second byte belongs to the next field.
  decodeRefusals(w.struct({ a: w.string(1), b: w.string(w.rest) }), [["c3a9", "utf8", "a", 0]]);
  const neighbour = w.parseHex("c3a9").subarray(0, 1);
  assert.throws(() => w.decode(w.string(w.rest), neighbour), /UTF-8/);
});

strings("lone surrogates are refused", () => {
  for (
    const text of [
      "\ud800",
      "\udfff",
      "a\ud800",
      "\udc00a",
      "\ud800\ud800",
      "\ude00\ud83d",
      "é\ud800",
      "a".repeat(300) + "\ud800",
    ]
  ) {
    for (const schema of [w.string(w.u8), w.string(w.u16), w.string(w.varint), w.string(3), w.string(w.rest)]) {
      encodeRefusals(schema, [[text, "utf8", "", 0]]);
    }
    const target = new Uint8Array(2);
    assert.throws(() => w.encodeInto(w.string(w.rest), text, target), (error: w.CodecError) => error.code === "utf8");
  }
});

strings("what is no string, and lengths that do not fit", () => {
  encodeRefusals(w.string(w.u8), [
    [undefined, "type", "", 0],
    [null, "type", "", 0],
    [7, "type", "", 0],
    [["a"], "type", "", 0],
    [bytesOf(97), "type", "", 0],
    ["a".repeat(256), "length", "", 0],
    ["é".repeat(128), "length", "", 0],
  ]);
  encodeRefusals(w.string(w.u16), [["a".repeat(65536), "length", "", 0], ["€".repeat(22000), "length", "", 0]]);
  encodeRefusals(w.string(2), [["a", "length", "", 0], ["abc", "length", "", 0], ["éé", "length", "", 0], [
    "",
    "length",
    "",
    0,
  ]]);
  encodeRefusals(w.string(0), [["a", "length", "", 0]]);
});

strings("cut off", () => {
  decodeRefusals(w.string(w.u8), [["", "truncated", "", 0], ["01", "truncated", "", 1], [
    "c8 6869",
    "truncated",
    "",
    1,
  ]]);
  decodeRefusals(w.string(w.u32), [["ffffffff 61", "limit", "", 4], ["00ffffff 61", "truncated", "", 4]]);
  decodeRefusals(w.string(w.u64), [["001fffffffffffff 61", "limit", "", 8], ["ffffffffffffffff 61", "range", "", 0]]);
  decodeRefusals(w.string(w.varint), [["8000", "canonical", "", 0], ["ff7f 61", "truncated", "", 2]]);
  decodeRefusals(w.string(3), [["6869", "truncated", "", 0]]);
  decodeRefusals(w.string(2), [["686921", "trailing", "", 2]]);
});

strings.run();

const byteStrings = suite("codec: bytes");

byteStrings("every way to say the length", () => {
  rows(w.bytes(w.u8), [[bytesOf(), "00"], [bytesOf(0, 255), "02 00ff"], [
    new Uint8Array(255),
    `ff ${"00".repeat(255)}`,
  ]]);
  rows(w.bytes(w.u16), [[bytesOf(1, 2), "0002 0102"]]);
  rows(w.bytes(w.u32le), [[bytesOf(1, 2), "02000000 0102"]]);
  rows(w.bytes(w.u64), [[bytesOf(1, 2), "0000000000000002 0102"]]);
  rows(w.bytes(w.varint), [[bytesOf(), "00"], [bytesOf(1), "01 01"], [
    new Uint8Array(200),
    `c801 ${"00".repeat(200)}`,
  ]]);
  rows(w.bytes(3), [[bytesOf(1, 2, 3), "010203"]]);
  rows(w.bytes(0), [[bytesOf(), ""]]);
  rows(w.bytes(w.rest), [[bytesOf(), ""], [bytesOf(1, 2), "0102"]]);
});

byteStrings("refusals", () => {
  encodeRefusals(w.bytes(w.u8), [
    [undefined, "type", "", 0],
    [null, "type", "", 0],
    ["ab", "type", "", 0],
    [[1, 2], "type", "", 0],
    [new ArrayBuffer(2), "type", "", 0],
    [new Uint16Array(2), "type", "", 0],
    [new DataView(new ArrayBuffer(2)), "type", "", 0],
    [new Uint8Array(256), "length", "", 0],
  ]);
  encodeRefusals(w.bytes(2), [[bytesOf(1), "length", "", 0], [bytesOf(1, 2, 3), "length", "", 0]]);
  decodeRefusals(w.bytes(w.u8), [["", "truncated", "", 0], ["02 01", "truncated", "", 1], [
    "01 0102",
    "trailing",
    "",
    2,
  ]]);
  decodeRefusals(w.bytes(w.u32), [["ffffffff 00", "truncated", "", 4]]);
  decodeRefusals(w.bytes(w.u64), [["001fffffffffffff", "truncated", "", 8], ["0020000000000000", "range", "", 0]]);
  decodeRefusals(w.bytes(2), [["01", "truncated", "", 0]]);
});

byteStrings.run();

const arrays = suite("codec: array");

arrays("every way to say the count", () => {
  rows(w.array(w.u16, w.u8), [[[], "00"], [[1, 2], "02 0001 0002"]]);
  rows(w.array(w.u8, w.u16), [[[7], "0001 07"]]);
  rows(w.array(w.u8, w.u32le), [[[7], "01000000 07"]]);
  rows(w.array(w.u8, w.u64le), [[[7], "0100000000000000 07"]]);
  rows(w.array(w.u8, w.varint), [[[], "00"], [[7, 8], "02 0708"], [
    new Array(200).fill(1),
    `c801 ${"01".repeat(200)}`,
  ]]);
  rows(w.array(w.u16, 2), [[[1, 2], "0001 0002"]]);
  rows(w.array(w.u16, 0), [[[], ""]]);
  rows(w.array(w.u16, w.rest), [[[], ""], [[1, 2], "0001 0002"]]);
  rows(w.array(w.string(w.u8), w.rest), [[["a", "", "bc"], "0161 00 026263"]]);
  rows(w.array(w.array(w.u8, w.u8), w.u8), [[[[], [1, 2], [3]], "03 00 020102 0103"]]);
  rows(w.array(w.optional(w.u8), w.u8), [[[null, 5], "02 00 0105"]]);
});

arrays("elements without bytes, when their number is fixed", () => {
  rows(w.array(w.struct({}), 3), [[[{}, {}, {}], ""]]);
  rows(w.array(w.literal("ab"), 2), [[[undefined, undefined], "61626162"]]);
  rows(w.array(w.array(w.u8, 0), 2), [[[[], []], ""]]);
});

arrays("refusals", () => {
  const schema = w.struct({ list: w.array(w.u16, w.u8) });
  decodeRefusals(schema, [
    ["", "truncated", "list", 0],
    ["01", "truncated", "list", 1],
    ["02 0001 00", "truncated", "list", 1],
    ["ff 0001", "truncated", "list", 1],
    ["01 0001 00", "trailing", "", 3],
  ]);
  decodeRefusals(w.array(w.string(w.u8), w.u8), [["02 0161 0261", "truncated", "[1]", 4], [
    "02 0161 01ff",
    "utf8",
    "[1]",
    4,
  ]]);
  decodeRefusals(w.array(w.bool, w.rest), [["0001 02", "bool", "[2]", 2]]);
  decodeRefusals(w.array(w.u16, w.rest), [["0001 02", "truncated", "[1]", 2]]);
  encodeRefusals(schema, [
    [{ list: "ab" }, "type", "list", 0],
    [{ list: { length: 0 } }, "type", "list", 0],
    [{ list: bytesOf(1) }, "type", "list", 0],
    [{ list: [1, 65536] }, "range", "list[1]", 3],
    [{ list: [1, , 3] }, "type", "list[1]", 3],
    [{ list: new Array(256).fill(0) }, "length", "list", 0],
  ]);
  encodeRefusals(w.array(w.u8, 2), [[[1], "length", "", 0], [[1, 2, 3], "length", "", 0]]);
  encodeRefusals(w.array(w.array(w.u8, w.u8), w.u8), [[[[1], [2, 256]], "range", "[1][1]", 5]]);
});

arrays("elements without bytes are refused when the input says how many", () => {
  const message = /elements of at least one byte/;
  const empty: readonly w.Schema[] = [
    w.struct({}),
    w.tuple([]),
    w.literal([]),
    w.bytes(0),
    w.string(0),
    w.array(w.u8, 0),
    w.array(w.u64, w.rest),
    w.bytes(w.rest),
    w.limit(w.bytes(w.rest), 5),
    w.constant(w.struct({}), {}),
    w.struct({ a: w.literal(""), b: w.tuple([w.bytes(0)]) }),
    w.map(w.struct({}), { name: "nothing", decode: () => 1, encode: () => ({}) }),
    w.refine(w.bytes(0), { name: "empty", test: () => true }),
  ];
  for (const item of empty) {
    for (const size of [w.u8, w.u32, w.varint, w.u64, w.rest, w.ref("n")]) {
      assertUnusable(() => w.array(item, size), message);
    }
    w.array(item, 3);
  }
  const conditional = w.optional(w.u8, { field: "n", equals: 1 });
  assertUnusable(() => w.array(conditional, w.u8), message);
  // A presence byte, a tag or a length is a byte.
  w.array(w.optional(w.struct({})), w.u8);
  w.array(w.union("kind", w.u8, { only: [1, w.struct({})] }), w.u8);
  w.array(w.framed(w.u8, w.bytes(w.rest)), w.u8);
});

arrays.run();

const tuples = suite("codec: tuple and literal");

tuples("literals stand in the bytes, not among the values", () => {
  rows(w.tuple([]), [[[], ""]]);
  rows(w.tuple([w.u8, w.string(w.u8)]), [[[1, "a"], "01 0161"]]);
  rows(w.tuple([w.literal("AD"), w.u8, w.literal([0xc0]), w.bool]), [[[7, true], "4144 07 c0 01"]]);
  rows(w.tuple([w.framed(w.u8, w.literal("x")), w.limit(w.literal("y"), 1), w.u8]), [[[5], "0178 79 05"]]);
  rows(w.tuple([w.literal("a")]), [[[], "61"]]);
  rows(w.struct({ magic: w.literal("ADC0"), version: w.u8 }), [[{ version: 1 }, "41444330 01"]]);
});

tuples("paths count the values, not the parts", () => {
  decodeRefusals(w.tuple([w.literal("AD"), w.u8, w.literal("E"), w.bool]), [
    ["4144 07 45 02", "bool", "[1]", 4],
    ["4144 07 46 00", "literal", "", 3],
    ["4144 07 45", "truncated", "[1]", 4],
    ["4144 07", "truncated", "", 3],
    ["4145", "literal", "", 1],
    ["41", "truncated", "", 1],
  ]);
  encodeRefusals(w.tuple([w.literal("AD"), w.u8, w.literal("E"), w.bool]), [
    [[7, 1], "type", "[1]", 4],
    [[256, true], "range", "[0]", 2],
    [[7], "length", "", 0],
    [[7, true, 1], "length", "", 0],
    [{ 0: 7, 1: true, length: 2 }, "type", "", 0],
    [undefined, "type", "", 0],
  ]);
});

tuples("the first wrong byte of a literal is what is told", () => {
  const schema = w.struct({ magic: w.literal("ABCD") });
  decodeRefusals(schema, [
    ["", "truncated", "magic", 0],
    ["4142", "truncated", "magic", 2],
    ["4143", "literal", "magic", 1],
    ["41424344 00", "trailing", "", 4],
    ["42", "literal", "magic", 0],
  ]);
});

tuples("literals are bytes", () => {
  rows(w.literal(Uint8Array.of(0, 255)), [[undefined, "00ff"]]);
  rows(w.literal("ÿ"), [[undefined, "ff"]]);
  for (const value of ["€", "😀", [256], [-1], [0.5], [NaN]]) {
    assertUnusable(() => w.literal(value), /bytes from 0 to 255/);
  }
});

tuples.run();

const sizes = suite("codec: sizes");

sizes("what cannot be a length", () => {
  for (const make of [w.bytes, w.string, (size: w.SizeArgument) => w.array(w.u8, size)]) {
    for (const size of [-1, 0.5, NaN, Infinity]) assertUnusable(() => make(size), /whole number from 0/);
    for (const size of [w.i8, w.i16le, w.i32, w.i64]) assertUnusable(() => make(size), /unsigned integer/);
    for (const size of [w.u64big, w.i64big]) assertUnusable(() => make(size as unknown as w.IntSchema), /bigint/);
    for (const size of [w.f32, w.bool, w.struct({})]) {
      assertUnusable(() => make(size as unknown as w.IntSchema), /a number, an unsigned integer schema/);
    }
  }
  for (const size of [w.i8, w.u64big]) assertUnusable(() => w.framed(size as w.IntSchema, w.u8), /unsigned integer/);
});

sizes.run();
