/**
 * Random choices, and simple values made from them: numbers, texts and bytes, extremes and others.
 *
 * @module
 */

import type { FloatNode, RandomSource } from "../schema/mod.ts";

const CHOICES = 2 ** 32;

/** Choices out of a list of whole numbers from 0 to 2^32-1; when the list is used up every choice is 0. */
export function fromList(numbers: ArrayLike<number>): RandomSource {
  let next = 0;
  return (max) => next < numbers.length ? numbers[next++] % (max + 1) : 0;
}

/** Choices out of a seed: the generator "mulberry32", which is small, quick and good enough for tests. */
export function fromSeed(seed: number): RandomSource {
  let state = seed >>> 0;
  return (max) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return Math.floor(((mixed ^ mixed >>> 14) >>> 0) / CHOICES * (max + 1));
  };
}

/** One of the elements of a list that has some; the first one is the simplest. */
export function pick<T>(choose: RandomSource, list: readonly T[]): T {
  return list[choose(list.length - 1)];
}

const WORD_MAX = 2 ** 32 - 1;

/** A whole number in a range that contains 0. */
export function arbitraryInt(choose: RandomSource, least: number, most: number): number {
  switch (choose(5)) {
    case 0:
      return Math.min(choose(20), most);
    case 1:
      return most - Math.min(choose(1), most);
    case 2:
      return least + Math.min(choose(1), most);
    case 3:
      // Around the powers of two, where widths end.
      return Math.max(least, Math.min(most, 2 ** choose(53) + choose(2) - 1));
    default:
      return between(choose, least, most);
  }
}

/** Spreads over the orders of magnitude, so that small numbers are not rare. */
function between(choose: RandomSource, least: number, most: number): number {
  const bits = choose(53);
  const size = (choose(WORD_MAX) * 2 ** 21 + choose(2 ** 21 - 1)) % 2 ** bits;
  return Math.max(least, Math.min(most, least < 0 && choose(1) === 1 ? 0 - size : size));
}

/** A bigint that an integer schema can carry. */
export function arbitraryBigInt(choose: RandomSource, signed: boolean): bigint {
  const wrap = (value: bigint) => signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
  switch (choose(4)) {
    case 0:
      return wrap(BigInt(choose(20)));
    case 1:
      // The most, and one more, which is the least.
      return wrap((1n << (signed ? 63n : 64n)) - 1n + BigInt(choose(1)));
    case 2:
      return wrap((1n << BigInt(choose(63))) + BigInt(choose(2) - 1));
    default:
      return wrap((BigInt(choose(WORD_MAX)) << 32n | BigInt(choose(WORD_MAX))) >> BigInt(choose(63)));
  }
}

const FLOATS = [
  0,
  1,
  -1,
  -0,
  0.5,
  0.1,
  2 ** 24 + 1,
  2 ** 53,
  2 ** -149,
  2 ** -1074,
  3.4028234663852886e38,
  Number.MAX_VALUE,
  Infinity,
  -Infinity,
  NaN,
];
const scratch = new DataView(new ArrayBuffer(8));

/** A number that a float schema can carry. */
export function arbitraryFloat(choose: RandomSource, { bytes }: FloatNode): number {
  let value = pick(choose, FLOATS);
  if (choose(1) === 1) {
    scratch.setUint32(0, choose(WORD_MAX));
    scratch.setUint32(4, choose(WORD_MAX));
    value = scratch.getFloat64(0);
  }
  // Of all the forms of NaN only the usual one.
  if (Number.isNaN(value)) return NaN;
  return bytes === 4 ? Math.fround(value) : value;
}

/** Bytes of a given length. */
export function arbitraryBytes(choose: RandomSource, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => choose(255));
}

/** The first and the last code point of UTF-8 sequences of one to four bytes, and between them what is often mistaken. */
const CHARACTERS: readonly (readonly number[])[] = [
  [0x61, 0x20, 0x00, 0x0a, 0x22, 0x5c, 0x7f],
  [0xe9, 0x80, 0x7ff, 0x85, 0x301],
  [0x20ac, 0x800, 0xfeff, 0xfffd, 0xffff, 0xd7ff, 0xe000, 0x202e],
  [0x1f600, 0x10000, 0x10ffff],
];

/** A text of a given number of UTF-8 bytes. */
export function arbitraryText(choose: RandomSource, bytes: number): string {
  let text = "";
  for (let left = bytes; left > 0;) {
    const width = choose(3) < 3 ? 1 : Math.min(left, 1 + choose(3));
    const code = width === 1 && choose(1) === 0 ? 0x61 + choose(25) : pick(choose, CHARACTERS[width - 1]);
    text += String.fromCodePoint(code);
    left -= width;
  }
  return text;
}
