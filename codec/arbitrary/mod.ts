/**
 * Values and damaged bytes made at random, for tests.
 *
 * @module
 */

export { generateBigInt, generateBytes, generateFloat, generateInt, generateText } from "./leaves.ts";
export { mutate } from "./mutate.ts";
export { fromSeed, pick } from "./random.ts";
export { generate, type GenerateOptions } from "./values.ts";
