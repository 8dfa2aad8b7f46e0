// Schemas out of patterns: the values, the options, and the types that the compiler reads from the text.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decode, decodePrefix } from "../../../codec/engine/decode.ts";
import { encode } from "../../../codec/engine/encode.ts";
import { CodecError, type CodecErrorCode } from "../../../codec/error.ts";
import { formatHex, parseHex } from "../../../codec/text/hex.ts";
import { inspect } from "../../../codec/inspect/inspect.ts";
import { u16le, u8 } from "../../../codec/schema/numbers.ts";
import type { Infer, Schema } from "../../../codec/schema/node.ts";
import { bytes, rest, string, tuple } from "../../../codec/schema/sequences.ts";
import { struct } from "../../../codec/schema/composites.ts";
import { stream } from "../../../codec/engine/stream.ts";
import { map } from "../../../codec/schema/wrappers.ts";
import { cslq, type CslqOptions, type CslqValues, EMPTY_ELEMENTS_MAX } from "../../../codec/cslq/mod.ts";

const test = suite("cslq");

function refused(run: () => unknown, code: CodecErrorCode, message = /./): CodecError {
  try {
    run();
  } catch (error) {
    assert.instance(error, CodecError, String(error));
    assert.is((error as CodecError).code, code, (error as CodecError).message);
    assert.match((error as CodecError).message, message);
    return error as CodecError;
  }
  return assert.unreachable("Nothing was thrown") as never;
}

/** Encodes, compares with hex, and decodes back. */
function same(schema: Schema<unknown[]>, values: unknown[], hex: string): void {
  assert.is(formatHex(encode(schema, values)), hex.replaceAll(" ", ""));
  assert.equal(decode(schema, parseHex(hex)), values);
  assert.equal(inspect(schema, parseHex(hex)).value, values);
}

const hex = (text: string) => parseHex(text);

test("every operation has its value", () => {
  same(cslq("cslq"), [1, 2, 3, 4n], "01 0002 00000003 0000000000000004");
  same(cslq("[c]c [s]c [l]c [q]c"), ["a", "b", "ł", ""], "0161 000162 00000002c582 0000000000000000");
  same(cslq("[2]c"), [hex("0102")], "0102");
  same(cslq("[c]s [2]s [1]q"), [[1], [2, 3], [4n]], "010001 00020003 0000000000000004");
  same(cslq("[c][2]c [2][c]c"), [[hex("0102")], ["a", ""]], "010102 016100");
  same(cslq("{c {s} {}} {}"), [[1, [2], []], []], "01 0002");
  same(cslq("[c]{c s}"), [[[1, 2], [3, 4]]], "02 01 0002 03 0004");
});

test("a literal has no value at the top level and in a const group there, elsewhere null", () => {
  same(cslq("x01 c <x02 s> <x03>"), [7, 8], "01 07 02 0008 03");
  same(cslq("{x01 c} [c]x02 [2]x03"), [[null, 7], [null, null, null], [null, null]], "01 07 03020202 0303");
  assert.is(formatHex(encode(cslq("{x01 c}") as Schema, [["anything", 7]])), "0107");
  assert.is(formatHex(encode(cslq("[c]x02") as Schema, [[undefined, {}]])), "020202");
  refused(() => encode(cslq("{x01 c}") as Schema, [[7]]), "length");
  assert.is(refused(() => decode(cslq("{c x01}"), hex("0002")), "literal").path, "[0][1]");
});

test("the values of a const group stand among those around it", () => {
  same(cslq("<c>s<<l>[1]c>"), [1, 2, 3, hex("04")], "01 0002 00000003 04");
  same(cslq("{<c s>c} {<x01 c>} {<<x01 c>s>}"), [[1, 2, 3], [4], [5, 6]], "01 0002 03 0104 0105 0006");
  // A group without values is a field, as in Go, whose value is not looked at.
  same(cslq("{<> c <x02>}"), [[null, 1, null]], "0102");
  same(cslq("[c]<s> [c]<x01 s> [c]<c c> [c]<x05>"), [[1], [2], [[3, 4]], [null]], "010001 01010002 010304 0105");
  assert.is(refused(() => encode(cslq("[c]<x01 c>"), [[256]]), "range").path, "[0][0][0]");
});

test("q as a number", () => {
  const schema = cslq("q [1]q", { q: "number" });
  same(schema, [Number.MAX_SAFE_INTEGER, [0]], "001fffffffffffff 0000000000000000");
  refused(() => decode(schema, hex("0020000000000000 0000000000000000")), "range");
  refused(() => encode(schema as Schema, [1n, [0]]), "type");
});

test("text as bytes", () => {
  const schema = cslq("[c]c [2]c [c][c]c", { bytes: true });
  same(schema, [hex("ff"), hex("0102"), [hex(""), hex("80")]], "01ff 0102 020001 80");
  assert.is(refused(() => decode(cslq("[c]c"), hex("01ff")), "utf8").offset, 1);
});

test("v has the schema given for it", () => {
  const Identity = bytes(2);
  const Name = struct({ name: string(u8) });
  same(cslq("v [c]v {c v}", { v: [Identity, Name, u16le] }), [
    hex("0102"),
    [{ name: "a" }],
    [1, 2],
  ], "0102 01 0161 01 0200");
  refused(() => cslq("v"), "schema", /more than 0 v/);
  refused(() => cslq("c v v", { v: [u8] }), "schema", /more than 1 v/);
  refused(() => cslq("v", { v: [u8, u8, u8] }), "schema", /2 schemas for v left over/);
  // What could be nothing or anything cannot be counted.
  refused(() => cslq("[c]v", { v: [bytes(rest)] }), "schema", /at least one byte/);
  same(cslq("[c]v", { v: [tuple([])] }), [[[], []]], "02");
});

test("a schema in a tagged pattern is a v", () => {
  const Identity = bytes(2);
  same(cslq`${Identity} [c]c [s]${u16le}`, [hex("0102"), "hi", [3]], "0102 026869 0001 0300");
  same(cslq`c x05`, [1], "0105");
  refused(() => cslq`c ${5 as unknown as Schema}`, "schema", /Value 1 in the pattern is not a schema/);
  refused(() => cslq`v ${u8}`, "schema", /more than 1 v/);
  refused(() => cslq`x${u8}`, "syntax");
});

test("expected values are constants", () => {
  const schema = cslq("<[6]c>ss<c{qx05}>", { expect: ["HEADER", 1, [7n, "ignored"]] });
  const values = [hex("484541444552"), 2, 3, 1, [7n, null]];
  same(schema, values, "484541444552 0002 0003 01 0000000000000007 05");
  assert.is(refused(() => decode(schema, hex("48454144455800020003")), "literal").path, "[0]");
  refused(() => decode(schema, hex("4845414445")), "truncated");
  assert.is(refused(() => encode(schema as Schema, [values[0], 2, 3, 9, values[4]]), "literal").path, "[3]");
  same(cslq("[c]<c>", { expect: [7] }), [[7, 7]], "020707");
  same(cslq("<{<s>}>", { expect: [[7]] }), [[7]], "0007");
  refused(() => decode(cslq("[c]<c>", { expect: [7] }), hex("020708")), "literal");
  refused(() => cslq("<c>", { expect: [] }), "schema", /more than 0 expected/);
  refused(() => cslq("<c>c", { expect: [1, 2] }), "schema", /1 value, but 2 are expected/);
  refused(() => cslq("<c>", { expect: [256] }), "schema", /Expected value 1 does not fit: Integer 256/);
  refused(() => cslq("<[6]c>", { expect: ["SHORT"] }), "schema", /Expected 6 bytes/);
});

test("elements without bytes are bounded, and cost nothing", () => {
  for (
    const [pattern, element] of [["[s]{}", []], ["[s]<>", null], ["[s][2]{}", [[], []]], ["[s]{{}<>}", [[], null]]]
  ) {
    const schema = cslq(pattern as string);
    same(schema, [[element, element, element]], "0003");
    same(schema, [new Array(EMPTY_ELEMENTS_MAX).fill(element)], "0400");
    const error = refused(() => decode(schema, hex("0401")), "limit", /1025 elements without bytes/);
    assert.is(error.path, "[0]");
    assert.is(error.offset, 0);
    refused(() => decode(schema, hex("04")), "truncated");
    refused(() => encode(schema, [new Array(EMPTY_ELEMENTS_MAX + 1).fill(element)]), "limit");
  }
  refused(() => encode(cslq("[c]{}") as Schema, [new Array(256).fill([])]), "length");
  refused(() => encode(cslq("[c]{}") as Schema, ["no array"]), "type");
  assert.is(refused(() => encode(cslq("[c]{}") as Schema, [[[], 5]]), "type").path, "[0][1]");

  // 40 kB that claim 20 million elements: the arrays are shared, so that there is one of them.
  const message = new Uint8Array(4 + 2 * 20_000);
  new DataView(message.buffer).setUint32(0, 20_000);
  for (let at = 4; at < message.length; at += 2) message[at] = 4;
  const [arrays] = decode(cslq("[l][s]{}"), message);
  assert.is(arrays.length, 20_000);
  assert.is(arrays[0].length, EMPTY_ELEMENTS_MAX);
  assert.ok(arrays.every((array) => array === arrays[0]));
  assert.ok(Object.isFrozen(arrays[0]) && Object.isFrozen(arrays[0][0]));
});

test("elements without bytes arrive in pieces, too", () => {
  const decoder = stream(cslq("[l]{} c"));
  for (const byte of hex("00000002 07 00000000 08")) decoder.push(Uint8Array.of(byte));
  assert.equal(decoder.pull()?.value, [[[], []], 7]);
  assert.equal(decoder.pull()?.value, [[], 8]);
  assert.is(decoder.pull(), null);
});

test("lengths that no input has", () => {
  const schema = cslq("[18446744073709551615]c");
  refused(() => decode(schema, new Uint8Array(100)), "truncated");
  refused(() => encode(schema, [new Uint8Array(100)]), "length");
  refused(() => decode(cslq("[q]c"), hex("001fffffffffffff 00")), "limit");
  refused(() => decode(cslq("[q]c", { bytes: true }), hex("001fffffffffffff 00")), "truncated");
  refused(() => decode(cslq("[l]s"), hex("000f4240 00")), "truncated");
  refused(() => decode(cslq("[l]s"), hex("ffffffff 00")), "limit");
  refused(() => decode(cslq("[l][18446744073709551615][18446744073709551615]q"), hex("00000001 00")), "truncated");
  same(cslq("[c][18446744073709551615][18446744073709551615]q"), [[]], "00");
});

test("64 levels go both ways", () => {
  let value: unknown = 7;
  for (let level = 0; level < 64; level++) value = [value];
  same(cslq("{".repeat(64) + "c" + "}".repeat(64)), [value], "07");
  same(cslq("[c]".repeat(64) + "s"), [value], `${"01".repeat(64)}0007`);
});

test("a pattern without options has one schema, which is compiled once", () => {
  assert.is(cslq("c [c]c"), cslq("c [c]c"));
  assert.is(cslq`c [c]c`, cslq("c [c]c") as Schema);
  assert.is.not(cslq("q"), cslq("q", { q: "number" }) as Schema);
  const first = cslq("x77 c");
  for (let byte = 0; byte < 300; byte++) cslq(`[${byte + 1}]c` as string);
  assert.is.not(cslq("x77 c"), first);
});

test("decoding in the middle, and encoding what is not an array of the right length", () => {
  assert.equal(decodePrefix(cslq("[c]c"), hex("ff 02 6869 00"), 1), { value: ["hi"], length: 3 });
  refused(() => encode(cslq("c c") as Schema, [1]), "length");
  refused(() => encode(cslq("c c") as Schema, [1, 2, 3]), "length");
  refused(() => encode(cslq("c c") as Schema, { 0: 1, 1: 2, length: 2 }), "type");
  for (const wrong of [true, "1", 1n, 1.5, -1, null, undefined]) {
    refused(() => encode(cslq("c") as Schema, [wrong]), wrong === -1 ? "range" : "type");
    refused(() => encode(cslq("q") as Schema, [wrong === 1n ? 1 : wrong]), "type");
  }
});

/** Whether two types are the same one. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

/** Compiles only when the schema's values have the type `Values`; at run time the schema is looked at, too. */
function typed<Values>() {
  return <S extends Schema>(schema: S, _same: Equal<Infer<S>, Values>): void => {
    assert.is(schema.kind, "tuple");
  };
}

test("types of values", () => {
  typed<[string, number, bigint, [number, number]]>()(cslq("[c]c c q {s l}"), true);
  typed<[]>()(cslq(""), true);
  typed<[]>()(cslq(" \n\t"), true);
  typed<[number, number, number, bigint]>()(cslq(" c\ts\n l   q "), true);
  typed<[Uint8Array, Uint8Array[], string[], number[], bigint[][]]>()(
    cslq("[33]c [c][2]c [s][ s ]c [c]s [ 07 ][c]q"),
    true,
  );
  typed<[[null, [[number]], [], null[]]]>()(cslq("{x01 {{c}} {} [c]xFF}"), true);
  typed<[number, number, null[], number[]]>()(cslq("x01 <x02 c <s>> <> [c]<> [c]<x01 c>"), true);
  typed<[[null, number, number], [number, number][]]>()(cslq("{<> <c s>} [c]<c s>"), true);
  typed<[number, bigint, [string]]>()(cslq(`c q {[c]c}x0`), true);
});

test("types by option", () => {
  typed<[number, number[]]>()(cslq("q [c]q", { q: "number" }), true);
  typed<[bigint]>()(cslq("q", { q: "bigint" }), true);
  typed<[Uint8Array, number]>()(cslq("[c]c c", { bytes: true }), true);
  typed<[Uint8Array]>()(cslq("[3]c", { bytes: true }), true);
  typed<[string]>()(cslq("[c]c", { bytes: false }), true);
  typed<[number, [string, number]]>()(cslq("v {[c]c c}", { v: [u8] }), true);
  typed<[number, [string, Uint8Array[]]]>()(cslq("v {v [c]v}", { v: [u8, string(u8), bytes(3)] }), true);
  typed<[number, string]>()(cslq("<c [c]c>", { expect: [1, "a"] }), true);
  const options: CslqOptions = { q: "number" };
  typed<[number | bigint, string | Uint8Array]>()(cslq("q [c]c", options), true);
  const schemas: readonly Schema<number>[] = [u8, u8];
  typed<[number, number]>()(cslq("v v", { v: schemas }), true);
});

test("types of patterns that the compiler does not know, or knows to be wrong", () => {
  const text: string = "c";
  typed<unknown[]>()(cslq(text), true);
  typed<unknown[]>()(cslq(`c <${text}> s`), true);
  typed<unknown[]>()(cslq(`[${text.length}]c`), true);
  typed<[number] | [bigint]>()(cslq(text === "c" ? "c" : "q"), true);
  typed<unknown[]>()(cslq`c`, true);
  const wrong: Equal<
    [
      CslqValues<"c,s">,
      CslqValues<"[0]c">,
      CslqValues<"[c">,
      CslqValues<"[c]">,
      CslqValues<"[c c]c">,
      CslqValues<"[[c]c]c">,
      CslqValues<"{c]">,
      CslqValues<"{x}">,
      CslqValues<"<c}">,
      CslqValues<"c>">,
      CslqValues<"x0g">,
      CslqValues<"[c]x0">,
      CslqValues<"v">,
      CslqValues<"c", { v: [Schema<number>] }>,
    ],
    [never, never, never, never, never, never, never, never, never, never, never, never, never, never]
  > = true;
  assert.ok(wrong);
});

test("types of a long pattern", () => {
  // 96 values in some 450 characters.
  const schema = cslq(
    `c [c]c {s l} [c]q c [c]c {s l} [c]q c [c]c {s l} [c]q c [c]c {s l} [c]q c [c]c {s l} [c]q c [c]c {s l} [c]q
     c [c]c {s l} [c]q c [c]c {s l} [c]q c [c]c {s l} [c]q c [c]c {s l} [c]q c [c]c {s l} [c]q c [c]c {s l} [c]q
     c [c]c {s l} [c]q c [c]c {s l} [c]q c [c]c {s l} [c]q c [c]c {s l} [c]q c [c]c {s l} [c]q c [c]c {s l} [c]q
     c [c]c {s l} [c]q c [c]c {s l} [c]q c [c]c {s l} [c]q c [c]c {s l} [c]q c [c]c {s l} [c]q c [c]c {s l} [c]q`,
  );
  type Values = Infer<typeof schema>;
  const length: Equal<Values["length"], 96> = true;
  const last: Equal<[Values[92], Values[93], Values[94], Values[95]], [number, string, [number, number], bigint[]]> =
    true;
  assert.ok(length && last);
  assert.is(schema.kind === "tuple" && schema.items.length, 96);
});

test("v takes part in what its schema can do", () => {
  const Time = map(cslq("q"), {
    name: "milliseconds",
    decode: ([ms]) => new Date(Number(ms)),
    encode: (date: Date): [bigint] => [BigInt(date.getTime())],
  });
  const [name, time] = decode(cslq("[c]c v", { v: [Time] }), hex("016100000000000003e8"));
  const at: Date = time;
  assert.equal([name, at.getTime()], ["a", 1000]);
});

test.run();
