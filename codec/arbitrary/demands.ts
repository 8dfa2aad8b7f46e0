/**
 * What later parts of a struct require of earlier fields, so that random counts and flags are valid.
 *
 * @module
 */

import { type FieldPresence, meets, type Node, ownRef, sameScope, type StructNode } from "../schema/mod.ts";

/** What is wanted of the value at a path below some field. */
export interface Demand {
  readonly path: readonly string[];
  readonly want: { readonly kind: "count" } | FieldPresence;
}

const found = new WeakMap<StructNode, readonly Demand[]>();

/** What the fields of a struct want of the fields before them; the paths start with a field's name. */
export function demandsOf(node: StructNode): readonly Demand[] {
  let demands = found.get(node);
  if (demands === undefined) found.set(node, demands = node.fields.flatMap((field) => demandsOfPart(field.schema)));
  return demands;
}

function demandsOfPart(part: Node): Demand[] {
  return sameScope(part).flatMap((node) => {
    const ref = ownRef(node);
    if (ref === undefined) return [];
    return [{ path: ref.path, want: node.kind === "optional" ? node.presence as FieldPresence : { kind: "count" } }];
  });
}

/** Those of the demands that are about one field, seen from there. */
export function demandsOn(name: string, demands: readonly Demand[]): Demand[] {
  return demands.filter(({ path }) => path[0] === name).map(({ path, want }) => ({ path: path.slice(1), want }));
}

/** Whether a value must be a count. */
export function isCount(demands: readonly Demand[]): boolean {
  return demands.some(({ path, want }) => path.length === 0 && want.kind === "count");
}

/** Whether a value would make an optional part present. */
export function brings(demands: readonly Demand[], value: unknown): boolean {
  return demands.some(({ path, want }) => {
    return path.length === 0 && want.kind !== "count" && meets(value, want);
  });
}

/** Values that make optional parts present. */
export function wanted(demands: readonly Demand[]): (string | number | bigint | boolean)[] {
  return demands.flatMap(({ path, want }) => {
    if (path.length > 0 || want.kind === "count") return [];
    if (want.kind === "equals") return [want.value];
    const mask = BigInt(want.mask);
    // As numbers and as bigints: the field says which of them it can have.
    return [mask, mask & -mask].flatMap((bits) => [bits, Number(bits)]);
  });
}
