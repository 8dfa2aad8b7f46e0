import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as w from "../../codec/mod.ts";
import { decodeRefusals, encodeRefusals, rows } from "./table.ts";

const ints = suite("codec: integers");

ints("u8, i8", () => {
  rows(w.u8, [[0, "00"], [1, "01"], [127, "7f"], [128, "80"], [255, "ff"]]);
  rows(w.i8, [[0, "00"], [127, "7f"], [-1, "ff"], [-128, "80"]]);
});

ints("u16, i16 in both byte orders", () => {
  rows(w.u16, [[0, "0000"], [1, "0001"], [0x1234, "1234"], [0xffff, "ffff"]]);
  rows(w.u16le, [[1, "0100"], [0x1234, "3412"], [0xffff, "ffff"]]);
  rows(w.i16, [[1, "0001"], [-2, "fffe"], [32767, "7fff"], [-32768, "8000"]]);
  rows(w.i16le, [[1, "0100"], [-2, "feff"], [32767, "ff7f"], [-32768, "0080"]]);
});

ints("u32, i32 in both byte orders", () => {
  rows(w.u32, [[0, "00000000"], [0x12345678, "12345678"], [2 ** 31, "80000000"], [2 ** 32 - 1, "ffffffff"]]);
  rows(w.u32le, [[0x12345678, "78563412"], [2 ** 31, "00000080"], [2 ** 32 - 1, "ffffffff"]]);
  rows(w.i32, [[-2, "fffffffe"], [2 ** 31 - 1, "7fffffff"], [-(2 ** 31), "80000000"]]);
  rows(w.i32le, [[-2, "feffffff"], [2 ** 31 - 1, "ffffff7f"], [-(2 ** 31), "00000080"]]);
});

ints("u64 and i64 as safe integers, in both byte orders", () => {
  rows(w.u64, [
    [0, "00000000 00000000"],
    [0x12345678, "00000000 12345678"],
    [2 ** 32 - 1, "00000000 ffffffff"],
    [2 ** 32, "00000001 00000000"],
    [0x123456789abcd, "00012345 6789abcd"],
    [2 ** 53 - 1, "001fffff ffffffff"],
  ]);
  rows(w.u64le, [[2 ** 32, "00000000 01000000"], [0x123456789abcd, "cdab8967 45230100"], [
    2 ** 53 - 1,
    "ffffffff ffff1f00",
  ]]);
  rows(w.i64, [
    [-1, "ffffffff ffffffff"],
    [-(2 ** 32), "ffffffff 00000000"],
    [-(2 ** 32) - 1, "fffffffe ffffffff"],
    [2 ** 53 - 1, "001fffff ffffffff"],
    [1 - 2 ** 53, "ffe00000 00000001"],
  ]);
  rows(w.i64le, [[-1, "ffffffff ffffffff"], [-(2 ** 32) - 1, "ffffffff feffffff"], [1 - 2 ** 53, "01000000 0000e0ff"]]);
});

ints("u64 and i64 as bigints, in both byte orders", () => {
  rows(w.u64big, [[0n, "0000000000000000"], [2n ** 53n, "0020000000000000"], [2n ** 64n - 1n, "ffffffffffffffff"]]);
  rows(w.u64bigle, [[0x0123456789abcdefn, "efcdab8967452301"], [2n ** 63n, "0000000000000080"]]);
  rows(w.i64big, [[-1n, "ffffffffffffffff"], [2n ** 63n - 1n, "7fffffffffffffff"], [-(2n ** 63n), "8000000000000000"]]);
  rows(w.i64bigle, [[-2n, "feffffffffffffff"], [-(2n ** 63n), "0000000000000080"]]);
});

ints("numbers that are no safe integers are refused, not rounded", () => {
  decodeRefusals(w.u64, [
    ["0020000000000000", "range", "", 0],
    ["0020000000000001", "range", "", 0],
    ["8000000000000000", "range", "", 0],
    ["ffffffffffffffff", "range", "", 0],
  ]);
  decodeRefusals(w.u64le, [["0000000000002000", "range", "", 0], ["ffffffffffffffff", "range", "", 0]]);
  decodeRefusals(w.i64, [
    ["0020000000000000", "range", "", 0],
    ["ffe0000000000000", "range", "", 0],
    ["ffdfffffffffffff", "range", "", 0],
    ["8000000000000000", "range", "", 0],
  ]);
  decodeRefusals(w.i64le, [["000000000000e0ff", "range", "", 0], ["ffffffffffffdfff", "range", "", 0]]);
});

const WIDTHS: readonly (readonly [schema: w.Schema<number>, min: number, max: number])[] = [
  [w.u8, 0, 255],
  [w.i8, -128, 127],
  [w.u16, 0, 65535],
  [w.u16le, 0, 65535],
  [w.i16, -32768, 32767],
  [w.i16le, -32768, 32767],
  [w.u32, 0, 2 ** 32 - 1],
  [w.u32le, 0, 2 ** 32 - 1],
  [w.i32, -(2 ** 31), 2 ** 31 - 1],
  [w.i32le, -(2 ** 31), 2 ** 31 - 1],
  [w.u64, 0, Number.MAX_SAFE_INTEGER],
  [w.u64le, 0, Number.MAX_SAFE_INTEGER],
  [w.i64, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  [w.i64le, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  [w.varint, 0, Number.MAX_SAFE_INTEGER],
];

ints("nothing wraps and nothing is cut", () => {
  for (const [schema, min, max] of WIDTHS) {
    assert.is(w.decode(schema, w.encode(schema, max)), max);
    assert.is(w.decode(schema, w.encode(schema, min)), min);
    encodeRefusals(schema, [
      [max + 1, "range", "", 0],
      [min - 1, "range", "", 0],
      [2 ** 64, "range", "", 0],
      [-(2 ** 64), "range", "", 0],
      [0.5, "type", "", 0],
      [NaN, "type", "", 0],
      [Infinity, "type", "", 0],
      [-Infinity, "type", "", 0],
      ["7", "type", "", 0],
      [1n, "type", "", 0],
      [true, "type", "", 0],
      [null, "type", "", 0],
      [undefined, "type", "", 0],
      [{}, "type", "", 0],
      [{ valueOf: () => 1 }, "type", "", 0],
      [[1], "type", "", 0],
      [Symbol("one"), "type", "", 0],
    ]);
  }
});

ints("bigints that do not fit are refused", () => {
  for (const schema of [w.u64big, w.u64bigle]) {
    encodeRefusals(schema, [[-1n, "range", "", 0], [2n ** 64n, "range", "", 0], [1, "type", "", 0], [
      "1",
      "type",
      "",
      0,
    ]]);
  }
  for (const schema of [w.i64big, w.i64bigle]) {
    encodeRefusals(schema, [
      [2n ** 63n, "range", "", 0],
      [-(2n ** 63n) - 1n, "range", "", 0],
      [2n ** 64n, "range", "", 0],
      [1, "type", "", 0],
    ]);
  }
});

ints("-0 is 0", () => {
  for (const [schema] of WIDTHS) assert.ok(Object.is(w.decode(schema, w.encode(schema, -0)), 0));
});

ints("integers cut off", () => {
  decodeRefusals(w.u8, [["", "truncated", "", 0]]);
  decodeRefusals(w.u16, [["", "truncated", "", 0], ["00", "truncated", "", 0]]);
  decodeRefusals(w.i32le, [["000000", "truncated", "", 0]]);
  decodeRefusals(w.u64, [["00000000000000", "truncated", "", 0], ["ffffffffffffff", "truncated", "", 0]]);
  decodeRefusals(w.i64bigle, [["00000000000000", "truncated", "", 0]]);
});

ints("bytes left after a number", () => {
  decodeRefusals(w.u16, [["123456", "trailing", "", 2]]);
});

ints.run();

const varints = suite("codec: varint");

varints("shortest forms", () => {
  rows(w.varint, [
    [0, "00"],
    [1, "01"],
    [127, "7f"],
    [128, "80 01"],
    [300, "ac 02"],
    [16383, "ff 7f"],
    [16384, "80 80 01"],
    [2 ** 28 - 1, "ff ff ff 7f"],
    [2 ** 32 - 1, "ff ff ff ff 0f"],
    [2 ** 32, "80 80 80 80 10"],
    [2 ** 35, "80 80 80 80 80 01"],
    [2 ** 49 - 1, "ff ff ff ff ff ff 7f"],
    [2 ** 49, "80 80 80 80 80 80 80 01"],
    [2 ** 53 - 1, "ff ff ff ff ff ff ff 0f"],
  ]);
});

varints("longer forms, larger numbers and endless ones are refused", () => {
  decodeRefusals(w.varint, [
    ["80 00", "canonical", "", 0],
    ["ff 00", "canonical", "", 0],
    ["80 80 00", "canonical", "", 0],
    ["80 80 80 80 80 80 80 00", "canonical", "", 0],
    ["80 80 80 80 80 80 80 10", "range", "", 0],
    ["ff ff ff ff ff ff ff 10", "range", "", 0],
    ["ff ff ff ff ff ff ff 7f", "range", "", 0],
    ["80 80 80 80 80 80 80 80 01", "range", "", 0],
    ["ff ff ff ff ff ff ff ff ff 01", "range", "", 0],
    ["80 80 80 80 80 80 80 80 80 80 80 80 80", "range", "", 0],
    ["", "truncated", "", 0],
    ["80", "truncated", "", 0],
    ["ff ff ff ff ff ff ff", "truncated", "", 0],
  ]);
});

varints.run();

const floats = suite("codec: floats");

floats("f32 in both byte orders", () => {
  rows(w.f32, [
    [0, "00000000"],
    [-0, "80000000"],
    [1, "3f800000"],
    [-2.5, "c0200000"],
    [Math.fround(0.1), "3dcccccd"],
    [3.4028234663852886e38, "7f7fffff"],
    [2 ** -149, "00000001"],
    [2 ** -126, "00800000"],
    [Infinity, "7f800000"],
    [-Infinity, "ff800000"],
    [NaN, "7fc00000"],
  ]);
  rows(w.f32le, [[1, "0000803f"], [-0, "00000080"], [2 ** -149, "01000000"], [NaN, "0000c07f"]]);
});

floats("f64 in both byte orders", () => {
  rows(w.f64, [
    [0, "0000000000000000"],
    [-0, "8000000000000000"],
    [1, "3ff0000000000000"],
    [0.1, "3fb999999999999a"],
    [Math.PI, "400921fb54442d18"],
    [Number.MAX_VALUE, "7fefffffffffffff"],
    [Number.MIN_VALUE, "0000000000000001"],
    [2 ** 53 + 2, "4340000000000001"],
    [Infinity, "7ff0000000000000"],
    [-Infinity, "fff0000000000000"],
    [NaN, "7ff8000000000000"],
  ]);
  rows(w.f64le, [[1, "000000000000f03f"], [0.1, "9a9999999999b93f"], [-0, "0000000000000080"]]);
});

floats("every form of NaN is NaN, and is written in the usual one", () => {
  for (const hex of ["7f800001", "7fffffff", "ffc00000", "ffffffff"]) {
    assert.ok(Number.isNaN(w.decode(w.f32, w.parseHex(hex))));
  }
  assert.ok(Number.isNaN(w.decode(w.f64, w.parseHex("fff0000000000001"))));
  const schema = w.tuple([w.f32, w.f32le, w.f64, w.f64le]);
  const odd = w.decode(schema, w.parseHex("ffc00001 010080ff fff8000000000001 01000000 0000f8ff"));
  const usual = "7fc00000 0000c07f 7ff8000000000000 000000000000f87f";
  rows(schema, [[[NaN, NaN, NaN, NaN], usual]]);
  assert.is(w.formatHex(w.encode(schema, odd)), usual.replaceAll(" ", ""));
});

floats("a number that 4 bytes would round is refused", () => {
  for (const schema of [w.f32, w.f32le]) {
    encodeRefusals(schema, [
      [0.1, "range", "", 0],
      [2 ** 24 + 1, "range", "", 0],
      [1e39, "range", "", 0],
      [Number.MAX_VALUE, "range", "", 0],
      [2 ** -150, "range", "", 0],
      [Number.MIN_VALUE, "range", "", 0],
      ["1", "type", "", 0],
      [1n, "type", "", 0],
      [null, "type", "", 0],
    ]);
  }
  encodeRefusals(w.f64, [["1", "type", "", 0], [1n, "type", "", 0], [undefined, "type", "", 0]]);
});

floats("floats cut off", () => {
  decodeRefusals(w.f32, [["7f8000", "truncated", "", 0]]);
  decodeRefusals(w.f64le, [["00000000000000", "truncated", "", 0]]);
});

floats.run();

const bools = suite("codec: bool");

bools("00 and 01, nothing else", () => {
  rows(w.bool, [[false, "00"], [true, "01"]]);
  decodeRefusals(w.bool, [["02", "bool", "", 0], ["ff", "bool", "", 0], ["80", "bool", "", 0], [
    "",
    "truncated",
    "",
    0,
  ]]);
  encodeRefusals(w.bool, [
    [1, "type", "", 0],
    [0, "type", "", 0],
    ["true", "type", "", 0],
    [null, "type", "", 0],
    [undefined, "type", "", 0],
    [{}, "type", "", 0],
  ]);
});

bools.run();
