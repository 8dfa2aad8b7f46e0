import { decode as decodeOther } from "@msgpack/msgpack";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError, decode, encode, formatHex, parseHex } from "../../../codec/mod.ts";
import {
  any,
  decodeMsgpack,
  encodeMsgpack,
  Ext,
  float64,
  msgpack,
  msgpackScanner,
  type MsgpackShape,
  type MsgpackValue,
  Packed,
  packed,
  unpack,
} from "../../../codec/msgpack/mod.ts";
import { fixture } from "../../fixture.ts";
import { assertDecodersAgree, assertEncodersAgree } from "../agreement.ts";
import { same } from "../same.ts";

/** A value with its msgpack type as its key. */
type Tagged =
  | { nil: true }
  | { bool: boolean }
  | { int: string }
  | { float: string }
  | { str: string }
  | { bin: string }
  | { ext: [type: number, data: string] }
  | { array: Tagged[] }
  | { map: [key: Tagged, value: Tagged][] };

interface Vectors {
  values: { name: string; value: Tagged; hex: string }[];
  large: { type: "str" | "bin" | "ext" | "array" | "map"; count: number; head: string; length: number }[];
  longer: { hex: string; value: Tagged; shortest: string }[];
  refused: { name: string; hex: string; error: string }[];
}

const vectors = fixture("msgpack-vectors.json") as Vectors;

/** The value in JavaScript, or undefined for a map that an object cannot be. */
function plain(value: Tagged): MsgpackValue | undefined {
  if ("nil" in value) return null;
  if ("bool" in value) return value.bool;
  if ("int" in value) return Number.isSafeInteger(Number(value.int)) ? Number(value.int) : BigInt(value.int);
  if ("float" in value) return new DataView(parseHex(value.float).buffer).getFloat64(0);
  if ("str" in value) return value.str;
  if ("bin" in value) return parseHex(value.bin);
  if ("ext" in value) return new Ext(value.ext[0], parseHex(value.ext[1]));
  if ("array" in value) {
    const items = value.array.map(plain);
    return items.includes(undefined) ? undefined : items as MsgpackValue[];
  }
  const entries = value.map.map(([key, item]) => [key, plain(item)] as const);
  if (entries.some(([key, item]) => !("str" in key) || key.str === "__proto__" || item === undefined)) return undefined;
  return Object.fromEntries(entries.map(([key, item]) => [(key as { str: string }).str, item!]));
}

/** Whether JavaScript has another value for it: a float that is whole, or an object that puts its keys in order. */
function isBlurred(value: Tagged): boolean {
  if ("float" in value) {
    const number = new DataView(parseHex(value.float).buffer).getFloat64(0);
    return Number.isSafeInteger(number) && !Object.is(number, -0);
  }
  if ("array" in value) return value.array.some(isBlurred);
  if (!("map" in value)) return false;
  return value.map.some(([key, item]) => isBlurred(item) || "str" in key && /^\d+$/.test(key.str));
}

/** What `@msgpack/msgpack` makes of a value: integers of 8 bytes are bigints, extensions other objects. */
function comparable(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(comparable);
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (typeof value !== "object" || value === null) return value;
  if ("type" in value && "data" in value) {
    return new Ext(value.type as number, Uint8Array.from(value.data as Uint8Array));
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, comparable(item)]));
}

/** Splits bytes in two everywhere and asserts that the scanner finds the end of the value all the same. */
function assertScanned(bytes: Uint8Array): void {
  const limits = { depthMax: 64, elementsMax: 1_000_000 };
  for (let split = 0; split <= bytes.length; split++) {
    const scanner = msgpackScanner(limits);
    const first = scanner.push(bytes, 0, split);
    assert.is(first, split === bytes.length ? split : -1, `end after ${split} bytes`);
    if (first === -1) assert.is(scanner.push(bytes, split, bytes.length), bytes.length);
  }
  const scanner = msgpackScanner(limits);
  for (let at = 0; at < bytes.length; at++) {
    assert.is(scanner.push(bytes, at, at + 1), at + 1 === bytes.length ? bytes.length : -1);
  }
  const followed = Uint8Array.from([...bytes, 0xc1, 0xc1]);
  assert.is(msgpackScanner(limits).push(followed, 0, followed.length), bytes.length);
}

const test = suite("msgpack: values of u-msgpack");

test("values are written as u-msgpack writes them, and read back", () => {
  let count = 0;
  for (const { name, value, hex } of vectors.values) {
    const expected = plain(value);
    const bytes = parseHex(hex);
    if (expected === undefined) continue;
    assert.ok(same(decodeMsgpack(any, bytes), expected), `${name}: decoded`);
    assertDecodersAgree(msgpack(any), bytes);
    if (!isBlurred(value)) {
      assert.is(formatHex(encodeMsgpack(any, expected)), hex, `${name}: encoded`);
      assertEncodersAgree(msgpack(any), expected);
    }
    count++;
  }
  assert.ok(count > 400);
});

test("a float stays one where the shape says so", () => {
  const floats = vectors.values.filter(({ value }) => "float" in value);
  assert.ok(floats.length > 15);
  for (const { value, hex } of floats) assert.is(formatHex(encodeMsgpack(float64, plain(value) as number)), hex);
});

test("packed values keep their bytes, whatever they are", () => {
  for (const { name, value, hex } of vectors.values) {
    const bytes = parseHex(hex);
    const kept = decodeMsgpack(packed, bytes);
    assert.is(formatHex(encodeMsgpack(packed, kept)), hex, name);
    assert.is(formatHex(new Packed(bytes).bytes), hex);
    const expected = plain(value);
    if (expected !== undefined) assert.ok(same(unpack(kept), expected));
    else assert.throws(() => unpack(kept), (error: unknown) => error instanceof CodecError && error.code === "msgpack");
  }
});

test("@msgpack/msgpack reads the same", () => {
  for (const { name, value, hex } of vectors.values) {
    const expected = plain(value);
    // It drops a byte order mark of a long text, and makes Dates of extension type -1.
    if (expected === undefined || hex.includes("efbbbf")) continue;
    const other = comparable(decodeOther(parseHex(hex), { useBigInt64: true }));
    assert.ok(same(comparable(decodeMsgpack(any, parseHex(hex))), other), name);
  }
});

test("the end of a value is found however it is split", () => {
  for (const { hex } of vectors.values) if (hex.length < 800) assertScanned(parseHex(hex));
});

test("every truncation is refused as one", () => {
  for (const { value, hex } of vectors.values) {
    const bytes = parseHex(hex);
    // A key that no object can have may be met before the end is.
    const shapes: MsgpackShape[] = plain(value) === undefined ? [packed] : [any, packed];
    const step = Math.max(1, Math.floor(bytes.length / 300));
    for (let length = 0; length < bytes.length; length += step) {
      for (const shape of shapes) {
        assert.throws(
          () => decodeMsgpack(shape, bytes.subarray(0, length)),
          (error: unknown) => error instanceof CodecError && error.code === "truncated",
        );
      }
    }
  }
});

test("large values have the headers of u-msgpack", () => {
  const make: Record<Vectors["large"][number]["type"], (count: number) => MsgpackValue> = {
    str: (count) => "y".repeat(count),
    bin: (count) => new Uint8Array(count).fill(0x79),
    ext: (count) => new Ext(5, new Uint8Array(count).fill(0x79)),
    array: (count) => new Array(count).fill(null),
    map: (count) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [index.toString(16).padStart(5, "0"), null])),
  };
  for (const { type, count, head, length } of vectors.large) {
    const value = make[type](count);
    // Keys that look like numbers would be put in order: these have leading zeros, but for the last ones.
    const bytes = encodeMsgpack(any, value);
    assert.is(bytes.length, length, `${type} of ${count}`);
    assert.is(formatHex(bytes.subarray(0, 5)), head.slice(0, 10), `${type} of ${count}`);
    if (type !== "map") assert.is(formatHex(bytes.subarray(0, 6)), head);
    assert.ok(same(decodeMsgpack(any, bytes), value), `${type} of ${count}`);
  }
});

test("longer forms are read, and refused where only the shortest are wanted", () => {
  const strict = msgpack(any, { canonical: true });
  for (const { hex, value, shortest } of vectors.longer) {
    const expected = plain(value)!;
    assert.ok(same(decode(msgpack(any), parseHex(hex)), expected), hex);
    if (!isBlurred(value)) assert.is(formatHex(encode(msgpack(any), expected)), shortest, hex);
    assert.ok(same(decode(strict, parseHex(shortest)), expected), shortest);
    assert.throws(() => decode(strict, parseHex(hex)), (error: unknown) => {
      return error instanceof CodecError && error.code === "canonical";
    }, hex);
    assertDecodersAgree(strict, parseHex(hex));
  }
  for (const { hex, value } of vectors.values) {
    if (plain(value) !== undefined) assert.ok(same(decode(strict, parseHex(hex)), plain(value)), hex);
  }
});

test("what u-msgpack refuses is refused", () => {
  for (const { name, hex } of vectors.refused) {
    assert.throws(() => decodeMsgpack(any, parseHex(hex)), (error: unknown) => error instanceof CodecError, name);
    assertDecodersAgree(msgpack(any), parseHex(hex));
  }
});

test.run();
