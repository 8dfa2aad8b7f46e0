/**
 * Schemas as source text: their descriptions are written out, those of values in other languages as calls of the
 * functions that make them.
 *
 * @module
 */

import { CodecError } from "../error.ts";
import type { JsonNode } from "../json/mod.ts";
import { LIMITS, type Limits } from "../limits.ts";
import type { FieldNode, MsgpackNode, MsgpackOptions, NamedNode } from "../msgpack/mod.ts";
import { type ExtensionNode, isNode, type LazyNode, type MapNode, type Node, type RefineNode } from "../schema/mod.ts";
import { arrayOf, braces, constantText, key, quote } from "./text.ts";

/** The names of what cannot be written out. */
interface Names {
  functions(node: MapNode | RefineNode): string;
  recursion(node: LazyNode, what: "schemaOf"): string;
  extension(node: ExtensionNode): string;
}

/** The expression of a schema. Generated code looks into it where a message arrives in pieces, and nowhere else. */
export function schemaText(g: Names, node: Node): string {
  switch (node.kind) {
    case "map":
    case "refine":
      return g.functions(node);
    case "lazy":
      return `{ kind: "lazy", get: () => ${g.recursion(node, "schemaOf")} }`;
    case "extension":
      return `{ kind: "extension", extension: ${g.extension(node)} }`;
    case "constant":
      return `{ kind: "constant", schema: ${schemaText(g, node.schema)}, value: ${constantText(node.value)} }`;
    default:
      return recordText(g, node);
  }
}

function recordText(g: Names, record: object): string {
  const parts = Object.entries(record).filter(([, part]) => typeof part !== "function");
  return braces(parts.map(([name, part]) => `${key(name)}: ${partText(g, part)}`));
}

function partText(g: Names, part: unknown): string {
  if (isNode(part)) return schemaText(g, part);
  if (Array.isArray(part)) return `[${part.map((one) => partText(g, one)).join(", ")}]`;
  return typeof part === "object" && part !== null ? recordText(g, part) : constantText(part);
}

/** The source text of a value in another language. */
export interface LanguageText {
  /** The door that the names come from, as in `json`. */
  readonly door: string;
  /** The names that the expression uses. */
  readonly names: ReadonlySet<string>;
  /** An expression for the schema node. */
  readonly expression: string;
}

/**
 * The source text of the schema of an extension.
 *
 * @throws CodecError `schema` when its language has no source text
 */
export function languageText(node: ExtensionNode): LanguageText {
  const { name, source } = node.extension;
  if (source?.language === "msgpack") {
    const names = new Set(["msgpack"]);
    const shape = msgpackShape(source.shape as MsgpackNode, names);
    const options = msgpackOptions(source.options as Required<MsgpackOptions>);
    return { door: "msgpack", names, expression: `msgpack(${shape}${options})` };
  }
  if (source?.language !== "json") {
    throw new CodecError("schema", `Cannot generate code: ${name} cannot be written as source text`);
  }
  const names = new Set(["document"]);
  const shape = jsonShape(source.shape as JsonNode, names);
  const options = source.options === undefined ? "" : `, ${constantText(source.options)}`;
  return { door: "json", names, expression: `document(${shape}${options})` };
}

/** The options that are not what they are by default. */
function msgpackOptions({ canonical, limits }: Required<MsgpackOptions>): string {
  const changed = Object.entries(limits).filter(([name, max]) => max !== LIMITS[name as keyof Limits]);
  const options = {
    ...(canonical && { canonical }),
    ...(changed.length > 0 && { limits: Object.fromEntries(changed) }),
  };
  return Object.keys(options).length === 0 ? "" : `, ${constantText(options)}`;
}

/** The TypeScript type of the values of an extension. */
export function extensionType(node: ExtensionNode): string {
  const { source } = node.extension;
  if (source?.language === "msgpack") return msgpackType(source.shape as MsgpackNode);
  return source?.language === "json" ? jsonType(source.shape as JsonNode) : "unknown";
}

function jsonShape(shape: JsonNode, names: Set<string>): string {
  const use = (name: string) => (names.add(name), name);
  switch (shape.kind) {
    case "string":
      return use("jsonString");
    case "bool":
      return use("jsonBool");
    case "any":
      return use("jsonAny");
    case "int":
      return use(
        shape.type === "uint32"
          ? "jsonUint32"
          : shape.big
          ? "jsonInt64Big"
          : shape.type === "int"
          ? "jsonInt"
          : "jsonInt64",
      );
    case "array":
      return `${use("jsonArray")}(${jsonShape(shape.item, names)})`;
    case "object": {
      const fields = shape.fields.map((field) => {
        const text = jsonShape(field.shape, names);
        return `${key(field.key)}: ${field.optional ? `${use("jsonOptional")}(${text})` : text}`;
      });
      return `${use("jsonObject")}({ ${fields.join(", ")} }, { extra: ${constantText(shape.extra)} })`;
    }
  }
}

function jsonType(shape: JsonNode): string {
  switch (shape.kind) {
    case "string":
      return "string";
    case "bool":
      return "boolean";
    case "any":
      return "unknown";
    case "int":
      return shape.big ? "bigint" : "number";
    case "array":
      return `${arrayOf(jsonType(shape.item))} | null`;
    case "object":
      return braces(
        shape.fields.map(({ key: name, shape: inner, optional }) =>
          `${key(name)}${optional ? "?" : ""}: ${jsonType(inner)}${optional ? " | undefined" : ""}`
        ),
        "; ",
      );
  }
}

/** The expression that makes a shape; adds the functions that it calls to `names`. */
function msgpackShape(shape: MsgpackNode, names: Set<string>): string {
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
function refuseOtherMake({ fields, make }: NamedNode): void {
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
