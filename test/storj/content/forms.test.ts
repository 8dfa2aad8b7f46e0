/**
 * How values of content are read and written: as Python writes them, and with the form of each number.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex, parseHex } from "../../../codec/mod.ts";
import { type MsgpackValue, pack, Packed } from "../../../codec/msgpack/mod.ts";
import { bucketOf, bucketsBetween, decimalOf } from "../../../src/storj/content/decimal.ts";
import { EVENT, packContent, plainContent, readContent } from "../../../src/storj/content/mod.ts";
import { contentText } from "../../../src/storj/content/text.ts";
import { Numeral } from "../../../src/storj/content/value.ts";
import { fixture } from "../../fixture.ts";
import { throws } from "../expect.ts";

interface Vectors {
  texts: [text: string, dumped: string][];
  buckets: [minimum: string, maximum: string, resolution: string, value: string, bucket: string][];
}

const { texts, buckets } = fixture("storj-content-vectors.json") as Vectors;
const test = suite("storj: content, forms");

const read = (given: Parameters<typeof readContent>[1]) => readContent(EVENT, given);

test("texts are read and written as Python does", () => {
  assert.ok(texts.length > 50);
  for (const [text, dumped] of texts) assert.is(contentText(read(text)), dumped);
});

test("buckets are those of Python's decimals", () => {
  assert.is(buckets.length, 500);
  for (const row of buckets) {
    const [minimum, maximum, resolution, value] = row.slice(0, 4).map((text) => decimalOf(read(text))!);
    assert.is(String(bucketOf(bucketsBetween(minimum, maximum, resolution), value)), row[4], row.join(" "));
  }
});

test("floats have their exact values, to the last digit", () => {
  const floats = [
    0.1,
    -0.3,
    1 / 3,
    2 ** -30,
    1e-5,
    123.456,
    5e-324,
    -2.2250738585072e-308,
    2.2250738585072014e-308,
    1e-300,
  ];
  for (const float of floats) {
    // JavaScript, too, knows a hundred digits.
    assert.is(decimalOf(Numeral.float(float))!.toPrecision(100), float.toPrecision(100));
  }
  for (const float of [1e22, -1.7976931348623157e308, 2 ** 53, 0, 5]) {
    assert.is(decimalOf(Numeral.float(float))!.toFixed(), BigInt(float).toString());
  }
});

test("msgpack keeps integers and floats apart, and bytes that are UTF-8 are texts", () => {
  // {"a": [5, 5.0, 5.0 of 4 bytes, 2^64-1, -2^63], b"b": b"x"}
  const hex = "82a16195" + "05" + "cb4014000000000000" + "ca40a00000" + "cfffffffffffffffff" + "d38000000000000000" +
    "c40162" + "c40178";
  const content = read(new Packed(parseHex(hex)));
  assert.is(contentText(content), '{"a": [5, 5.0, 5.0, 18446744073709551615, -9223372036854775808], "b": "x"}');
  assert.equal(plainContent(content), { a: [5, 5, 5, 2n ** 64n - 1n, -(2n ** 63n)], b: "x" });
});

test("plain values are what they are sent as: whole numbers are integers", () => {
  const plain = { a: [5, -1, 1.5, 2 ** 53, -0, 1e300, 2n ** 63n, null, true], ["9"]: "ä", b: {} };
  const text =
    '{"9": "\\u00e4", "a": [5, -1, 1.5, 9007199254740992.0, -0.0, 1e+300, 9223372036854775808, null, true], "b": {}}';
  assert.is(contentText(read(plain)), text);
  assert.is(contentText(read(pack(plain))), text);
});

test("a text is sent with the forms of its numbers, and read again as the same", () => {
  const content = read(
    '{"b": [5, 5.0, -0.0, 1e3, 18446744073709551615, -9223372036854775808], "a": {"9": "ä", "": null}}',
  );
  const packed = packContent(EVENT, content);
  assert.is(
    formatHex(packed.bytes),
    "82a1629605cb4014000000000000cb8000000000000000cb408f400000000000cfffffffffffffffffd38000000000000000" +
      "a16182a139a2c3a4a0c0",
  );
  assert.is(contentText(read(packed)), contentText(content));
  for (const count of [15, 16, 65535, 65536]) {
    const list = JSON.stringify(Array.from({ length: count }, () => 0));
    assert.equal(packContent(EVENT, read(list)), pack(Array.from({ length: count }, () => 0)));
    const map = JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 0])));
    assert.equal(packContent(EVENT, read(map)), pack(JSON.parse(map)));
  }
  for (const text of ["[18446744073709551616]", "[-9223372036854775809]", '["\\ud800"]', '{"\\udc00": 1}']) {
    throws(() => packContent(EVENT, read(text)), "invalid-event");
  }
});

test("what is not JSON, too large or too deep is refused, with the path", () => {
  const deep = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  read(deep(48));
  for (
    const text of [
      "",
      "{",
      "[1,]",
      "NaN",
      "[Infinity]",
      "[-Infinity]",
      "01",
      "[1e400]",
      "[-1e999999999999]",
      "'a'",
      "[1.]",
    ]
      .concat('"\n"', "nul", deep(49), deep(400_000), `"${"x".repeat(1024 * 1024)}"`, "[1] 2", '{"a" 1}', "\ufeff1")
  ) throws(() => read(text), "invalid-event");
  const { message } = throws(() => read('{"a": [0, {"b c": 1e400}]}'), "invalid-event");
  assert.is(message, 'Cannot use the event: a[1]["b c"] is not a finite number');
  let nested: MsgpackValue = 1;
  for (let level = 0; level < 49; level++) nested = [nested];
  for (
    const hex of ["cb7ff8000000000000", "cb7ff0000000000000", "d40500", "c401ff", "8101c0", "81c401ff01", "91d40500"]
  ) throws(() => read(new Packed(parseHex(hex))), "invalid-event");
  const circle: { [key: string]: MsgpackValue } = {};
  circle.self = circle;
  for (const value of [nested, circle, { a: undefined }, { a: new Date(0) }, { a: "\ud800" }, { a: NaN }, 2n ** 64n]) {
    throws(() => read(value as never), "invalid-event");
  }
});

test("of equal keys the last one counts, and keys may be what objects inherit", () => {
  const content = read('{"__proto__": 1, "a": 1, "constructor": {"__proto__": []}, "a": 2.0, "0": 3}');
  assert.is(contentText(content), '{"0": 3, "__proto__": 1, "a": 2.0, "constructor": {"__proto__": []}}');
  const plain = plainContent(content) as Record<string, unknown>;
  assert.equal(Object.keys(plain), ["0", "__proto__", "a", "constructor"]);
  assert.is(Object.getPrototypeOf(plain), Object.prototype);
});

test.run();
