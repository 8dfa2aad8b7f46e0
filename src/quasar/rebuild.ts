/**
 * Bits of filters in words of 32: united, counted and compared in place, since that is done for each change of a neighbour.
 *
 * @module
 */

import { type Filter, filterBits, type FilterParams } from "../../codec/protocols/storj/mod.ts";

/** A level that is changed in place. */
export interface Level {
  /** The same bits, as all others read them. */
  readonly filter: Filter & { count: number };
  readonly words: Int32Array;
  /** How many bits are set. */
  ones: number;
}

/** A level without keys. */
export function emptyLevel({ errorRate, sliceCount, sliceBits, capacity }: FilterParams): Level {
  const bitCount = sliceCount * sliceBits;
  const words = new Int32Array(Math.ceil(bitCount / 32));
  const bits = new Uint8Array(words.buffer, 0, Math.ceil(bitCount / 8));
  return { filter: { errorRate, sliceCount, sliceBits, capacity, count: 0, bits }, words, ones: 0 };
}

/** A level with the bits of a filter. */
export function levelOf(filter: Filter): Level {
  const level = emptyLevel(filter);
  level.filter.bits.set(filter.bits);
  level.filter.count = filter.count;
  level.ones = countOnes(level.words);
  return level;
}

/** Inverts a bit. */
export function toggle(level: Level, position: number): void {
  const { bits } = level.filter;
  const mask = 1 << (position & 7);
  bits[position >>> 3] ^= mask;
  level.ones += (bits[position >>> 3] & mask) === 0 ? -1 : 1;
}

/** How many bits are set. */
export function countOnes(words: Int32Array): number {
  let ones = 0;
  for (let at = 0; at < words.length; at++) ones += onesOf(words[at]);
  return ones;
}

function onesOf(word: number): number {
  let bits = word - (word >>> 1 & 0x55555555);
  bits = (bits & 0x33333333) + (bits >>> 2 & 0x33333333);
  return Math.imul(bits + (bits >>> 4) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/**
 * Unites levels. One with which more than half of the bits would be set is left out: the error rate is made for half.
 *
 * @param into Gets the bits; it has none yet
 * @param leftOut Called with the index of each level that is left out
 */
export function unite(into: Int32Array, levels: readonly Level[], bitCount: number, leftOut: (index: number) => void) {
  const onesMax = bitCount >>> 1;
  const onesInAll = levels.reduce((sum, { ones }) => sum + ones, 0);
  for (let index = 0; index < levels.length; index++) {
    const { words } = levels[index];
    if (onesInAll > onesMax && onesOfUnion(into, words) > onesMax) {
      leftOut(index);
      continue;
    }
    for (let at = 0; at < into.length; at++) into[at] |= words[at];
  }
}

function onesOfUnion(a: Int32Array, b: Int32Array): number {
  let ones = 0;
  for (let at = 0; at < a.length; at++) ones += onesOf(a[at] | b[at]);
  return ones;
}

/** Gives a level other bits, and calls a function with each bit that has become another one. */
export function replaceBits(
  level: Level,
  words: Int32Array,
  flipped: (position: number, isSet: boolean) => void,
): void {
  const { bits } = level.filter;
  const bytes = new Uint8Array(words.buffer, words.byteOffset, bits.length);
  for (let word = 0; word < words.length; word++) {
    if (words[word] === level.words[word]) continue;
    for (let byte = word * 4; byte < Math.min(word * 4 + 4, bits.length); byte++) {
      const changed = bits[byte] ^ bytes[byte];
      for (let bit = 0; changed >>> bit !== 0; bit++) {
        if ((changed >>> bit & 1) !== 0) flipped(byte * 8 + bit, (bytes[byte] >>> bit & 1) !== 0);
      }
    }
  }
  level.words.set(words);
  level.ones = countOnes(words);
}

/** Whether two filters have the same sizes but for the layout, so that either could be told in the other's. */
export function sameMeaning(a: FilterParams, b: FilterParams): boolean {
  return a.capacity === b.capacity && a.errorRate === b.errorRate && a.sliceCount === b.sliceCount;
}

/** The positions of all bits that are set, ascending. */
export function positionsOf({ filter }: Level): number[] {
  const positions: number[] = [];
  for (let byte = 0; byte < filter.bits.length; byte++) {
    for (let bit = 0; filter.bits[byte] >>> bit !== 0; bit++) {
      if ((filter.bits[byte] >>> bit & 1) !== 0) positions.push(byte * 8 + bit);
    }
  }
  return positions;
}

/** How many bits a level has. */
export function bitsOf(level: Level): number {
  return filterBits(level.filter);
}
