// Random shapes, values, cuts and mutations. A failure prints the seed that repeats it.

import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError } from "../../../codec/error.ts";
import {
  decodeJson,
  decodeJsonPrefix,
  encodeJson,
  jsonAny,
  jsonArray,
  jsonBool,
  jsonInt,
  jsonInt64,
  jsonInt64Big,
  type JsonLimits,
  jsonObject,
  jsonOptional,
  jsonScanner,
  type JsonShape,
  jsonString,
  jsonText,
  jsonUint32,
  type JsonValue,
} from "../../../codec/json/mod.ts";

const SEED = 838779;
const OPTIONS: fc.Parameters<unknown> = { seed: SEED, numRuns: 500 };

/** A shape with values of it. */
interface Case {
  readonly shape: JsonShape;
  readonly value: fc.Arbitrary<unknown>;
}

const text = fc.string({ unit: "binary", maxLength: 12 });
const scalars: readonly Case[] = [
  { shape: jsonString, value: text },
  { shape: jsonBool, value: fc.boolean() },
  { shape: jsonInt, value: fc.maxSafeInteger() },
  { shape: jsonInt64, value: fc.maxSafeInteger() },
  { shape: jsonInt64Big, value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  { shape: jsonUint32, value: fc.integer({ min: 0, max: 2 ** 32 - 1 }) },
];

/** Keys that resemble each other, with sign characters and inherited names among them. */
const keys = fc.constantFrom("Id", "ID", "id", "Files", "files", "k-1<", "&", "constructor", "toString", "a b", "Mask");

/** Values of any shape that are read as they were written. */
function anyValue(): fc.Arbitrary<JsonValue> {
  const float = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !hasLargeInteger(value));
  const big = fc.bigInt({ min: 2n ** 53n, max: 2n ** 200n });
  return fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.oneof(fc.constant(null), fc.boolean(), float, fc.maxSafeInteger(), big, text),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.array(fc.tuple(fc.oneof(keys, text, fc.constant("__proto__")), tie("value")), { maxLength: 3 }).map(
        withoutPrototype,
      ),
    ),
  })).value;
}

function withoutPrototype(entries: readonly (readonly [string, JsonValue])[]): JsonValue {
  const object: { [key: string]: JsonValue } = Object.create(null);
  for (const [key, value] of entries) object[key] = value;
  return object;
}

function cases(depth: number): fc.Arbitrary<Case> {
  const scalar = fc.constantFrom(...scalars, { shape: jsonAny, value: anyValue() });
  if (depth === 0) return scalar;
  const inner = cases(depth - 1);
  const array = inner.map(({ shape, value }): Case => ({
    shape: jsonArray(shape),
    value: fc.option(fc.array(value, { maxLength: 4 }), { nil: null, freq: 4 }),
  }));
  const fields = fc.uniqueArray(fc.tuple(keys, inner, fc.boolean()), { maxLength: 5, selector: ([key]) => key });
  return fc.oneof(scalar, array, fields.map(objectCase));
}

function objectCase(fields: readonly (readonly [string, Case, boolean])[]): Case {
  const shapes = fields.map(([key, { shape }, optional]) => [key, optional ? jsonOptional(shape) : shape] as const);
  const values = Object.fromEntries(fields.map(([key, { value }]) => [key, value]));
  const requiredKeys = fields.filter(([, , optional]) => !optional).map(([key]) => key);
  return { shape: jsonObject(Object.fromEntries(shapes)), value: fc.record(values, { requiredKeys }) };
}

/** A shape and one value of it. */
const pairs = cases(3).chain(({ shape, value }) => value.map((value) => ({ shape, value })));

/** A document, and the shape that it was written with. */
const documents = pairs.map(({ shape, value }) => ({ shape, bytes: encodeJson(shape, value) }));

/** Random changes, mostly to bytes that mean something. */
const changes = fc.array(
  fc.record({
    at: fc.nat(),
    bytes: fc.oneof(
      fc.constantFrom(...'{}[]:,"\\ntfu0-9.eE \u0000', "null", '"Id":', "1e5", "\\ud800", "[[", "{}").map((
        text,
      ) => [...new TextEncoder().encode(text)]),
      fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 2 }),
    ),
    removed: fc.integer({ min: 0, max: 3 }),
  }),
  { minLength: 1, maxLength: 4 },
);

function changed(bytes: Uint8Array, list: readonly { at: number; bytes: number[]; removed: number }[]): Uint8Array {
  const result = [...bytes];
  for (const change of list) result.splice(change.at % (result.length + 1), change.removed, ...change.bytes);
  return Uint8Array.from(result);
}

/** What a function returns, or the CodecError it throws; any other error goes on. */
function outcome<T>(run: () => T): T | CodecError {
  try {
    return run();
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
}

/** The end of the value, pushed in pieces. */
function scan(bytes: Uint8Array, cuts: readonly number[], limits?: Partial<JsonLimits>): number | CodecError {
  return outcome(() => {
    const scanner = jsonScanner(limits);
    const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
    let start = 0;
    for (const end of ends) {
      const piece = bytes.slice(start, end);
      const after = scanner.push(piece, 0, piece.length);
      if (after !== -1) return start + after;
      start = end;
    }
    return scanner.finish();
  });
}

/** A value as text with sorted keys, by which -0 and bigints differ from other numbers. */
function exact(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (Array.isArray(value)) return `[${value.map(exact).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${exact(item)}`);
  return `{${entries.sort().join()}}`;
}

/** Whether a value has a number that is written as an integer, and read as a bigint. */
function hasLargeInteger(value: unknown): boolean {
  if (typeof value === "number") {
    return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21;
  }
  return typeof value === "object" && value !== null && Object.values(value).some(hasLargeInteger);
}

const cuts = fc.array(fc.nat(), { maxLength: 6 });
const test = suite("json properties");

test("what is written is read again as the same value", () => {
  fc.assert(
    fc.property(pairs, ({ shape, value }) => {
      assert.is(exact(decodeJson(shape, encodeJson(shape, value))), exact(value));
    }),
    OPTIONS,
  );
});

test("JSON.parse reads what is written, where numbers can hold it", () => {
  fc.assert(
    fc.property(fc.jsonValue().filter((value) => !hasLargeInteger(value)), (value) => {
      assert.is(exact(JSON.parse(jsonText(jsonAny, value as JsonValue))), exact(value));
      const read = decodeJson(jsonAny, new TextEncoder().encode(JSON.stringify(value)));
      assert.is(exact(read), exact(JSON.parse(JSON.stringify(value))));
    }),
    OPTIONS,
  );
});

test("the scanner ends in the same place however the bytes are cut, and so does a prefix", () => {
  fc.assert(
    fc.property(documents, fc.uint8Array({ maxLength: 5 }), cuts, ({ shape, bytes }, rest, cuts) => {
      const whole = Uint8Array.from([...bytes, 0x20, ...rest]);
      assert.is(scan(whole, cuts), bytes.length);
      assert.is(scan(bytes, cuts), bytes.length);
      assert.is(decodeJsonPrefix(shape, whole).length, bytes.length);
    }),
    OPTIONS,
  );
});

test("a mutated document gives a value or a CodecError, and every cut the same", () => {
  let accepted = 0;
  fc.assert(
    fc.property(documents, changes, cuts, ({ shape, bytes }, list, cuts) => {
      const mutated = changed(bytes, list);
      const value = outcome(() => decodeJson(shape, mutated));
      const end = scan(mutated, []);
      const cut = scan(mutated, cuts);
      if (typeof end === "number") assert.is(cut, end);
      else assert.is((cut as CodecError).message, end.message);
      if (value instanceof CodecError) {
        assert.ok(["json", "truncated", "trailing", "range", "limit"].includes(value.code), value.code);
        assert.ok(value.offset >= 0 && value.offset <= mutated.length, `${value.offset}`);
      } else {
        accepted++;
        assert.type(end, "number");
        // What was read can be written, and is then read as the same.
        if (!hasLargeInteger(value)) assert.is(exact(decodeJson(shape, encodeJson(shape, value))), exact(value));
      }
    }),
    { ...OPTIONS, numRuns: 3000 },
  );
  assert.ok(accepted > 100, `${accepted}`);
});

test("reader and scanner accept the same grammar, and find errors at the same byte", () => {
  fc.assert(
    fc.property(documents, changes, ({ bytes }, list) => {
      const mutated = changed(bytes, list);
      const value = outcome(() => decodeJsonPrefix(jsonAny, mutated));
      const end = scan(mutated, []);
      if (!(value instanceof CodecError)) return assert.is(value.length, end);
      if (value.code === "range") return;
      assert.instance(end, CodecError);
      assert.equal([value.code, value.offset], [(end as CodecError).code, (end as CodecError).offset]);
    }),
    { ...OPTIONS, numRuns: 3000 },
  );
});

test("limits: writer, reader and scanner draw the same lines", () => {
  const limits = fc.record({
    bytesMax: fc.integer({ min: 0, max: 60 }),
    depthMax: fc.integer({ min: 0, max: 3 }),
    countMax: fc.integer({ min: 0, max: 12 }),
  });
  let refused = 0;
  fc.assert(
    fc.property(pairs, limits, cuts, ({ shape, value }, limits, cuts) => {
      const bytes = encodeJson(shape, value);
      const results = [
        outcome(() => encodeJson(shape, value, limits)),
        outcome(() => decodeJson(shape, bytes, 0, undefined, limits)),
        outcome(() => decodeJsonPrefix(shape, bytes, 0, undefined, limits)),
        scan(bytes, cuts, limits),
      ].map((result) => result instanceof CodecError ? result.code : "ok");
      if (results[0] === "limit") refused++;
      assert.ok(["ok", "limit"].includes(results[0]), results[0]);
      assert.ok(results.every((result) => result === results[0]), results.join());
    }),
    { ...OPTIONS, numRuns: 1000 },
  );
  assert.ok(refused > 100 && refused < 900, `${refused} of 1000 refused`);
});

test.run();
