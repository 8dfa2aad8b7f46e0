/**
 * Compares generated functions with those compiled from the same schema, which {@link checkInput} checks.
 *
 * @module
 */

import { compile, formatHex, type Prefix, type Schema, type StreamDecoder } from "../../../codec/mod.ts";
import { fromSeed } from "../../../codec/arbitrary/mod.ts";
import { type RandomSource, sizeMax } from "../../../codec/schema/mod.ts";
import type { MessageScan, ScanOptions } from "../../../codec/codegen/runtime/mod.ts";
import { checkTargets } from "./check-input.ts";
import { checkCuts, sequenceOf } from "./check-stream.ts";
import { attempt, Discrepancy, expect, expectSameOutcome, type Outcome, sameBytes, showOutcome } from "./outcome.ts";

/** The functions that were generated for a schema, or some of them. */
export interface GeneratedFunctions<T = unknown> {
  readonly decode?: (bytes: Uint8Array) => T;
  readonly decodePrefix?: (bytes: Uint8Array, offset?: number) => Prefix<T>;
  readonly encode?: (value: T) => Uint8Array;
  readonly encodeInto?: (value: T, target: Uint8Array, offset?: number) => number;
  readonly scan?: (options?: ScanOptions) => MessageScan;
  readonly stream?: (options?: ScanOptions) => StreamDecoder<T>;
}

/** What stands around an input or a target. */
const AROUND = 0x01;
const AROUND_BYTES = 8;
/** Pieces that an input is cut into at most, unless it is cut everywhere. */
const PIECES_MAX = 5;
/** Up to this many bytes an input is also handed over byte by byte. */
const SINGLE_BYTES_MAX = 100;

/** Does with an input what generated functions can do, and expects what is compiled to do the same. */
export function checkGenerated(schema: Schema, functions: GeneratedFunctions, bytes: Uint8Array, seed: number): void {
  const choose = fromSeed(seed);
  const { decode, decodePrefix } = compile(schema);
  const whole = attempt(() => decode(bytes));
  if (functions.decode !== undefined) {
    expectSameOutcome("decode and generated decode", whole, attempt(() => functions.decode!(bytes)));
  }
  const prefix = attempt(() => decodePrefix(bytes));
  if (functions.decodePrefix !== undefined) checkPrefix(functions.decodePrefix, bytes, prefix);
  if (prefix.error === undefined) checkEncode(schema, functions, prefix.value.value);
  if (sizeMax(schema) === 0) return;
  const ways = cutsOf(bytes.length, choose);
  if (functions.scan !== undefined) { for (const cuts of ways) checkScan(schema, functions.scan, bytes, cuts); }
  if (functions.stream !== undefined) checkGeneratedStream(schema, functions.stream, bytes, ways);
}

function checkPrefix(
  generated: NonNullable<GeneratedFunctions["decodePrefix"]>,
  bytes: Uint8Array,
  expected: Outcome<Prefix<unknown>>,
): void {
  expectSameOutcome("decodePrefix and generated decodePrefix", expected, attempt(() => generated(bytes)));
  const behind = new Uint8Array(bytes.length + AROUND_BYTES).fill(AROUND);
  behind.set(bytes, AROUND_BYTES);
  const later = attempt(() => generated(behind, AROUND_BYTES));
  expectSameOutcome("decodePrefix and generated decodePrefix at an offset", expected, later, AROUND_BYTES);
}

function checkEncode(schema: Schema, { encode, encodeInto }: GeneratedFunctions, value: unknown): void {
  const expected = attempt(() => compile(schema).encode(value, { owned: true }));
  if (encode !== undefined) expectSameBytes("encode and generated encode", expected, attempt(() => encode(value)));
  if (encodeInto !== undefined && expected.error === undefined) {
    checkTargets(encodeInto, value, expected.value, "generated encodeInto");
  }
}

function checkGeneratedStream(
  schema: Schema,
  stream: NonNullable<GeneratedFunctions["stream"]>,
  bytes: Uint8Array,
  ways: readonly (readonly number[])[],
): void {
  try {
    checkCuts(schema, bytes, ways, () => stream());
  } catch (error) {
    if (!(error instanceof Discrepancy)) throw error;
    throw new Discrepancy(`generated ${error.what}`, error.message.slice(`${error.what}: `.length));
  }
}

function expectSameBytes(what: string, left: Outcome<Uint8Array>, right: Outcome<Uint8Array>): void {
  if (left.error !== undefined || right.error !== undefined) return expectSameOutcome(what, left, right);
  expect(
    sameBytes(left.value, right.value),
    what,
    () => `${formatHex(left.value as Uint8Array)}, and ${showOutcome(right)}`,
  );
}

/** Ways to cut an input: not at all, somewhere, everywhere. */
function cutsOf(length: number, choose: RandomSource): number[][] {
  const somewhere = Array.from({ length: choose(PIECES_MAX - 1) }, () => choose(length)).sort((a, b) => a - b);
  const everywhere = Array.from({ length: length <= SINGLE_BYTES_MAX ? length : 0 }, (_, index) => index);
  return [[], somewhere, everywhere];
}

/** A scan finds the ends of the messages that can be decoded, and does not ask for more than they have. */
function checkScan(
  schema: Schema,
  scan: NonNullable<GeneratedFunctions["scan"]>,
  bytes: Uint8Array,
  cuts: readonly number[],
): void {
  const expected = sequenceOf(schema, bytes, {});
  if (expected.stuck === true) return;
  const scanner = scan();
  let start = 0;
  let found = 0;
  for (const end of [...cuts, bytes.length]) {
    for (let length = 0; start < end; start += length) {
      const looked = attempt(() => scanner.scan(bytes, start, end));
      const message = expected.messages[found];
      if (looked.error !== undefined) {
        return expect(message === undefined, "generated scan: refuses a message", () => showOutcome(looked));
      }
      length = looked.value;
      if (length < 0) {
        // A message that has all the rest ends with the input, of which the scan knows nothing.
        const fits = message === undefined || end - length <= message.end || message.end === bytes.length;
        expect(fits, "generated scan: needs more than the message has", () => `${-length} bytes at ${end}`);
        break;
      }
      // Bytes of the right length may still be invalid, which only decoding shows.
      if (message === undefined) return;
      expect(message.end === start + length, "generated scan: another end", () => `${start + length}`);
      found++;
    }
  }
}
