/**
 * Codecs as source text: one TypeScript file with types and functions for each schema, that needs no schema, no
 * compilation and no `eval` when it runs.
 *
 * @module
 */

import { CodecError } from "../error.ts";
import * as support from "../generated.ts";
import { LIMITS, type Limits } from "../limits.ts";
import type { ExtensionNode, LazyNode, Node, Schema } from "../schema.ts";
import { emitRead, type Generation, type Recursion } from "./decode.ts";
import { emitWrite, ROOM_BYTES_MAX } from "./encode.ts";
import { languageText } from "./languages.ts";
import { children, elementsMax, roomMax, some } from "./nodes.ts";
import { isViewed } from "./msgpack-inline.ts";
import { emitScan } from "./scan.ts";
import { isIdentifier, Lines, PathText, quote } from "./text.ts";
import { typeText } from "./types.ts";

/** Types of the support module. */
const SUPPORT_TYPES = ["MessageScan", "Scan", "Scanner", "ScanOptions", "ScanRun", "StreamDecoder"];

/** Names in generated files that no variable can have. */
const WORDS = [
  ..."bytes pos start end output value depth elements readEnd error from target offset buffer origin".split(" "),
  ..."scan step options".split(" "),
  ..."Array Math Number Object Record Uint8Array".split(" "),
];

/** Options of {@link generateSource}. */
export interface GenerateOptions {
  /** How the file was made, for its first line. */
  readonly madeBy?: string;
  /** What the file imports the support functions from. Default `warpwire/codec/generated`. */
  readonly support?: string;
  /** What the file imports another language from, by the language's door. Default `warpwire/<door>`. */
  readonly doors?: Readonly<Record<string, string>>;
}

/**
 * The source text of codecs for schemas by name. The same schemas give the same text.
 *
 * For a schema named `Download` the file exports the type `Download` and the functions `encodeDownload`,
 * `encodeDownloadInto`, `decodeDownload` and `decodeDownloadPrefix`, which do what the functions of the codec do with
 * the schema, with the default limits: the same bytes, values and errors.
 *
 * The usual forms of msgpack values are read and written by the file itself; the others, and the errors, are left to
 * `warpwire/msgpack`, which only files with such values import. A function that makes an object of a tuple's elements
 * becomes an object literal; one that makes something else is refused.
 *
 * @throws CodecError `schema` for a name that is no identifier, and for schemas with functions (`map`, `refine`)
 */
export function generateSource(schemas: Readonly<Record<string, Schema>>, options: GenerateOptions = {}): string {
  return new File(schemas, options).text();
}

/** One file in the making. */
class File implements Generation {
  readonly lines = new Lines();
  readonly limits: Limits = LIMITS;
  readonly types: ReadonlyMap<Node, string>;
  countsElements = false;
  readonly #schemas: readonly (readonly [string, Schema])[];
  readonly #options: GenerateOptions;
  readonly #support = new Set<string>();
  readonly #extensions = new Map<ExtensionNode, { readonly name: string; readonly expression: string }>();
  readonly #imports = new Map<string, Set<string>>();
  readonly #recursions = new Map<LazyNode, { readonly name: string; readonly done: Set<string> }>();
  readonly #pending: (() => void)[] = [];

  constructor(schemas: Readonly<Record<string, Schema>>, options: GenerateOptions) {
    this.#options = options;
    this.#schemas = Object.entries(schemas);
    for (const [name] of this.#schemas) {
      if (!isIdentifier(name)) throw new CodecError("schema", `Cannot generate code: ${quote(name)} is no identifier`);
    }
    const types = new Map(this.#schemas.map(([name, schema]) => [schema as Node, typeName(name)]));
    const seen = new Set<Node>();
    for (const [, schema] of this.#schemas) nameRecursions(schema, types, seen);
    this.types = types;
    for (const word of [...WORDS, ...SUPPORT_TYPES, ...Object.keys(support)]) this.lines.reserve(word);
    for (const name of this.types.values()) this.lines.reserve(name);
  }

  use(name: string): string {
    this.#support.add(name);
    return name;
  }

  extension(node: ExtensionNode): string {
    let found = this.#extensions.get(node);
    if (found === undefined) {
      const { door, names, expression } = languageText(node);
      const imports = this.#imports.get(door) ?? new Set();
      names.forEach((name) => imports.add(name));
      this.#imports.set(door, imports);
      found = { name: `extension${this.#extensions.size + 1}`, expression };
      this.#extensions.set(node, found);
    }
    return found.name;
  }

  recursion(node: LazyNode, what: Recursion): string {
    let found = this.#recursions.get(node);
    if (found === undefined) {
      found = { name: `Recursion${this.#recursions.size + 1}`, done: new Set() };
      this.#recursions.set(node, found);
    }
    const name = `${what}${found.name}`;
    if (!found.done.has(what)) {
      found.done.add(what);
      this.#pending.push(() => this.#recursionFunction(name, node, what));
    }
    return name;
  }

  #recursionFunction(name: string, node: LazyNode, what: Recursion): void {
    if (what === "write") return this.#writeRecursion(name, node);
    if (what === "scan") return this.#scanner(`${name}(scan: ${this.use("Scan")}, depth: number)`, node.get());
    this.#readRecursion(name, node, what === "readFramed");
  }

  fieldReader(node: Node, name: string): string {
    const reader = this.lines.name(`read_${name}`);
    this.lines.reserve(reader);
    this.#pending.push(() => {
      const type = typeText(node, this.types);
      this.lines.function(`function ${reader}(bytes: Uint8Array, start: number, end: number): ${type} {`, () => {
        if (this.countsElements) this.lines.add("elements = 0;");
        if (hasRecursion(node)) this.lines.add("const depth = 0;");
        this.lines.add("let pos = start;");
        this.#readBody(node, true);
      });
    });
    return reader;
  }

  text(): string {
    for (const [name, schema] of this.#schemas) this.#codec(typeName(name), schema);
    // A recursion has no bound of its own.
    this.countsElements = true;
    while (this.#pending.length > 0) this.#pending.shift()!();
    const named = new Set(this.#schemas.map(([name]) => typeName(name)));
    for (const [node, name] of this.types) {
      if (node.kind !== "lazy" || named.has(name)) continue;
      this.lines.add("");
      this.lines.add(`export type ${name} = ${typeText(node.get(), this.types)};`);
    }
    return `${this.#head()}${this.lines}`;
  }

  #head(): string {
    const { madeBy = "warpwire generate", support: door = "warpwire/codec/generated", doors = {} } = this.#options;
    const head = [
      `// Generated by ${madeBy}; do not edit.`,
      "// deno-fmt-ignore-file",
      "// deno-lint-ignore-file",
      "",
      `import { ${this.#supportNames().join(", ")} } from ${quote(door)};`,
    ];
    for (const [door, names] of [...this.#imports].sort(([a], [b]) => a < b ? -1 : 1)) {
      head.push(`import { ${[...names].sort().join(", ")} } from ${quote(doors[door] ?? `warpwire/${door}`)};`);
    }
    for (const { name, expression } of this.#extensions.values()) {
      head.push("", `const ${name} = ${expression}.extension;`);
    }
    head.push("", "/** Where the value that was read last ends. */", "let readEnd = 0;");
    if (this.lines.toString().includes("elements += ")) {
      head.push("/** Elements of the message so far. */", "let elements = 0;");
    }
    return `${head.join("\n")}\n`;
  }

  #supportNames(): string[] {
    return [...this.#support].sort().map((name) => SUPPORT_TYPES.includes(name) ? `type ${name}` : name);
  }

  #codec(name: string, schema: Schema): void {
    this.countsElements = elementsMax(schema) > this.limits.elementsMax;
    this.lines.add("");
    this.lines.add(`export type ${name} = ${typeText(schema, this.types, true)};`);
    this.#decoder(name, schema);
    this.#streamer(name, schema);
    this.#encoder(name, schema);
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
    lines.add("");
    lines.add("/** The value of bytes that hold exactly one. Decoded bytes are views of the input. */");
    lines.block(`export function decode${name}(bytes: Uint8Array): ${name} {`, () => {
      lines.add(`${this.use("checkBytes")}(bytes);`);
      lines.add(`const value = read${name}(bytes, 0, bytes.length);`);
      lines.add(`if (readEnd !== bytes.length) ${this.use("trailing")}(bytes.length - readEnd, readEnd);`);
      lines.add("return value;");
    });
    lines.add("");
    lines.add("/** The value at an offset, and how many bytes it took. */");
    lines.block(
      `export function decode${name}Prefix(bytes: Uint8Array, offset = 0): { value: ${name}; length: number } {`,
      () => {
        lines.add(`${this.use("checkBytes")}(bytes);`);
        lines.add(`${this.use("checkOffset")}(offset, bytes.length);`);
        lines.add(`const value = read${name}(bytes, offset, bytes.length);`);
        lines.add("return { value, length: readEnd - offset };");
      },
    );
  }

  /** A scan, and a stream that is made of it. */
  #streamer(name: string, schema: Schema): void {
    const { lines } = this;
    const options = `options?: ${this.use("ScanOptions")}`;
    this.#scanner(`endsOf${name}(scan: ${this.use("Scan")})`, schema);
    lines.add("");
    lines.add("/** Finds the ends of messages in bytes that arrive in pieces. */");
    lines.block(`export function scan${name}(${options}): ${this.use("MessageScan")} {`, () => {
      lines.add(`return new ${this.use("PublicScan")}(endsOf${name}, decode${name}, options);`);
    });
    lines.add("");
    lines.add(
      "/** Turns bytes that arrive in pieces into messages. Byte strings share memory that is their message's own. */",
    );
    lines.block(`export function stream${name}(${options}): ${this.use("StreamDecoder")}<${name}> {`, () => {
      const decode = some(schema, mayView) ? `(bytes) => decode${name}(bytes.slice())` : `decode${name}`;
      lines.add(`return new ${this.use("MessageStream")}(endsOf${name}, ${decode}, options);`);
    });
  }

  #scanner(head: string, node: Node): void {
    this.lines.function(`function ${head}: ${this.use("ScanRun")} {`, () => {
      if (!head.includes("depth") && hasRecursion(node)) this.lines.add("const depth = 0;");
      emitScan(this, node);
    });
  }

  #readBody(node: Node, framed = false): void {
    // Asking for a buffer costs more than a variable.
    if (some(node, isViewed)) this.lines.add("const { buffer, byteOffset: origin } = bytes;");
    const value = emitRead(this, node, { path: new PathText(), end: "end", framed, scope: new Map() }, "result");
    this.lines.add("readEnd = pos;");
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
        lines.add(`const start = ${this.use("take")}(${max});`);
        lines.add(`const { bytes } = ${this.use("slab")};`);
        lines.add(`return ${this.use("give")}(bytes, start, write${name}(bytes, start, value), start + ${max});`);
      } else {
        lines.add(`const output = new Output(${ROOM_BYTES_MAX});`);
        lines.add(`return output.finish(write${name}(output, value));`);
      }
    });
    lines.add("");
    lines.add("/** Writes the bytes of a value into `target` from `offset` on; returns the offset after them. */");
    const into = `export function encode${name}Into(value: ${name}, target: Uint8Array, offset = 0): number {`;
    lines.block(into, () => {
      lines.add(`${this.use("checkOffset")}(offset, target.length);`);
      if (bounded) lines.add(`if (target.length - offset >= ${max}) return write${name}(target, offset, value);`);
      lines.add(`return ${this.use("copyInto")}(encode${name}(value), target, offset);`);
    });
  }

  #readRecursion(name: string, lazy: LazyNode, framed: boolean): void {
    const { lines } = this;
    const node = lazy.get();
    const type = typeText(node, this.types);
    const parameters = "bytes: Uint8Array, start: number, end: number, depth: number";
    lines.function(`function ${name}(${parameters}): ${type} {`, () => {
      lines.add("let pos = start;");
      this.#readBody(node, framed);
    });
  }

  #writeRecursion(name: string, lazy: LazyNode): void {
    const { lines } = this;
    const node = lazy.get();
    this.use("Output");
    const parameters = `output: Output, from: number, value: ${typeText(node, this.types)}, depth: number`;
    lines.function(`function ${name}(${parameters}): number {`, () => {
      lines.add("let { bytes, start } = output;");
      lines.add("let pos = from;");
      emitWrite(this, node, "value", { path: new PathText(), hasRoom: false, scope: new Map() });
      lines.add("return pos;");
    });
  }
}

/** Whether a value may be a view of the input; of recursions that is taken for granted. */
function mayView(node: Node): boolean {
  return node.kind === "lazy" || node.kind === "bytes" ||
    (node.kind === "extension" && node.extension.source?.language !== "json");
}

/** The name of a type, and the end of the names of its functions: the schema's name with a capital. */
function typeName(name: string): string {
  return name[0].toUpperCase() + name.slice(1);
}

/** Gives every recursion a type of its own: the type of what it stands for, where that has a name. */
function nameRecursions(node: Node, types: Map<Node, string>, seen: Set<Node>): void {
  if (seen.has(node)) return;
  seen.add(node);
  if (node.kind === "lazy") {
    const inner = node.get();
    if (!types.has(node)) types.set(node, types.get(inner) ?? `Recursive${types.size}`);
    nameRecursions(inner, types, seen);
  }
  for (const child of children(node)) nameRecursions(child, types, seen);
}

function hasRecursion(node: Node): boolean {
  return some(node, ({ kind }) => kind === "lazy");
}
