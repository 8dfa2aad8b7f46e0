/**
 * How much memory a decoded value takes, and how much it may take.
 *
 * @module
 */

import type { Node } from "../../../codec/mod.ts";
import { children } from "../../../codec/schema/mod.ts";

/** A value in another language has at most so many parts for every byte: an object with all its zero fields. */
const EXTENSION_WIDTH = 64;
/** Parts that have no bytes: shared arrays of up to 1024 elements without bytes, values of an empty message. */
const FREE_PARTS = 4096;

/**
 * Parts of a value (objects, elements, numbers) and the units of its texts and bytes. What a value contains several
 * times is counted once, for it is there once.
 */
export function costOf(value: unknown): number {
  const seen = new Set<object>();
  const todo: unknown[] = [value];
  let cost = 0;
  while (todo.length > 0) {
    const part = todo.pop();
    cost++;
    if (typeof part === "string") cost += part.length;
    if (typeof part !== "object" || part === null || seen.has(part)) continue;
    seen.add(part);
    if (part instanceof Uint8Array) cost += part.length;
    else for (const inner of Object.values(part)) todo.push(inner);
  }
  return cost;
}

const widths = new WeakMap<Node, number>();

/** The cost that the value of `length` bytes may have at most. */
export function costMax(schema: Node, length: number): number {
  let width = widths.get(schema);
  if (width === undefined) widths.set(schema, width = widthOf(schema, new Set()));
  return (length + 1) * width + FREE_PARTS;
}

/** How many nodes a schema consists of: no byte can bring more parts than that. */
function widthOf(node: Node, seen: Set<Node>): number {
  if (seen.has(node)) return 1;
  seen.add(node);
  // The elements of an array of a fixed length may have no bytes.
  const times = node.kind === "array" && node.size.kind === "fixed" ? node.size.count + 1 : 1;
  return 2 + ownWidth(node) + times * partsOf(node).reduce((total, child) => total + widthOf(child, seen), 0);
}

function ownWidth(node: Node): number {
  if (node.kind === "extension") return EXTENSION_WIDTH;
  return node.kind === "constant" ? costOf(node.value) : 0;
}

/** The schemas that a schema consists of. */
export function partsOf(node: Node): readonly Node[] {
  return node.kind === "lazy" ? [node.get()] : children(node);
}
