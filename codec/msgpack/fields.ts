/**
 * Shapes of arrays and maps, and of values that have one of several shapes.
 *
 * @module
 */

import { checkFunction, checkObject, type Typed } from "../schema/mod.ts";
import { CodecError } from "../error.ts";
import {
  type ArrayNode,
  checkMsgpackShape,
  checkMsgpackShapes,
  type FieldNode,
  type MapNode,
  type MsgpackNode,
  type MsgpackShape,
  type NamedNode,
  type OneOfNode,
  type TaggedNode,
  type TupleNode,
} from "./shape.ts";
import { refuseOverlap } from "./match.ts";
import { exactly, nil } from "./scalars.ts";

/** An array with elements of one shape. */
export function arrayOf<T>(item: MsgpackShape<T>): ArrayNode & MsgpackShape<T[]> {
  checkMsgpackShape(item, "build arrayOf: the item");
  return Object.freeze({ kind: "array", item: item as MsgpackNode });
}

type TupleValues<T extends readonly Typed<unknown>[]> = {
  -readonly [I in keyof T]: T[I] extends Typed<infer V> ? V : never;
};

/** An array with a shape for each element; another number of elements is a `length` error. */
export function tupleOf<const T extends readonly MsgpackShape[]>(items: T): TupleNode & MsgpackShape<TupleValues<T>> {
  checkMsgpackShapes(items, "tupleOf");
  return Object.freeze({ kind: "tuple", items: Object.freeze([...items]) });
}

/**
 * An array of two elements of which the first is always the same str, as in `["ping", […]]`; it has no value in
 * JavaScript. The str may come as bin, too; another one is a `literal` error.
 */
export function tagged<T>(tag: string, item: MsgpackShape<T>): TaggedNode & MsgpackShape<T> {
  checkMsgpackShape(item, "build tagged: the item");
  return Object.freeze({ kind: "tagged", tag: exactly(tag), item: item as MsgpackNode });
}

/** An optional field; see {@link optionalField}. */
export interface OptionalField<T = unknown> {
  readonly kind: "optional";
  readonly shape: MsgpackShape<T>;
}

/** An optional key of {@link mapOf}, or an optional element at the end of {@link namedTuple}; undefined when missing. */
export function optionalField<T>(shape: MsgpackShape<T>): OptionalField<T> {
  checkMsgpackShape(shape, "build optionalField: the shape");
  return Object.freeze({ kind: "optional", shape });
}

/** The fields of {@link namedTuple} and {@link mapOf} by name. */
export type FieldShapes = Readonly<Record<string, MsgpackShape | OptionalField>>;

type Simplify<T> = { [K in keyof T]: T[K] } & unknown;
type OptionalKeys<F> = { [K in keyof F]: F[K] extends OptionalField ? K : never }[keyof F];

/** The value of named fields: a property for each. */
export type FieldValues<F extends FieldShapes> = Simplify<
  & { -readonly [K in Exclude<keyof F, OptionalKeys<F>>]: F[K] extends Typed<infer T> ? T : never }
  & { -readonly [K in OptionalKeys<F>]?: (F[K] extends OptionalField<infer T> ? T : never) | undefined }
>;

/**
 * An array whose elements have names: an object in JavaScript, in the order given.
 *
 * ```ts
 * import { encodeMsgpack, bin, intBetween, namedTuple, textLike } from "warpwire/msgpack";
 *
 * const Contact = namedTuple({ id: bin(20), ip: textLike("bin"), port: intBetween(0, 65535) });
 * const bytes = encodeMsgpack(Contact, { id: new Uint8Array(20), ip: "10.0.0.1", port: 4000 });
 * console.log(bytes.length); // 36
 * ```
 *
 * @param make makes the object of its elements, in order. It spares the generic way of building objects, which is
 * several times slower: 20 contacts take 1.0 instead of 1.9 microseconds
 */
export function namedTuple<const F extends FieldShapes>(
  fields: F,
  // deno-lint-ignore no-explicit-any -- the order of an object's properties is not part of its type
  make?: (...parts: any[]) => FieldValues<F>,
): NamedNode & MsgpackShape<FieldValues<F>> {
  const list = fieldList(fields, "namedTuple");
  const first = list.findIndex((field) => field.optional);
  if (first !== -1 && list.slice(first).some((field) => !field.optional)) {
    throw new CodecError("schema", "Optional elements must come last");
  }
  if (make !== undefined) checkFunction(make, "build namedTuple: make");
  if (first !== -1 && make !== undefined) {
    throw new CodecError("schema", "An object with optional fields cannot have a function that makes it");
  }
  return Object.freeze({ kind: "named", fields: list, make });
}

/** Options of {@link mapOf}. */
export interface MapOptions {
  /** Whether unknown keys are refused (the default) or ignored. */
  readonly extra?: "ignore" | "refuse";
  /** Whether keys may come as bin, too, as Python 2 writes them. Default no. They are written as str. */
  readonly binKeys?: boolean;
}

/** A map with known keys, written in the order given and read in any. A duplicate key is refused. */
export function mapOf<const F extends FieldShapes>(
  fields: F,
  { extra = "refuse", binKeys = false }: MapOptions = {},
): MapNode & MsgpackShape<FieldValues<F>> {
  return Object.freeze({ kind: "map", fields: fieldList(fields, "mapOf"), extra, binKeys });
}

function fieldList(fields: FieldShapes, builder: string): readonly FieldNode[] {
  checkObject(fields, `build ${builder}: fields`);
  const list = Object.entries(fields).map(([name, entry]): FieldNode => {
    if (name === "__proto__") throw new CodecError("schema", 'A field cannot be named "__proto__"');
    // An object has its whole-number properties first, whatever the order in which they were written.
    if (/^\d+$/.test(name)) throw new CodecError("schema", `A field cannot be named "${name}", a number`);
    if (!name.isWellFormed()) throw new CodecError("schema", "The name of a field cannot have a lone surrogate");
    const optional = entry?.kind === "optional";
    const shape = optional ? entry.shape : entry;
    checkMsgpackShape(shape, `build ${builder}: field ${JSON.stringify(name)}`);
    return Object.freeze({ name, shape, optional });
  });
  return Object.freeze(list);
}

type OneOfValue<T extends readonly Typed<unknown>[]> = T[number] extends infer S ? S extends Typed<infer V> ? V : never
  : never;

/**
 * One of several shapes. Decoding tells them apart by the type of the msgpack value; encoding takes the first one that
 * fits the JavaScript type.
 *
 * @throws CodecError `schema` when two of them can begin with the same byte
 */
export function oneOf<const T extends readonly MsgpackShape[]>(options: T): OneOfNode & MsgpackShape<OneOfValue<T>> {
  checkMsgpackShapes(options, "oneOf");
  const node: OneOfNode = Object.freeze({ kind: "oneOf", options: Object.freeze([...options]) });
  refuseOverlap(node);
  return node;
}

/** A value of the shape, or nil as `null`. */
export function nullable<T>(shape: MsgpackShape<T>): OneOfNode & MsgpackShape<T | null> {
  return oneOf([nil, shape as MsgpackNode]) as OneOfNode & MsgpackShape<T | null>;
}
