/**
 * Values and invalid messages of any schema for property tests with fast-check.
 *
 * ```ts
 * import { decode, encode, string, struct, u8 } from "warpwire/codec";
 * import { arbitrary } from "warpwire/arbitrary";
 * import * as fc from "fast-check";
 *
 * const Offer = struct({ id: string(u8), code: u8 });
 * fc.assert(fc.property(arbitrary(Offer), (offer) => decode(Offer, encode(Offer, offer)).id === offer.id));
 * ```
 *
 * @module
 */

import { checkSchema, type RandomSource, type Schema } from "../schema/mod.ts";
import * as fc from "fast-check";
import { fromList } from "./random.ts";
import { encode } from "../engine/mod.ts";
import { arbitraryValue, type GenerateOptions } from "./values.ts";
import { inspect } from "../inspect/mod.ts";
import { mutate } from "./mutate.ts";

export type { RandomSource, RandomSource as Choose } from "../schema/mod.ts";
export type { GenerateOptions } from "./values.ts";

/** The most choices that are shrunk; larger values than they make are simple towards their ends. */
const CHOICES_MAX = 300;
/** How often a message is broken at most. */
const MUTATIONS_MAX = 3;
/** What one of them may take; garbage takes the most. */
const MUTATION_CHOICES_MAX = 20;

/** Anything that can be made from choices; it shrinks to what fewer and smaller choices make. */
export function chosen<T>(make: (choose: RandomSource) => T): fc.Arbitrary<T> {
  return choices(CHOICES_MAX).map(make);
}

function choices(countMax: number): fc.Arbitrary<RandomSource> {
  const choice = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  return fc.array(choice, { maxLength: countMax, size: "max" }).map(fromList);
}

/**
 * Valid values of a schema: extremes and simple ones, counts that agree with the fields that say them, recursion that
 * ends.
 *
 * While it is run it throws a CodecError `schema` when no valid value is found, see {@link GenerateOptions.values}.
 */
export function arbitrary<T>(schema: Schema<T>, options?: GenerateOptions): fc.Arbitrary<T> {
  checkSchema(schema, "generate: the schema");
  return chosen((choose) => arbitraryValue(schema, choose, options));
}

/**
 * What an attacker could send instead of a message: messages cut off, with bytes changed, inserted, removed or added,
 * with lengths, tags and presence bytes set to extremes, and garbage. Few of them are valid by accident.
 */
export function hostile(schema: Schema, options?: GenerateOptions): fc.Arbitrary<Uint8Array> {
  checkSchema(schema, "generate: the schema");
  // Breaking has choices of its own: those of a large value come to an end.
  return fc.tuple(choices(CHOICES_MAX), choices(MUTATIONS_MAX * MUTATION_CHOICES_MAX)).map(([choose, chooseHarm]) => {
    let bytes = encode(schema, arbitraryValue(schema, choose, options), { owned: true });
    for (let left = 1 + chooseHarm(MUTATIONS_MAX - 1); left > 0; left--) {
      bytes = mutate(bytes, inspect(schema, bytes).spans, chooseHarm);
    }
    return bytes;
  });
}
