/**
 * Compares all ways of decoding one input.
 *
 * @module
 */

import {
  CodecError,
  compile,
  formatHex,
  hexdump,
  inspect,
  type Inspection,
  LIMITS,
  type Limits,
  type Schema,
} from "../../../codec/mod.ts";
import { writeTraced } from "../../../codec/engine/mod.ts";
import { fromSeed } from "../../../codec/arbitrary/mod.ts";
import type { RandomSource } from "../../../codec/schema/mod.ts";
import { show } from "../../../codec/text/mod.ts";
import { checkStream } from "./check-stream.ts";
import { costMax, costOf } from "./cost.ts";
import {
  attempt,
  Discrepancy,
  expect,
  expectSameOutcome,
  type Outcome,
  placeOf,
  sameBytes,
  sameValue,
  showOutcome,
} from "./outcome.ts";

/** Longer inputs are not dumped: a line for every 16 bytes is for people. */
const DUMPED_BYTES_MAX = 512;
/** Bytes around an input that is not alone in its memory; what reads too far finds them plausible. */
const NEIGHBOUR = 0x01;
const NEIGHBOURS = 40;

/** Whether two values are the same. */
export type Same = (a: unknown, b: unknown) => boolean;

/**
 * Decodes an input with a schema in every way there is and expects all of them to agree: compiled, inspected, streamed
 * in pieces, from within a larger buffer, with limits; and what was decoded can be encoded, and comes back.
 *
 * What is random about it follows from the input, so that the same input is always checked in the same way.
 *
 * @param same whether a value has come back after it was encoded
 * @returns what came out: "value" or the code of the error
 * @throws Discrepancy when two ways do not agree, and whatever a way throws that is not a CodecError
 */
export function checkInput(schema: Schema, bytes: Uint8Array, same: Same = sameValue): string {
  const choose = fromSeed(hashOf(bytes));
  const { decode } = compile(schema);
  const before = bytes.slice();
  const whole = attempt(() => decode(bytes));
  checkInspection(schema, bytes, whole);
  checkPlaces(schema, bytes, whole);
  checkStream(schema, bytes, { choose, limits: LIMITS });
  checkLimits(schema, bytes, choose);
  if (whole.error === undefined) {
    checkCost(schema, bytes, whole.value);
    checkAgain(schema, whole.value, same);
  }
  expect(sameBytes(bytes, before), "decoding: changes its input");
  return whole.error?.code ?? "value";
}

/** A number that differs between inputs: FNV-1a of 32 bits. */
export function hashOf(bytes: Uint8Array): number {
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 0x811c9dc5) >>> 0;
}

function outcomeOf({ error, value }: Inspection<unknown>): Outcome {
  return error === undefined ? { value } : { error };
}

function checkInspection(schema: Schema, bytes: Uint8Array, whole: Outcome): void {
  const inspected = inspect(schema, bytes);
  expectSameOutcome("decode and inspect", whole, outcomeOf(inspected));
  const { spans, length } = inspected;
  expect(length <= bytes.length, "inspect: decodes more bytes than there are");
  for (const [index, { start, end, path }] of spans.entries()) {
    const last = index === 0 ? 0 : spans[index - 1].end;
    expect(start === last && start <= end && end <= bytes.length, "inspect: spans follow each other", () => path);
  }
  if (whole.error === undefined) {
    expect((spans.at(-1)?.end ?? 0) === bytes.length, "inspect: spans of a whole message end with it");
  }
  if (bytes.length <= DUMPED_BYTES_MAX) hexdump(schema, bytes);
}

/** What an input means does not depend on where it lies. */
function checkPlaces(schema: Schema, bytes: Uint8Array, whole: Outcome): void {
  const { decode, decodePrefix } = compile(schema);
  const around = new Uint8Array(bytes.length + 2 * NEIGHBOURS).fill(NEIGHBOUR);
  around.set(bytes, NEIGHBOURS);
  const inside = around.subarray(NEIGHBOURS, NEIGHBOURS + bytes.length);
  expectSameOutcome("decode and decode in a larger buffer", whole, attempt(() => decode(inside)));
  const copied = attempt(() => decode(inside, { copy: true }));
  expectSameOutcome("decode and decode with copies", whole, copied);
  if (copied.error === undefined) {
    around.fill(0xaa);
    expect(sameValue(copied.value, (whole as { value: unknown }).value), "decode with copies: shares memory");
    around.fill(NEIGHBOUR).set(bytes, NEIGHBOURS);
  }
  const prefix = attempt(() => decodePrefix(bytes));
  const behind = around.subarray(0, NEIGHBOURS + bytes.length);
  const later = attempt(() => decodePrefix(behind, NEIGHBOURS));
  expectSameOutcome("decodePrefix and decodePrefix at an offset", prefix, later, NEIGHBOURS);
  const inspected = inspect(schema, bytes, { prefix: true });
  const { value, length, error } = inspected;
  expectSameOutcome("decodePrefix and inspect", prefix, error === undefined ? { value: { value, length } } : { error });
  if (prefix.error === undefined && prefix.value.length === bytes.length) {
    expectSameOutcome("decode and decodePrefix", whole, { value: prefix.value.value });
  } else if (prefix.error === undefined) {
    expect(whole.error?.code === "trailing", "decode: bytes that are left", () => showOutcome(whole));
  }
}

/** Under limits too, all ways agree. */
function checkLimits(schema: Schema, bytes: Uint8Array, choose: RandomSource): void {
  const limits: Limits = { depthMax: choose(4), elementsMax: choose(12), stringBytesMax: choose(12) };
  const whole = attempt(() => compile(schema).decode(bytes, { limits }));
  expectSameOutcome("decode and inspect with limits", whole, outcomeOf(inspect(schema, bytes, { limits })));
  checkStream(schema, bytes, { choose, limits });
}

function checkCost(schema: Schema, bytes: Uint8Array, value: unknown): void {
  const cost = costOf(value);
  const max = costMax(schema, bytes.length);
  expect(cost <= max, "decode: the value is too large for its bytes", () => `${cost} parts, more than ${max}`);
}

/** What was decoded can be encoded, and comes back. */
function checkAgain(schema: Schema, value: unknown, same: Same): void {
  const { decode } = compile(schema);
  const encoded = checkValue(schema, value);
  const again = attempt(() => decode(encoded));
  expect(
    again.error === undefined && same(value, again.value),
    "decode, encode, decode",
    () => `${show(value)}, and ${showOutcome(again)}`,
  );
  const twice = compile(schema).encode(again.value);
  expect(sameBytes(encoded, twice), "encode: the same value, other bytes", () => formatHex(twice));
}

/** What stands around the place that is written to. */
const AROUND = 0xa5;
const AROUND_BYTES = 8;

/**
 * Encodes a valid value in every way there is and expects the same bytes of all of them: plain, traced, into a buffer
 * that is just large enough; and a `space` error from one that is too small.
 *
 * @returns the bytes
 */
export function checkValue(schema: Schema, value: unknown): Uint8Array {
  const compiled = attempt(() => compile(schema).encode(value, { owned: true }));
  if (compiled.error !== undefined) {
    throw new Discrepancy("encode: refuses a valid value", `${placeOf(compiled.error)}, ${compiled.error.reason}`);
  }
  const bytes = compiled.value;
  const traced = writeTraced(schema, value);
  expect(
    sameBytes(traced, bytes),
    "plain and traced writer: bytes",
    () => `${formatHex(bytes)} and ${formatHex(traced)}`,
  );
  const shared = compile(schema).encode(value);
  expect(sameBytes(shared, bytes), "encode and encode with memory of its own: bytes");
  checkTargets(compile(schema).encodeInto, value, bytes);
  return bytes;
}

/**
 * Encodes a value into a buffer that is just large enough, and expects the bytes that it has otherwise; then into one
 * that is too small.
 *
 * @param what how the function is called when it is wrong
 */
export function checkTargets(
  encodeInto: (value: unknown, target: Uint8Array, offset?: number) => number,
  value: unknown,
  bytes: Uint8Array,
  what = "encodeInto",
): void {
  const memory = new Uint8Array(bytes.length + 2 * AROUND_BYTES).fill(AROUND);
  const end = AROUND_BYTES + bytes.length;
  const exact = memory.subarray(0, end);
  expect(encodeInto(value, exact, AROUND_BYTES) === end, `${what}: where it ends`);
  expect(sameBytes(exact.subarray(AROUND_BYTES), bytes), `encode and ${what}: bytes`);
  const untouched = [memory.subarray(0, AROUND_BYTES), memory.subarray(end)];
  expect(untouched.every((part) => part.every((byte) => byte === AROUND)), `${what}: writes around its target`);
  if (bytes.length === 0) return;
  memory.fill(AROUND);
  const short = attempt(() => encodeInto(value, memory.subarray(0, end - 1), AROUND_BYTES));
  expect(
    short.error instanceof CodecError && short.error.code === "space",
    `${what}: a target that is too small`,
    () => short.error === undefined ? "no error" : placeOf(short.error),
  );
  expect(memory.subarray(end - 1).every((byte) => byte === AROUND), `${what}: writes behind a target too small`);
}
