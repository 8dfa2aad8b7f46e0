/**
 * Sending again until somebody confirms.
 *
 * @module
 */

import type { Clock, Timer } from "../../host/mod.ts";

/** The pauses before each further attempt, in seconds: those of the originals. */
export const REPEAT_PAUSES_S: readonly number[] = [1, 3, 5, 10, 15, 20, 25, 30, 60, 120];
/** So long the last attempt is waited for. */
const LAST_WAIT_MS = 30_000;
const MS_PER_S = 1000;

/** One of several attempts to send the same. */
export interface Attempt {
  /** From 1 on. */
  readonly count: number;
  /** Addresses that took it in earlier attempts, to be added to. */
  readonly taken: Set<string>;
}

interface Repeated {
  readonly send: (attempt: Attempt) => boolean;
  readonly ended: (confirmed: boolean) => void;
  readonly taken: Set<string>;
  attempts: number;
  timer: Timer | null;
}

/** What is sent again with growing pauses, by name. */
export class Repeats {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #repeated = new Map<string, Repeated>();

  constructor(clock: Clock, max: number) {
    this.#clock = clock;
    this.#max = max;
  }

  /** How many wait for their confirmation. */
  get size(): number {
    return this.#repeated.size;
  }

  has(name: string): boolean {
    return this.#repeated.has(name);
  }

  /**
   * Sends something, and again later. False if there is too much of it already, or it was not sent the first time.
   *
   * @param send Whether it could be sent; later that makes no difference
   * @param ended Whether it was confirmed; not called when it is given up
   */
  start(name: string, send: (attempt: Attempt) => boolean, ended: (confirmed: boolean) => void): boolean {
    const taken = new Set<string>();
    if (this.#repeated.size >= this.#max || !send({ count: 1, taken })) return false;
    const repeated: Repeated = { send, ended, taken, attempts: 1, timer: null };
    this.#repeated.set(name, repeated);
    this.#arm(name, repeated);
    return true;
  }

  /** Somebody has confirmed something. */
  confirm(name: string): void {
    this.#end(name, true);
  }

  /** Gives something up. */
  cancel(name: string): void {
    this.#repeated.get(name)?.timer?.clear();
    this.#repeated.delete(name);
  }

  /** Gives everything up. */
  close(): void {
    for (const name of [...this.#repeated.keys()]) this.cancel(name);
  }

  #arm(name: string, repeated: Repeated): void {
    const pauseS = REPEAT_PAUSES_S[repeated.attempts - 1];
    repeated.timer = pauseS === undefined
      ? this.#clock.setTimer(LAST_WAIT_MS, () => this.#end(name, false))
      : this.#clock.setTimer(pauseS * MS_PER_S, () => {
        repeated.attempts += 1;
        repeated.send({ count: repeated.attempts, taken: repeated.taken });
        if (this.#repeated.get(name) === repeated) this.#arm(name, repeated);
      });
  }

  #end(name: string, confirmed: boolean): void {
    const repeated = this.#repeated.get(name);
    this.cancel(name);
    repeated?.ended(confirmed);
  }
}
