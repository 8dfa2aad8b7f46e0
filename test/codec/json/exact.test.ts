/**
 * JSON that is read without changing anything.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError } from "../../../codec/error.ts";
import { type ExactJson, exactJson, JsonNumber, orderedKeys } from "../../../codec/json/mod.ts";

const test = suite("codec: exact JSON");

/** A value as JSON again. */
function written(value: ExactJson): string {
  if (value instanceof JsonNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${orderedKeys(value).map((key) => `${JSON.stringify(key)}:${written(value[key])}`).join(",")}}`;
}

test("nothing is changed", () => {
  for (
    const text of [
      "null",
      "[true,false,[],{},[[[]]]]",
      "[5,5.0,5e0,-0,-0.0,0.1,1e400,18446744073709551616,1.7976931348623157e309]",
      "1".repeat(1000),
      '{"b":1,"7":2,"a":3,"0":4}',
      '{"__proto__":1,"constructor":{"__proto__":{}},"toString":null,"":"","hasOwnProperty":2}',
      '["é","🔑","\ufffd","\ufeff","\u2028"]',
    ]
  ) {
    assert.is(written(exactJson(text)), text);
    assert.is(written(exactJson(new TextEncoder().encode(` ${text}\n`))), text);
  }
  assert.equal(exactJson('"\\u00e9\\ud83d\\udd11\\ufffd\\n\\/"'), "é🔑\ufffd\n/");
  const forms = (exactJson("[5,-0,5.0,5e0,5E0]") as JsonNumber[]).map(({ isInteger }) => isInteger);
  assert.equal(forms, [true, true, false, false, false]);
  assert.is(Object.getPrototypeOf(exactJson("{}")), null);
});

test("what others would read as something else is refused, with its place", () => {
  const rows: readonly (readonly [document: string | Uint8Array, code: string, path?: string, offset?: number])[] = [
    ['{"a":1,"a":1}', "json", "a", 7],
    ['[{"a":{"b":1,"\\u0062":2}}]', "json", "[0].a.b", 13],
    ['{"__proto__":1,"__proto__":2}', "json", "__proto__", 15],
    ['["\\ud800"]', "utf8", "[0]", 1],
    ['["\\udc00\\ud800"]', "utf8", "[0]", 1],
    ['{"\\ud800":1}', "utf8", "", 1],
    ['"\ud800"', "utf8", "", 0],
    [Uint8Array.of(0x22, 0xc3, 0x22), "utf8", "", 0],
    [Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), "utf8", "", 0],
    [Uint8Array.of(0x5b, 0xff, 0x5d), "json", "[0]", 1],
    [`[${"1".repeat(1001)}]`, "range", "[0]", 1],
    ["1 2", "trailing", "", 2],
    ["", "truncated", "", 0],
    ["[1", "truncated", "", 2],
    ["NaN", "json", "", 0],
    ["[01]", "json", "", 2],
    ["[1,]", "json", "[1]", 3],
    [`${"[".repeat(65)}${"]".repeat(65)}`, "limit"],
  ];
  for (const [document, code, path, offset] of rows) {
    try {
      exactJson(document);
    } catch (error) {
      assert.instance(error, CodecError, `${document}`);
      const found = error as CodecError;
      assert.is(found.code, code, `${document}: ${found.message}`);
      if (path !== undefined) assert.equal([found.path, found.offset], [path, offset], `${document}`);
      continue;
    }
    assert.unreachable(`${document}`);
  }
  assert.throws(() => exactJson("[1,2]", { bytesMax: 4 }), ({ code }: CodecError) => code === "limit");
  assert.throws(() => exactJson("[1,2]", { countMax: 2 }), ({ code }: CodecError) => code === "limit");
});

test.run();
