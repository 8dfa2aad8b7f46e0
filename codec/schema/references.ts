/**
 * Values that depend on an earlier field of the enclosing struct.
 *
 * @module
 */

import { children, type Node, type OptionalNode, type RefNode } from "./node.ts";

/** The struct value that is being read or written, where references look. */
export type Scope = Readonly<Record<string, unknown>> | undefined;

/** When an optional value is there, as an earlier field says. */
export type FieldPresence = Exclude<OptionalNode["presence"], { kind: "byte" }>;

/** What a node takes from an earlier field: a length, or whether it is there. */
export function ownRef(node: Node): RefNode | undefined {
  if ("size" in node && node.size.kind === "ref") return node.size;
  return "presence" in node && node.presence.kind !== "byte" ? node.presence.ref : undefined;
}

/** A node and its parts, without those of structs in it, in which references have other fields around them. */
export function sameScope(node: Node): Node[] {
  return [node, ...(node.kind === "struct" || node.kind === "union" ? [] : children(node).flatMap(sameScope))];
}

/** The references in a schema that point into the struct around it. */
export function refsOf(node: Node): RefNode[] {
  return sameScope(node).map(ownRef).filter((ref) => ref !== undefined);
}

/**
 * What references think of the field that they point to; they throw when it is a wrong one. Only the struct around knows
 * the field, but only programs with such references contain what judges it.
 */
export const targetChecks: WeakMap<RefNode, (target: Node, name: string) => void> = /* @__PURE__ */ new WeakMap();

/** The value that a reference points to. */
export function resolve(ref: RefNode, scope: Scope): unknown {
  let value: unknown = scope;
  for (const step of ref.path) value = (value as Record<string, unknown> | null | undefined)?.[step];
  return value;
}

/** Whether an optional value with a condition is there. */
export function isPresent(presence: FieldPresence, scope: Scope): boolean {
  return meets(resolve(presence.ref, scope), presence);
}

/** Whether the value of a field meets a condition. */
export function meets(value: unknown, presence: FieldPresence): boolean {
  return presence.kind === "equals" ? value === presence.value : hasBits(value, presence.mask);
}

/** Whether an integer or a bool has one of the bits of a mask; negative ones are in two's complement. */
export function hasBits(value: unknown, mask: number | bigint): boolean {
  // Operators on numbers see the lowest 32 bits only, of every whole number rightly.
  if (typeof value === "number" && mask < 2 ** 32) return (value & Number(mask)) !== 0;
  const whole = typeof value === "bigint" || Number.isInteger(value) ? value as number : value === true;
  return (BigInt(whole) & BigInt(mask)) !== 0n;
}
