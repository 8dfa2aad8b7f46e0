/**
 * Values that depend on an earlier field of the enclosing struct.
 *
 * @module
 */

import type { OptionalNode, RefNode } from "./schema.ts";

/** The struct value that is being read or written, where references look. */
export type Scope = Readonly<Record<string, unknown>> | undefined;

/** The value that a reference points to. */
export function resolve(ref: RefNode, scope: Scope): unknown {
  let value: unknown = scope;
  for (const step of ref.path) value = (value as Record<string, unknown> | null | undefined)?.[step];
  return value;
}

/** Whether an optional value with a condition is there. */
export function isPresent(presence: Exclude<OptionalNode["presence"], { kind: "byte" }>, scope: Scope): boolean {
  const value = resolve(presence.ref, scope);
  return presence.kind === "equals" ? value === presence.value : (Number(value) & presence.mask) !== 0;
}
