/**
 * Finds the differences of two messages of one schema.
 *
 * @module
 */

import { inspect } from "./inspect.ts";
import type { Schema, Span } from "../schema/mod.ts";
import { equalValues } from "../values.ts";

/** One part that is not the same in two messages; a part that one of them does not have is `undefined` there. */
export interface Difference {
  readonly path: string;
  readonly left: Span | undefined;
  readonly right: Span | undefined;
}

/**
 * The parts in which two messages differ, in the order of their paths. Broken messages are compared as far as they make
 * sense.
 */
export function diff<T>(schema: Schema<T>, left: Uint8Array, right: Uint8Array): Difference[] {
  const leftParts = partsOf(inspect(schema, left).spans);
  const rightParts = partsOf(inspect(schema, right).spans);
  const keys = new Set([...leftParts.keys(), ...rightParts.keys()]);
  const differences: Difference[] = [];
  for (const key of keys) {
    const a = leftParts.get(key);
    const b = rightParts.get(key);
    if (a !== undefined && b !== undefined && equalValues(a.value, b.value)) continue;
    differences.push({ path: (a ?? b)!.path, left: a, right: b });
  }
  return differences;
}

/** Spans by path and role; literals have no value that could differ. */
function partsOf(spans: readonly Span[]): Map<string, Span> {
  const parts = spans.filter((span) => span.role !== "literal");
  return new Map(parts.map((span) => [`${span.path} ${span.role}`, span]));
}
