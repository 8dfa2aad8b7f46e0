/**
 * The TypeScript type of a schema's values as source text.
 *
 * @module
 */

import { type Field, isVoid, type Node } from "../schema/mod.ts";
import { extensionType } from "./languages.ts";
import { arrayOf, braces, constantText, key, quote } from "./text.ts";

/** Nodes that have a type of their own, by name. */
export type TypeNames = ReadonlyMap<Node, string>;

/** The type of a node's values. */
export function typeText(node: Node, names: TypeNames, own = false): string {
  const name = names.get(node);
  if (name !== undefined && !own) return name;
  switch (node.kind) {
    case "int":
      return node.big ? "bigint" : "number";
    case "float":
    case "varint":
      return "number";
    case "bool":
      return "boolean";
    case "literal":
      return "void";
    case "bytes":
      return "Uint8Array";
    case "string":
      return "string";
    case "array":
      return arrayType(node.item, names);
    case "struct":
      return braces(fieldTypes(node.fields, names), "; ");
    case "tuple":
      return `[${node.items.filter((item) => !isVoid(item)).map((item) => typeText(item, names)).join(", ")}]`;
    case "enum":
      return node.names.map(({ name }) => quote(name)).join(" | ");
    case "union":
      return node.cases.map((one) => {
        const kind = `${key(node.key)}: ${quote(one.name)}`;
        return braces([kind, ...fieldTypes(one.schema.fields, names)], "; ");
      }).join(" | ");
    case "optional":
      return `${typeText(node.schema, names)} | null`;
    case "constant":
      return constantType(node.value) ?? typeText(node.schema, names);
    case "lazy":
      return typeText(node.get(), names);
    case "extension":
      return extensionType(node);
    default:
      return typeText(node.schema, names);
  }
}

/** The type of a constant, where TypeScript has one. */
export function constantType(value: unknown): string | undefined {
  if (typeof value === "object" || value === undefined) return undefined;
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))) return undefined;
  return constantText(value);
}

function fieldTypes(fields: readonly Field[], names: TypeNames): string[] {
  return fields.filter(({ schema }) => !isVoid(schema))
    .map(({ name, schema }) => `${key(name)}: ${typeText(schema, names)}`);
}

/** The type of an array of a node's values. */
export function arrayType(item: Node, names: TypeNames): string {
  return arrayOf(typeText(item, names));
}
