/**
 * Inputs that start with a seed, which determines the schema for the rest of the bytes.
 *
 * @module
 */

import { fromSeed } from "../../codec/arbitrary/mod.ts";
import type { RandomSource } from "../../codec/schema/mod.ts";
import { joined } from "./break.ts";

const SEED_BYTES = 4;
/** How many made things are kept, so that all inputs of a round share one. */
const KEPT_MAX = 8;

/** Makes things of one kind from seeds. */
export interface Seeded<T> {
  /** The thing of a seed. */
  of(seed: number): T;
  /** The input for bytes that are decoded with the thing of a seed. */
  input(seed: number, bytes: Uint8Array): Uint8Array;
  /** The thing that an input is decoded with, and the bytes. */
  parse(input: Uint8Array): { readonly thing: T; readonly bytes: Uint8Array };
}

/** Things that are made from choices, and found again by the seed of the choices. */
export function seeded<T>(make: (choose: RandomSource) => T): Seeded<T> {
  const kept = new Map<number, T>();
  const of = (seed: number): T => {
    let thing = kept.get(seed);
    if (thing === undefined) {
      thing = make(fromSeed(seed));
      const [oldest] = kept.keys();
      if (kept.size >= KEPT_MAX) kept.delete(oldest);
      kept.set(seed, thing);
    }
    return thing;
  };
  return {
    of,
    input(seed, bytes) {
      const head = new Uint8Array(SEED_BYTES);
      new DataView(head.buffer).setUint32(0, seed);
      return joined(head, bytes);
    },
    parse(input) {
      const head = new Uint8Array(SEED_BYTES);
      head.set(input.subarray(0, SEED_BYTES));
      return { thing: of(new DataView(head.buffer).getUint32(0)), bytes: input.slice(SEED_BYTES) };
    },
  };
}
