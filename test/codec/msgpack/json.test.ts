/**
 * Msgpack as JSON, and JSON as msgpack.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError } from "../../../codec/error.ts";
import { formatHex, parseHex } from "../../../codec/mod.ts";
import { exactJson } from "../../../codec/json/mod.ts";
import { any, jsonOfPacked, pack, Packed, packJson, unpack } from "../../../codec/msgpack/mod.ts";
import { arbitraryShape } from "../../../codec/msgpack/arbitrary.ts";
import { fromSeed } from "../../../codec/arbitrary/mod.ts";
import { seed } from "../seed.ts";

const test = suite("codec: msgpack and JSON");

const packedHex = (json: string) => formatHex(packJson(exactJson(json)).bytes);
const jsonOf = (hex: string) => jsonOfPacked(new Packed(parseHex(hex)));

test("values in both languages", () => {
  const rows: readonly (readonly [json: string, hex: string])[] = [
    ["null", "c0"],
    ["[true,false]", "92c3c2"],
    ["[5,5.0,-5,-5.0]", "9405cb4014000000000000fbcbc014000000000000"],
    ["[0,-0.0,0.1]", "9300cb8000000000000000cb3fb999999999999a"],
    ["18446744073709551615", "cfffffffffffffffff"],
    ["-9223372036854775808", "d38000000000000000"],
    ["9007199254740993", "cf0020000000000001"],
    ["1e+21", "cb444b1ae4d6e2ef50"],
    ["100000000000000000000.0", "cb4415af1d78b58c40"],
    ['"é"', "a2c3a9"],
    ['{"b":1,"7":2,"a":[]}', "83a16201a13702a16190"],
    [
      '{"__proto__":{"__proto__":1},"constructor":2}',
      "82a95f5f70726f746f5f5f81a95f5f70726f746f5f5f01ab636f6e7374727563746f7202",
    ],
    ['{"hex":"ff00"}', "c402ff00"],
    ['{"hex":"f"}', "81a3686578a166"],
    ['{"hex":"zz"}', "81a3686578a27a7a"],
    ['{"hex":5}', "81a368657805"],
    ['{"hex":"00","more":1}', "82a3686578a23030a46d6f726501"],
    ['{"msgpack":"c1"}', "81a76d73677061636ba26331"],
    ['{"msgpack":"0505"}', "81a76d73677061636ba430353035"],
    ['{"msgpack":"cb7ff8000000000000"}', "cb7ff8000000000000"],
    ['{"msgpack":"cbfff0000000000000"}', "cbfff0000000000000"],
    ['[{"msgpack":"d4fe2a"}]', "91d4fe2a"],
    // Keys that are no texts, or equal; a map that would be taken for bytes, or for a value.
    ['{"msgpack":"810102"}', "810102"],
    ['{"msgpack":"82a16101a16102"}', "82a16101a16102"],
    ['[1,{"msgpack":"81a3686578a23030"}]', "920181a3686578a23030"],
    ['{"msgpack":"81a76d73677061636ba26330"}', "81a76d73677061636ba26330"],
  ];
  for (const [json, hex] of rows) {
    assert.is(packedHex(json), hex, json);
    assert.is(jsonOf(hex), json, hex);
  }
});

test("what has one form in JSON only, or in msgpack", () => {
  assert.is(packedHex("[-0,5e0,1E2]"), "9300cb4014000000000000cb4059000000000000");
  assert.is(packedHex('{"hex":"FF"}'), "c401ff");
  assert.is(packedHex('{"msgpack":"05"}'), "05");
  assert.is(packedHex(' { "a" : [ ] } '), "81a16190");
  assert.is(jsonOf("c40161"), '"a"', "bytes that are UTF-8 are texts");
  assert.is(jsonOf("c400"), '""');
  assert.is(jsonOf("81c4016105"), '{"a":5}', "keys, too: Python 2 has no other texts");
  assert.is(jsonOf("82c4016105a16106"), '{"msgpack":"82c4016105a16106"}');
  assert.is(jsonOf("ca40a00000"), "5.0");
  assert.is(jsonOf("cd0005"), "5");
  assert.is(jsonOf("dc0001c0"), "[null]");
});

test("what msgpack cannot say is refused, with its path", () => {
  const deep = (levels: number, inside = "") => `${"[".repeat(levels)}${inside}${"]".repeat(levels)}`;
  const rows: readonly (readonly [json: string, code: string, path: string])[] = [
    ["[18446744073709551616]", "range", "[0]"],
    ['{"a":[0,-9223372036854775809]}', "range", "a[1]"],
    ["1e400", "range", ""],
    ["-1e400", "range", ""],
    ["1".repeat(1000), "range", ""],
    [deep(60, `{"msgpack":"${"91".repeat(5)}00"}`), "limit", ""],
  ];
  for (const [json, code, path] of rows) {
    try {
      packJson(exactJson(json));
    } catch (error) {
      assert.instance(error, CodecError);
      assert.equal([(error as CodecError).code, (error as CodecError).path], [code, path], json);
      continue;
    }
    assert.unreachable(json);
  }
  assert.throws(() => packJson(exactJson(deep(65), { depthMax: 100 })), ({ code }: CodecError) => code === "limit");
  assert.is(packedHex(deep(64)), `${"91".repeat(63)}90`);
});

test("random values stay the same, but for bytes that are texts", () => {
  console.log(`  msgpack and JSON: WARPWIRE_SEED=${seed}`);
  const random = fromSeed(seed);
  for (let round = 0; round < 2000; round++) {
    const packed = pack(arbitraryShape(any, random) as never);
    const json = jsonOfPacked(packed);
    const again = packJson(exactJson(json));
    assert.is(jsonOfPacked(again), json, formatHex(packed.bytes));
    JSON.parse(json);
    if (!hasTexts(unpack(packed))) assert.is(formatHex(again.bytes), formatHex(packed.bytes), json);
  }
});

/** Whether there are bytes that JSON has as text. */
function hasTexts(value: unknown): boolean {
  if (value instanceof Uint8Array) {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(value);
      return true;
    } catch {
      return false;
    }
  }
  return typeof value === "object" && value !== null && Object.values(value).some(hasTexts);
}

test.run();
