/**
 * The machine's time, turns of its event loop, and random numbers.
 *
 * @module
 */

import type { Clock, Random, Timer } from "../host.ts";
import { TIMER_MS_MAX } from "./wait.ts";

/** `crypto.getRandomValues` gives no more bytes at once. */
const RANDOM_BYTES_MAX = 65536;
/** Random words fetched at once for `next()` and for few bytes, such as the ids of requests. */
const POOL_WORDS = 256;
/** So many bytes are few. */
const FEW_BYTES = 32;

/** The time of the machine: starts with its wall clock and continues with its monotonic one. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.timeOrigin + performance.now(),
  setTimer(delayMs: number, run: () => void): Timer {
    if (!(delayMs >= 0 && delayMs <= TIMER_MS_MAX)) throw new RangeError(`Cannot set a timer for ${delayMs} ms`);
    if (delayMs > 0 && delayMs < TIMER_MS) return shortTimer(performance.now() + delayMs, run);
    const timer = setTimeout(run, delayMs);
    return { clear: () => clearTimeout(timer) };
  },
});

/** The least that a timer of a runtime takes, in milliseconds. */
const TIMER_MS = 1;

/** A timer that takes less: in each turn of the event loop, after what has arrived, it looks whether it is time. */
function shortTimer(endMs: number, run: () => void): Timer {
  let isCleared = false;
  const look = () => {
    if (isCleared) return;
    if (performance.now() >= endMs) run();
    else queueMacrotask(look);
  };
  queueMacrotask(look);
  return { clear: () => void (isCleared = true) };
}

const pool = new Uint32Array(POOL_WORDS);
const poolBytes = new Uint8Array(pool.buffer);
let poolUsed = POOL_WORDS;

/** Where so many unused words of the pool begin. */
function takeWords(count: number): number {
  if (poolUsed + count > POOL_WORDS) {
    crypto.getRandomValues(pool);
    poolUsed = 0;
  }
  poolUsed += count;
  return poolUsed - count;
}

/** Unpredictable random numbers of the runtime's cryptography. */
export const systemRandom: Random = Object.freeze({
  bytes(count: number): Uint8Array {
    if (count <= FEW_BYTES) {
      const start = 4 * takeWords(Math.ceil(count / 4));
      const few = poolBytes.slice(start, start + count);
      // Nothing that may be a secret stays behind.
      poolBytes.fill(0, start, start + count);
      return few;
    }
    const bytes = new Uint8Array(count);
    for (let start = 0; start < count; start += RANDOM_BYTES_MAX) {
      crypto.getRandomValues(bytes.subarray(start, start + RANDOM_BYTES_MAX));
    }
    return bytes;
  },
  next(): number {
    // 53 bits, as many as a number has.
    const at = takeWords(2);
    const high = pool[at] >>> 5;
    const low = pool[at + 1] >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  },
});

type Schedule = (run: () => void) => void;

/**
 * Calls `run` in a turn of its own, after everything that is ready to run now: microtasks, and ticks on Node. Measured,
 * a turn takes 1 µs with `setImmediate` on Node and on Deno, as much as 32 microtasks one after the other.
 */
export const queueMacrotask: Schedule = chooseSchedule();

/** Resolves in another turn of the event loop. */
export function nextMacrotask(): Promise<void> {
  return new Promise(queueMacrotask);
}

function chooseSchedule(): Schedule {
  const { setImmediate } = globalThis as { setImmediate?: Schedule };
  return setImmediate === undefined ? scheduleByMessage() : (run) => setImmediate(run);
}

/** For browsers, which have no `setImmediate`, and whose timers are slowed down. */
function scheduleByMessage(): Schedule {
  const waiting: (() => void)[] = [];
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => waiting.shift()?.();
  return (run) => {
    waiting.push(run);
    port2.postMessage(null);
  };
}
