/**
 * Where generated values and mutations get their randomness from.
 *
 * @module
 */

import type { RandomSource } from "../schema/mod.ts";

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
