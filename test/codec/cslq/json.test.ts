// Values of patterns as JSON, for command lines.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError, type CodecErrorCode } from "../../../codec/error.ts";
import { formatHex, parseHex } from "../../../codec/text/hex.ts";
import { decodeCslqJson, EMPTY_ELEMENTS_MAX, encodeCslqJson, type ValueJson } from "../../../codec/cslq/mod.ts";

const test = suite("cslq as JSON");

function refused(run: () => unknown, code: CodecErrorCode, path = "", message = /./): CodecError {
  try {
    run();
  } catch (error) {
    assert.instance(error, CodecError, String(error));
    const { code: found, path: at, message: text } = error as CodecError;
    assert.equal([found, at], [code, path], text);
    assert.match(text, message);
    return error as CodecError;
  }
  return assert.unreachable("Nothing was thrown") as never;
}

const hex = (text: string) => parseHex(text);
const encoded = (pattern: string, values: readonly unknown[]) => formatHex(encodeCslqJson(pattern, values));
const v = (pattern: string, ...values: readonly unknown[]): ValueJson => ({ v: { pattern, values } });

test("integers", () => {
  assert.is(encoded("c s l", [255, 65535, 4294967295]), "ffffffffffffff");
  assert.is(encoded("q q q", ["18446744073709551615", 5, "007"]), "ffffffffffffffff00000000000000050000000000000007");
  assert.equal(decodeCslqJson("c q", hex("07 ffffffffffffffff")), [7, "18446744073709551615"]);
  for (const value of [256, -1]) refused(() => encodeCslqJson("c", [value]), "range", "[0]");
  for (const value of ["1", true, null, 1.5, [1], {}]) refused(() => encodeCslqJson("c", [value]), "type", "[0]");
  for (const value of ["18446744073709551616", "-1", -1, "9".repeat(1000)]) {
    refused(() => encodeCslqJson("q", [value]), "range", "[0]");
  }
  for (const value of ["", "0x5", "1e3", " 1", "1.0", true, null, 1.5, 2 ** 53, [], {}]) {
    refused(() => encodeCslqJson("q", [value]), "type", "[0]");
  }
});

test("text and bytes", () => {
  assert.is(encoded("[c]c [3]c", ["ł", { hex: "00 FF 7f" }]), "02c58200ff7f");
  assert.is(encoded("[2]c", ["ł"]), "c582");
  refused(() => encodeCslqJson("[2]c", ["l"]), "length", "[0]");
  refused(() => encodeCslqJson("[c]c", ["a".repeat(256)]), "length", "[0]");
  refused(() => encodeCslqJson("[c]c", ["\ud800"]), "utf8", "[0]");
  refused(() => encodeCslqJson("[c]c", [{ hex: "0" }]), "syntax", "[0]");
  for (const value of [5, null, [1], {}, { hex: 5 }, { hex: "00", text: "" }, { HEX: "00" }]) {
    refused(() => encodeCslqJson("[c]c", [value]), "type", "[0]");
  }
});

test("bytes are text where a terminal can show them", () => {
  const shown = (bytes: string) => decodeCslqJson("[c]c", hex(bytes))[0];
  assert.is(shown("00"), "");
  assert.is(shown("03 20c582"), " ł");
  // A byte order mark is a character like any other.
  assert.is(shown("03 efbbbf"), "\ufeff");
  for (const control of ["00", "09", "0a", "1b", "1f", "7f", "c280", "c285", "c29f"]) {
    const bytes = `${(control.length / 2 + 1).toString(16).padStart(2, "0")}61${control}`;
    assert.equal(shown(bytes), { hex: bytes.slice(2) });
  }
  assert.is(shown("02 c2a0"), "\u00a0");
  for (const invalid of ["ff", "c5", "c080", "eda080", "f4908080"]) {
    const bytes = `${(invalid.length / 2).toString(16).padStart(2, "0")}${invalid}`;
    assert.equal(shown(bytes), { hex: invalid });
  }
});

test("arrays, structs, literals and const groups", () => {
  const pattern = "[c]s {x01 c <q>} x02 <c [s]c> [2]{} [c]x03 [c]<c c>";
  const values = [[1, 2], [null, 3, "4"], 5, "a", [[], []], [null], [[6, 7]]];
  const bytes = "0200010002 01030000000000000004 02 05000161 0103 010607".replaceAll(" ", "");
  assert.is(encoded(pattern, values), bytes);
  assert.equal(decodeCslqJson(pattern, hex(bytes)), values);
  refused(() => encodeCslqJson("[c]s", [[1, "2"]]), "type", "[0][1]");
  refused(() => encodeCslqJson("{c{s}}", [[1, [70000]]]), "range", "[0][1][0]");
  refused(() => encodeCslqJson("{cc}", [[1]]), "length", "[0]");
  refused(() => encodeCslqJson("{x01 c}", [[1]]), "length", "[0]");
  refused(() => encodeCslqJson("{c}", [{ 0: 1 }]), "type", "[0]");
  refused(() => encodeCslqJson("[2]s", [[1]]), "length", "[0]");
  refused(() => encodeCslqJson("[c]s", [new Array(256).fill(0)]), "length", "[0]");
  refused(() => encodeCslqJson("[c]<c c>", [[[1]]]), "length", "[0][0]");
});

test("an error says how many bytes were written before it", () => {
  assert.is(refused(() => encodeCslqJson("s [c]{q}", [1, [["2"], ["x"]]]), "type", "[1][1][0]").offset, 11);
});

test("exactly as many values as arguments", () => {
  refused(() => encodeCslqJson("c c", [1]), "length");
  refused(() => encodeCslqJson("c", [1, 2]), "length");
  refused(() => encodeCslqJson("", [1]), "length");
  refused(() => encodeCslqJson("c", 5 as never), "type");
  assert.is(encoded("x01 <x02>", []), "0102");
  refused(() => decodeCslqJson("c", hex("0102")), "trailing");
  refused(() => decodeCslqJson("cs", hex("0102")), "truncated", "[1]");
});

test("values of v bring their pattern", () => {
  const key = "02".padEnd(66, "11");
  assert.is(encoded("v c", [v("[33]c", { hex: key }), 7]), `${key}07`);
  assert.is(encoded("[c]v", [[v("c", 1), v("[c]c", "ab"), v("")]]), "0301026162");
  assert.is(encoded("v", [v("c {v}", 1, [v("s", 2)])]), "010002");
  assert.equal(decodeCslqJson("v c", hex(`${key}07`)), [v("[33]c", { hex: key }), 7]);
  assert.equal(decodeCslqJson("[c]v", hex("02 0001 0002"), { v: ["s"] }), [[v("s", 1), v("s", 2)]]);
  // The patterns inside a value stand before those after it.
  assert.equal(decodeCslqJson("v v", hex("01 0002 03"), { v: ["c v", "s", "c"] }), [v("c v", 1, v("s", 2)), v("c", 3)]);
  assert.equal(decodeCslqJson("[c]v", hex("02"), { v: ["{}"] }), [[v("{}", []), v("{}", [])]]);
  for (const value of [null, 5, {}, { v: {} }, { v: { pattern: "c", values: 1 } }, { v: null }, { v: [1, 2] }]) {
    refused(() => encodeCslqJson("c v", [1, value]), "type", "[1]");
  }
  assert.is(refused(() => encodeCslqJson("c v", [1, v("c,", 2)]), "syntax", "[1].v.pattern").offset, 2);
  refused(() => encodeCslqJson("v", [v("c q", 1, "x")]), "type", "[0].v.values[1]");
  refused(() => decodeCslqJson("v", hex("00"), { v: ["c", "c"] }), "schema", "", /1 pattern for v left over/);
  refused(() => decodeCslqJson("v", hex("00"), { v: ["c,"] }), "syntax");
});

test("values of v are nested up to a bound", () => {
  let value: ValueJson = v("c", 7);
  for (let level = 1; level < 16; level++) value = v("v", value);
  assert.is(encoded("v", [value]), "07");
  refused(() => encodeCslqJson("v", [v("v", value)]), "limit", `[0]${".v.values[0]".repeat(16)}`);
  const patterns = [...new Array(15).fill("v"), "c"];
  assert.equal(decodeCslqJson("v", hex("07"), { v: patterns }), [value]);
  refused(() => decodeCslqJson("v", hex("07"), { v: ["v", ...patterns] }), "limit");
});

test("expected values are compared in their JSON form", () => {
  const expect = ["HEADER", "5", v("s", 6)];
  const options = { expect, v: ["s"] };
  const values = ["HEADER", "5", v("s", 6), 9];
  const bytes = "484541444552 0000000000000005 0006 09";
  assert.equal(decodeCslqJson("<[6]c q v>c", hex(bytes), options), values);
  const written = { ...options, expect: [{ hex: "484541444552" }, 5, v("s", 6)] };
  assert.equal(decodeCslqJson("<[6]c q v>c", hex(bytes), written), values);
  refused(() => decodeCslqJson("<[6]c q v>c", hex(bytes.replace("48", "49")), options), "literal", "[0]");
  refused(() => decodeCslqJson("<[6]c q v>c", hex(bytes.replace("05", "06")), options), "literal", "[1]");
  refused(() => decodeCslqJson("<c>", hex("05"), { expect: [] }), "schema", "", /more than 0/);
  refused(() => decodeCslqJson("c", hex("05"), { expect: [5] }), "schema", "", /0 values, but 1/);
});

test("elements without bytes are bounded", () => {
  const many = new Array(EMPTY_ELEMENTS_MAX).fill([]);
  assert.is(encoded("[s]{}", [many]), "0400");
  assert.equal(decodeCslqJson("[s]{}", hex("0400")), [many]);
  refused(() => encodeCslqJson("[s]{}", [[...many, []]]), "limit", "[0]");
  refused(() => decodeCslqJson("[s]{}", hex("0401")), "limit", "[0]");
  assert.is(encoded("[2]{} [1]<>", [[[], []], ["anything"]]), "");
});

test("values of v without bytes are bounded like other elements, when written and when read", () => {
  for (
    const [pattern, element] of [["[s]v", v("")], ["[s][2]v", [v(""), v("{}", [])]], ["[s]{v}", [v("<>")]]] as const
  ) {
    const many = new Array(EMPTY_ELEMENTS_MAX).fill(element);
    assert.is(encoded(pattern, [many]), "0400", pattern);
    refused(() => encodeCslqJson(pattern, [[...many, element]]), "limit", "[0]");
  }
  const options = { v: [""] };
  assert.is((decodeCslqJson("[s]v", hex("0400"), options)[0] as unknown[]).length, EMPTY_ELEMENTS_MAX);
  refused(() => decodeCslqJson("[s]v", hex("0401"), options), "limit", "[0]");
  const full = new Array(EMPTY_ELEMENTS_MAX + 1).fill(v("c", 7));
  assert.equal(decodeCslqJson("[s]v", encodeCslqJson("[s]v", [full]), { v: ["c"] }), [full]);
  refused(() => encodeCslqJson("[c]v", [[v("c", 7), v("c", 256)]]), "range", "[0][1].v.values[0]");
});

test.run();
