/**
 * The names that a generated file has for schemas and their parts.
 *
 * @module
 */

import type { Node } from "../schema.ts";
import { children } from "./nodes.ts";

/** The name of a type, and the end of the names of its functions: the schema's name with a capital. */
export function typeName(name: string): string {
  return name[0].toUpperCase() + name.slice(1);
}

/** Gives every recursion a type of its own: the type of what it stands for, where that has a name. */
export function nameRecursions(node: Node, types: Map<Node, string>, seen: Set<Node>): void {
  if (seen.has(node)) return;
  seen.add(node);
  if (node.kind === "lazy") {
    const inner = node.get();
    if (!types.has(node)) types.set(node, types.get(inner) ?? `Recursive${types.size}`);
    nameRecursions(inner, types, seen);
  }
  for (const child of children(node)) nameRecursions(child, types, seen);
}

/** Names in the order of imports: capitals make no difference. */
export function inOrder(names: Iterable<string>): string[] {
  const folded = (name: string) => name.toLowerCase();
  return [...names].sort((a, b) => folded(a) < folded(b) ? -1 : folded(a) > folded(b) ? 1 : a < b ? -1 : 1);
}
