/**
 * Random values and damaged bytes for tests.
 *
 * @module
 */

export { mutate } from "./mutate.ts";
export {
  arbitraryBigInt,
  arbitraryBytes,
  arbitraryFloat,
  arbitraryInt,
  arbitraryText,
  fromSeed,
  pick,
} from "./random.ts";
export { arbitraryValue, type GenerateOptions } from "./values.ts";
