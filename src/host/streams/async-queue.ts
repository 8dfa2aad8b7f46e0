/**
 * Things that have arrived, and those who wait for the next one.
 *
 * @module
 */

import type { HostError } from "../error.ts";
import type { Clock, WaitOptions } from "../host.ts";
import { type Settle, wait } from "../timing/mod.ts";

/**
 * A queue whose next thing can be waited for. It has no limit: callers check {@link cost} before they add something.
 */
export class AsyncQueue<T> {
  readonly #clock: Clock;
  readonly #action: string;
  readonly #items = new Set<T>();
  readonly #waiting = new Set<Settle<T>>();
  readonly #costOf: (item: T) => number;
  #cost = 0;
  #error: HostError | null = null;

  /**
   * @param action What those who wait do, as the beginning of a message: `Accepting "warpdrive"`
   * @param costOf What a thing in the queue costs, in any unit
   */
  constructor(clock: Clock, action: string, costOf: (item: T) => number) {
    this.#clock = clock;
    this.#action = action;
    this.#costOf = costOf;
  }

  /** What the things that nobody has taken yet cost. */
  get cost(): number {
    return this.#cost;
  }

  /** Whether somebody waits, so that the next thing will not be queued. */
  get awaited(): boolean {
    return this.#waiting.size > 0;
  }

  /** Passes an item to the longest waiter, or keeps it. */
  put(item: T): void {
    for (const settle of this.#waiting) {
      this.#waiting.delete(settle);
      settle.resolve(item);
      return;
    }
    this.#items.add(item);
    this.#cost += this.#costOf(item);
  }

  /** Takes a thing back that was put in, if nobody has taken it. */
  withdraw(item: T): void {
    if (this.#items.delete(item)) this.#cost -= this.#costOf(item);
  }

  /** The next thing, in the order of their arrival. */
  next(options: WaitOptions): Promise<T> {
    return wait(this.#clock, this.#action, options, (settle) => {
      for (const item of this.#items) {
        this.withdraw(item);
        settle.resolve(item);
        return nothing;
      }
      if (this.#error !== null) settle.reject(this.#error);
      else this.#waiting.add(settle);
      return () => this.#waiting.delete(settle);
    });
  }

  /** Ends all waiting, now and in future, with an error, and returns what nobody took. */
  close(error: HostError): T[] {
    this.#error ??= error;
    const rest = [...this.#items];
    this.#items.clear();
    this.#cost = 0;
    for (const settle of this.#waiting) settle.reject(error);
    this.#waiting.clear();
    return rest;
  }
}

function nothing(): void {}
