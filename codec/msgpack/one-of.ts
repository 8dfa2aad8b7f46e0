/**
 * One of several shapes.
 *
 * @module
 */

import { checkMsgpackShapes, type MsgpackNode, type MsgpackShape, type MsgpackTyped, type OneOfNode } from "./nodes.ts";
import { refuseOverlap } from "./leads.ts";
import { nil } from "./scalars.ts";

type OneOfValue<T extends readonly MsgpackTyped<unknown>[]> = T[number] extends infer S
  ? S extends MsgpackTyped<infer V> ? V : never
  : never;

/**
 * One of several shapes. Decoding tells them apart by the type of the msgpack value; encoding takes the first one that
 * fits the JavaScript type.
 *
 * @throws CodecError `schema` when two of them can begin with the same byte
 */
export function oneOf<const T extends readonly MsgpackShape[]>(options: T): OneOfNode & MsgpackShape<OneOfValue<T>> {
  checkMsgpackShapes(options, "oneOf");
  const node: OneOfNode = Object.freeze({ kind: "oneOf", options: Object.freeze([...options]) });
  refuseOverlap(node);
  return node;
}

/** A value of the shape, or nil as `null`. */
export function nullable<T>(shape: MsgpackShape<T>): OneOfNode & MsgpackShape<T | null> {
  return oneOf([nil, shape as MsgpackNode]) as OneOfNode & MsgpackShape<T | null>;
}
