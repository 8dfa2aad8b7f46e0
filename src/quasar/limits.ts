/**
 * What a node of publish/subscribe keeps and sends at most.
 *
 * @module
 */

import type { Clock } from "../host/host.ts";
import type { Caller } from "../rpc/mod.ts";
import type { QuasarLimits } from "./api.ts";

/** The limits by default. */
export const QUASAR_LIMITS: QuasarLimits = Object.freeze({
  // With the own id as many keys as a filter of the usual capacity has room for.
  topics: 512,
  neighbours: 40,
  // As the originals. Each takes about 200 bytes.
  history: 65_536,
  // More would fill the datagram: 5.6 KB of ids.
  publishers: 256,
  // A tenth of a core.
  notifiesPerSecond: 1000,
});

/**
 * The limits, with defaults where none are given.
 *
 * @throws RangeError for a limit that is not a whole positive number
 */
export function quasarLimits(given: Partial<QuasarLimits> = {}): QuasarLimits {
  for (const [name, value] of Object.entries(given)) {
    if (!(Number.isSafeInteger(value) && value > 0)) throw new RangeError(`Cannot limit ${name} to ${value}`);
  }
  return Object.freeze({ ...QUASAR_LIMITS, ...given });
}

/** So many addresses are counted apart in a second; all further ones together. */
const SOURCES_MAX = 1024;
/** All addresses that are known not to be forged may send so many times what one may; all others only what one may. */
const VERIFIED_FACTOR = 4;

/** How many events have come from each address in the current second. */
export class SourceRates {
  readonly #clock: Clock;
  readonly #max: number;
  #second = 0;
  readonly #all = { verified: 0, others: 0 };
  readonly #bySource = new Map<string, number>();

  constructor(clock: Clock, max: number) {
    this.#clock = clock;
    this.#max = max;
  }

  /** Takes one. False if there were too many: who forges addresses does not use up what the others may. */
  take({ address, verified }: Caller): boolean {
    const second = Math.floor(this.#clock.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#all.verified = this.#all.others = 0;
      this.#bySource.clear();
    }
    const group = verified ? "verified" : "others";
    const max = verified ? VERIFIED_FACTOR * this.#max : this.#max;
    const source = this.#bySource.size < SOURCES_MAX || this.#bySource.has(address) ? address : group;
    const count = this.#bySource.get(source) ?? 0;
    if (count >= this.#max || this.#all[group] >= max) return false;
    this.#bySource.set(source, count + 1);
    this.#all[group] += 1;
    return true;
  }
}
