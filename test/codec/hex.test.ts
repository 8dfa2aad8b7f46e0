import { suite } from "uvu";
import * as assert from "uvu/assert";
import { escapeText, formatHex, parseHex } from "../../codec/mod.ts";
import { assertRefused } from "./table.ts";

const hex = suite("codec: hex");

hex("both ways", () => {
  assert.is(formatHex(new Uint8Array()), "");
  assert.is(formatHex(Uint8Array.of(0, 1, 0x7f, 0x80, 0xff)), "00017f80ff");
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  assert.equal(parseHex(formatHex(all)), all);
  assert.equal(parseHex(formatHex(all).toUpperCase()), all);
});

hex("white space between bytes", () => {
  assert.equal(parseHex(" 00 01\n\t02\u00a003 "), Uint8Array.of(0, 1, 2, 3));
  assert.equal(parseHex("  "), new Uint8Array());
});

hex("what is no hex", () => {
  const rows: readonly (readonly [text: string, offset: number])[] = [
    ["0", 1],
    ["000", 3],
    ["0 1", 1],
    ["0g", 1],
    ["g0", 0],
    ["0x00", 1],
    ["00-01", 2],
    ["00 é", 3],
    ["00 \u212a0", 3],
    ["00 1", 4],
  ];
  for (const [text, offset] of rows) assertRefused(() => parseHex(text), ["syntax", "", offset], JSON.stringify(text));
});

hex.run();

const escaping = suite("codec: text made harmless");

escaping("what a terminal could obey or a person could not see", () => {
  const rows: readonly (readonly [text: string, escaped: string])[] = [
    ["plain, é, €, 😀", "plain, é, €, 😀"],
    ["\u001b[31m", "\\u001b[31m"],
    ["a\0\n\r\tb\u007f\u0085\u009b", "a\\u0000\\u000a\\u000d\\u0009b\\u007f\\u0085\\u009b"],
    ["\u202e\u2066\u200b\ufeff\u00ad", "\\u202e\\u2066\\u200b\\ufeff\\u00ad"],
    ["\u2028\u2029", "\\u2028\\u2029"],
    ["\ud800 \udfff", "\\ud800 \\udfff"],
    ["\u{e0001}", "\\u{e0001}"],
  ];
  for (const [text, escaped] of rows) assert.is(escapeText(text), escaped);
});

escaping.run();
