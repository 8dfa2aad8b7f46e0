/**
 * How often a client may call.
 *
 * @module
 */

import type { Clock } from "../../host/mod.ts";

/**
 * The calls that a connection has left. They grow back evenly, up to those of a second. A batch whose length is known only
 * when it is read may take more than are left: the next request then waits for longer.
 */
export class CallAllowance {
  readonly #clock: Clock;
  readonly #perSecond: number;
  #left: number;
  #atMs: number;

  /** @param perSecond `Infinity` for no limit */
  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#left = perSecond;
    this.#atMs = clock.now();
  }

  /** How long until the next call may be made, in milliseconds; 0 for now. */
  waitMs(): number {
    if (this.#perSecond === Infinity) return 0;
    const nowMs = this.#clock.now();
    // A clock that was set back gives nothing.
    const grown = Math.max(0, nowMs - this.#atMs) / 1000 * this.#perSecond;
    this.#left = Math.min(this.#perSecond, this.#left + grown);
    this.#atMs = nowMs;
    return this.#left >= 1 ? 0 : (1 - this.#left) / this.#perSecond * 1000;
  }

  /** Takes calls. */
  take(calls: number): void {
    this.#left -= calls;
  }
}
