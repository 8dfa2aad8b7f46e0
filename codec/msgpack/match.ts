/**
 * Decides which shape a value has: by its first byte when reading, by its JavaScript type when writing.
 *
 * @module
 */

import { CodecError } from "../error.ts";
import { type Kind, KINDS } from "./format.ts";
import type { MsgpackNode, OneOfNode } from "./shape.ts";
import { Packed } from "./value.ts";

/** In {@link firstByteTable}: a byte that begins no value of the shapes. */
export const NONE = 255;

/** Every msgpack type that a value can have. */
export const EVERY: readonly Kind[] = ["nil", "bool", "int", "float", "str", "bin", "ext", "array", "map"];

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
export function firstByteTable(node: OneOfNode): Uint8Array {
  const kinds = node.options.map(kindsOf);
  return Uint8Array.from(KINDS, (kind) => {
    const found = kinds.findIndex((list) => list.includes(kind));
    return found === -1 ? NONE : found;
  });
}

/** Refuses alternatives that could not be distinguished. */
export function refuseOverlap(node: OneOfNode): void {
  if (node.options.length === 0 || node.options.length >= NONE) {
    throw new CodecError("schema", `Cannot choose one of ${node.options.length} shapes`);
  }
  const kinds = kindsOf(node);
  const twice = kinds.find((kind, index) => kinds.indexOf(kind) !== index);
  if (twice !== undefined) {
    throw new CodecError("schema", `Two of the shapes can start with ${twice}: they cannot be distinguished`);
  }
}

/** The number of the option that writes a value, or -1. */
export function selectVariant({ options }: OneOfNode, value: unknown): number {
  const first = options.findIndex((option) => matches(option, value));
  if (typeof value !== "number") return first;
  // An integer shape cannot write every number that is an integer: a float shape beside it can.
  const better = options.findIndex((option) => matches(option, value) && !isOutside(option, value));
  return better === -1 ? first : better;
}

function isOutside(node: MsgpackNode, value: number): boolean {
  return node.kind === "int" && (value < node.min || value > node.max || Object.is(value, -0));
}

/** Whether the JavaScript type of a value is the one that a shape writes; what is inside it is not looked at. */
export function matches(node: MsgpackNode, value: unknown): boolean {
  switch (node.kind) {
    case "nil":
      return value === null;
    case "boolean":
      return typeof value === "boolean";
    case "int":
      return Number.isInteger(value);
    case "big":
      return typeof value === "bigint";
    case "float":
      return typeof value === "number";
    case "text":
      return typeof value === "string";
    case "bytes":
      return value instanceof Uint8Array;
    case "exact":
      return value === node.text;
    case "array":
    case "tuple":
      return Array.isArray(value);
    case "named":
    case "map":
      return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
    case "tagged":
      return matches(node.item, value);
    case "oneOf":
      return node.options.some((option) => matches(option, value));
    case "packed":
      return value instanceof Packed;
    case "any":
      return value !== undefined;
  }
}
