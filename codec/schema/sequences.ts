/**
 * Schemas whose length is fixed, written before them, taken from an earlier field, or up to the end.
 *
 * @module
 */

import { checkArgument, checkSchema } from "./arguments.ts";
import { CodecError } from "../error.ts";
import type { IntSchema } from "./numbers.ts";
import {
  type ArrayNode,
  type BytesNode,
  isNode,
  type IsVoid,
  type LiteralNode,
  type Node,
  type RefNode,
  type RestNode,
  type Schema,
  type Size,
  some,
  type StringNode,
  type TupleNode,
  type Typed,
} from "./node.ts";
import { sizeMin } from "./sizes.ts";

/** A number of bytes or elements, the integer that is written before them, an earlier field, or the rest. */
export type SizeArgument = number | IntSchema | RefNode | RestNode;

/** All that is left of the input (or of the enclosing `framed`). */
export const rest: RestNode = /* @__PURE__ */ Object.freeze({ kind: "rest" });

/**
 * An earlier field of the enclosing struct, as in `ref("count")` or `ref("header.count")`. Encoding checks that the
 * field agrees with what it counts.
 *
 * ```text
 * struct({ n: u8, kind: u8, ids: bytes(ref("n")) }) of { n: 2, kind: 1, ids: Uint8Array.of(7, 8) }:  02  01    07 08
 *                                                                                                    n   kind  ids
 * ```
 */
export function ref(path: string): RefNode {
  checkArgument(typeof path === "string" && path !== "", "build ref: the path", path, "the name of a field");
  return Object.freeze({ kind: "ref", path: Object.freeze(path.split(".")) });
}

/**
 * Bytes as a `Uint8Array`. A decoded value shares the input's memory unless `decode` is called with `copy`.
 *
 * ```text
 * bytes(u8) of Uint8Array.of(7, 8):  02      07 08
 *                                    length  the bytes
 * ```
 */
export function bytes(size: SizeArgument): BytesNode & Schema<Uint8Array> {
  return Object.freeze({ kind: "bytes", size: sizeOf(size) }) as BytesNode & Schema<Uint8Array>;
}

/**
 * UTF-8 text. The size counts bytes; invalid UTF-8 and lone surrogates are `utf8` errors; a leading BOM is kept.
 *
 * ```text
 * string(u8) of "hi":  02      68 69
 *                      length  "hi"
 * ```
 */
export function string(size: SizeArgument): StringNode & Schema<string> {
  return Object.freeze({ kind: "string", size: sizeOf(size) }) as StringNode & Schema<string>;
}

/**
 * Elements of one schema.
 *
 * ```text
 * array(u16, u8) of [4000, 4001]:  02     0f a0  0f a1
 *                                  count  4000   4001
 * ```
 *
 * @throws CodecError `schema` when the number of elements comes from the input and an element can have no bytes: such a
 * message could claim any number of elements at no cost
 */
export function array<T>(item: Schema<T>, size: SizeArgument): ArrayNode & Schema<T[]> {
  checkSchema(item, "build array: the item");
  const node: ArrayNode = Object.freeze({ kind: "array", item: item as Node, size: sizeOf(size) });
  // What a lazy element is cannot be asked yet; the first use of the schema asks.
  // What a lazy schema stands for cannot be asked for while schemas are being built.
  if (!some(item, ({ kind }) => kind === "lazy")) refuseEmptyItems(node);
  return node as ArrayNode & Schema<T[]>;
}

/** Refuses an array whose length comes from the input and whose elements can have no bytes. */
export function refuseEmptyItems(node: ArrayNode): void {
  if (node.size.kind === "fixed" || sizeMin(node.item) > 0) return;
  throw new CodecError("schema", "An array whose length comes from the input needs elements of at least one byte");
}

type TupleValues<T extends readonly Typed<unknown>[]> = T extends
  readonly [Typed<infer Head>, ...infer Tail extends readonly Typed<unknown>[]]
  ? IsVoid<Head> extends true ? TupleValues<Tail> : [Head, ...TupleValues<Tail>]
  : [];

/**
 * Parts in order. Literals are in the bytes but not in the value.
 *
 * ```text
 * tuple([u8, literal("\n"), u8]) of [1, 2]:  01  0a       02
 *                                            1   literal  2
 * ```
 */
export function tuple<const T extends readonly Schema[]>(items: T): TupleNode & Schema<TupleValues<T>> {
  checkArgument(Array.isArray(items), "build tuple: the list of items", items, "an array");
  for (const [index, item] of items.entries()) checkSchema(item, `build tuple: item ${index}`);
  return Object.freeze({ kind: "tuple", items: Object.freeze([...items]) }) as TupleNode & Schema<TupleValues<T>>;
}

/**
 * Bytes that are always the same, given as numbers or as text of one byte a character: `literal("ADC0")`.
 *
 * ```text
 * struct({ magic: literal("AD"), version: u8 }) of { version: 1 }:  41 44  01
 *                                                                   magic  version
 * ```
 */
export function literal(value: string | ArrayLike<number>): LiteralNode & Schema<void> {
  const isList = typeof value === "string" || (typeof value === "object" && typeof value?.length === "number");
  checkArgument(isList, "build literal: the value", value, "a text or a list of bytes");
  const numbers = typeof value === "string"
    ? Array.from(value, (character) => character.codePointAt(0)!)
    : Array.from(value);
  if (numbers.some((byte) => !Number.isInteger(byte) || byte < 0 || byte > 255)) {
    throw new CodecError("schema", "A literal consists of bytes from 0 to 255");
  }
  return Object.freeze({ kind: "literal", bytes: Object.freeze(numbers) }) as LiteralNode & Schema<void>;
}

function sizeOf(size: SizeArgument): Size {
  if (typeof size === "number" && Number.isInteger(size) && size >= 0) {
    return Object.freeze({ kind: "fixed", count: size });
  }
  const kind = (size as Partial<Node | RefNode | RestNode> | null | undefined)?.kind;
  if (kind === "rest" || kind === "ref") return size as RestNode | RefNode;
  return prefix(
    size as IntSchema,
    "a number, an unsigned integer schema without bigints, ref(…) or rest; a number is a whole number from 0",
  );
}

/** An unsigned integer that is before what it counts. */
export function prefix(
  int: IntSchema,
  what = "an unsigned integer schema without bigints",
): Extract<Size, { kind: "prefix" }> {
  const isCount = isNode(int) && (int.kind === "varint" || (int.kind === "int" && !int.signed && !int.big));
  checkArgument(isCount, "use a length: it", int, what);
  return Object.freeze({ kind: "prefix", int });
}
