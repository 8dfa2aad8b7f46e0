/**
 * Random numbers that a seed replays.
 *
 * @module
 */

import type { Random } from "../host.ts";

/** Rounds that mix the seed in: what the authors of the generator use. */
const WARM_UP_ROUNDS = 12;

/**
 * The generator sfc32 ("small fast counting") of Chris Doty-Humphrey's PractRand: 128 bits of state, a period of at
 * least 2^32, on average 2^127. Nothing about it is secret.
 */
export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /**
   * @param seed Any numbers; every one of them counts with the 32 low bits of its integer part. Other numbers, or
   * another order, give another sequence
   */
  constructor(...seed: readonly number[]) {
    let hash = 0x9e3779b9 ^ seed.length;
    const next = (word: number) => hash = mix(Math.imul(hash, 0x01000193) ^ mix(word));
    for (const number of seed) next(number | 0);
    this.#a = next(1);
    this.#b = next(2);
    this.#c = next(3);
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.word();
  }

  /** The next 32 bits, as a number from 0 to 2^32 - 1. */
  word(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  next(): number {
    return ((this.word() >>> 5) * 2 ** 26 + (this.word() >>> 6)) / 2 ** 53;
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count; at += 4) {
      const word = this.word();
      for (let index = at; index < Math.min(at + 4, count); index++) bytes[index] = word >>> (8 * (index - at));
    }
    return bytes;
  }

  /** A number of an exponential distribution: the time until something that happens every `mean` on average. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  /** Whether something happens that does so with a probability of `probability`. Draws nothing for 0 and below. */
  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }
}

/** The finaliser of MurmurHash3: every bit of the input changes about half of those of the output. */
function mix(word: number): number {
  let hash = word ^ (word >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
