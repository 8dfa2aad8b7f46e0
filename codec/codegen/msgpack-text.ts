/**
 * msgpack shapes as source text: the calls that make them, and the types of their values.
 *
 * @module
 */

import { CodecError } from "../error.ts";
import type { FieldNode, MsgpackNode, NamedNode } from "../msgpack/mod.ts";
import { arrayOf, braces, constantText, key, quote } from "./text.ts";

/** The expression that makes a shape; adds the functions that it calls to `names`. */
export function msgpackShape(shape: MsgpackNode, names: Set<string>): string {
  const use = (name: string) => (names.add(name), name);
  const inner = (one: MsgpackNode) => msgpackShape(one, names);
  switch (shape.kind) {
    case "nil":
    case "boolean":
    case "any":
      return use(shape.kind);
    case "float":
      return use("float64");
    case "int":
      return `${use("intBetween")}(${shape.min}, ${shape.max})`;
    case "big":
      return use(shape.min === 0n ? "uint64" : "int64");
    case "text":
      return shape.both ? `${use("textLike")}(${quote(shape.writes)})` : use("str");
    case "bytes":
      return `${use(shape.both ? "bytesLike" : "bin")}(${shape.size ?? ""})`;
    case "exact":
      return `${use("exactly")}(${quote(shape.text)})`;
    case "tagged":
      return `${use("tagged")}(${quote(shape.tag.text)}, ${inner(shape.item)})`;
    case "array":
      return `${use("arrayOf")}(${inner(shape.item)})`;
    case "tuple":
      return `${use("tupleOf")}([${shape.items.map(inner).join(", ")}])`;
    case "oneOf":
      return `${use("oneOf")}([${shape.options.map(inner).join(", ")}])`;
    case "packed":
      return `${use("packedWithin")}(${shape.bytesMax})`;
    case "map": {
      const options = constantText({ extra: shape.extra, binKeys: shape.binKeys });
      return `${use("mapOf")}(${fieldsText(shape.fields, names)}, ${options})`;
    }
    case "named":
      return `${use("namedTuple")}(${fieldsText(shape.fields, names)}${makeText(shape)})`;
  }
}

function fieldsText(fields: readonly FieldNode[], names: Set<string>): string {
  const texts = fields.map(({ name, shape, optional }) => {
    const text = msgpackShape(shape, names);
    if (optional) names.add("optionalField");
    return `${key(name)}: ${optional ? `optionalField(${text})` : text}`;
  });
  return braces(texts);
}

function makeText(node: NamedNode): string {
  const { fields, make } = node;
  if (make === undefined) return "";
  refuseOtherMake(node);
  const parts = fields.map((_, index) => `part${index}: any`);
  return `, (${parts.join(", ")}) => ({ ${fields.map(({ name }, index) => `${key(name)}: part${index}`).join(", ")} })`;
}

/**
 * A function cannot be written as text, but an object of the fields can, which is what it makes nearly always.
 *
 * @throws CodecError `schema` when it makes something else
 */
export function refuseOtherMake({ fields, make }: NamedNode): void {
  if (make === undefined) return;
  const parts = fields.map(() => ({}));
  let made: unknown;
  try {
    made = make(...parts);
  } catch {
    // What asks its parts for something makes more of them than an object.
  }
  const isPlain = typeof made === "object" && made !== null && Object.getPrototypeOf(made) === Object.prototype &&
    Object.keys(made).length === fields.length &&
    fields.every(({ name }, index) => (made as Record<string, unknown>)[name] === parts[index]);
  if (isPlain) return;
  const names = fields.map(({ name }) => quote(name)).join(", ");
  throw new CodecError(
    "schema",
    `Cannot generate code: the function that makes an object of ${names} cannot be written as source text`,
  );
}

/** The TypeScript type of the values of a shape. */
export function msgpackType(shape: MsgpackNode): string {
  switch (shape.kind) {
    case "nil":
      return "null";
    case "boolean":
      return "boolean";
    case "int":
    case "float":
      return "number";
    case "big":
      return "bigint";
    case "text":
      return "string";
    case "bytes":
      return "Uint8Array";
    case "exact":
      return quote(shape.text);
    case "tagged":
      return msgpackType(shape.item);
    case "array":
      return arrayOf(msgpackType(shape.item));
    case "tuple":
      return `[${shape.items.map(msgpackType).join(", ")}]`;
    case "oneOf":
      return shape.options.map(msgpackType).join(" | ");
    case "named":
    case "map":
      return braces(shape.fields.map(fieldType), "; ");
    case "any":
    case "packed":
      // The library's own types: the file would have to import them.
      return "any";
  }
}

function fieldType({ name, shape, optional }: FieldNode): string {
  return `${key(name)}${optional ? "?" : ""}: ${msgpackType(shape)}${optional ? " | undefined" : ""}`;
}
