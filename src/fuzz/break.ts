/**
 * Inputs made from valid messages and texts: cut, changed, joined.
 *
 * @module
 */

import type { Span } from "../../codec/mod.ts";
import { mutate, pick } from "../../codec/arbitrary/mod.ts";
import type { RandomSource } from "../../codec/schema/mod.ts";

/** Up to this many bytes a message is cut everywhere. */
const CUT_BYTES_MAX = 100;
/** Up to this many bytes every byte is changed to every other one. */
const CHANGED_BYTES_MAX = 16;
/** How many inputs are made of a message where all of them would be too many. */
const SAMPLES = 32;
/** How often one input is broken. */
const HARMS_MAX = 4;

/** How the parts of an input are found, so that lengths and tags can be changed. */
export type SpansOf = (bytes: Uint8Array) => readonly Span[];

/**
 * A message and what can become of it on a bad line or in bad hands; a round takes one of the ways.
 *
 * @param other another message of the same kind
 */
export function* broken(
  message: Uint8Array,
  other: Uint8Array,
  { choose, spansOf }: { readonly choose: RandomSource; readonly spansOf: SpansOf },
): Generator<Uint8Array> {
  yield message;
  switch (choose(6)) {
    case 0:
      return yield* cuts(message, choose);
    case 1:
      return yield* changes(message, choose);
    case 2:
      return yield* splices(message, other, choose);
    default:
      return yield* harms(message, choose, spansOf);
  }
}

function* cuts(message: Uint8Array, choose: RandomSource): Generator<Uint8Array> {
  if (message.length <= CUT_BYTES_MAX) {
    for (let length = 0; length < message.length; length++) yield message.slice(0, length);
  } else {
    for (let left = SAMPLES; left > 0; left--) yield message.slice(0, choose(message.length - 1));
  }
}

function* changes(message: Uint8Array, choose: RandomSource): Generator<Uint8Array> {
  if (message.length <= CHANGED_BYTES_MAX && choose(3) === 0) {
    for (let at = 0; at < message.length; at++) {
      for (let change = 1; change < 256; change++) yield changed(message, at, change);
    }
  } else if (message.length > 0) {
    for (let left = SAMPLES; left > 0; left--) {
      const change = choose(1) === 0 ? 1 << choose(7) : 1 + choose(254);
      yield changed(message, choose(message.length - 1), change);
    }
  }
}

function changed(message: Uint8Array, at: number, change: number): Uint8Array {
  const bytes = message.slice();
  bytes[at] ^= change;
  return bytes;
}

/** Messages after each other, and the beginning of one with the end of another. */
function* splices(message: Uint8Array, other: Uint8Array, choose: RandomSource): Generator<Uint8Array> {
  yield joined(message, other);
  yield joined(other, message, other);
  for (let left = SAMPLES / 2; left > 0; left--) {
    yield joined(message, other.subarray(0, choose(other.length)));
    yield joined(message.subarray(0, choose(message.length)), other.subarray(choose(other.length)));
  }
}

function* harms(message: Uint8Array, choose: RandomSource, spansOf: SpansOf): Generator<Uint8Array> {
  const spans = spansOf(message);
  for (let left = SAMPLES; left > 0; left--) {
    let bytes = mutate(message, spans, choose);
    const more = pick(choose, [0, 0, 0, 1, HARMS_MAX - 1]);
    for (let harm = 0; harm < more; harm++) bytes = mutate(bytes, spansOf(bytes), choose);
    yield bytes;
  }
}

/** Bytes one after the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** How many texts are made of one, and how often each is broken. */
const TEXT_SAMPLES = 24;
const TEXT_HARMS_MAX = 3;

/** A text and what can become of it: pieces taken out, put in twice, put elsewhere; tokens; any bytes. */
export function* brokenText(text: string, tokens: readonly string[], choose: RandomSource): Generator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  yield bytes;
  for (let left = TEXT_SAMPLES; left > 0; left--) {
    let changed: readonly number[] = [...bytes];
    for (let harms = 1 + choose(TEXT_HARMS_MAX - 1); harms > 0; harms--) changed = harmed(changed, tokens, choose);
    yield Uint8Array.from(changed);
  }
}

function harmed(bytes: readonly number[], tokens: readonly string[], choose: RandomSource): number[] {
  const at = choose(bytes.length);
  const end = Math.min(bytes.length, at + choose(choose(1) === 0 ? 2 : 12));
  const piece = bytes.slice(at, end);
  const token = [...new TextEncoder().encode(pick(choose, tokens))];
  switch (choose(6)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return bytes.toSpliced(at, piece.length);
    case 2:
      return bytes.toSpliced(at, 0, ...piece);
    case 3:
      return bytes.toSpliced(choose(bytes.length), 0, ...piece);
    case 4:
      return bytes.toSpliced(at, choose(2), choose(255));
    case 5:
      return bytes.toSpliced(at, piece.length, ...token);
    default:
      return bytes.toSpliced(at, 0, ...token);
  }
}

/** The text of bytes; what is not valid becomes U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
