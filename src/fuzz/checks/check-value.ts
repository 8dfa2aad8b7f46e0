/**
 * Holds every way of encoding one value against the others.
 *
 * @module
 */

import { CodecError, compile, formatHex, type Schema } from "../../../codec/mod.ts";
import { writeTraced } from "../../../codec/engine/mod.ts";
import { attempt, Discrepancy, expect, placeOf, sameBytes } from "./outcome.ts";

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
  checkTargets(schema, value, bytes);
  return bytes;
}

function checkTargets(schema: Schema, value: unknown, bytes: Uint8Array): void {
  const { encodeInto } = compile(schema);
  const memory = new Uint8Array(bytes.length + 2 * AROUND_BYTES).fill(AROUND);
  const end = AROUND_BYTES + bytes.length;
  const exact = memory.subarray(0, end);
  expect(encodeInto(value, exact, AROUND_BYTES) === end, "encodeInto: where it ends");
  expect(sameBytes(exact.subarray(AROUND_BYTES), bytes), "encode and encodeInto: bytes");
  const untouched = [memory.subarray(0, AROUND_BYTES), memory.subarray(end)];
  expect(untouched.every((part) => part.every((byte) => byte === AROUND)), "encodeInto: writes around its target");
  if (bytes.length === 0) return;
  memory.fill(AROUND);
  const short = attempt(() => encodeInto(value, memory.subarray(0, end - 1), AROUND_BYTES));
  expect(
    short.error instanceof CodecError && short.error.code === "space",
    "encodeInto: a target that is too small",
    () => short.error === undefined ? "no error" : placeOf(short.error),
  );
  expect(memory.subarray(end - 1).every((byte) => byte === AROUND), "encodeInto: writes behind a target too small");
}
