/**
 * Compares the decoder of streams with the one of whole messages.
 *
 * @module
 */

import {
  CodecError,
  compile,
  type Limits,
  MESSAGE_BYTES_MAX,
  type Node,
  type Schema,
  stream,
  type StreamDecoder,
  type StreamOptions,
} from "../../../codec/mod.ts";
import { type RandomSource, sizeMax } from "../../../codec/schema/mod.ts";
import { partsOf } from "./cost.ts";
import { attempt, Discrepancy, expect, placeOf, sameValue } from "./outcome.ts";

/** A message with its place in the input. */
interface Message {
  readonly value: unknown;
  readonly start: number;
  readonly end: number;
}

/** Messages one after the other, and why there are no more. */
export interface Sequence {
  readonly messages: readonly Message[];
  readonly error?: CodecError;
  /** Whether a message without bytes came: where there is one there are any number of them. */
  readonly stuck?: boolean;
}

/** Up to this many bytes an input is also decoded byte by byte; beyond it only now and then, for that takes long. */
const SINGLE_BYTES_MAX = 48;
const SINGLE_BYTES_CEILING = 400;
/** Pieces that an input is cut into at most. */
const PIECES_MAX = 6;
/** What a stream may hold besides the longest message: the beginning of a part that it looks at again later. */
const SPARE_BYTES_MAX = 300;
/** What a chunk is overwritten with after the decoder has had the time to copy it. */
const USED = 0xdb;

/** The messages of an input, decoded one after the other as {@link compile} does it. */
export function sequenceOf(schema: Schema, bytes: Uint8Array, limits: Partial<Limits>): Sequence {
  const { decodePrefix } = compile(schema);
  const messages: Message[] = [];
  for (let start = 0; start < bytes.length;) {
    const found = attempt(() => decodePrefix(bytes, start, { limits, copy: true }));
    if (found.error !== undefined) return { messages, error: found.error };
    const { value, length } = found.value;
    if (length === 0) return { messages, stuck: true };
    messages.push({ value, start, end: start + length });
    start += length;
  }
  return { messages };
}

/** Decodes an input as a stream, whole, in pieces and byte by byte, and expects the messages of {@link sequenceOf}. */
export function checkStream(
  schema: Schema,
  bytes: Uint8Array,
  { choose, limits }: { readonly choose: RandomSource; readonly limits: Partial<Limits> },
): void {
  // A stream cannot carry messages without bytes.
  if (sizeMax(schema) === 0) return;
  const expected = sequenceOf(schema, bytes, limits);
  if (expected.stuck === true) return;
  const longest = Math.max(0, ...expected.messages.map(({ start, end }) => end - start));
  const make: MakeStream = (options) => stream(schema, options);
  const whole = streamed(make, bytes, { cuts: [], limits });
  expectSequence(schema, whole, expected, []);
  for (const cuts of [randomCuts(bytes.length, choose), everyCut(bytes.length, choose)]) {
    const pieces = streamed(make, bytes, { cuts, limits });
    expectSequence(schema, pieces, expected, cuts);
    expectSameError(pieces, whole, cuts);
  }
  const messageBytesMax = 1 + choose(2 * longest + 8);
  const short = streamed(make, bytes, { cuts: randomCuts(bytes.length, choose), limits, messageBytesMax });
  expectWithin(short, expected, { longest, messageBytesMax });
}

/**
 * Decodes an input as a stream, cut in each of the given ways, and expects the messages of {@link sequenceOf}.
 *
 * @param make makes the stream; by default it is that of the schema
 */
export function checkCuts(
  schema: Schema,
  bytes: Uint8Array,
  ways: Iterable<readonly number[]>,
  make: MakeStream = (options) => stream(schema, options),
): void {
  if (sizeMax(schema) === 0) return;
  const expected = sequenceOf(schema, bytes, {});
  if (expected.stuck === true) return;
  for (const cuts of ways) expectSequence(schema, streamed(make, bytes, { cuts, limits: {} }), expected, cuts);
}

function randomCuts(length: number, choose: RandomSource): number[] {
  return Array.from({ length: choose(PIECES_MAX - 1) }, () => choose(length)).sort((a, b) => a - b);
}

function everyCut(length: number, choose: RandomSource): number[] {
  const bytesMax = choose(7) === 0 ? SINGLE_BYTES_CEILING : SINGLE_BYTES_MAX;
  return length > bytesMax ? [] : Array.from({ length }, (_, index) => index);
}

interface StreamRun {
  readonly cuts: readonly number[];
  readonly limits: Partial<Limits>;
  readonly messageBytesMax?: number;
}

type MakeStream = (options: StreamOptions) => StreamDecoder<unknown>;

function streamed(make: MakeStream, bytes: Uint8Array, { cuts, limits, messageBytesMax }: StreamRun): Sequence {
  const decoder = make({ limits, ...(messageBytesMax !== undefined && { messageBytesMax }) });
  const messages: Message[] = [];
  const ends = [...cuts, bytes.length];
  let start = 0;
  try {
    for (const end of ends) {
      // Memory of its own, which is used for something else as soon as it may be.
      const chunk = bytes.slice(start, end);
      start = end;
      decoder.push(chunk);
      for (let message = decoder.pull(); message !== null; message = decoder.pull()) messages.push(message);
      chunk.fill(USED);
      const held = end - decoder.offset;
      expect(
        held <= (messageBytesMax ?? Infinity) + SPARE_BYTES_MAX,
        "stream: holds more than a message may have",
        () => `${held} bytes`,
      );
    }
    const last = decoder.finish();
    if (last !== null) messages.push(last);
    return { messages };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    expectError(() => decoder.pull(), error);
    return { messages, error };
  }
}

/** A stream that has failed says so again. */
function expectError(pull: () => unknown, error: CodecError): void {
  try {
    pull();
  } catch (again) {
    if (again === error) return;
  }
  throw new Discrepancy("stream: continues after an error");
}

function expectSequence(schema: Schema, found: Sequence, expected: Sequence, cuts: readonly number[]): void {
  const where = () => cuts.length === 0 ? "in one piece" : `cut at ${cuts.join(", ")}`;
  expectMessages(found, expected);
  expect(
    found.messages.length === expected.messages.length,
    "stream: messages are missing",
    () => `${found.messages.length} of ${expected.messages.length}, ${where()}`,
  );
  expect(
    (found.error === undefined) === (expected.error === undefined),
    "stream and decode: only one of them fails",
    () => `${placeOf((found.error ?? expected.error)!)}, ${where()}`,
  );
  if (found.error === undefined || expected.error === undefined || expected.error.code === "truncated") return;
  const { code, path, offset } = expected.error;
  if (found.error.code === "limit" && isEarly(found.error, schema)) return;
  expect(
    found.error.code === code && found.error.path === path && found.error.offset === offset,
    "stream and decode: errors",
    () => `${placeOf(found.error!)}, and ${placeOf(expected.error!)}, ${where()}`,
  );
}

/** In whatever pieces the bytes come, they are wrong for the same reason. */
function expectSameError({ error: found }: Sequence, { error: expected }: Sequence, cuts: readonly number[]): void {
  if (found === undefined || expected === undefined) return;
  expect(
    placeOf(found) === placeOf(expected),
    "stream: errors in pieces and in one piece",
    () => `${placeOf(found)}, and ${placeOf(expected)}, cut at ${cuts.join(", ")}`,
  );
}

/** Whether a stream may know before the other error is there that a message, or a part of it, will be too long. */
function isEarly({ context }: CodecError, schema: Schema): boolean {
  return context.bytesMax === MESSAGE_BYTES_MAX || hasLimit(schema, new Set());
}

function hasLimit(node: Node, seen: Set<Node>): boolean {
  if (seen.has(node)) return false;
  seen.add(node);
  return node.kind === "limit" || partsOf(node).some((part) => hasLimit(part, seen));
}

/** Whether the messages of one sequence are the first ones of another. */
function expectMessages(found: Sequence, expected: Sequence): void {
  for (const [index, { value, start, end }] of found.messages.entries()) {
    const other = expected.messages[index];
    expect(
      other !== undefined && other.start === start && other.end === end && sameValue(other.value, value),
      "stream and decode: messages",
      () => `number ${index}`,
    );
  }
}

/** A stream that allows only short messages has the short ones, and fails at the first long one. */
function expectWithin(
  found: Sequence,
  expected: Sequence,
  { longest, messageBytesMax }: { readonly longest: number; readonly messageBytesMax: number },
): void {
  expectMessages(found, expected);
  const fits = found.messages.every(({ start, end }) => end - start <= messageBytesMax);
  expect(fits, "stream: a message is longer than it may be");
  const all = expected.error === undefined && longest <= messageBytesMax;
  expect(
    all === (found.error === undefined),
    "stream: the length of messages",
    () => `at most ${messageBytesMax} bytes, ${found.error === undefined ? "no error" : placeOf(found.error)}`,
  );
}
