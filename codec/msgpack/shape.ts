/**
 * What a msgpack shape is: an immutable description of a value that carries its TypeScript type.
 *
 * Shapes define which forms of a value are read and which one is written, so that the bytes are those of the
 * programs on the other side.
 *
 * @module
 */

import { checkArgument, checkShape, type Typed } from "../schema/mod.ts";

/** A description of msgpack values of the type `T`. */
export type MsgpackShape<T = unknown> = MsgpackNode & Typed<T>;

/** Nil, `null`. */
export interface NilNode {
  readonly kind: "nil";
}

/** True or false. */
export interface BooleanNode {
  readonly kind: "boolean";
}

/** An integer from `min` to `max` as a safe integer. */
export interface IntNode {
  readonly kind: "int";
  readonly min: number;
  readonly max: number;
}

/** An integer from `min` to `max` as a bigint. */
export interface BigNode {
  readonly kind: "big";
  readonly min: bigint;
  readonly max: bigint;
}

/** A float. */
export interface FloatNode {
  readonly kind: "float";
}

/** UTF-8 as a string. */
export interface TextNode {
  readonly kind: "text";
  /** Whether it may come in the other form, too. */
  readonly both: boolean;
  /** The form in which it is written. */
  readonly writes: "str" | "bin";
}

/** Bytes as a `Uint8Array`, written as bin. */
export interface BytesNode {
  readonly kind: "bytes";
  /** Whether they may come as str, too. */
  readonly both: boolean;
  /** How many there are; undefined for any number. */
  readonly size: number | undefined;
}

/** A str that is always the same; it may come as bin, too. */
export interface ExactNode {
  readonly kind: "exact";
  readonly text: string;
}

/** An array of two: a str that is always the same, and a value. */
export interface TaggedNode {
  readonly kind: "tagged";
  readonly tag: ExactNode;
  readonly item: MsgpackNode;
}

/** Elements of one shape. */
export interface ArrayNode {
  readonly kind: "array";
  readonly item: MsgpackNode;
}

/** Elements of a shape each, as an array. */
export interface TupleNode {
  readonly kind: "tuple";
  readonly items: readonly MsgpackNode[];
}

/** One named part. */
export interface FieldNode {
  readonly name: string;
  readonly shape: MsgpackNode;
  readonly optional: boolean;
}

/** Makes the object of an array's elements. */
// deno-lint-ignore no-explicit-any -- the elements have the types of the shapes
export type Make = (...parts: any[]) => unknown;

/** The elements of an array with names, as an object. Optional ones come last. */
export interface NamedNode {
  readonly kind: "named";
  readonly fields: readonly FieldNode[];
  readonly make: Make | undefined;
}

/** A map with known keys, as an object. */
export interface MapNode {
  readonly kind: "map";
  readonly fields: readonly FieldNode[];
  /** What happens to a key that is not among the fields. */
  readonly extra: "ignore" | "refuse";
  /** Whether keys may come as bin, too. */
  readonly binKeys: boolean;
}

/** One of several shapes, distinguished by the type of the msgpack value. */
export interface OneOfNode {
  readonly kind: "oneOf";
  readonly options: readonly MsgpackNode[];
}

/** A value of unknown shape. */
export interface AnyNode {
  readonly kind: "any";
}

/** A value of unknown shape that stays bytes, at most `bytesMax` of them. */
export interface PackedNode {
  readonly kind: "packed";
  readonly bytesMax: number;
}

/** Every kind of node. */
export type MsgpackNode =
  | NilNode
  | BooleanNode
  | IntNode
  | BigNode
  | FloatNode
  | TextNode
  | BytesNode
  | ExactNode
  | TaggedNode
  | ArrayNode
  | TupleNode
  | NamedNode
  | MapNode
  | OneOfNode
  | AnyNode
  | PackedNode;

const KEYS: Readonly<Record<MsgpackNode["kind"], string>> = {
  nil: "kind",
  boolean: "kind",
  int: "min",
  big: "min",
  float: "kind",
  text: "writes",
  bytes: "both",
  exact: "text",
  tagged: "tag",
  array: "item",
  tuple: "items",
  named: "fields",
  map: "binKeys",
  oneOf: "options",
  any: "kind",
  packed: "bytesMax",
};

/** Throws a `schema` error that names the argument unless it is a shape. */
export function checkMsgpackShape(value: unknown, argument: string): void {
  checkShape(value, KEYS, argument);
}

/** Throws unless a builder is called with a list of shapes. */
export function checkMsgpackShapes(list: unknown, builder: string): void {
  checkArgument(Array.isArray(list), `build ${builder}: the list of shapes`, list, "an array");
  (list as readonly unknown[]).forEach((shape, index) => checkMsgpackShape(shape, `build ${builder}: shape ${index}`));
}

/** A shape on one line, as in `["ping", [nodeId: bin or str (20 bytes)]]`. */
export function formatShape(node: MsgpackNode): string {
  switch (node.kind) {
    case "int":
      return intName(node.min, node.max);
    case "big":
      return node.min === 0n ? "uint64" : "int64";
    case "float":
      return "float64";
    case "text":
      return node.both ? "text (str or bin)" : node.writes;
    case "bytes":
      return `${node.both ? "bin or str" : "bin"}${node.size === undefined ? "" : ` (${node.size} bytes)`}`;
    case "exact":
      return JSON.stringify(node.text);
    case "array":
      return `[${formatShape(node.item)}, …]`;
    case "tagged":
      return `[${formatShape(node.tag)}, ${formatShape(node.item)}]`;
    case "tuple":
      return `[${node.items.map(formatShape).join(", ")}]`;
    case "named":
      return `[${node.fields.map(formatField).join(", ")}]`;
    case "map":
      return `{${[...node.fields.map(formatField), ...(node.extra === "ignore" ? ["…"] : [])].join(", ")}}`;
    case "oneOf":
      return node.options.map(formatShape).join(" | ");
    case "packed":
      return node.bytesMax === Infinity ? "any" : `any (at most ${node.bytesMax} bytes)`;
    default:
      return node.kind;
  }
}

function formatField({ name, shape, optional }: FieldNode): string {
  return `${name}${optional ? "?" : ""}: ${formatShape(shape)}`;
}

function intName(min: number, max: number): string {
  if (max !== Number.MAX_SAFE_INTEGER) return `int ${min} to ${max}`;
  return min === 0 ? "uint" : min === Number.MIN_SAFE_INTEGER ? "int" : `int from ${min}`;
}
