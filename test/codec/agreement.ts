/**
 * Holds the ways through a schema against each other, and against the oracle.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import * as assert from "uvu/assert";
import { startState, traceState } from "../../codec/engine/decode-state.ts";
import { compileRead, readTraced } from "../../codec/engine/read.ts";
import {
  CodecError,
  decode,
  decodePrefix,
  encode,
  encodeInto,
  formatHex,
  inspect,
  LIMITS,
  type Limits,
  type Schema,
} from "../../codec/mod.ts";
import type { GeneratedFunctions } from "../../src/fuzz/mod.ts";
import { oracleDecode } from "./oracle.ts";
import { same } from "./same.ts";
import { MessageOutput } from "../../codec/engine/output.ts";
import { compileWrite, writeTraced } from "../../codec/engine/write.ts";
import { Misfit, oracleEncode } from "./oracle-encode.ts";

/** What came out of one way: a value with its length in bytes, or what was thrown. */
export type Outcome = { readonly value: unknown; readonly length: number } | { readonly thrown: unknown };

/** What a way did. */
export function outcome(run: () => { readonly value: unknown; readonly length: number }): Outcome {
  try {
    return run();
  } catch (thrown) {
    return { thrown };
  }
}

/** Code, path, offset and message: what must be the same about two errors. */
export function facts(thrown: unknown): unknown[] {
  if (!(thrown instanceof CodecError)) throw thrown;
  return [thrown.code, thrown.path, thrown.offset, thrown.message];
}

function sameOutcomes(left: Outcome, right: Outcome, what: string): void {
  if ("thrown" in left || "thrown" in right) {
    assert.is("thrown" in left, "thrown" in right, `${what}: only one of them throws`);
    return;
  }
  assert.is(left.length, right.length, `${what}: lengths`);
  assert.ok(same(left.value, right.value), `${what}: values`);
}

/** The compiled decoder by itself, which says nothing about what is wrong. */
export function compiledRead(schema: Schema, bytes: Uint8Array, limits: Limits = LIMITS): Outcome {
  const state = startState(bytes, 0, bytes.length, limits);
  return outcome(() => ({ value: compileRead(schema)(state, undefined), length: state.pos }));
}

function tracedRead(schema: Schema, bytes: Uint8Array, limits: Limits): Outcome {
  const state = traceState(bytes, 0, bytes.length, { limits });
  return outcome(() => ({ value: readTraced(schema, state), length: state.pos }));
}

/** The bytes between others, where a decoder that reads too far finds something that looks like more of the message. */
function poisoned(bytes: Uint8Array, before: number): Uint8Array {
  const around = new Uint8Array(before + bytes.length + 64).fill(0x01);
  around.set(bytes, before);
  return around.subarray(before, before + bytes.length);
}

/** The bytes as a part of the pool that Node's buffers share. */
function pooled(bytes: Uint8Array): Buffer {
  const buffer = Buffer.allocUnsafe(bytes.length);
  buffer.set(bytes);
  return buffer;
}

/** Asserts that what a decoder came to is what the oracle says. */
function assertAsOracle(schema: Schema, bytes: Uint8Array, limits: Limits, found: Outcome): void {
  const verdict = oracleDecode(schema, bytes, limits);
  if ("thrown" in found) {
    assert.ok("code" in verdict, "the oracle decodes what is refused");
    const { code, path, offset } = verdict;
    assert.equal(facts(found.thrown).slice(0, 3), [code, path, offset], "decoder and oracle: errors");
  } else {
    assert.ok("value" in verdict, "the oracle refuses what is decoded");
    assert.is(found.length, verdict.length, "decoder and oracle: lengths");
    assert.ok(same(found.value, verdict.value), "decoder and oracle: values");
  }
}

/** Asserts that every way of decoding comes to the same result. */
export function assertDecodersAgree(schema: Schema, bytes: Uint8Array, limits: Limits = LIMITS): void {
  const traced = tracedRead(schema, bytes, limits);
  assertAsOracle(schema, bytes, limits, traced);
  sameOutcomes(compiledRead(schema, bytes, limits), traced, "compiled decoder and traced one");
  const whole = outcome(() => ({ value: decode(schema, bytes, { limits }), length: bytes.length }));
  const inspected = inspect(schema, bytes, { limits });
  const prefix = inspect(schema, bytes, { limits, prefix: true });
  if ("thrown" in traced) {
    assert.equal(facts(prefix.error), facts(traced.thrown), "inspect and traced decoder: errors");
  } else {
    assert.is(prefix.length, traced.length, "inspect and traced decoder: lengths");
    assert.ok(same(prefix.value, traced.value), "inspect and traced decoder: values");
  }
  if ("thrown" in whole) {
    assert.equal(facts(inspected.error), facts(whole.thrown), "inspect and decode: errors");
  } else {
    assert.is(inspected.error, undefined, "inspect and decode: only one of them throws");
    assert.is(inspected.length, bytes.length);
    assert.ok(same(inspected.value, whole.value), "inspect and decode: values");
  }
  for (const [index, span] of inspected.spans.entries()) {
    assert.ok(span.start <= span.end && span.end <= bytes.length, "spans are inside the bytes");
    assert.ok(index === 0 || inspected.spans[index - 1].end === span.start, "spans follow each other");
  }
  assertPlaceDoesNotMatter(schema, bytes, limits, whole, traced);
}

function assertPlaceDoesNotMatter(schema: Schema, bytes: Uint8Array, limits: Limits, whole: Outcome, prefix: Outcome) {
  for (const placed of [poisoned(bytes, 3), pooled(bytes)]) {
    const there = outcome(() => ({ value: decode(schema, placed, { limits }), length: bytes.length }));
    assertSameResult(there, whole, 0);
    assertPlain(there, placed.buffer);
    const copied = outcome(() => ({ value: decode(schema, placed, { limits, copy: true }), length: bytes.length }));
    assertSameResult(copied, whole, 0);
    assertPlain(copied, null, placed.buffer);
  }
  const behind = new Uint8Array(5 + bytes.length).fill(0x01);
  behind.set(bytes, 5);
  assertSameResult(outcome(() => decodePrefix(schema, behind, 5, { limits })), prefix, 5);
}

function assertSameResult(there: Outcome, here: Outcome, shift: number): void {
  sameOutcomes(there, here, "at another place");
  if (!("thrown" in there) || !("thrown" in here)) return;
  const [code, path, offset] = facts(here.thrown);
  assert.equal(facts(there.thrown).slice(0, 3), [code, path, (offset as number) + shift], "at another place: errors");
}

/** Asserts that decoded bytes are nothing but Uint8Arrays, in one memory or outside another. */
function assertPlain(result: Outcome, inside: ArrayBufferLike | null, outside: ArrayBufferLike | null = null): void {
  if (!("thrown" in result)) visit(result.value);
  function visit(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    if (value instanceof Uint8Array) {
      assert.is(Object.getPrototypeOf(value), Uint8Array.prototype, "bytes are plain");
      // A constant of the schema may come back as it is.
      if (inside !== null && value.length > 0) assert.ok(value.buffer === inside, "bytes are views of the input");
      assert.ok(value.buffer !== outside, "copied bytes have memory of their own");
      return;
    }
    Object.values(value).forEach(visit);
  }
}

/** The plain writer by itself, which says nothing about what is wrong. */
function plainWrite(schema: Schema, value: unknown, limits: Limits = LIMITS): Outcome {
  return outcome(() => {
    const output = new ScantOutput(limits);
    compileWrite(schema)(output, value, undefined);
    return written(output.bytes.slice(output.start, output.pos));
  });
}

/** Gives no more than was asked for, and moves the message, so that nobody relies on where it was. */
class ScantOutput extends MessageOutput {
  override bytes = new Uint8Array(8).fill(0xee);
  override start = 3;
  override pos = 3;
  override end = 8;

  constructor(limits: Limits) {
    super();
    this.limits = limits;
  }

  override grow(count: number): void {
    const start = this.start === 3 ? 1 : 3;
    const used = this.pos - this.start;
    const bytes = new Uint8Array(start + used + count).fill(0xee);
    bytes.set(this.bytes.subarray(this.start, this.pos), start);
    Object.assign(this, { bytes, start, pos: start + used, end: bytes.length });
  }
}

function written(bytes: Uint8Array): { readonly value: Uint8Array; readonly length: number } {
  return { value: bytes, length: bytes.length };
}

/** Asserts that every way of encoding comes to the same result, and returns the bytes, if there are any. */
export function assertEncodersAgree(schema: Schema, value: unknown, limits: Limits = LIMITS): Uint8Array | undefined {
  const expected = outcome(() => written(oracleEncode(schema, value, limits)));
  const traced = outcome(() => written(writeTraced(schema, value, { limits })));
  sameOutcomes(traced, expected, "traced writer and oracle");
  sameOutcomes(plainWrite(schema, value, limits), expected, "plain writer and oracle");
  const encoded = outcome(() => written(encode(schema, value, { limits })));
  sameOutcomes(encoded, expected, "encode and oracle");
  if ("thrown" in expected && "thrown" in encoded) {
    if (!(expected.thrown instanceof Misfit)) throw expected.thrown;
    assert.equal(facts(encoded.thrown).slice(0, 3), expected.thrown.facts, "encode and oracle: errors");
    return undefined;
  }
  const bytes = (expected as { value: Uint8Array }).value;
  assertTargetIsFilled(schema, value, bytes, limits);
  return bytes;
}

/** Asserts that a target of the exact size is enough, one byte less is not, and no other byte is touched. */
function assertTargetIsFilled(schema: Schema, value: unknown, bytes: Uint8Array, limits: Limits): void {
  const around = new Uint8Array(bytes.length + 20).fill(0xaa);
  const exact = around.subarray(0, 10 + bytes.length);
  assert.is(encodeInto(schema, value, exact, 10, { limits }), 10 + bytes.length);
  assert.is(formatHex(around), "aa".repeat(10) + formatHex(bytes) + "aa".repeat(10), "what is around the target");
  const roomy = around.fill(0xaa);
  encodeInto(schema, value, roomy, 10, { limits });
  assert.is(formatHex(roomy), "aa".repeat(10) + formatHex(bytes) + "aa".repeat(10), "what is around the message");
  if (bytes.length === 0) return;
  const short = around.fill(0xaa).subarray(0, 9 + bytes.length);
  const refusal = outcome(() => ({ value: encodeInto(schema, value, short, 10, { limits }), length: 0 }));
  assert.equal(facts((refusal as { thrown: unknown }).thrown).slice(0, 3), ["space", "", bytes.length - 1]);
  assert.is(formatHex(around.subarray(9 + bytes.length)), "aa".repeat(11), "what is behind a target too small");
}

/** Asserts that generated functions decode as schemas do: the same values and lengths, or the same errors. */
export function assertGeneratedDecodes(
  schema: Schema,
  functions: Required<GeneratedFunctions>,
  bytes: Uint8Array,
): void {
  const traced = tracedRead(schema, bytes, LIMITS);
  const prefix = outcome(() => functions.decodePrefix(bytes));
  sameOutcomes(prefix, traced, "generated decodePrefix and traced decoder");
  const { value, error } = inspect(schema, bytes);
  const whole = outcome(() => ({ value: functions.decode(bytes), length: bytes.length }));
  if ("thrown" in whole) assert.equal(facts(whole.thrown), facts(error), "generated decode and inspect: errors");
  else assert.ok(error === undefined && same(whole.value, value), "generated decode and inspect: values");
  if (!("thrown" in prefix) || !("thrown" in traced)) return;
  assert.equal(facts(prefix.thrown), facts(traced.thrown), "generated decodePrefix and traced decoder: errors");
}

/** Asserts that generated functions encode as the engine does: the same bytes, or the same error. */
export function assertGeneratedEncodes(schema: Schema, functions: Required<GeneratedFunctions>, value: unknown): void {
  const traced = outcome(() => written(writeTraced(schema, value)));
  const encoded = outcome(() => written(functions.encode(value).slice()));
  sameOutcomes(encoded, traced, "generated encode and engine");
  if ("thrown" in encoded && "thrown" in traced) {
    assert.equal(facts(encoded.thrown), facts(traced.thrown), "generated encode and engine: errors");
  }
}
