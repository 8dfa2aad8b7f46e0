/**
 * Values in other languages as source text: the description is written out, and the language's own functions read and
 * write the value.
 *
 * @module
 */

import { CodecError } from "../error.ts";
import type { JsonNode } from "../json/mod.ts";
import { LIMITS, type Limits } from "../limits.ts";
import type { MsgpackNode, MsgpackOptions } from "../msgpack/mod.ts";
import type { ExtensionNode } from "../schema/mod.ts";
import { msgpackShape, msgpackType } from "./msgpack-text.ts";
import { arrayOf, braces, constantText, key } from "./text.ts";

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
