/**
 * Descriptions for Kaitai Struct, compiled by its own compiler and run.
 *
 * @module
 */

import { createRequire } from "node:module";
import { parse } from "yaml";
import { decode, type Schema } from "../../../codec/mod.ts";
import type { Field, Node, UnionNode } from "../../../codec/schema/node.ts";
import { isVoid } from "../../../codec/schema/node.ts";
import { sizeMax } from "../../../codec/schema/sizes.ts";

/** What a parser of Kaitai gives: attributes by their names in camel case. */
export type Parsed = Record<string, unknown>;

/** A parser that Kaitai's compiler has made. */
export interface KaitaiParser {
  /** What the parser makes of the beginning of the bytes, and how many it took. */
  run(bytes: Uint8Array): { readonly parsed: Parsed; readonly length: number };
}

/** A stream of Kaitai's runtime. */
export interface Stream {
  readonly pos: number;
  readBytes(count: number): Uint8Array;
  readS8be(): number;
  readS8le(): number;
}

const require = createRequire(import.meta.url);
const compiler = require("kaitai-struct-compiler") as {
  compile(language: string, ksy: unknown, importer: null, debug: boolean): Promise<Record<string, string>>;
};

/** The stream as the runtime has it. */
export const KaitaiStream = require("kaitai-struct/KaitaiStream") as new (buffer: ArrayBuffer) => Stream;

/**
 * The stream with negative 64-bit integers as they are: the runtime (0.11) reads -2^32 as 0 and others wrong, too,
 * see https://github.com/kaitai-io/kaitai_struct_javascript_runtime/pull/16.
 */
class SignedStream extends KaitaiStream {
  override readS8be(): number {
    return Number(viewOf(this.readBytes(8)).getBigInt64(0));
  }

  override readS8le(): number {
    return Number(viewOf(this.readBytes(8)).getBigInt64(0, true));
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** Compiles the text of a `.ksy` file to JavaScript and loads that. */
export async function compileKaitai(text: string): Promise<KaitaiParser> {
  const files = await compiler.compile("javascript", parse(text), null, false);
  const [[name, code]] = Object.entries(files);
  const exports: Record<string, new (stream: Stream) => Parsed> = {};
  // The code asks for the runtime, and makes new streams of it for frames.
  new Function("exports", "require", code)(exports, () => SignedStream);
  const Parser = exports[name.replace(/\.js$/, "")];
  return {
    run(bytes) {
      const stream = new SignedStream(bytes.slice().buffer);
      const parsed = new Parser(stream);
      return { parsed, length: stream.pos };
    },
  };
}

/** The value of a schema out of what the parser of its description gives, for schemas with simple names. */
export function valueOf(schema: Schema, parsed: Parsed): unknown {
  let node: Node = schema;
  while (node.kind === "lazy") node = node.get();
  return ofContent(node, parsed);
}

/** The value of a node whose parts fill a type. */
function ofContent(node: Node, parsed: Parsed): unknown {
  switch (node.kind) {
    case "struct":
      return ofFields(node.fields, parsed);
    case "union":
      return ofUnion(node, parsed);
    case "tuple":
      return node.items.map((item, index) => ofAttribute(item, parsed[`item${index}`]))
        .filter((_, index) => !isVoid(node.items[index]));
    default:
      return ofAttribute(node, parsed.value);
  }
}

function ofFields(fields: readonly Field[], parsed: Parsed): Parsed {
  const valued = fields.filter(({ schema }) => !isVoid(schema));
  return Object.fromEntries(valued.map(({ name, schema }) => [name, ofAttribute(schema, parsed[camelCase(name)])]));
}

function ofUnion(node: UnionNode, parsed: Parsed): unknown {
  const key = parsed[camelCase(node.key)];
  const tag = node.tag.kind === "varint" ? (key as Parsed).value : key;
  const found = node.cases.find((one) => one.tag === tag)!;
  return { [node.key]: found.name, ...ofFields(found.schema.fields, parsed.body as Parsed) };
}

/** The name that an attribute has in JavaScript, where that follows from the name alone. */
function camelCase(name: string): string {
  return name.replace(/[^A-Za-z0-9]+([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The value of a node that an attribute stands for. */
function ofAttribute(node: Node, read: unknown): unknown {
  switch (node.kind) {
    case "int":
    case "float":
    case "bytes":
    case "string":
      return read;
    case "varint":
      return (read as Parsed).value;
    case "bool":
      return read === 1;
    case "literal":
      return undefined;
    case "array":
      return (read as unknown[]).map((item) =>
        ofAttribute(node.item, isWrapped(node.item) ? (item as Parsed).value : item)
      );
    case "struct":
    case "union":
    case "tuple":
      return ofContent(node, read as Parsed);
    case "lazy":
      return ofContent(node.get(), read as Parsed);
    case "enum": {
      const number = node.int.kind === "varint" ? (read as Parsed).value : read;
      return node.names.find(({ value }) => value === number)!.name;
    }
    case "optional":
      return read === undefined ? null : ofAttribute(node.schema, read);
    case "constant":
      if (node.schema.kind === "int" || node.schema.kind === "bool") return ofAttribute(node.schema, read);
      if (node.schema.kind === "enum" && node.schema.int.kind === "int") return ofAttribute(node.schema, read);
      return decode(node.schema, read as Uint8Array);
    case "map":
      return node.decode(ofAttribute(node.schema, read) as never);
    case "refine":
      return ofAttribute(node.schema, read);
    case "limit":
      return sizeMax(node.schema) <= node.bytesMax
        ? ofAttribute(node.schema, read)
        : ofContent(node.schema, read as Parsed);
    case "framed":
      return isRest(node.schema) ? read : ofContent(node.schema, read as Parsed);
    case "extension":
      return decode(node, read as Uint8Array);
  }
}

/** Whether an element needs more than one attribute, and so a type in which it is called `value`. */
function isWrapped(node: Node): boolean {
  switch (node.kind) {
    case "bytes":
    case "string":
      return node.size.kind === "prefix" || node.size.kind === "ref";
    case "array":
    case "optional":
    case "framed":
      return true;
    case "map":
    case "refine":
      return isWrapped(node.schema);
    case "limit":
      return sizeMax(node.schema) <= node.bytesMax && isWrapped(node.schema);
    default:
      return false;
  }
}

function isRest(node: Node): boolean {
  return (node.kind === "bytes" || node.kind === "string") && node.size.kind === "rest";
}

/** A value as Kaitai's JavaScript can give it: it rounds 64-bit integers and drops a BOM where a text begins. */
export function asKaitai(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "string") return value.replaceAll("\ufeff", "");
  if (typeof value !== "object" || value === null || value instanceof Uint8Array || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(asKaitai);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, asKaitai(part)]));
}
