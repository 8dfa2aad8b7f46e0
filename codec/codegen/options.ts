/**
 * What can be chosen about generated files.
 *
 * @module
 */

import type { Schema } from "../schema/mod.ts";

/** A kind of function that is generated for a schema. */
export type GeneratedPart = "decode" | "decodePrefix" | "encode" | "encodeInto" | "scan" | "stream";

/** Every kind of function. */
export const GENERATED_PARTS: readonly GeneratedPart[] = Object.freeze(
  ["decode", "decodePrefix", "encode", "encodeInto", "scan", "stream"] as const,
);

/** A node with functions, and the specifier of the module that exports it. */
export interface FunctionSource {
  readonly schema: Schema;
  readonly from: string;
}

/** Options of {@link generateSource}. */
export interface GenerateOptions {
  /** The command that makes the file, for its head. */
  readonly madeBy?: string;
  /** The module that the schemas are from, for its head. */
  readonly module?: string;
  /** Which functions there are for each schema, or for the one of a name. Default all. */
  readonly parts?: readonly GeneratedPart[] | ((name: string) => readonly GeneratedPart[]);
  /**
   * Where nodes with functions (`map`, `refine`) are exported, by the name of the export: the file imports them from there.
   * Other functions have no source text.
   */
  readonly functions?: Readonly<Record<string, FunctionSource>>;
  /** The name of an object with the functions of all schemas by name, which is exported, too. Default none. */
  readonly table?: string;
  /** What the file imports the support functions from. Default `warpwire/codec/generated`. */
  readonly support?: string;
  /** What the file imports another language from, by the language's door. Default `warpwire/json` and
   * `warpwire/msgpack`. */
  readonly doors?: Readonly<Record<string, string>>;
}
