/**
 * What is fuzzed.
 *
 * @module
 */

import type { RandomSource } from "../../../codec/schema/mod.ts";

/** Something that takes bytes from strangers, with a way of making up such bytes. */
export interface Subject {
  /** The name under which it is chosen, as in `warpdrive.unified.request`. */
  readonly name: string;
  /** The inputs of one round: something valid, and what can become of it. */
  inputs(choose: RandomSource): Iterable<Uint8Array>;
  /**
   * Checks one input, always in the same way.
   *
   * @returns what came of it in a word, such as "value" or the code of an error
   * @throws Discrepancy, or anything else, when something is wrong
   */
  check(input: Uint8Array): string;
}
