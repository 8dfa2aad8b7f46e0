/**
 * Any schema as something to fuzz.
 *
 * @module
 */

import { compile, inspect, type Schema } from "../../../codec/mod.ts";
import { arbitraryValue, type GenerateOptions, pick } from "../../../codec/arbitrary/mod.ts";
import type { RandomSource } from "../../../codec/schema/mod.ts";
import { broken } from "../break.ts";
import { attempt, checkInput, checkValue, expectSameOutcome } from "../checks/mod.ts";
import type { Subject } from "./subject.ts";

/** Bytes of texts and elements of arrays: mostly few; sometimes more than one byte can count. */
const LENGTHS = [12, 12, 12, 3, 60, 300];
const DEPTHS = [3, 3, 1, 6];

/** A schema, whose values and messages are generated from itself. */
export function schemaSubject(name: string, schema: Schema, options: GenerateOptions = {}): Subject {
  return {
    name,
    inputs: (choose) => schemaInputs(schema, choose, options),
    check: (input) => checkInput(schema, input),
  };
}

/** The inputs of one round of a schema, whose valid values are checked on the way. */
export function* schemaInputs(
  schema: Schema,
  choose: RandomSource,
  options: GenerateOptions = {},
): Generator<Uint8Array> {
  const message = generatedMessage(schema, choose, options);
  const other = generatedMessage(schema, choose, options);
  yield* broken(message, other, { choose, spansOf: (bytes) => inspect(schema, bytes).spans });
}

/** The bytes of a generated value, which was checked to come back from them. */
export function generatedMessage(schema: Schema, choose: RandomSource, options: GenerateOptions = {}): Uint8Array {
  const value = arbitraryValue(schema, choose, {
    lengthMax: pick(choose, LENGTHS),
    depthMax: pick(choose, DEPTHS),
    ...options,
  });
  const bytes = checkValue(schema, value);
  expectSameOutcome("generate, encode, decode", { value }, attempt(() => compile(schema).decode(bytes)));
  return bytes;
}
