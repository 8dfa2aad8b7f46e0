/**
 * How few and how many bytes the values of a schema can have.
 *
 * @module
 */

import type { IntNode, Node, Size, VarintNode } from "./schema.ts";

/** The longest LEB128 form of a safe integer: 8 bytes of 7 bits carry 56. */
export const VARINT_BYTES_MAX = 8;

/** Size in bytes of the smallest value of a schema. A schema inside itself counts as nothing, which is never too much. */
export function sizeMin(node: Node, inside: ReadonlySet<Node> = new Set()): number {
  switch (node.kind) {
    case "int":
    case "float":
      return node.bytes;
    case "literal":
      return node.bytes.length;
    case "bytes":
    case "string":
      return lengthMin(node.size, 1);
    case "array":
      return node.size.kind === "fixed" ? node.size.count * sizeMin(node.item, inside) : lengthMin(node.size, 0);
    case "struct":
      return sum(node.fields.map((field) => sizeMin(field.schema, inside)));
    case "tuple":
      return sum(node.items.map((item) => sizeMin(item, inside)));
    case "enum":
      return sizeMin(node.int);
    case "union":
      return sizeMin(node.tag) + Math.min(...node.cases.map((one) => sizeMin(one.schema, inside)));
    case "optional":
      return node.presence.kind === "byte" ? 1 : 0;
    case "framed":
      return sizeMin(node.int) + sizeMin(node.schema, inside);
    case "extension":
      return node.extension.bytesMin;
    case "lazy":
      return inside.has(node) ? 0 : sizeMin(node.get(), new Set(inside).add(node));
    case "varint":
    case "bool":
      return 1;
    default:
      return sizeMin(node.schema, inside);
  }
}

/** Size in bytes of the largest value of a schema; Infinity where only the limits bound it. */
export function sizeMax(node: Node, inside: ReadonlySet<Node> = new Set()): number {
  switch (node.kind) {
    case "int":
    case "float":
      return node.bytes;
    case "literal":
      return node.bytes.length;
    case "bytes":
    case "string":
      return lengthMax(node.size, 1);
    case "array":
      return lengthMax(node.size, sizeMax(node.item, inside));
    case "struct":
      return sum(node.fields.map((field) => sizeMax(field.schema, inside)));
    case "tuple":
      return sum(node.items.map((item) => sizeMax(item, inside)));
    case "enum":
      return sizeMax(node.int);
    case "union":
      return sizeMax(node.tag) + Math.max(...node.cases.map((one) => sizeMax(one.schema, inside)));
    case "optional":
      return (node.presence.kind === "byte" ? 1 : 0) + sizeMax(node.schema, inside);
    case "limit":
      return Math.min(node.bytesMax, sizeMax(node.schema, inside));
    case "framed":
      return sizeMax(node.int) + Math.min(intMax(node.int), sizeMax(node.schema, inside));
    case "extension":
      return node.extension.bytesMax;
    case "lazy":
      return inside.has(node) ? Infinity : sizeMax(node.get(), new Set(inside).add(node));
    case "varint":
      return VARINT_BYTES_MAX;
    case "bool":
      return 1;
    default:
      return sizeMax(node.schema, inside);
  }
}

/** The size of every value of a schema, or -1 when they differ. */
export function sizeFixed(node: Node): number {
  const min = sizeMin(node);
  return min === sizeMax(node) ? min : -1;
}

/** The largest number that an integer schema can carry here. */
export function intMax(int: IntNode | VarintNode): number {
  if (int.kind === "varint" || int.bytes === 8) return Number.MAX_SAFE_INTEGER;
  return 2 ** (8 * int.bytes - (int.signed ? 1 : 0)) - 1;
}

/** The smallest number that an integer schema can carry here. */
export function intMin(int: IntNode | VarintNode): number {
  if (int.kind === "varint" || !int.signed) return 0;
  return int.bytes === 8 ? Number.MIN_SAFE_INTEGER : -(2 ** (8 * int.bytes - 1));
}

/** Whether a schema contains a `lazy` one, which cannot be asked for while schemas are being built. */
export function containsLazy(node: Node): boolean {
  switch (node.kind) {
    case "lazy":
      return true;
    case "array":
      return containsLazy(node.item);
    case "struct":
      return node.fields.some((field) => containsLazy(field.schema));
    case "tuple":
      return node.items.some(containsLazy);
    case "union":
      return node.cases.some((one) => containsLazy(one.schema));
    case "optional":
    case "constant":
    case "map":
    case "refine":
    case "limit":
    case "framed":
      return containsLazy(node.schema);
    default:
      return false;
  }
}

function lengthMin(size: Size, unit: number): number {
  switch (size.kind) {
    case "fixed":
      return size.count * unit;
    case "prefix":
      return sizeMin(size.int);
    default:
      return 0;
  }
}

function lengthMax(size: Size, unit: number): number {
  switch (size.kind) {
    case "fixed":
      return size.count === 0 ? 0 : size.count * unit;
    case "prefix":
      return sizeMax(size.int) + (unit === 0 ? 0 : intMax(size.int) * unit);
    default:
      return Infinity;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
