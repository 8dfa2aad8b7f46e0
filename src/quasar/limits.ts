/**
 * What a node of publish/subscribe keeps and sends at most.
 *
 * @module
 */

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
