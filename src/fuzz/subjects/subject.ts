/**
 * What is fuzzed: anything that takes bytes, a schema, generated code.
 *
 * @module
 */

import { compile, inspect, type Schema } from "../../../codec/mod.ts";
import { arbitraryValue, type GenerateOptions, pick } from "../../../codec/arbitrary/mod.ts";
import type { RandomSource } from "../../../codec/schema/mod.ts";
import { broken } from "../break.ts";
import {
  attempt,
  checkGenerated,
  checkInput,
  checkValue,
  expectSameOutcome,
  type GeneratedFunctions,
  hashOf,
} from "../checks/mod.ts";

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

/** A schema and the functions that were generated for it. */
export function generatedSubject(name: string, schema: Schema, functions: GeneratedFunctions): Subject {
  return {
    name,
    inputs: (choose) => schemaInputs(schema, choose),
    check(input) {
      checkGenerated(schema, functions, input, hashOf(input));
      return attempt(() => compile(schema).decode(input)).error?.code ?? "value";
    },
  };
}
