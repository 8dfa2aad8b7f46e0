/**
 * Trying several ways at once, a little after each other, until one of them leads there: what RFC 8305 ("Happy Eyeballs")
 * does with addresses.
 *
 * @module
 */

import type { Clock, Timer } from "../host.ts";

/** From the beginning of one attempt to that of the next, in milliseconds (RFC 8305, section 5). */
export const STAGGER_MS = 250;

/** What happens to the attempts. */
export interface FirstOfOptions<W, T> {
  readonly clock: Clock;
  /** Begins an attempt; it is given up when the signal fires. */
  readonly attempt: (way: W, signal: AbortSignal) => Promise<T>;
  /** Takes what an attempt brought after another one had won. */
  readonly discard: (late: T) => void;
  /** Gives everything up. */
  readonly signal: AbortSignal;
}

/**
 * Begins an attempt for each way in their order: the next when {@link STAGGER_MS} are over, or when all before have
 * failed. The first that succeeds wins, the others are given up.
 *
 * @returns what it brought; if none succeeded, their errors in the order of the ways
 */
export function firstOf<W, T>(
  ways: readonly W[],
  { clock, attempt, discard, signal }: FirstOfOptions<W, T>,
): Promise<{ readonly value: T } | { readonly errors: readonly unknown[] }> {
  return new Promise((resolve) => {
    const errors: unknown[] = [];
    const others = new AbortController();
    const each = AbortSignal.any([signal, others.signal]);
    let [next, running, won] = [0, 0, false];
    let timer: Timer | null = null;
    const begin = () => {
      timer?.clear();
      timer = null;
      if (won) return;
      if (next >= ways.length || signal.aborted) {
        if (running === 0) resolve({ errors });
        return;
      }
      const index = next++;
      running++;
      attempt(ways[index]!, each).then((value) => {
        running--;
        if (won) return discard(value);
        won = true;
        timer?.clear();
        resolve({ value });
        others.abort(new Error("Another address leads there"));
      }, (error) => {
        running--;
        errors[index] = error;
        if (!won && (running === 0 || signal.aborted)) begin();
      });
      if (next < ways.length) timer = clock.setTimer(STAGGER_MS, begin);
    };
    begin();
  });
}
