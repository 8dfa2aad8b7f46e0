/**
 * The seed of random tests, which print it: always the same, so that a run of the tests says something about the
 * change it was made for. The environment variable `WARPWIRE_SEED` names another one, or is `random` to look further.
 *
 * @module
 */

import process from "node:process";
import * as fc from "fast-check";

/** The seed of this run, a whole number of 32 bits. */
export const seed: number = readSeed();

function readSeed(): number {
  const given = process.env.WARPWIRE_SEED;
  if (given === undefined || given === "") return 20261121;
  if (given === "random") return Math.floor(Math.random() * 2 ** 31);
  if (!/^-?\d{1,10}$/.test(given)) {
    throw new TypeError(`WARPWIRE_SEED is "${given}": neither a whole number nor "random"`);
  }
  return Number(given) | 0;
}

/** Runs a property with this run's seed and prints the seed; throws when the property does not hold. */
export function check<T>(name: string, arbitrary: fc.Arbitrary<T>, runs: number, property: (value: T) => void): void {
  console.log(`  ${name}: ${runs} runs, WARPWIRE_SEED=${seed}`);
  fc.assert(fc.property(arbitrary, property), { seed, numRuns: runs, includeErrorInReport: true });
}
