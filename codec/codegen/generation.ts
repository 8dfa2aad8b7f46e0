/**
 * Options of generated files, and what the writers of source text share: the lines, the names of what is
 * imported, the places of values.
 *
 * @module
 */

import { CodecError } from "../error.ts";
import type { Limits } from "../limits.ts";
import type { ExtensionNode, LazyNode, MapNode, Node, RefineNode, Schema } from "../schema/mod.ts";
import type { Lines, PathText } from "./text.ts";
import type { TypeNames } from "./types.ts";

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

/** What the reading of a node needs to know about its surroundings. */
export interface ReadPlace {
  readonly path: PathText;
  /** The variable that holds where the bytes end that may be read. */
  readonly end: string;
  /** Set inside a limit that can be exceeded: running out of bytes means that there. */
  readonly limit?: { readonly outerEnd: string; readonly bytesMax: number };
  /** The expressions of the fields that were read, by name. */
  readonly scope: ReadonlyMap<string, { readonly expression: string; readonly node: Node }>;
}

/** What generated functions share: the text, the support functions they use, and their recursions. */
export interface Generation {
  readonly lines: Lines;
  readonly limits: Limits;
  readonly types: TypeNames;
  /** Counts of elements are kept, because the message can have more than allowed. */
  readonly countsElements: boolean;
  /** What a support function is called, which is imported then. */
  use(name: string): string;
  /** The name of the constant that holds the functions of a value in another language. */
  extension(node: ExtensionNode): string;
  /** The name of the function that reads or writes what a lazy node stands for, or of its schema. */
  recursion(node: LazyNode, what: Recursion): string;
  /**
   * The name under which a node with functions is imported.
   *
   * @throws CodecError `schema` when it is not exported
   */
  functions(node: MapNode | RefineNode): string;
}

/** What there is of a recursion: what reads it, what writes it, and its schema. */
export const RECURSIONS = ["read", "write", "schemaOf"] as const;

/** One of the things that there are of a recursion. */
export type Recursion = typeof RECURSIONS[number];

/** The error for a schema that has no source text. */
export function unwritable(what: string): CodecError {
  return new CodecError("schema", `Cannot generate code: ${what} cannot be written as source text`);
}

/** An expression that calls a support function. */
export function call(g: Generation, name: string, ...args: unknown[]): string {
  return `${g.use(name)}(${args.join(", ")})`;
}
