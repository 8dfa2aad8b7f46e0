/**
 * What is left to do at each level of a message whose end is looked for.
 *
 * @module
 */

import { type Field, type Node, refsOf, type Scanner, sizeMin, type StructNode } from "../schema/mod.ts";

/** The fields of the struct around that others refer to. */
export type Scope = Record<string, unknown> | undefined;

/** What is left to do at one level of the message. */
export type Frame =
  | { readonly kind: "nodes"; readonly nodes: readonly Node[]; index: number; readonly scope: Scope }
  | {
    readonly kind: "fields";
    readonly fields: readonly Field[];
    /** The fields that others refer to. */
    readonly referred: ReadonlySet<string>;
    index: number;
    start: number;
    readonly scope: Scope;
  }
  | { readonly kind: "repeat"; readonly item: Node; left: number; readonly scope: Scope }
  | { readonly kind: "skip"; left: number }
  | { readonly kind: "rest" }
  | {
    readonly kind: "value";
    readonly scanner: Scanner;
    readonly bytesMin: number;
    pushed: number;
    readonly start: number;
  }
  | { readonly kind: "limit"; readonly bytesMax: number; readonly start: number }
  | { readonly kind: "lazy" };

const referredFields = new WeakMap<Node, ReadonlySet<string>>();

/** What is to be done with a struct. */
export function structFrame(node: StructNode): Frame {
  const { fields } = node;
  let referred = referredFields.get(node);
  if (referred === undefined) {
    referred = new Set(fields.flatMap(({ schema }) => refsOf(schema).map(({ path }) => path[0])));
    referredFields.set(node, referred);
  }
  return { kind: "fields", fields, referred, index: 0, start: 0, scope: referred.size > 0 ? {} : undefined };
}

/** The fewest bytes that are still to come at one level of a message that was looked at up to `pos`. */
export function smallestRest(frame: Frame, pos: number): number {
  switch (frame.kind) {
    case "nodes":
      return frame.nodes.slice(frame.index).reduce((sum, node) => sum + sizeMin(node), 0);
    case "fields":
      return frame.fields.slice(frame.index).reduce((sum, { schema }) => sum + sizeMin(schema), 0);
    case "repeat":
      return frame.left * sizeMin(frame.item);
    case "skip":
      return frame.left;
    case "value":
      return Math.max(1, frame.start + frame.bytesMin - pos);
    default:
      return 0;
  }
}
