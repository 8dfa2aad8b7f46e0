// The pattern language: what is one, where it is wrong, and its plain form.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type CodecErrorCode } from "../../../codec/error.ts";
import { CodecError } from "../../../codec/error.ts";
import {
  formatPattern,
  parsePattern,
  type Pattern,
  PATTERN_CHARACTERS_MAX,
  PATTERN_DEPTH_MAX,
} from "../../../codec/cslq/mod.ts";

const test = suite("cslq patterns");

const c = { kind: "int", letter: "c" } as const;
const s = { kind: "int", letter: "s" } as const;

function refused(text: string, code: CodecErrorCode, offset: number, message: RegExp): void {
  try {
    parsePattern(text);
  } catch (error) {
    assert.instance(error, CodecError, text);
    assert.is((error as CodecError).code, code, text);
    assert.is((error as CodecError).offset, offset, `offset in ${JSON.stringify(text)}`);
    assert.match((error as CodecError).reason, message);
    return;
  }
  assert.unreachable(`${JSON.stringify(text)} is no pattern`);
}

const GOOD: readonly [text: string, pattern: Pattern, plain: string][] = [
  ["", [], ""],
  [" \n\t ", [], ""],
  ["cslq", [c, s, { kind: "int", letter: "l" }, { kind: "int", letter: "q" }], "c s l q"],
  ["v\tv", [{ kind: "value" }, { kind: "value" }], "v v"],
  ["x00xFfx1a", [0, 255, 26].map((byte) => ({ kind: "literal", byte })), "x00 xff x1a"],
  ["[c]c s", [{ kind: "array", length: "c", item: c }, s], "[c]c s"],
  ["[ c ]\n[\t033 ] s", [{ kind: "array", length: "c", item: { kind: "array", length: 33n, item: s } }], "[c][33]s"],
  ["{}<>{c<s>}", [
    { kind: "struct", parts: [] },
    { kind: "const", parts: [] },
    { kind: "struct", parts: [c, { kind: "const", parts: [s] }] },
  ], "{} <> {c <s>}"],
  ["[18446744073709551615]{ }", [
    { kind: "array", length: 2n ** 64n - 1n, item: { kind: "struct", parts: [] } },
  ], "[18446744073709551615]{}"],
  ["[000000000000000000000000000000000000000001]c", [{ kind: "array", length: 1n, item: c }], "[1]c"],
  ["cx", [c], "c"],
  ["c xF", [c], "c"],
  ["x", [], ""],
];

for (const [text, pattern, plain] of GOOD) {
  test(`reads ${JSON.stringify(text)}`, () => {
    assert.equal(parsePattern(text), pattern);
    assert.is(formatPattern(pattern), plain);
    assert.equal(parsePattern(plain), pattern);
  });
}

const BAD: readonly [text: string, offset: number, message: RegExp][] = [
  ["c,s", 1, /Expected an operation, not ","/],
  ["c\rs", 1, /not "\\u000d"/],
  ["c \u{1F680}", 2, /not "\u{1F680}"/u],
  ["C", 0, /not "C"/],
  ["c3", 1, /not "3"/],
  ["[c", 2, /ends inside "\["/],
  ["c [ ", 4, /ends inside "\["/],
  ["[c]", 3, /ends inside "\["/],
  ["{c [c]} s", 6, /Expected an operation, not "}"/],
  ["[c c]c", 3, /Expected "\]", not "c"/],
  ["[3 3]c", 3, /Expected "\]", not "3"/],
  ["[v]c", 1, /as the array's length, not "v"/],
  ["[]c", 1, /as the array's length, not "\]"/],
  ["[0]c", 1, /is 0/],
  ["[000]c", 1, /is 0/],
  ["[18446744073709551616]c", 1, /2\^64 or more/],
  ["[18446744073709551617]c", 1, /2\^64 or more/],
  ["[99999999999999999999999999]c", 1, /2\^64 or more/],
  ["{s", 2, /ends inside "{"/],
  ["<s}", 2, /not "}"/],
  ["s>", 1, /not ">"/],
  ["x0g", 2, /two hex digits, not "g"/],
  ["x 00", 1, /two hex digits, not " "/],
  // Go drops what stands at the end, whatever it is. Here it must be the beginning of a literal.
  ["cxg", 2, /two hex digits, not "g"/],
  ["cx ", 2, /two hex digits, not " "/],
  ["[c]x0", 5, /ends inside a byte literal/],
  ["{x", 2, /ends inside a byte literal/],
  ["{x}", 2, /not "}"/],
];

for (const [text, offset, message] of BAD) {
  test(`refuses ${JSON.stringify(text)}`, () => refused(text, "syntax", offset, message));
}

test("what is not closed is said with its place", () => {
  try {
    parsePattern("c {s <l");
    assert.unreachable();
  } catch (error) {
    assert.equal((error as CodecError).context, { opened: 5 });
  }
});

test("patterns are frozen all the way down", () => {
  const [array] = parsePattern("[c]{s}");
  assert.throws(() => Object.assign(array, { length: "s" }), TypeError);
  assert.ok(array.kind === "array" && array.item.kind === "struct");
  if (array.kind === "array" && array.item.kind === "struct") {
    assert.ok(Object.isFrozen(array.item) && Object.isFrozen(array.item.parts) && Object.isFrozen(array.item.parts[0]));
  }
});

test("as many levels as allowed, and one more", () => {
  for (const [open, close] of [["[c]", ""], ["{", "}"], ["<", ">"], ["[7]{", "}"]]) {
    const levels = PATTERN_DEPTH_MAX / (open.match(/[[{<]/g)!.length);
    parsePattern(`${open.repeat(levels)}c${close.repeat(levels)}`);
    const deep = `${open.repeat(levels)}{c}${close.repeat(levels)}`;
    refused(deep, "limit", open.length * levels, /64 levels/);
  }
  refused("[c]".repeat(5000), "limit", 3 * PATTERN_DEPTH_MAX, /64 levels/);
});

test("as many characters as allowed, and one more", () => {
  assert.is(parsePattern("c".repeat(PATTERN_CHARACTERS_MAX)).length, PATTERN_CHARACTERS_MAX);
  refused("c".repeat(PATTERN_CHARACTERS_MAX + 1), "limit", -1, /16385 characters/);
});

test.run();
