/**
 * Random schemas without what other tools cannot express.
 *
 * @module
 */

import { type Field, type LazyNode, type Node, type Size, type StructNode } from "../../codec/schema/node.ts";
import { type Schema, string, u8 } from "../../codec/mod.ts";

const lazies = new WeakMap<LazyNode, LazyNode>();

/**
 * A schema of the same form with integers of fixed width, without mappings, tests and other languages. Constants stay
 * where what they are of stays the same.
 */
export function simplify(node: Node): Schema {
  switch (node.kind) {
    case "varint":
      return u8;
    case "bytes":
    case "string":
      return { ...node, size: simpleSize(node.size) };
    case "array":
      return { ...node, item: simplify(node.item), size: simpleSize(node.size) };
    case "struct":
      return simpleStruct(node);
    case "tuple":
      return { ...node, items: node.items.map(simplify) };
    case "enum":
      return { ...node, int: simpleInt(node.int) };
    case "union":
      return {
        ...node,
        tag: simpleInt(node.tag),
        cases: node.cases.map((one) => ({ ...one, schema: simpleStruct(one.schema) })),
      };
    case "constant":
      return shown(simplify(node.schema)) === shown(node.schema) ? node : simplify(node.schema);
    case "optional":
    case "limit":
      return { ...node, schema: simplify(node.schema) };
    case "framed":
      return { ...node, int: simpleInt(node.int), schema: simplify(node.schema) };
    case "map":
    case "refine":
      return simplify(node.schema);
    case "lazy":
      return simpleLazy(node);
    case "extension":
      return string(u8);
    default:
      return node;
  }
}

/** A node as text, in which a function is never the same as another one. */
function shown(node: Node): string {
  return JSON.stringify(node, (_, value) => {
    if (typeof value === "function") return `function ${functions++}`;
    return typeof value === "bigint" ? `${value}n` : value;
  });
}

let functions = 0;

function simpleStruct(node: StructNode): StructNode {
  return { ...node, fields: node.fields.map(({ name, schema }): Field => ({ name, schema: simplify(schema) })) };
}

function simpleInt<T extends Node>(int: T): T | typeof u8 {
  return int.kind === "varint" ? u8 : int;
}

function simpleSize(size: Size): Size {
  return size.kind === "prefix" ? { ...size, int: simpleInt(size.int) } : size;
}

/** The same lazy schema each time: others contain it. */
function simpleLazy(node: LazyNode): LazyNode {
  let simple = lazies.get(node);
  if (simple === undefined) {
    let made: Node | undefined;
    simple = { kind: "lazy", get: () => made ??= simplify(node.get()) };
    lazies.set(node, simple);
  }
  return simple;
}
