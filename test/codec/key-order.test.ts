import { suite } from "uvu";
import * as assert from "uvu/assert";
import { chosen } from "../../codec/arbitrary/fast-check.ts";
import { pick } from "../../codec/arbitrary/random.ts";
import type { RandomSource } from "../../codec/schema/extension.ts";
import { decodeJson, document, jsonAny, jsonText, orderedKeys } from "../../codec/json/mod.ts";
import * as w from "../../codec/mod.ts";
import { any, arrayOf, decodeMsgpack, encodeMsgpack, Ext, msgpack, pack, unpack } from "../../codec/msgpack/mod.ts";
import { assertDecodersAgree, assertEncodersAgree } from "./agreement.ts";
import { loadGenerated } from "./codegen/load.ts";
import { check } from "./seed.ts";
import { decodeRefusals } from "./table.ts";

const test = suite("codec: order of keys");
type Entries = readonly (readonly [key: string, value: unknown])[];

/** A map in the order given, which no object of the test itself could have. */
class Ordered {
  readonly entries: Entries;

  constructor(entries: Entries) {
    this.entries = entries;
  }
}

const Any = msgpack(any);
const text = new TextEncoder();

/** The shortest msgpack form of a value, written by the test. */
function packedBytes(value: unknown): number[] {
  if (Array.isArray(value)) return [0x90 | value.length, ...value.flatMap(packedBytes)];
  if (!(value instanceof Ordered)) return [...encodeMsgpack(any, value as null)];
  const { length } = value.entries;
  const head = length < 16 ? [0x80 | length] : [0xde, length >> 8, length & 255];
  return [...head, ...value.entries.flatMap(([key, item]) => [...encodeMsgpack(any, key), ...packedBytes(item)])];
}

const ordered = (...keys: string[]) => new Ordered(keys.map((key, index) => [key, index]));

const KEYS = ["0", "1", "2", "9", "10", "007", "-1", "1.5", "1e3", "", "a", "b", "z", "constructor", "toString", "é"];
KEYS.push("4294967294", "4294967295", "4294967296", "9007199254740991", "9007199254740992", "1".repeat(40), "\ufeff1");

const MAPS: readonly Ordered[] = [
  ordered("b", "10", "2", "a"),
  ordered("2", "1", "0"),
  ordered("0", "1", "2"),
  ordered("a", "0"),
  ordered("4294967296", "4294967295", "4294967294", "1"),
  new Ordered([["x", ordered("b", "1")], ["3", ordered("2", "1")], ["2", new Ordered([["k", ordered("z", "9")]])]]),
  ordered("\ufeff", "1", "0"),
  ordered(...Array.from({ length: 40 }, (_, index) => String(40 - index))),
];

for (const map of MAPS) {
  const keys = map.entries.map(([key]) => key);
  test(`msgpack maps keep ${JSON.stringify(keys).slice(0, 60)}`, () => {
    const bytes = Uint8Array.from(packedBytes(map));
    assertDecodersAgree(Any, bytes);
    for (const value of decodedAll(bytes)) {
      assert.equal(orderedKeys(value as object), keys);
      assert.is(w.formatHex(assertEncodersAgree(Any, value)!), w.formatHex(bytes));
    }
  });
}

/** The value of bytes by every way of decoding them. */
function decodedAll(bytes: Uint8Array): unknown[] {
  const Frame = w.struct({ n: w.u8, value: Any });
  const frame = Uint8Array.of(7, ...bytes);
  const decoder = w.stream(Any);
  for (const byte of bytes) decoder.push(Uint8Array.of(byte));
  const canonical = msgpack(any, { canonical: true });
  return [
    decodeMsgpack(any, bytes),
    w.decode(Any, bytes),
    w.decode(Any, bytes, { copy: true }),
    w.decode(canonical, bytes),
    w.decode(Frame, frame).value,
    w.decodePrefix(Frame, frame).value.value,
    w.inspect(Any, bytes).value,
    decoder.pull()?.value ?? decoder.finish()?.value,
    decodeMsgpack(arrayOf(any), Uint8Array.of(0x91, ...bytes))[0],
    unpack(pack(decodeMsgpack(any, bytes))),
  ];
}

function randomValue(choose: RandomSource, depth: number): unknown {
  switch (choose(depth < 3 ? 6 : 3)) {
    case 0:
      return choose(1000);
    case 1:
      return pick(choose, KEYS);
    case 2:
      return Uint8Array.of(1, 2);
    case 3:
      return new Ext(5, Uint8Array.of(0x82, 0xa1, 0x31));
    case 4:
      return Array.from({ length: choose(3) }, () => randomValue(choose, depth + 1));
    default: {
      const keys = new Set(Array.from({ length: choose(20) }, () => pick(choose, KEYS)));
      return new Ordered([...keys].map((key) => [key, randomValue(choose, depth + 1)]));
    }
  }
}

test("random msgpack values are written as they came", () => {
  check("key order", chosen((choose) => randomValue(choose, 0)), 1000, (value) => {
    const bytes = Uint8Array.from(packedBytes(value));
    for (const decoded of decodedAll(bytes)) {
      assert.is(w.formatHex(encodeMsgpack(any, decoded as null)), w.formatHex(bytes));
    }
  });
});

test("decoded maps look like any object", () => {
  const value = decodeMsgpack(any, Uint8Array.from(packedBytes(ordered("b", "1"))));
  assert.equal(value, { b: 0, 1: 1 });
  assert.equal(Reflect.ownKeys({ ...value as object }), ["1", "b"]);
  assert.is(JSON.stringify(value), '{"1":1,"b":0}');
  assert.equal(Object.keys(structuredClone(value) as object), ["1", "b"]);
});

test("maps that were changed are written with what they have", () => {
  const value = decodeMsgpack(any, Uint8Array.from(packedBytes(ordered("c", "7", "b", "5")))) as Record<string, number>;
  delete value.b;
  value.d = 1;
  value["6"] = 2;
  assert.equal(orderedKeys(value), ["c", "7", "5", "6", "d"]);
  const again = decodeMsgpack(any, encodeMsgpack(any, value)) as object;
  assert.equal(orderedKeys(again), ["c", "7", "5", "6", "d"]);
  delete value["7"];
  delete value["5"];
  delete value["6"];
  assert.equal(orderedKeys(value), ["c", "d"]);
});

test("what was refused is refused", () => {
  decodeRefusals(Any, [
    ["82 a131 01 a131 02", "msgpack", "", 4],
    ["83 a162 01 a131 02 a162 03", "msgpack", "", 7],
    ["82 a131 01 a95f5f70726f746f5f5f 02", "msgpack", "", 4],
    ["82 a131 01 01 02", "msgpack", "", 4],
    ["82 a162 01 a131", "truncated", "1", 6],
  ]);
});

/** Whether bytes are decoded and encoded to the same; a difference of so many would take minutes to show. */
function isKept(bytes: Uint8Array): boolean {
  const again = encodeMsgpack(any, decodeMsgpack(any, bytes));
  return again.length === bytes.length && again.every((byte, index) => byte === bytes[index]);
}

test("many maps and large ones take no more than their bytes", () => {
  const small = packedBytes(ordered("a", "1"));
  const count = 60_000;
  const many = new Uint8Array(3 + count * small.length);
  many.set([0xdc, count >> 8, count & 255]);
  for (let index = 0; index < count; index++) many.set(small, 3 + index * small.length);
  assert.ok(isKept(many));
  const large = ordered(...Array.from({ length: 60_000 }, (_, index) => String(60_000 - index)));
  const bytes = Uint8Array.from(packedBytes(large));
  assert.ok(isKept(bytes));
});

test("JSON objects know the order of their keys, and are written with sorted ones", () => {
  const source = '{"b":{"z":1,"1":2},"10":2,"2":[{"y":1,"0":2}],"__proto__":3,"a":4,"10":5}';
  const bytes = text.encode(source);
  const Document = document(jsonAny);
  const decoder = w.stream(Document);
  decoder.push(bytes);
  const all = [decodeJson(jsonAny, bytes), w.decode(Document, bytes), w.inspect(Document, bytes).value];
  for (const decoded of [...all, decoder.pull()!.value]) {
    const value = decoded as { b: object; 2: object[]; 10: number };
    assert.equal(orderedKeys(value), ["b", "10", "2", "__proto__", "a"]);
    assert.equal([orderedKeys(value.b), orderedKeys(value[2][0]), value[10]], [["z", "1"], ["y", "0"], 5]);
    const written = '{"10":5,"2":[{"0":2,"y":1}],"__proto__":3,"a":4,"b":{"1":2,"z":1}}';
    assert.is(jsonText(jsonAny, decoded as null), written);
    assert.is(jsonText(jsonAny, decodeJson(jsonAny, text.encode(written))), written);
  }
});

test("generated codecs keep the order", async () => {
  const schemas = { Value: Any, Pair: w.struct({ n: w.u8, value: msgpack(arrayOf(any)) }), Text: document(jsonAny) };
  const generated = await loadGenerated(schemas);
  for (const map of MAPS) {
    const bytes = Uint8Array.from(packedBytes(map));
    assert.equal(generated.encodeValue(generated.decodeValue(bytes)), bytes);
    const pair = Uint8Array.of(7, 0x91, ...bytes);
    assert.equal(generated.encodePair(generated.decodePair(pair)), pair);
    const decoder = generated.streamValue() as w.StreamDecoder<unknown>;
    decoder.push(bytes);
    assert.equal(generated.encodeValue(decoder.pull()?.value), bytes);
  }
  const value = generated.decodeText(text.encode('{"b":1,"10":2,"2":3}')) as object;
  assert.equal(orderedKeys(value), ["b", "10", "2"]);
});

test.run();
