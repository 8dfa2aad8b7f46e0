/**
 * Fuzzing: inputs out of a schema itself, every way of decoding held against the others.
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

export { astralDialogues, astralObjectJson, astralQueries } from "./astral-subject.ts";
export { checkGenerated, type GeneratedFunctions } from "./check-generated.ts";
export { checkInput } from "./check-input.ts";
export { checkValue } from "./check-value.ts";
export { cslqPatterns } from "./cslq-subject.ts";
export { fuzz, type FuzzFailure, type FuzzOptions, type FuzzReport } from "./fuzz.ts";
export { generatedSubject } from "./generated-subject.ts";
export { jsonDocuments } from "./json-subject.ts";
export { msgpackValues } from "./msgpack-subject.ts";
export { Discrepancy } from "./outcome.ts";
export { byteQueue } from "./queue-subject.ts";
export { schemaSubject } from "./schema-subject.ts";
export { storjDatagrams, storjEnvelopes, storjFilters } from "./storj-subject.ts";
export type { Subject } from "./subject.ts";
export { warpdriveSessions } from "./warpdrive-subject.ts";
