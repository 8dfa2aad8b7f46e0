/**
 * Whether a value is of the JavaScript type that a shape takes, for choosing between shapes.
 *
 * @module
 */

import type { MsgpackNode, OneOfNode } from "./nodes.ts";
import { Packed } from "./packed.ts";

/** The number of the option that writes a value, or -1. */
export function optionFor({ options }: OneOfNode, value: unknown): number {
  const first = options.findIndex((option) => fits(option, value));
  if (typeof value !== "number") return first;
  // An integer shape cannot write every number that is an integer: a float shape beside it can.
  const better = options.findIndex((option) => fits(option, value) && !isOutside(option, value));
  return better === -1 ? first : better;
}

function isOutside(node: MsgpackNode, value: number): boolean {
  return node.kind === "int" && (value < node.min || value > node.max || Object.is(value, -0));
}

/** Whether the JavaScript type of a value is the one that a shape writes; what is inside it is not looked at. */
export function fits(node: MsgpackNode, value: unknown): boolean {
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
      return fits(node.item, value);
    case "oneOf":
      return node.options.some((option) => fits(option, value));
    case "packed":
      return value instanceof Packed;
    case "any":
      return value !== undefined;
  }
}
