/**
 * Schemas around another schema: a constant, a mapping, a test, a bound, a frame, a recursion.
 *
 * @module
 */

import { show } from "../text/mod.ts";
import { checkArgument, checkFunction, checkObject, checkSchema } from "./arguments.ts";
import { CodecError } from "../error.ts";
import type { Extension } from "./extension.ts";
import type { IntSchema } from "./numbers.ts";
import type {
  ConstantNode,
  ExtensionNode,
  FramedNode,
  Infer,
  LazyNode,
  LimitNode,
  MapNode,
  Node,
  RefineNode,
  Schema,
} from "./node.ts";
import { prefix } from "./sequences.ts";

/**
 * A value that is always the same one; anything else is a `literal` error in both directions.
 *
 * ```text
 * constant(u16, 1) of 1:  00 01
 *                         always 1
 * ```
 */
export function constant<T, const V extends T>(schema: Schema<T>, value: V): ConstantNode & Schema<V> {
  checkSchema(schema, "build constant: the schema");
  return Object.freeze({ kind: "constant", schema: schema as Node, value }) as ConstantNode & Schema<V>;
}

/** The pair of functions of {@link map}. */
export interface Mapping<T, U> {
  /** What describe calls it. */
  readonly name: string;
  /** From the value of the inner schema; throwing refuses the input. */
  readonly decode: (value: T) => U;
  /** Back to the value of the inner schema; throwing refuses the value. */
  readonly encode: (value: U) => T;
}

/**
 * Another view of a value, as in a time instead of its milliseconds. A function that throws is a `refused` error.
 *
 * ```text
 * map(u8, { name: "twice", decode: (n) => 2 * n, encode: (n) => n / 2 }) of 14:  07
 *                                                                                14 / 2
 * ```
 */
export function map<T, U>(schema: Schema<T>, mapping: Mapping<T, U>): MapNode & Schema<U> {
  checkSchema(schema, "build map: the schema");
  checkObject(mapping, "build map: the mapping");
  const { name, decode, encode } = mapping;
  checkArgument(typeof name === "string", "build map: name", name, "a string");
  checkFunction(decode, "build map: decode");
  checkFunction(encode, "build map: encode");
  return Object.freeze({ kind: "map", name, schema: schema as Node, decode, encode }) as MapNode & Schema<U>;
}

/** The test of {@link refine}. */
export interface Refinement<T> {
  /** What describe and the error call it, as in `even`. */
  readonly name: string;
  readonly test: (value: T) => boolean;
}

/** A value that must pass a test, in both directions; otherwise it is a `refused` error. */
export function refine<S extends Schema>(schema: S, refinement: Refinement<Infer<S>>): RefineNode & Schema<Infer<S>> {
  checkSchema(schema, "build refine: the schema");
  checkObject(refinement, "build refine: the refinement");
  const { name, test } = refinement;
  checkArgument(typeof name === "string", "build refine: name", name, "a string");
  checkFunction(test, "build refine: test");
  return Object.freeze({ kind: "refine", name, schema: schema as Node, test }) as RefineNode & Schema<Infer<S>>;
}

/** A schema that is asked for when it is first used, so that it can contain itself. */
export function lazy<T>(get: () => Schema<T>): LazyNode & Schema<T> {
  checkFunction(get, "build lazy: the argument");
  const checked = () => {
    const schema = get();
    checkSchema(schema, "use lazy: what its function returns");
    return schema;
  };
  return Object.freeze({ kind: "lazy", get: checked }) as LazyNode & Schema<T>;
}

/**
 * A value whose encoding may not exceed `bytesMax` bytes; more is a `limit` error in both directions.
 *
 * ```text
 * limit(string(u16), 8) of "hi":  00 02   68 69
 *                                 length  "hi"; at most 8 bytes in all
 * ```
 */
export function limit<T>(schema: Schema<T>, bytesMax: number): LimitNode & Schema<T> {
  checkSchema(schema, "build limit: the schema");
  if (!Number.isInteger(bytesMax) || bytesMax < 0) {
    throw new CodecError("schema", `A limit is a whole number of bytes, not ${show(bytesMax)}`);
  }
  return Object.freeze({ kind: "limit", schema: schema as Node, bytesMax }) as LimitNode & Schema<T>;
}

/**
 * A length in bytes, then a value that fills exactly that many.
 *
 * ```text
 * framed(u16, tuple([u8, u8])) of [7, 8]:  00 02  07 08
 *                                          bytes  the value
 * ```
 */
export function framed<T>(length: IntSchema, schema: Schema<T>): FramedNode & Schema<T> {
  checkSchema(schema, "build framed: the schema");
  return Object.freeze({ kind: "framed", int: prefix(length).int, schema: schema as Node }) as FramedNode & Schema<T>;
}

/** A value in another language, described by its functions. */
export function extension<T>(extension: Extension<T>): ExtensionNode & Schema<T> {
  checkObject(extension, "build extension: the argument");
  for (const name of ["decode", "encode", "scanner"] as const) {
    checkFunction(extension[name], `build extension: ${name}`);
  }
  if (!(extension.bytesMin >= 1)) throw new CodecError("schema", "A value in another language has at least one byte");
  return Object.freeze({ kind: "extension", extension: Object.freeze(extension) }) as ExtensionNode & Schema<T>;
}
