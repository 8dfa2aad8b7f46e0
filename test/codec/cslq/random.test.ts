// Random patterns and values against a second, independent writer of their bytes; hostile bytes against the traced decoder.
//
// A failure prints fast-check's seed and path; SEED below is a new one for every run, so that the runs together see
// ever more patterns.

import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decode, decodePrefix } from "../../../codec/engine/decode.ts";
import { encode } from "../../../codec/engine/encode.ts";
import { CodecError } from "../../../codec/error.ts";
import { inspect } from "../../../codec/inspect/inspect.ts";
import type { Schema } from "../../../codec/schema/node.ts";
import { stream } from "../../../codec/engine/stream.ts";
import {
  cslq,
  decodeCslqJson,
  encodeCslqJson,
  formatPattern,
  type IntLetter,
  type Operation,
  parsePattern,
  type Pattern,
  toPattern,
} from "../../../codec/cslq/mod.ts";

const test = suite("cslq at random");
const SEED = Date.now() & 0x7fffffff;

function check<T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void): void {
  fc.assert(fc.property(arbitrary, property), { seed: SEED, numRuns: 400 });
}

const BYTES: Readonly<Record<IntLetter, number>> = { c: 1, s: 2, l: 4, q: 8 };

/** A `v` is two bytes here. */
const Value = cslq("[2]c");

const letter = fc.constantFrom<IntLetter>("c", "s", "l", "q");

/** Objects with a prototype, as those of the parser. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

/** Patterns; without `v` and const groups when `plain`. */
function patterns({ plain }: { plain: boolean }): fc.Arbitrary<Pattern> {
  const { parts } = fc.letrec<{ operation: Operation; parts: Pattern }>((tie) => ({
    operation: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      record({ kind: fc.constant("int" as const), letter }),
      record({ kind: fc.constant("literal" as const), byte: fc.nat(255) }),
      plain ? fc.constant({ kind: "int" as const, letter: "c" as const }) : fc.constant({ kind: "value" as const }),
      record({
        kind: fc.constant("array" as const),
        length: fc.oneof(letter, fc.bigInt(1n, 3n)),
        item: tie("operation"),
      }),
      record({ kind: fc.constant(plain ? "struct" as const : "const" as const), parts: tie("parts") }),
      record({ kind: fc.constant("struct" as const), parts: tie("parts") }),
    ),
    parts: fc.array(tie("operation"), { maxLength: 4 }),
  }));
  return parts;
}

/** Text with white space wherever it may stand. */
function spaced(pattern: Pattern): fc.Arbitrary<string> {
  const text = formatPattern(pattern);
  const tokens = text.match(/x[0-9a-f]{2}|[0-9]+|[^ ]/g) ?? [];
  const space = fc.constantFrom("", "", " ", "\t\n", "  ");
  return fc.array(space, { minLength: tokens.length + 1, maxLength: tokens.length + 1 }).map((spaces) =>
    tokens.map((token, index) => spaces[index] + token).join("") + spaces[tokens.length]
  );
}

/** A value and the bytes that it has. */
interface Sample {
  readonly values: unknown[];
  readonly bytes: readonly number[];
}

function bigEndian(value: bigint, count: number): number[] {
  return Array.from({ length: count }, (_, index) => Number(value >> BigInt(8 * (count - 1 - index)) & 255n));
}

function joined(samples: readonly Sample[]): Sample {
  return {
    values: samples.flatMap((sample) => sample.values),
    bytes: samples.flatMap((sample) => sample.bytes),
  };
}

function all(samples: readonly fc.Arbitrary<Sample>[]): fc.Arbitrary<Sample> {
  return fc.tuple(...samples).map(joined);
}

/** Samples of operations in a row; `ignored` is whether those without values have one that is not looked at. */
function row(parts: Pattern, ignored: boolean): fc.Arbitrary<Sample> {
  return all(parts.map((part) => {
    const sample = single(part);
    return ignored
      ? sample.map(({ values, bytes }) => ({ values: values.length === 0 ? [null] : values, bytes }))
      : sample;
  }));
}

/** Samples of one operation, with no value for a literal, and all of them for a const group. */
function single(part: Operation): fc.Arbitrary<Sample> {
  switch (part.kind) {
    case "int": {
      const count = BYTES[part.letter];
      return fc.bigInt(0n, 2n ** BigInt(8 * count) - 1n).map((value) => ({
        values: [part.letter === "q" ? value : Number(value)],
        bytes: bigEndian(value, count),
      }));
    }
    case "literal":
      return fc.constant({ values: [], bytes: [part.byte] });
    case "value":
      return fc.uint8Array({ minLength: 2, maxLength: 2 }).map((bytes) => ({ values: [[bytes]], bytes: [...bytes] }));
    case "struct":
      return row(part.parts, true).map(({ values, bytes }) => ({ values: [values], bytes }));
    case "const":
      return row(part.parts, false);
    case "array":
      return part.item.kind === "int" && part.item.letter === "c" ? characters(part.length) : elements(part);
  }
}

function characters(length: IntLetter | bigint): fc.Arbitrary<Sample> {
  if (typeof length === "bigint") {
    const count = Number(length);
    return fc.uint8Array({ minLength: count, maxLength: count }).map((bytes) => ({
      values: [bytes],
      bytes: [...bytes],
    }));
  }
  return fc.string({ unit: "grapheme", maxLength: 5 }).map((text) => {
    const bytes = [...new TextEncoder().encode(text)];
    return { values: [text], bytes: [...bigEndian(BigInt(bytes.length), BYTES[length]), ...bytes] };
  });
}

function elements({ length, item }: Extract<Operation, { kind: "array" }>): fc.Arbitrary<Sample> {
  const fixed = typeof length === "bigint";
  const range = fixed ? { minLength: Number(length), maxLength: Number(length) } : { maxLength: 3 };
  // An element has exactly one value: several ones are an array, and in place of none stands null.
  const element = single(item).map(({ values, bytes }) => ({
    value: values.length === 1 ? values[0] : values.length === 0 ? null : values,
    bytes,
  }));
  return fc.array(element, range).map((samples) => ({
    values: [samples.map(({ value }) => value)],
    bytes: [
      ...fixed ? [] : bigEndian(BigInt(samples.length), BYTES[length]),
      ...samples.flatMap(({ bytes }) => bytes),
    ],
  }));
}

/** How many schemas `v` needs. */
function countValues(parts: Pattern): number {
  return formatPattern(parts).split("v").length - 1;
}

function schemaOf(pattern: Pattern, text = formatPattern(pattern)): Schema<unknown[]> {
  return cslq(text, { v: new Array(countValues(pattern)).fill(Value) });
}

const sampled = patterns({ plain: false }).chain((pattern) =>
  fc.record({ pattern: fc.constant(pattern), text: spaced(pattern), sample: row(pattern, false) })
);

/** Decoding agrees with the traced decoder: value and length, or code, path and offset. */
function agree(schema: Schema<unknown[]>, bytes: Uint8Array): void {
  const plain = inspect(schema, bytes, { prefix: true });
  let found;
  try {
    found = decodePrefix(schema, bytes);
  } catch (error) {
    assert.instance(error, CodecError);
    const { code, path, offset } = error as CodecError;
    assert.equal([code, path, offset], [plain.error?.code, plain.error?.path, plain.error?.offset]);
    return;
  }
  assert.equal(found, { value: plain.value, length: plain.length });
}

test("text, values and bytes agree", () => {
  check(sampled, ({ pattern, text, sample }) => {
    assert.equal(parsePattern(text), pattern);
    const schema = schemaOf(pattern, text);
    const bytes = Uint8Array.from(sample.bytes);
    assert.equal([...encode(schema, sample.values)], sample.bytes);
    assert.equal(decode(schema, bytes), sample.values);
    agree(schema, bytes);
  });
});

test("JSON values come back", () => {
  check(sampled, ({ pattern, text, sample }) => {
    const v = new Array(countValues(pattern)).fill("[2]c");
    const values = decodeCslqJson(text, Uint8Array.from(sample.bytes), { v });
    assert.equal(JSON.parse(JSON.stringify(values)), values);
    assert.equal([...encodeCslqJson(text, values)], sample.bytes);
  });
});

test("expected values are accepted, and others are not", () => {
  check(sampled, ({ pattern, text, sample }) => {
    // The values inside one const group around everything are the values of the pattern.
    const options = { v: new Array(countValues(pattern)).fill(Value), expect: sample.values };
    const schema = cslq(`<${text}>`, options);
    const bytes = Uint8Array.from(sample.bytes);
    assert.equal(decode(schema, bytes), sample.values);
    assert.equal([...encode(schema, sample.values)], sample.bytes);
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at] ^= 1;
      assert.throws(() => decode(schema, changed), (error: unknown) => error instanceof CodecError);
    }
  });
});

test("whatever comes in, decoding agrees with the traced decoder", () => {
  const hostile = sampled.chain(({ pattern, sample }) => {
    const size = sample.bytes.length;
    return fc.record({
      pattern: fc.constant(pattern),
      bytes: fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.nat(size).map((length) => Uint8Array.from(sample.bytes.slice(0, length))),
        fc.array(fc.tuple(fc.nat(Math.max(0, size - 1)), fc.nat(255)), { maxLength: 3 }).map((changes) => {
          const bytes = Uint8Array.from(sample.bytes);
          for (const [at, byte] of changes) if (at < size) bytes[at] = byte;
          return bytes;
        }),
      ),
    });
  });
  check(hostile, ({ pattern, bytes }) => agree(schemaOf(pattern), bytes));
});

test("messages in pieces", () => {
  check(sampled, ({ pattern, sample }) => {
    if (sample.bytes.length === 0) return;
    const decoder = stream(schemaOf(pattern));
    for (const byte of [...sample.bytes, ...sample.bytes]) decoder.push(Uint8Array.of(byte));
    assert.equal(decoder.pull()?.value, sample.values);
    assert.equal(decoder.pull()?.value, sample.values);
    assert.is(decoder.pull(), null);
  });
});

test("a plain pattern comes back from its schema", () => {
  check(patterns({ plain: true }), (pattern) => {
    assert.is(toPattern(cslq(formatPattern(pattern))), formatPattern(pattern));
  });
});

test("a pattern made from a schema has the same bytes", () => {
  check(sampled, ({ pattern, sample }) => {
    // An array of one-byte elements that are no characters is written like text, which it need not be.
    const again = cslq(toPattern(schemaOf(pattern)), { bytes: true });
    const bytes = Uint8Array.from(sample.bytes);
    assert.equal(encode(again, decode(again, bytes)), bytes);
  });
});

test("any text is a pattern or a syntax error with a place in it", () => {
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom(..."cslqvx[]{}<>0123456789abf ,".split("")), maxLength: 20 }),
    fc.string({ unit: "binary", maxLength: 8 }),
  );
  check(text, (text) => {
    let pattern;
    try {
      pattern = parsePattern(text);
    } catch (error) {
      assert.instance(error, CodecError);
      const { code, offset } = error as CodecError;
      assert.is(code, "syntax");
      assert.ok(offset >= 0 && offset <= text.length);
      return;
    }
    assert.equal(parsePattern(formatPattern(pattern)), pattern);
  });
});

test.run();
