/**
 * The first bytes that the values of a shape can have.
 *
 * @module
 */

import { CodecError } from "../error.ts";
import { type Kind, KINDS } from "./forms.ts";
import type { MsgpackNode, OneOfNode } from "./nodes.ts";

/** In {@link leadTable}: the byte begins none of the shapes. */
export const NONE = 255;

const EVERY: readonly Kind[] = ["nil", "bool", "int", "float", "str", "bin", "ext", "array", "map"];

/** The msgpack types in which a value of a shape can come. */
export function kindsOf(node: MsgpackNode): readonly Kind[] {
  switch (node.kind) {
    case "nil":
      return ["nil"];
    case "boolean":
      return ["bool"];
    case "int":
    case "big":
      return ["int"];
    case "float":
      return ["float"];
    case "text":
      return node.both ? ["str", "bin"] : [node.writes];
    case "bytes":
      return node.both ? ["str", "bin"] : ["bin"];
    case "exact":
      return ["str", "bin"];
    case "array":
    case "tuple":
    case "named":
    case "tagged":
      return ["array"];
    case "map":
      return ["map"];
    case "oneOf":
      return node.options.flatMap(kindsOf);
    case "any":
    case "packed":
      return EVERY;
  }
}

/** For each first byte the number of the shape that it belongs to, or {@link NONE}. */
export function leadTable(node: OneOfNode): Uint8Array {
  const kinds = node.options.map(kindsOf);
  return Uint8Array.from(KINDS, (kind) => {
    const found = kinds.findIndex((list) => list.includes(kind));
    return found === -1 ? NONE : found;
  });
}

/** Refuses alternatives that could not be told apart. */
export function refuseOverlap(node: OneOfNode): void {
  if (node.options.length === 0 || node.options.length >= NONE) {
    throw new CodecError("schema", `Cannot choose one of ${node.options.length} shapes`);
  }
  const kinds = kindsOf(node);
  const twice = kinds.find((kind, index) => kinds.indexOf(kind) !== index);
  if (twice !== undefined) {
    throw new CodecError("schema", `Two of the shapes can begin as ${twice}: they look the same`);
  }
}
