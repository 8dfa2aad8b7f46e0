/**
 * The machine's time and random numbers.
 *
 * @module
 */

import type { Clock, Random, Timer } from "../host.ts";
import { TIMER_MS_MAX } from "./wait.ts";

/** `crypto.getRandomValues` gives no more bytes at once. */
const RANDOM_BYTES_MAX = 65536;
/** Random words fetched at once for `next()`. */
const POOL_WORDS = 256;

/** The time of the machine: starts with its wall clock and continues with its monotonic one. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.timeOrigin + performance.now(),
  setTimer(delayMs: number, run: () => void): Timer {
    if (!(delayMs >= 0 && delayMs <= TIMER_MS_MAX)) throw new RangeError(`Cannot set a timer for ${delayMs} ms`);
    const timer = setTimeout(run, delayMs);
    return { clear: () => clearTimeout(timer) };
  },
});

const pool = new Uint32Array(POOL_WORDS);
let poolUsed = POOL_WORDS;

/** Unpredictable random numbers of the runtime's cryptography. */
export const systemRandom: Random = Object.freeze({
  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let start = 0; start < count; start += RANDOM_BYTES_MAX) {
      crypto.getRandomValues(bytes.subarray(start, start + RANDOM_BYTES_MAX));
    }
    return bytes;
  },
  next(): number {
    if (poolUsed === POOL_WORDS) {
      crypto.getRandomValues(pool);
      poolUsed = 0;
    }
    // 53 bits, as many as a number has.
    const high = pool[poolUsed++] >>> 5;
    const low = pool[poolUsed++] >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  },
});
