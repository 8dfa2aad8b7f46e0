/**
 * Values that depend on an earlier field of the enclosing struct.
 *
 * @module
 */

import type { Node, OptionalNode, RefNode } from "./node.ts";

/** The struct value that is being read or written, where references look. */
export type Scope = Readonly<Record<string, unknown>> | undefined;

/** When an optional value is there, as an earlier field says. */
export type FieldPresence = Exclude<OptionalNode["presence"], { kind: "byte" }>;

/** The references in a schema that point into the struct around it. */
export function refsOf(node: Node): RefNode[] {
  switch (node.kind) {
    case "bytes":
    case "string":
      return node.size.kind === "ref" ? [node.size] : [];
    case "array":
      return [...(node.size.kind === "ref" ? [node.size] : []), ...refsOf(node.item)];
    case "optional":
      return [...(node.presence.kind === "byte" ? [] : [node.presence.ref]), ...refsOf(node.schema)];
    case "tuple":
      return node.items.flatMap(refsOf);
    case "map":
    case "refine":
    case "constant":
    case "limit":
    case "framed":
      return refsOf(node.schema);
    default:
      return [];
  }
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
