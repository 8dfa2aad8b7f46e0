/**
 * Fuzzes JSON documents of random shapes.
 *
 * @module
 */

import type { Schema } from "../../../codec/mod.ts";
import { pick } from "../../../codec/arbitrary/mod.ts";
import type { RandomSource } from "../../../codec/schema/mod.ts";
import {
  decodeJson,
  document,
  jsonAny,
  jsonArray,
  jsonBool,
  type JsonFields,
  jsonInt,
  jsonInt64,
  jsonInt64Big,
  jsonObject,
  jsonOptional,
  type JsonShape,
  jsonString,
  jsonUint32,
} from "../../../codec/json/mod.ts";
import { brokenText, textOf } from "../break.ts";
import { attempt, checkInput, expect, expectSameOutcome, type Outcome, sameValue } from "../checks/mod.ts";
import { type Seeded, seeded } from "../seeded.ts";
import { generatedMessage, type Subject } from "./subject.ts";

const LEVELS_MAX = 3;
const FIELDS_MAX = 4;
const KEYS = ["Id", "ID", "Files", "k-1<", "constructor", "toString", "a b"];
const SCALARS: readonly JsonShape[] = [
  jsonString,
  jsonBool,
  jsonInt,
  jsonInt64,
  jsonInt64Big,
  jsonUint32,
  jsonAny,
];

/** Pieces of JSON that matter to a reader. */
const TOKENS = [
  ...'{}[]:,"\\0-9.eE \n\t\u0000',
  "null",
  "true",
  "false",
  '"Id":',
  '"id":1,',
  '"__proto__":',
  "1e5",
  "-0",
  "1e400",
  "9007199254740993",
  "9223372036854775808",
  "\\ud800",
  "\\u0000",
  "[[[[",
  "{}",
  "\ufeff",
  "\u2028",
];

/** A shape with the schema of its documents. */
interface Documents {
  readonly shape: JsonShape;
  readonly schema: Schema;
}

const shapes: Seeded<Documents> = seeded((choose) => {
  const shape = randomShape(choose, LEVELS_MAX);
  return { shape, schema: document(shape) };
});

/** Documents of random shapes; an input is a shape's seed and a document. */
export const jsonDocuments: Subject = {
  name: "json",
  *inputs(choose) {
    const seed = choose(2 ** 32 - 1);
    const { schema } = shapes.of(seed);
    const text = textOf(generatedMessage(schema, choose));
    for (const bytes of brokenText(text, TOKENS, choose)) yield shapes.input(seed, bytes);
  },
  check(input) {
    const { thing: { shape, schema }, bytes } = shapes.parse(input);
    const word = checkInput(schema, bytes, sameJson);
    const whole = attempt(() => decodeJson(shape, bytes));
    if (whole.error === undefined) checkSpace(shape, bytes, whole);
    checkAgainstPlatform(bytes);
    return whole.error?.code ?? word;
  },
};

/** A whole float of 2^53 and more is written without an exponent, and comes back as a bigint. */
function sameJson(a: unknown, b: unknown): boolean {
  return sameValue(plain(a), plain(b));
}

function randomShape(choose: RandomSource, levels: number): JsonShape {
  if (levels === 0 || choose(2) === 0) return pick(choose, SCALARS);
  if (choose(2) === 0) return jsonArray(randomShape(choose, levels - 1));
  const fields: Record<string, JsonFields[string]> = {};
  for (let left = choose(FIELDS_MAX); left > 0; left--) {
    const shape = randomShape(choose, levels - 1);
    fields[pick(choose, KEYS)] = choose(2) === 0 ? jsonOptional(shape) : shape;
  }
  return jsonObject(fields, { extra: choose(3) === 0 ? "refuse" : "ignore" });
}

/** White space around a document changes nothing. */
function checkSpace(shape: JsonShape, bytes: Uint8Array, whole: Outcome): void {
  const spaced = new TextEncoder().encode(` \n\t\r${" ".repeat(bytes.length)}\r\n`);
  spaced.set(bytes, 4);
  expectSameOutcome("JSON: with white space around", whole, attempt(() => decodeJson(shape, spaced)));
}

/** What the codec takes for JSON of any shape is what the platform takes for it, and means the same. */
function checkAgainstPlatform(bytes: Uint8Array): void {
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Bytes that are not text are replaced, as Go does it; the platform has no opinion on them.
    return;
  }
  const found = attempt(() => decodeJson(jsonAny, bytes));
  // Numbers too large for a float, and documents too deep, are JSON all the same.
  if (found.error?.code === "range" || found.error?.code === "limit") return;
  let platform: Outcome | undefined;
  try {
    platform = { value: JSON.parse(text) };
  } catch {
    platform = undefined;
  }
  expect(
    (found.error === undefined) === (platform !== undefined),
    "JSON and the platform's JSON: only one of them reads it",
    () => found.error?.message ?? "the codec does",
  );
  if (found.error !== undefined || platform === undefined) return;
  const theirs = { value: plain((platform as { value: unknown }).value) };
  expectSameOutcome("JSON and the platform's JSON", { value: plain(found.value) }, theirs);
}

/**
 * A value in which what the two say differently is the same: integers as numbers, no lone surrogates, entries as lists.
 */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "number") return value === 0 ? 0 : value;
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  const entries = new Map(Object.entries(value).map(([key, part]) => [key.toWellFormed(), plain(part)]));
  return ["object", ...[...entries].sort(([a], [b]) => a < b ? -1 : 1)];
}
