/**
 * What the writers of source text share: the lines, the names of what is imported, the places of values.
 *
 * @module
 */

import { CodecError } from "../error.ts";
import type { Limits } from "../limits.ts";
import type { ExtensionNode, LazyNode, MapNode, Node, RefineNode } from "../schema/mod.ts";
import type { Lines, PathText } from "./text.ts";
import type { TypeNames } from "./types.ts";

/** What the reading of a node needs to know about its surroundings. */
export interface ReadPlace {
  readonly path: PathText;
  /** The variable that holds where the bytes end that may be read. */
  readonly end: string;
  /** Set inside a limit that can be exceeded: running out of bytes means that there. */
  readonly limit?: { readonly outerEnd: string; readonly bytesMax: number; readonly start: string };
  /** Whether a frame ends at {@link ReadPlace.end}; otherwise bytes may follow that have not come yet. */
  readonly framed?: boolean;
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
  /** The name of the function that reads, scans or writes what a lazy node stands for. */
  recursion(node: LazyNode, what: Recursion): string;
  /**
   * The name under which a node with functions is imported.
   *
   * @throws CodecError `schema` when it is not exported
   */
  functions(node: MapNode | RefineNode): string;
  /** The name of the function that reads a field that others refer to, of whose name the function's is made. */
  fieldReader(node: Node, name: string): string;
}

/** What the functions of recursions do; in a frame they read otherwise. */
export const RECURSIONS = ["read", "readFramed", "scan", "write"] as const;

/** What the function of a recursion does. */
export type Recursion = typeof RECURSIONS[number];

/** The error for a schema that has no source text. */
export function unwritable(what: string): CodecError {
  return new CodecError("schema", `Cannot generate code: ${what} cannot be written as source text`);
}
/** An expression that calls a support function. */
export function call(g: Generation, name: string, ...args: unknown[]): string {
  return `${g.use(name)}(${args.join(", ")})`;
}
