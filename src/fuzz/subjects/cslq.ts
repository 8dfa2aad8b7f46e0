/**
 * Fuzzes cslq patterns: any text, and messages of the resulting schemas.
 *
 * @module
 */

import { bytes as bytesOf, decodePrefix, type Schema } from "../../../codec/mod.ts";
import { pick } from "../../../codec/arbitrary/mod.ts";
import type { RandomSource } from "../../../codec/schema/mod.ts";
import {
  cslq,
  decodeCslqJson,
  encodeCslqJson,
  formatPattern,
  parsePattern,
  type Pattern,
  toPattern,
} from "../../../codec/cslq/mod.ts";
import { brokenText, joined, textOf } from "../break.ts";
import {
  attempt,
  checkInput,
  expect,
  expectSameOutcome,
  type Outcome,
  sameBytes,
  sameValue,
  showOutcome,
} from "../checks/mod.ts";
import { schemaInputs, type Subject } from "./subject.ts";

const LEVELS_MAX = 4;
const PARTS_MAX = 4;
const LENGTHS = ["c", "c", "s", "l", "q", "1", "2", "3", "33", "300", "18446744073709551615"];
const TOKENS = [
  ..."cslqvx[]{}<> 019",
  "x41",
  "[c]c",
  "[33]c",
  "[c]{",
  "x0",
  "[0]c",
  "99999999999999999999",
  "[65536]",
  "\u00a0",
];

/** Used for every `v`. */
const Value: Schema = bytesOf(2);

/** The byte between a pattern's text and a message. */
const SEPARATOR = 0;

/** Patterns with messages: an input is the text, a zero byte, the message. */
export const cslqPatterns: Subject = {
  name: "cslq",
  *inputs(choose) {
    const text = randomText(choose, LEVELS_MAX);
    if (choose(2) === 0) {
      for (const changed of brokenText(text, TOKENS, choose)) yield joined(changed, Uint8Array.of(SEPARATOR));
      return;
    }
    const head = new TextEncoder().encode(`${text}\0`);
    const schema = attempt(() => schemaOf(parsePattern(text), text));
    if (schema.error !== undefined) return yield head;
    // An array of too many elements has no value that could be made.
    const messages = schemaInputs(schema.value, choose);
    for (;;) {
      const next = attempt(() => messages.next());
      if (next.error !== undefined) {
        expect(next.error.code === "schema", "cslq: a value cannot be made", () => next.error!.message);
        return yield head;
      }
      if (next.value.done === true) return;
      yield joined(head, next.value.value);
    }
  },
  check(input) {
    const end = input.indexOf(SEPARATOR);
    const text = textOf(end < 0 ? input : input.subarray(0, end));
    const message = end < 0 ? new Uint8Array(0) : input.slice(end + 1);
    const pattern = attempt(() => parsePattern(text));
    if (pattern.error !== undefined) {
      expectSameOutcome("cslq and parsePattern", pattern, attempt(() => cslq(text)));
      return `pattern ${pattern.error.code}`;
    }
    const formatted = formatPattern(pattern.value);
    expectSameOutcome("cslq: parse, format, parse", pattern, attempt(() => parsePattern(formatted)));
    const schema = attempt(() => schemaOf(pattern.value, text));
    if (schema.error !== undefined) {
      expect(
        schema.error.code === "schema" || schema.error.code === "limit",
        "cslq: no schema",
        () => schema.error!.message,
      );
      return `schema ${schema.error.code}`;
    }
    checkPatternOf(schema.value, message);
    checkJson(text, message);
    return checkInput(schema.value, message);
  },
};

function schemaOf(pattern: Pattern, text: string): Schema<unknown[]> {
  return cslq(text, { v: new Array(countValues(pattern)).fill(Value) });
}

function countValues(pattern: Pattern): number {
  return formatPattern(pattern).split("v").length - 1;
}

/** The pattern of a schema describes the same bytes. */
function checkPatternOf(schema: Schema, message: Uint8Array): void {
  const text = attempt(() => toPattern(schema));
  if (text.error !== undefined) {
    expect(text.error.code === "schema", "toPattern: no pattern", () => text.error!.message);
    return;
  }
  const same = attempt(() => cslq(text.value, { bytes: true }));
  if (same.error !== undefined) {
    expect(same.error.code === "schema", "toPattern: a pattern that is none", () => same.error!.message);
    return;
  }
  const here = lengthOf(schema, message);
  // Text must be UTF-8, and has a limit; bytes need not be, and have none.
  if (here.error?.code === "utf8" || here.error?.code === "limit") return;
  const there = lengthOf(same.value, message);
  // Values have other paths where there are fewer or more brackets around them.
  const agree = here.error === undefined || there.error === undefined
    ? sameValue(here, there)
    : here.error.code === there.error.code && here.error.offset === there.error.offset;
  expect(agree, "toPattern: other bytes", () => `${showOutcome(here)}, and ${showOutcome(there)}`);
}

function lengthOf(schema: Schema, message: Uint8Array): Outcome<number> {
  return attempt(() => decodePrefix(schema, message).length);
}

/** Values in JSON form come back to the bytes that they were read from. */
function checkJson(text: string, message: Uint8Array): void {
  const values = attempt(() => decodeCslqJson(text, message));
  if (values.error !== undefined) return;
  const json: unknown[] = JSON.parse(JSON.stringify(values.value));
  const again = attempt(() => encodeCslqJson(text, json));
  expect(
    again.error === undefined && sameBytes(again.value, message),
    "cslq as JSON: other bytes",
    () => JSON.stringify(json),
  );
}

/** A pattern, mostly a valid one. */
function randomText(choose: RandomSource, levels: number): string {
  return Array.from({ length: choose(PARTS_MAX) }, () => randomOperation(choose, levels)).join(pick(choose, ["", " "]));
}

function randomOperation(choose: RandomSource, levels: number): string {
  switch (choose(levels === 0 ? 3 : 8)) {
    case 0:
      return pick(choose, [..."cslq"]);
    case 1:
      return `x${(256 + choose(255)).toString(16).slice(1)}`;
    case 2:
      return `[${pick(choose, LENGTHS.slice(0, 3))}]c`;
    case 3:
      return choose(1) === 0 ? "c" : "v";
    case 4:
    case 5:
      return `{${randomText(choose, levels - 1)}}`;
    case 6:
      return `<${randomText(choose, levels - 1)}>`;
    default:
      return `[${pick(choose, LENGTHS)}]${randomOperation(choose, levels - 1)}`;
  }
}
