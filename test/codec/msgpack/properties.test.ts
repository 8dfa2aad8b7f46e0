import { decode as decodeOther, Decoder, encode as encodeOther } from "@msgpack/msgpack";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { chosen } from "../../../codec/arbitrary/fast-check.ts";
import { fromSeed, pick } from "../../../codec/arbitrary/random.ts";
import type { RandomSource } from "../../../codec/schema/extension.ts";
import { arbitraryValue } from "../../../codec/arbitrary/values.ts";
import {
  CodecError,
  decode,
  describeText,
  encode,
  formatHex,
  inspect,
  type Schema,
  stream,
  struct,
  u8,
} from "../../../codec/mod.ts";
import {
  any,
  arrayOf,
  bin,
  boolean,
  bytesLike,
  decodeMsgpack,
  encodeMsgpack,
  exactly,
  Ext,
  float64,
  int,
  int64,
  intBetween,
  mapOf,
  msgpack,
  msgpackScanner,
  type MsgpackShape,
  namedTuple,
  nil,
  nullable,
  oneOf,
  optionalField,
  packed,
  packedWithin,
  str,
  tagged,
  textLike,
  tupleOf,
  uint,
  uint64,
} from "../../../codec/msgpack/mod.ts";
import { mutate } from "../../../codec/arbitrary/mutate.ts";
import { assertDecodersAgree, assertEncodersAgree } from "../agreement.ts";
import { same } from "../same.ts";
import { verdict } from "./oracle.ts";
import { check } from "../seed.ts";
import { spoil } from "../spoil.ts";

const SINGLE: readonly MsgpackShape[] = [
  nil,
  boolean,
  uint,
  int,
  intBetween(-5, 300),
  uint64,
  int64,
  float64,
  str,
  textLike("bin"),
  textLike("str"),
  bin(),
  bin(20),
  bytesLike(),
  bytesLike(3),
  exactly("ping"),
  any,
  packed,
  packedWithin(10),
];

/** Shapes that can be told apart, each another msgpack type. */
const DISTINCT: readonly MsgpackShape[] = [nil, boolean, int, float64, str, bin(4), arrayOf(uint), mapOf({ a: any })];

function randomShape(choose: RandomSource, depth = 0): MsgpackShape {
  if (depth >= 3 || choose(2) === 0) return pick(choose, SINGLE);
  const inner = () => randomShape(choose, depth + 1);
  const fields = (optional: boolean) =>
    Object.fromEntries(
      Array.from({ length: choose(5) }, (_, index) => [`${"abcdé"[index]}${choose(9)}`, inner()])
        .map(([name, shape], index, all) => {
          const last = index >= all.length - 2;
          return [name, optional && last ? optionalField(shape as MsgpackShape) : shape];
        }),
    ) as Parameters<typeof namedTuple>[0];
  switch (choose(7)) {
    case 0:
      return arrayOf(inner());
    case 1:
      return tupleOf(Array.from({ length: choose(4) }, inner));
    case 2:
      return namedTuple(fields(choose(1) === 1));
    case 3: {
      const made = fields(false);
      const names = Object.keys(made);
      const make = (...parts: unknown[]) => Object.fromEntries(names.map((name, index) => [name, parts[index]]));
      return namedTuple(made, make as () => Record<string, never>);
    }
    case 4:
      return mapOf(fields(choose(1) === 1), { extra: choose(1) === 1 ? "ignore" : "refuse", binKeys: choose(1) === 1 });
    case 5:
      return tagged(pick(choose, ["ping", "", "é".repeat(20)]), inner());
    case 6:
      return oneOf(DISTINCT.filter(() => choose(1) === 1).concat(tagged("x", tupleOf([uint]))).filter(isDistinct));
    default: {
      const shape = inner();
      return shape.kind === "nil" || shape.kind === "any" || shape.kind === "packed" || shape.kind === "oneOf"
        ? shape
        : nullable(shape);
    }
  }
}

/** Asserts that bytes are read, or refused, as the plain reader of this test does it. */
function assertAsTheOracle(shape: MsgpackShape, bytes: Uint8Array, canonical: boolean): void {
  const expected = verdict(shape, bytes, canonical);
  const { value, length, error } = inspect(msgpack(shape, { canonical }), bytes, { prefix: true });
  if (error !== undefined) {
    assert.equal({ code: error.code, path: error.path, offset: error.offset }, expected, formatHex(bytes));
  } else {
    assert.ok("value" in expected, `only the oracle refuses ${formatHex(bytes)}`);
    assert.is(length, expected.length);
    assert.ok(same(value, expected.value), `another value of ${formatHex(bytes)}`);
  }
}

/** An array shape and a tagged one begin alike: the first stays. */
function isDistinct(shape: MsgpackShape, index: number, all: readonly MsgpackShape[]): boolean {
  return shape.kind !== "tagged" || !all.slice(0, index).some((other) => other.kind === "array");
}

function explained<T>(schema: Schema, what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new Error(`${(error as Error).stack}\n${what}\nSchema:\n${describeText(schema)}`, { cause: error });
  }
}

const test = suite("msgpack: properties");

let inputs = 0;
let accepted = 0;

test("compiled and walking agree on random shapes, values and broken bytes", () => {
  const cases = chosen((choose) => ({
    schema: struct({ first: u8, value: msgpack(randomShape(choose), { canonical: choose(3) === 0 }), last: u8 }),
    seed: choose(2 ** 32 - 1),
  }));
  check("msgpack agreement", cases, 700, ({ schema, seed }) => {
    const choose = fromSeed(seed);
    const value = explained(schema, "generate", () => arbitraryValue(schema, choose));
    const bytes = explained(schema, "encode", () => assertEncodersAgree(schema, value))!;
    explained(schema, bytes === undefined ? "refused" : formatHex(bytes), () => {
      assert.ok(bytes !== undefined, "generated values are valid");
      assertDecodersAgree(schema, bytes);
      assert.ok(same(decode(schema, bytes), value), "the value comes back");
      assertStreamed(schema, bytes, value, choose);
    });
    for (let round = 0; round < 6; round++) {
      const broken = mutate(bytes, inspect(schema, bytes).spans, choose);
      explained(schema, formatHex(broken), () => assertDecodersAgree(schema, broken));
      inputs++;
      if (inspect(schema, broken).error === undefined) accepted++;
      const spoiled = spoil(value, choose);
      explained(schema, "spoiled value", () => assertEncodersAgree(schema, spoiled));
    }
  });
  assert.ok(accepted < inputs / 2, `${accepted} of ${inputs} broken messages were accepted`);
});

function assertStreamed(schema: Schema, bytes: Uint8Array, value: unknown, choose: RandomSource): void {
  const decoder = stream(schema);
  const found: unknown[] = [];
  const twice = Uint8Array.from([...bytes, ...bytes]);
  for (let at = 0; at < twice.length;) {
    const end = Math.min(twice.length, at + 1 + choose(choose(1) === 0 ? 2 : 200));
    // What was pushed may be used again at once.
    const chunk = twice.slice(at, end);
    decoder.push(chunk);
    for (let message = decoder.pull(); message !== null; message = decoder.pull()) found.push(message.value);
    chunk.fill(0xc1);
    at = end;
  }
  assert.is(decoder.finish(), null);
  assert.is(found.length, 2);
  for (const one of found) assert.ok(same(one, value), "the value comes out of a stream");
}

test("values are read, and broken bytes refused, as the plain oracle does it", () => {
  const cases = chosen((choose) => ({
    shape: randomShape(choose),
    canonical: choose(3) === 0,
    seed: choose(2 ** 32 - 1),
  }));
  check("msgpack oracle", cases, 1000, ({ shape, canonical, seed }) => {
    const choose = fromSeed(seed);
    const schema = msgpack(shape, { canonical }) as Schema;
    const bytes = encode(schema, arbitraryValue(schema, choose), { owned: true });
    explained(schema, "whole", () => assertAsTheOracle(shape, bytes, canonical));
    for (let round = 0; round < 8; round++) {
      const broken = mutate(bytes, inspect(schema, bytes).spans, choose);
      explained(schema, "broken", () => assertAsTheOracle(shape, broken, canonical));
    }
  });
});

test("every truncation is refused with a CodecError", () => {
  const cases = chosen((choose) => ({ schema: msgpack(randomShape(choose)), seed: choose(2 ** 32 - 1) }));
  check("msgpack truncations", cases, 200, ({ schema, seed }) => {
    const bytes = encode(schema as Schema, arbitraryValue(schema, fromSeed(seed)));
    for (let length = 0; length < bytes.length; length += 1 + Math.floor(bytes.length / 200)) {
      const { error, spans } = inspect(schema, bytes.subarray(0, length));
      assert.is(error?.code, "truncated", formatHex(bytes));
      assert.ok((spans.at(-1)?.end ?? 0) <= length);
    }
  });
});

test("the scanner finds the end of what decoding accepts, and nothing it refuses is accepted", () => {
  const cases = chosen((choose) => {
    const bytes = encodeMsgpack(any, arbitraryValue(msgpack(any), choose), { owned: true });
    return { bytes: choose(1) === 0 ? bytes : mutate(bytes, inspect(msgpack(any), bytes).spans, choose), choose };
  });
  check("msgpack scanner", cases, 1000, ({ bytes, choose }) => {
    const { length, error } = inspect(msgpack(packed), bytes, { prefix: true });
    const scanner = msgpackScanner({ depthMax: 64, elementsMax: 1_000_000 });
    let end = -1;
    let refused = false;
    for (let at = 0; at < bytes.length && end === -1 && !refused;) {
      const next = Math.min(bytes.length, at + 1 + choose(7));
      try {
        end = scanner.push(bytes, at, next);
      } catch (thrown) {
        assert.instance(thrown, CodecError);
        refused = true;
      }
      at = next;
    }
    if (error === undefined) assert.is(end, length);
    if (error?.code === "truncated") assert.is(end, -1);
  });
});

/** What both libraries can say: no extension, no integer of 8 bytes that a number cannot be. */
function isCommon(value: unknown): boolean {
  if (typeof value === "bigint" || value instanceof Ext || Object.is(value, -0)) return false;
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) {
    return typeof value !== "string" || !value.startsWith("\ufeff");
  }
  return Object.entries(value).every(([key, item]) => isCommon(key) && isCommon(item));
}

test("@msgpack/msgpack reads and writes the same", () => {
  let compared = 0;
  check("second implementation", chosen((choose) => arbitraryValue(msgpack(any), choose)), 1500, (value) => {
    if (!isCommon(value)) return;
    const bytes = encodeMsgpack(any, value);
    assert.is(formatHex(bytes), formatHex(encodeOther(value)));
    assert.ok(same(decodeOther(Uint8Array.from(bytes)), decodeMsgpack(any, Uint8Array.from(bytes))));
    compared++;
  });
  assert.ok(compared > 500, `${compared} values were compared`);
});

test("what is accepted of arbitrary bytes, @msgpack/msgpack reads the same", () => {
  const other = new Decoder({ useBigInt64: true });
  const cases = chosen((choose) => Uint8Array.from({ length: choose(30) }, () => choose(255)));
  check("arbitrary bytes", cases, 3000, (bytes) => {
    const { value, length, error } = inspect(msgpack(any), bytes, { prefix: true });
    assertDecodersAgree(msgpack(any), bytes);
    if (error !== undefined || !isCommon(value)) return;
    const theirs = other.decode(bytes.slice(0, length));
    if (isCommon(theirs)) assert.ok(same(theirs, value), formatHex(bytes));
  });
});

test.run();
