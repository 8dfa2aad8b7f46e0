/**
 * What generated code must know about a schema before it writes a line.
 *
 * @module
 */

import { intMax, type LimitNode, type Node, type Size, sizeMax } from "../schema/mod.ts";

/** The parts of a node. What a lazy node stands for is not one of them. */
export function children(node: Node): readonly Node[] {
  switch (node.kind) {
    case "array":
      return [node.item];
    case "struct":
      return node.fields.map(({ schema }) => schema);
    case "tuple":
      return node.items;
    case "union":
      return node.cases.map(({ schema }) => schema);
    case "optional":
    case "constant":
    case "map":
    case "refine":
    case "limit":
    case "framed":
      return [node.schema];
    default:
      return [];
  }
}

/** Whether a node, or a part of it, passes a test. */
export function some(node: Node, test: (node: Node) => boolean): boolean {
  return test(node) || children(node).some((child) => some(child, test));
}

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

/** The names of the fields of the enclosing struct that a node refers to. */
export function referredNames(node: Node): readonly string[] {
  const inside = node.kind === "struct" || node.kind === "union" ? [] : children(node).flatMap(referredNames);
  if ("size" in node && node.size.kind === "ref") return [node.size.path[0], ...inside];
  if (node.kind === "optional" && node.presence.kind !== "byte") return [node.presence.ref.path[0], ...inside];
  return inside;
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
