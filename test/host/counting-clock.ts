/**
 * A clock that knows how many timers are set.
 *
 * @module
 */

import type { Clock, Timer } from "../../src/host/host.ts";

/** The clock of a host, which counts the timers that are set. */
export class CountingClock implements Clock {
  readonly #clock: Clock;
  readonly #timers = new Set<Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#clock.now();
  }

  setTimer(delayMs: number, run: () => void): Timer {
    const inner = this.#clock.setTimer(delayMs, () => {
      this.#timers.delete(timer);
      run();
    });
    const timer: Timer = {
      clear: () => {
        this.#timers.delete(timer);
        inner.clear();
      },
    };
    this.#timers.add(timer);
    return timer;
  }
}
