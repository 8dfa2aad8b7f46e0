/**
 * What a schema is: an immutable tree of tagged nodes with the TypeScript type of its value.
 *
 * Nothing here runs; the builders make nodes, and free functions (`encode`, `decode`, `inspect`, …) compile them.
 *
 * @module
 */

import type { Extension } from "./extension.ts";

declare const VALUE: unique symbol;

/**
 * Carries the type of the value of a schema, or of a shape in another language; there is no such property at run time.
 */
export interface Typed<T> {
  readonly [VALUE]?: { readonly type: T };
}

/** A description of bytes whose values have the type `T`. */
export type Schema<T = unknown> = Node & Typed<T>;

/** The type of the values of a schema or a shape: `type Offer = Infer<typeof Offer>`. */
// deno-lint-ignore no-explicit-any -- a lower bound for every schema, only used for inference
export type Infer<S extends Typed<any>> = S extends Typed<infer T> ? T : never;

/** Whether `T` is `void`, the type of what has no value: neither `undefined`, nor `any`, nor `never`. */
export type IsVoid<T> = 0 extends 1 & T ? false
  : [T] extends [never] ? false
  : [T] extends [void] ? ([void] extends [T] ? true : false)
  : false;

/** Integer of fixed width; `big` values are bigints, the others safe integers. */
export interface IntNode {
  readonly kind: "int";
  readonly bytes: 1 | 2 | 4 | 8;
  readonly signed: boolean;
  readonly littleEndian: boolean;
  readonly big: boolean;
}

/** IEEE 754 number of 4 or 8 bytes. */
export interface FloatNode {
  readonly kind: "float";
  readonly bytes: 4 | 8;
  readonly littleEndian: boolean;
}

/** Unsigned LEB128 in its shortest form, 0 to 2^53-1. */
export interface VarintNode {
  readonly kind: "varint";
}

/** One byte, 00 or 01. */
export interface BoolNode {
  readonly kind: "bool";
}

/** Bytes that are always the same and have no value. */
export interface LiteralNode {
  readonly kind: "literal";
  readonly bytes: readonly number[];
}

/** How the length of bytes, of a string or of an array is known. */
export type Size =
  | { readonly kind: "fixed"; readonly count: number }
  | { readonly kind: "prefix"; readonly int: IntNode | VarintNode }
  | RefNode
  | RestNode;

/** Refers to an earlier field of the enclosing struct, as in `header.count`. */
export interface RefNode {
  readonly kind: "ref";
  readonly path: readonly string[];
}

/** All that is left of the input. */
export interface RestNode {
  readonly kind: "rest";
}

/** Bytes as a `Uint8Array`. */
export interface BytesNode {
  readonly kind: "bytes";
  readonly size: Size;
}

/** UTF-8 text; the size counts bytes. */
export interface StringNode {
  readonly kind: "string";
  readonly size: Size;
}

/** Elements of one schema. */
export interface ArrayNode {
  readonly kind: "array";
  readonly item: Node;
  readonly size: Size;
}

/** One named part of a struct. */
export interface Field {
  readonly name: string;
  readonly schema: Node;
}

/** Named parts in order. */
export interface StructNode {
  readonly kind: "struct";
  readonly fields: readonly Field[];
  /** Makes the same object as the field names do, faster. */
  readonly make?: (...parts: never[]) => unknown;
}

/** Unnamed parts in order. */
export interface TupleNode {
  readonly kind: "tuple";
  readonly items: readonly Node[];
}

/** Integers with names; the value is the name. */
export interface EnumNode {
  readonly kind: "enum";
  readonly int: IntNode | VarintNode;
  readonly names: readonly { readonly name: string; readonly value: number }[];
}

/** One case of a union. */
export interface UnionCase {
  readonly name: string;
  readonly tag: number;
  readonly schema: StructNode;
}

/** A tag, then the fields of the case it names; the case's name is in the property `key` of the value. */
export interface UnionNode {
  readonly kind: "union";
  readonly key: string;
  readonly tag: IntNode | VarintNode;
  readonly cases: readonly UnionCase[];
}

/** When an optional value is there. */
export type Presence =
  | { readonly kind: "byte" }
  | { readonly kind: "equals"; readonly ref: RefNode; readonly value: string | number | bigint | boolean }
  | { readonly kind: "mask"; readonly ref: RefNode; readonly mask: number | bigint };

/** A value that may be absent; then it is `null`. */
export interface OptionalNode {
  readonly kind: "optional";
  readonly schema: Node;
  readonly presence: Presence;
}

/** A value that is always the same one. */
export interface ConstantNode {
  readonly kind: "constant";
  readonly schema: Node;
  readonly value: unknown;
}

/** A value seen through a pair of functions. */
export interface MapNode {
  readonly kind: "map";
  readonly name: string;
  readonly schema: Node;
  readonly decode: (value: never) => unknown;
  readonly encode: (value: never) => unknown;
}

/** A value that must pass a test. */
export interface RefineNode {
  readonly kind: "refine";
  readonly name: string;
  readonly schema: Node;
  readonly test: (value: never) => boolean;
}

/** A schema that is asked for when it is needed, so that it can contain itself. */
export interface LazyNode {
  readonly kind: "lazy";
  readonly get: () => Node;
}

/** A value whose encoding may not exceed a number of bytes. */
export interface LimitNode {
  readonly kind: "limit";
  readonly schema: Node;
  readonly bytesMax: number;
}

/** A length in bytes, then a value that fills exactly that many. */
export interface FramedNode {
  readonly kind: "framed";
  readonly int: IntNode | VarintNode;
  readonly schema: Node;
}

/** A value in another language (JSON, msgpack), with functions of its own. */
export interface ExtensionNode {
  readonly kind: "extension";
  readonly extension: Extension<unknown>;
}

/** Every kind of node. */
export type Node =
  | IntNode
  | FloatNode
  | VarintNode
  | BoolNode
  | LiteralNode
  | BytesNode
  | StringNode
  | ArrayNode
  | StructNode
  | TupleNode
  | EnumNode
  | UnionNode
  | OptionalNode
  | ConstantNode
  | MapNode
  | RefineNode
  | LazyNode
  | LimitNode
  | FramedNode
  | ExtensionNode;

/** Whether a node has no value: literals, and wrappers around literals. */
export function isVoid(node: Node): boolean {
  switch (node.kind) {
    case "literal":
      return true;
    case "refine":
    case "limit":
    case "framed":
      return isVoid(node.schema);
    default:
      return false;
  }
}

/** The parts of a node in order. What a lazy node stands for is not one of them. */
export function children(node: Node): readonly Node[] {
  if ("schema" in node) return [node.schema];
  if ("item" in node) return [node.item];
  if ("items" in node) return node.items;
  if ("fields" in node) return node.fields.map(({ schema }) => schema);
  return "cases" in node ? node.cases.map(({ schema }) => schema) : [];
}

/** Whether a node, or a part of it, passes a test. */
export function some(node: Node, test: (node: Node) => boolean): boolean {
  return test(node) || children(node).some((child) => some(child, test));
}

const KINDS: ReadonlySet<unknown> = /* @__PURE__ */ new Set<Node["kind"]>([
  "int",
  "float",
  "varint",
  "bool",
  "literal",
  "bytes",
  "string",
  "array",
  "struct",
  "tuple",
  "enum",
  "union",
  "optional",
  "constant",
  "map",
  "refine",
  "lazy",
  "limit",
  "framed",
  "extension",
]);

/** Whether a value is a schema or an unfrozen copy of one. */
export function isNode(value: unknown): value is Node {
  return KINDS.has((value as { readonly kind?: unknown } | null | undefined)?.kind);
}

/** Whether a value is a schema: a frozen object of one of the kinds. */
export function isSchema(value: unknown): value is Schema {
  return isNode(value) && Object.isFrozen(value);
}
