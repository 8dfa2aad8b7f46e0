/**
 * Generated functions as something to fuzz.
 *
 * @module
 */

import { attempt, checkGenerated, type GeneratedFunctions, hashOf } from "../checks/mod.ts";
import { schemaInputs } from "./schema.ts";
import type { Subject } from "./subject.ts";
import { compile, type Schema } from "../../../codec/mod.ts";

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
