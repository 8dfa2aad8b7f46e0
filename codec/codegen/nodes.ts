/**
 * What the generator must know about a schema before it writes code.
 *
 * @module
 */

import { children, intMax, type LimitNode, type Node, type Size, sizeMax, some } from "../schema/mod.ts";

/** Bytes that a node can write. A value above a limit, or above what its frame can say, is written before it is refused. */
export function roomMax(node: Node): number {
  return some(node, clips) ? Infinity : sizeMax(node);
}

/** Whether a node refuses some of what its part can write. */
function clips(node: Node): boolean {
  if (node.kind === "limit") return sizeMax(node.schema) > node.bytesMax;
  return node.kind === "framed" && sizeMax(node.schema) > intMax(node.int);
}

/** The largest length that a size can stand for. */
export function lengthMax(size: Size): number {
  return size.kind === "fixed" ? size.count : size.kind === "prefix" ? intMax(size.int) : Infinity;
}

/** How many elements a message can have. */
export function elementsMax(node: Node): number {
  if (node.kind === "lazy") return Infinity;
  if (node.kind === "array") {
    const count = lengthMax(node.size);
    return count === 0 ? 0 : count * (1 + elementsMax(node.item));
  }
  return children(node).reduce((total, child) => total + elementsMax(child), 0);
}

/** Whether bytes can make more of a limited value than its limit allows: a frame can claim more than it has. */
export function canExceed({ schema, bytesMax }: LimitNode): boolean {
  return sizeMax(schema) > bytesMax || some(schema, (one) => one.kind === "framed");
}

/** Whether a value may be a view of the input; of recursions that is taken for granted. */
export function mayView(node: Node): boolean {
  return node.kind === "lazy" || node.kind === "bytes" ||
    (node.kind === "extension" && node.extension.source?.language !== "json");
}

/** Whether a part of a node stands for a node around it. */
export function hasRecursion(node: Node): boolean {
  return some(node, ({ kind }) => kind === "lazy");
}

/** Adds a node and all its parts, with what recursions stand for. */
export function collectNodes(node: Node, seen: Set<Node>): void {
  if (seen.has(node)) return;
  seen.add(node);
  if (node.kind === "lazy") collectNodes(node.get(), seen);
  for (const child of children(node)) collectNodes(child, seen);
}
