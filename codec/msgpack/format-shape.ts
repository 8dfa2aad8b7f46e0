/**
 * A shape as a line of text, for tables of bytes.
 *
 * @module
 */

import type { FieldNode, MsgpackNode } from "./nodes.ts";

/** A shape on one line, as in `["ping", [nodeId: bin or str (20 bytes)]]`. */
export function formatShape(node: MsgpackNode): string {
  switch (node.kind) {
    case "int":
      return intName(node.min, node.max);
    case "big":
      return node.min === 0n ? "uint64" : "int64";
    case "float":
      return "float64";
    case "text":
      return node.both ? "text (str or bin)" : node.writes;
    case "bytes":
      return `${node.both ? "bin or str" : "bin"}${node.size === undefined ? "" : ` (${node.size} bytes)`}`;
    case "exact":
      return JSON.stringify(node.text);
    case "array":
      return `[${formatShape(node.item)}, …]`;
    case "tagged":
      return `[${formatShape(node.tag)}, ${formatShape(node.item)}]`;
    case "tuple":
      return `[${node.items.map(formatShape).join(", ")}]`;
    case "named":
      return `[${node.fields.map(formatField).join(", ")}]`;
    case "map":
      return `{${[...node.fields.map(formatField), ...(node.extra === "ignore" ? ["…"] : [])].join(", ")}}`;
    case "oneOf":
      return node.options.map(formatShape).join(" | ");
    case "packed":
      return node.bytesMax === Infinity ? "any" : `any (at most ${node.bytesMax} bytes)`;
    default:
      return node.kind;
  }
}

function formatField({ name, shape, optional }: FieldNode): string {
  return `${name}${optional ? "?" : ""}: ${formatShape(shape)}`;
}

function intName(min: number, max: number): string {
  if (max !== Number.MAX_SAFE_INTEGER) return `int ${min} to ${max}`;
  return min === 0 ? "uint" : min === Number.MIN_SAFE_INTEGER ? "int" : `int from ${min}`;
}
