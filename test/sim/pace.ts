/**
 * How virtual time passes in a simulation of thousands: in slices, with promises settled after each.
 *
 * @module
 */

import type { SimNetwork } from "../../src/host/sim/mod.ts";
import { nextMacrotask } from "../../src/host/timing/mod.ts";

/** Promises are settled this often in virtual time while somebody waits for one. */
const SLICE_MS = 5;

/** A network, and its time. */
export class Pace {
  readonly network: SimNetwork;
  /** Called after each second of virtual time. */
  onSecond: (() => void) | null = null;
  #nextSecondMs = 1000;

  constructor(network: SimNetwork) {
    this.network = network;
  }

  get nowMs(): number {
    return this.network.nowMs;
  }

  /** Lets virtual time pass. */
  async pass(ms: number, sliceMs: number = SLICE_MS): Promise<void> {
    // Whole ones: time goes by in steps of a microsecond, and would never get to a part of one.
    const endMs = Math.ceil(this.nowMs + ms);
    while (this.nowMs < endMs) await this.#slice(Math.min(endMs, this.nowMs + sliceMs));
  }

  /** Lets virtual time pass until a promise is settled; throws if that takes longer than an hour. */
  async until<T>(work: Promise<T>): Promise<T> {
    const endMs = this.nowMs + 3_600_000;
    let settled = false;
    const onSettled = () => void (settled = true);
    work.then(onSettled, onSettled);
    await nextMacrotask();
    while (!settled) {
      if (this.nowMs > endMs) throw new Error("What was begun an hour ago has not ended");
      await this.#slice(this.nowMs + SLICE_MS);
    }
    return await work;
  }

  /** Begins work every so many milliseconds, and returns when all of it has ended. */
  async every<T>(gapMs: number, count: number, begin: (index: number) => Promise<T>): Promise<T[]> {
    const begun: Promise<T>[] = [];
    for (let index = 0; index < count; index++) {
      begun.push(begin(index));
      await this.pass(gapMs);
    }
    return await this.until(Promise.all(begun));
  }

  async #slice(untilMs: number): Promise<void> {
    const endMs = Math.min(untilMs, this.#nextSecondMs);
    this.network.runSync({ untilMs: endMs });
    await nextMacrotask();
    if (endMs < this.#nextSecondMs) return;
    this.#nextSecondMs += 1000;
    this.onSecond?.();
  }
}
