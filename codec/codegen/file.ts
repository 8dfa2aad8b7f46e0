/**
 * Builds a generated file: the functions of each schema, recursions, and what they share.
 *
 * @module
 */

import {
  type ExtensionNode,
  type LazyNode,
  type MapNode,
  type Node,
  type RefineNode,
  type Schema,
  some,
} from "../schema/mod.ts";
import { CodecError } from "../error.ts";
import * as support from "./runtime/mod.ts";
import { LIMITS, type Limits } from "../limits.ts";
import { emitRead } from "./decode.ts";
import {
  GENERATED_PARTS,
  type GeneratedPart,
  type GenerateOptions,
  type Generation,
  type Recursion,
  RECURSIONS,
  unwritable,
} from "./generation.ts";
import { emitWrite, ROOM_BYTES_MAX } from "./encode.ts";
import { headText, SUPPORT_TYPES } from "./head.ts";
import { languageText, schemaText } from "./languages.ts";
import { assertIdentifier, claimNames, freeName, typeName } from "./names.ts";
import { collectNodes, elementsMax, hasRecursion, mayView, roomMax } from "./nodes.ts";
import { isViewed } from "./msgpack-read.ts";
import { braces, key, Lines, PathText, quote } from "./text.ts";
import { typeText } from "./types.ts";

/** Variables of generated functions. */
const VARIABLES = [
  ..."bytes pos start end output value depth error from target offset buffer origin".split(" "),
  ..."options reader".split(" "),
];

/** One file in the making. */
export class SourceFile implements Generation {
  readonly lines = new Lines();
  readonly limits: Limits = LIMITS;
  readonly types: ReadonlyMap<Node, string>;
  countsElements = false;
  /** The functions that the schema at hand gets. */
  #parts: ReadonlySet<GeneratedPart> = new Set();
  readonly #schemas: readonly (readonly [string, Schema])[];
  readonly #options: GenerateOptions;
  /** Every name at the top of the file but those of the support functions. */
  readonly #claimed: Set<string>;
  /** The support functions that are used, and what they are called here. */
  readonly #support = new Map<string, string>();
  /** The names of values in other languages by their descriptions, and names that are left for more. */
  readonly #extensions = new Map<string, string>();
  readonly #extensionNames: string[] = [];
  /** The names of nodes with functions. */
  readonly #functions = new Map<Node, string>();
  readonly #imports = new Map<string, Set<string>>();
  readonly #recursions = new Map<LazyNode, { readonly name: string; readonly done: Set<string> }>();
  readonly #pending: (() => void)[] = [];

  constructor(schemas: Readonly<Record<string, Schema>>, options: GenerateOptions) {
    this.#options = options;
    this.#schemas = Object.entries(schemas);
    const { table, functions = {} } = options;
    this.#claimed = claimNames(Object.keys(schemas), table);
    for (const [name, { schema }] of Object.entries(functions)) {
      assertIdentifier(name);
      this.#functions.set(schema, this.#claim(name));
    }
    const types = new Map<Node, string>(this.#schemas.map(([name, schema]) => [schema as Node, typeName(name)]));
    for (const [node, name] of this.#functions) if (!types.has(node)) types.set(node, this.#inferred(name));
    const nodes = new Set<Node>();
    for (const [, schema] of this.#schemas) collectNodes(schema, nodes);
    for (const node of nodes) {
      if (node.kind === "extension") this.#extensionNames.push(this.#claim("extension"));
      if (node.kind !== "lazy") continue;
      if (!types.has(node)) types.set(node, types.get(node.get()) ?? this.#claim("Recursive"));
      this.#recursions.set(node, { name: this.#claimRecursion(), done: new Set() });
    }
    this.types = types;
    for (const name of [...SUPPORT_TYPES, ...Object.keys(support)]) this.lines.reserve(this.#supportName(name));
    for (const name of [...VARIABLES, ...this.#claimed]) this.lines.reserve(name);
  }

  /** The wish as a name at the top of the file, which nothing else has then. */
  #claim(wish: string): string {
    const name = freeName(wish, (one) => this.#claimed.has(one));
    this.#claimed.add(name);
    return name;
  }

  /** An end of names for the functions of a recursion. */
  #claimRecursion(): string {
    const functions = (name: string) => RECURSIONS.map((what) => `${what}${name}`);
    const name = freeName("Recursion", (one) => functions(one).some((each) => this.#claimed.has(each)));
    functions(name).forEach((each) => this.#claimed.add(each));
    return name;
  }

  /** What a support function is called in this file. */
  #supportName(name: string): string {
    return freeName(name, (one) => this.#claimed.has(one));
  }

  use(name: string): string {
    const local = this.#supportName(name);
    this.#support.set(name, local);
    return local;
  }

  extension(node: ExtensionNode): string {
    const { door, names, expression } = languageText(node);
    const found = this.#extensions.get(expression);
    if (found !== undefined) return found;
    const imports = this.#imports.get(door) ?? new Set();
    for (const name of names) {
      if (this.#claimed.has(name)) {
        throw new CodecError("schema", `Cannot generate code: duplicate name ${name}`);
      }
      imports.add(name);
    }
    this.#imports.set(door, imports);
    const name = this.#extensionNames.shift()!;
    this.#extensions.set(expression, name);
    return name;
  }

  functions(node: MapNode | RefineNode): string {
    const found = this.#functions.get(node);
    if (found === undefined) throw unwritable(`the functions of "${node.name}"`);
    return found;
  }

  recursion(node: LazyNode, what: Recursion): string {
    const { name: end, done } = this.#recursions.get(node)!;
    const name = `${what}${end}`;
    if (!done.has(what)) {
      done.add(what);
      this.#pending.push(() => this.#recursionFunction(name, node, what));
    }
    return name;
  }

  #recursionFunction(name: string, node: LazyNode, what: Recursion): void {
    if (what === "write") this.#writeRecursion(name, node);
    else if (what === "read") this.#readRecursion(name, node);
    else this.#schema(name, node.get());
  }

  /** The type of the values of an imported schema. */
  #inferred(name: string): string {
    return `${this.use("Infer")}<typeof ${name}>`;
  }

  text(): string {
    for (const [name, schema] of this.#schemas) this.#codec(name, schema);
    // A recursion has no bound of its own.
    this.countsElements = true;
    while (this.#pending.length > 0) this.#pending.shift()!();
    const named = new Set(this.#schemas.map(([name]) => typeName(name)));
    for (const [node, name] of this.types) {
      if (node.kind !== "lazy" || named.has(name)) continue;
      this.lines.add("");
      this.lines.add("/** The values of a part that can contain itself. */");
      this.lines.add(`export type ${name} = ${typeText(node.get(), this.types)};`);
    }
    if (this.#options.table !== undefined) this.#table(this.#options.table);
    const head = headText(this.lines, {
      options: this.#options,
      support: this.#support,
      functions: this.#functions,
      imports: this.#imports,
      extensions: this.#extensions,
    });
    return `${head}${this.lines}`;
  }

  /** An object with the functions of all schemas. */
  #table(table: string): void {
    const { lines } = this;
    lines.add("");
    lines.add("/** The functions of each schema by its name. */");
    lines.block(`export const ${table} = {`, () => {
      for (const [schemaName] of this.#schemas) {
        const name = typeName(schemaName);
        const parts = this.#partsOf(schemaName);
        const functions = GENERATED_PARTS.filter((part) => parts.has(part)).map((part) => {
          const [, verb, rest] = /^(\w[a-z]+)(\w*)$/.exec(part)!;
          return `${part}: ${verb}${name}${rest}`;
        });
        lines.add(`${key(schemaName)}: ${braces(functions)},`);
      }
    }, "} as const;");
  }

  #codec(schemaName: string, schema: Schema): void {
    const name = typeName(schemaName);
    this.#parts = this.#partsOf(schemaName);
    this.countsElements = elementsMax(schema) > this.limits.elementsMax;
    this.lines.add("");
    this.lines.add(`/** The values of ${quote(schemaName)}. */`);
    const functions = this.#functions.get(schema);
    const type = functions === undefined ? typeText(schema, this.types, true) : this.#inferred(functions);
    this.lines.add(`export type ${name} = ${type};`);
    if (this.#has("decode", "decodePrefix")) this.#decoder(name, schema);
    if (this.#has("scan", "stream")) this.#streamer(name, schema);
    if (this.#has("encode")) this.#encoder(name, schema);
  }

  #partsOf(schemaName: string): ReadonlySet<GeneratedPart> {
    const { parts = GENERATED_PARTS } = this.#options;
    const wanted = new Set(typeof parts === "function" ? parts(schemaName) : parts);
    // What is made of other functions needs them.
    if (wanted.has("scan") || wanted.has("stream")) wanted.add("decode");
    if (wanted.has("encodeInto")) wanted.add("encode");
    return wanted;
  }

  #has(...parts: GeneratedPart[]): boolean {
    return parts.some((part) => this.#parts.has(part));
  }

  #decoder(name: string, schema: Schema): void {
    const { lines } = this;
    const reset = this.countsElements ? "elements = 0;" : "";
    lines.function(`function read${name}(bytes: Uint8Array, start: number, end: number): ${name} {`, () => {
      if (reset !== "") lines.add(reset);
      if (hasRecursion(schema)) lines.add("const depth = 0;");
      lines.add("let pos = start;");
      this.#readBody(schema);
    });
    if (this.#has("decode")) this.#decode(name);
    if (this.#has("decodePrefix")) this.#decodePrefix(name);
  }

  #decode(name: string): void {
    const { lines } = this;
    lines.add("");
    lines.add("/** Decodes bytes that hold exactly one message. Decoded bytes are views of the input. */");
    lines.block(`export function decode${name}(bytes: Uint8Array): ${name} {`, () => {
      lines.add(`${this.use("checkBytes")}(bytes);`);
      lines.add(`const value = read${name}(bytes, 0, bytes.length);`);
      lines.add(`if (lastEnd !== bytes.length) ${this.use("trailing")}(bytes.length - lastEnd, lastEnd);`);
      lines.add("return value;");
    });
  }

  #decodePrefix(name: string): void {
    const { lines } = this;
    lines.add("");
    lines.add("/** The value at an offset, and how many bytes it took. */");
    lines.block(
      `export function decode${name}Prefix(bytes: Uint8Array, offset = 0): { value: ${name}; length: number } {`,
      () => {
        lines.add(`${this.use("checkBytes")}(bytes);`);
        lines.add(`${this.use("checkOffset")}(offset, bytes.length);`);
        lines.add(`const value = read${name}(bytes, offset, bytes.length);`);
        lines.add("return { value, length: lastEnd - offset };");
      },
    );
  }

  /** A scan and a stream, which use the schema where a message arrives in pieces. */
  #streamer(name: string, schema: Schema): void {
    const { lines } = this;
    const options = `options?: ${this.use("ScanOptions")}`;
    this.#schema(`schemaOf${name}`, schema, name);
    if (this.#has("scan")) {
      lines.add("");
      lines.add("/** Finds the ends of messages in bytes that arrive in pieces. */");
      lines.block(`export function scan${name}(${options}): ${this.use("MessageScan")} {`, () => {
        lines.add(`return ${this.use("scanMessages")}(schemaOf${name}, options);`);
      });
    }
    if (!this.#has("stream")) return;
    lines.add("");
    lines.add("/** Turns bytes that arrive in pieces into messages. Their byte strings have memory of their own. */");
    lines.block(`export function stream${name}(${options}): ${this.use("StreamDecoder")}<${name}> {`, () => {
      const stream = `${this.use("streamWith")}(schemaOf${name}, options`;
      // What the generated reader reads may be views of the input.
      if (some(schema, mayView)) return lines.add(`return ${stream});`);
      lines.block("const reader = {", () => {
        lines.add(`read: read${name},`);
        lines.block("get end() {", () => lines.add("return lastEnd;"), "},");
      }, "};");
      lines.add(`return ${stream}, reader);`);
    });
  }

  #schema(name: string, node: Node, type?: string): void {
    const values = type === undefined ? "" : `<${type}>`;
    this.lines.add("");
    this.lines.add(`const ${name}: ${this.use("Schema")}${values} = ${schemaText(this, node)} as never;`);
  }

  #readBody(node: Node): void {
    // Asking for a buffer costs more than a variable.
    if (some(node, isViewed)) this.lines.add("const { buffer, byteOffset: origin } = bytes;");
    const value = emitRead(this, node, { path: new PathText(), end: "end", scope: new Map() }, "result");
    this.lines.add("lastEnd = pos;");
    this.lines.add(value === "" ? "return;" : `return ${value};`);
  }

  #encoder(name: string, schema: Schema): void {
    const { lines } = this;
    const max = roomMax(schema);
    const bounded = max <= ROOM_BYTES_MAX && !hasRecursion(schema);
    const head = bounded
      ? `function write${name}(bytes: Uint8Array, start: number, value: ${name}): number {`
      : `function write${name}(output: ${this.use("Output")}, value: ${name}): number {`;
    lines.function(head, () => {
      if (this.countsElements) lines.add("elements = 0;");
      if (hasRecursion(schema)) lines.add("const depth = 0;");
      if (!bounded) lines.add("let { bytes, start } = output;");
      lines.add("let pos = start;");
      emitWrite(this, schema, "value", { path: new PathText(), hasRoom: bounded, scope: new Map() });
      lines.add("return pos;");
    });
    lines.add("");
    lines.add("/** The bytes of a value, in memory that is shared with other results. */");
    lines.block(`export function encode${name}(value: ${name}): Uint8Array {`, () => {
      if (bounded) {
        lines.add(`const start = ${this.use("allocate")}(${max});`);
        lines.add(`const { bytes } = ${this.use("pool")};`);
        lines.add(`return ${this.use("release")}(bytes, start, write${name}(bytes, start, value), start + ${max});`);
      } else {
        lines.add(`const output = new ${this.use("Output")}();`);
        lines.add(`output.allocate(${ROOM_BYTES_MAX});`);
        lines.add(`const end = write${name}(output, value);`);
        lines.add(`return ${this.use("release")}(output.bytes, output.start, end, output.end);`);
      }
    });
    if (this.#has("encodeInto")) this.#encodeInto(name, bounded ? max : undefined);
  }

  /** Where room for the largest value is certain, all of it is written into the target; else as much as has room. */
  #encodeInto(name: string, max: number | undefined): void {
    const { lines } = this;
    lines.add("");
    lines.add("/** Writes the bytes of a value into `target` from `offset` on; returns the offset after them. */");
    const into = `export function encode${name}Into(value: ${name}, target: Uint8Array, offset = 0): number {`;
    lines.block(into, () => {
      if (max !== undefined) {
        lines.add(`${this.use("checkOffset")}(offset, target.length);`);
        lines.add(`if (target.length - offset >= ${max}) return write${name}(target, offset, value);`);
        return lines.add(`return ${this.use("copyInto")}(encode${name}(value), target, offset);`);
      }
      lines.add(`const output = ${this.use("targetOutput")}(target, offset);`);
      lines.add(`return ${this.use("targetEnd")}(output, write${name}(output, value), target, offset);`);
    });
  }

  #readRecursion(name: string, lazy: LazyNode): void {
    const { lines } = this;
    const node = lazy.get();
    const type = typeText(lazy, this.types);
    const parameters = "bytes: Uint8Array, start: number, end: number, depth: number";
    lines.function(`function ${name}(${parameters}): ${type} {`, () => {
      lines.add("let pos = start;");
      this.#readBody(node);
    });
  }

  #writeRecursion(name: string, lazy: LazyNode): void {
    const { lines } = this;
    const node = lazy.get();
    const type = typeText(lazy, this.types);
    const parameters = `output: ${this.use("Output")}, from: number, value: ${type}, depth: number`;
    lines.function(`function ${name}(${parameters}): number {`, () => {
      lines.add("let { bytes, start } = output;");
      lines.add("let pos = from;");
      emitWrite(this, node, "value", { path: new PathText(), hasRoom: false, scope: new Map() });
      lines.add("return pos;");
    });
  }
}
