/**
 * Random bytes for keys and nonces.
 *
 * @module
 */

import { plural } from "../../codec/text/mod.ts";
import { IdentityError } from "./error.ts";

/**
 * Gives as many random bytes as it is asked for. Keys and nonces are only as good as their source: it must be one that
 * nobody can foresee and that never repeats itself. A seeded one is for tests and simulations.
 */
export type RandomBytes = (count: number) => Uint8Array;

/** The random bytes of the platform: `crypto.getRandomValues` of browsers, Deno and Node. */
export const platformRandom: RandomBytes = (count) => crypto.getRandomValues(new Uint8Array(count));

/**
 * Random bytes that were counted.
 *
 * @throws IdentityError `random` when the source gave anything but `count` bytes
 */
export function takeRandom(random: RandomBytes, count: number): Uint8Array {
  const bytes: unknown = random(count);
  if (bytes instanceof Uint8Array && bytes.length === count) return bytes;
  const given = bytes instanceof Uint8Array ? plural(bytes.length, "byte") : "no bytes";
  throw new IdentityError("random", `Cannot use the source of random bytes: it gave ${given} instead of ${count}`);
}
