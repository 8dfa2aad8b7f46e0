/**
 * Fuzzing: makes inputs from schemas, and compares all ways of decoding.
 *
 * ```ts
 * import { string, struct, u16, u8 } from "warpwire/codec";
 * import { fuzz, schemaSubject } from "warpwire/fuzz";
 *
 * const Hello = struct({ name: string(u8), port: u16 });
 * const { inputs, failure } = fuzz([schemaSubject("hello", Hello)], { seed: 1, inputsMax: 500 });
 * console.log(inputs >= 500, failure); // true undefined
 * ```
 *
 * @module
 */

export {
  astralDialogues,
  astralObjectJson,
  astralQueries,
  byteQueue,
  cslqPatterns,
  generatedSubject,
  jsonDocuments,
  msgpackValues,
  schemaSubject,
  storjDatagrams,
  storjEnvelopes,
  storjFilters,
  storjSignedValues,
  type Subject,
  warpdriveSessions,
} from "./subjects/mod.ts";
export { checkGenerated, checkInput, checkValue, Discrepancy, type GeneratedFunctions } from "./checks/mod.ts";
export { fuzz, type FuzzFailure, type FuzzOptions, type FuzzReport } from "./fuzz.ts";
