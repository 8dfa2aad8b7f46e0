/**
 * The byte table of a schema, for documentation.
 *
 * @module
 */

import {
  checkSchema,
  type IntNode,
  isVoid,
  type Node,
  type Presence,
  type Schema,
  type Size,
  sizeFixed,
  sizeMax,
  sizeMin,
  type UnionNode,
  type VarintNode,
} from "../schema/mod.ts";
import { formatHex, show } from "../text/mod.ts";
import { joinPath } from "../path.ts";

/** One row of a byte table. */
export interface DescriptionRow {
  /** Offset from the start of the message, or `undefined` after a part of varying size. */
  readonly offset: number | undefined;
  /** Size in bytes: a number, a range as in `1–256`, or `0–` without an upper bound. */
  readonly size: string;
  /** Path of the value, as in `files[].size`. */
  readonly path: string;
  /** What the bytes are, as in `u64` or `string (length: u8)`. */
  readonly type: string;
  /** What else must be known, as in the names of an enumeration. */
  readonly note: string;
}

/** The parts of a message in order, with offset, size, path and type. */
export function describe(schema: Schema): DescriptionRow[] {
  checkSchema(schema, "describe: the schema");
  const description = new Description();
  description.add(schema, "");
  return description.rows;
}

/** The rows of {@link describe} as a Markdown table. */
export function describeMarkdown(schema: Schema): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const rows = describe(schema).map(({ offset, size, path, type, note }) =>
    `| ${offset ?? ""} | ${size} | ${path === "" ? "" : `\`${path}\``} | ${cell(type)} | ${cell(note)} |`
  );
  return ["| offset | size | field | type | note |", "| ---: | ---: | --- | --- | --- |", ...rows].join("\n");
}

/** The rows of {@link describe} as text in columns. */
export function describeText(schema: Schema): string {
  const rows = [
    ["offset", "size", "field", "type", "note"],
    ...describe(schema).map(({ offset, size, path, type, note }) => [String(offset ?? "…"), size, path, type, note]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row.map((text, column) => column < 2 ? text.padStart(widths[column]) : text.padEnd(widths[column])).join("  ")
      .trimEnd()
  ).join("\n");
}

class Description {
  readonly rows: DescriptionRow[] = [];
  /** Lazy schemas, and the path at which each was described. */
  readonly #described = new Map<Node, string>();
  #offset: number | undefined = 0;

  add(node: Node, path: string, note = ""): void {
    switch (node.kind) {
      case "struct":
        return node.fields.forEach((field) => this.add(field.schema, joinPath(path, field.name), note));
      case "tuple":
        return this.#tuple(node.items, path, note);
      case "array":
        return this.#array(node.item, node.size, path, note);
      case "union":
        return this.#union(node, path, note);
      case "optional":
        this.#presence(node.presence, path, note);
        return this.#varying(() => this.add(node.schema, path, joinNotes(note, presenceNote(node.presence))));
      case "constant":
        return this.add(node.schema, path, joinNotes(note, `always ${show(node.value)}`));
      case "map":
      case "refine":
        return this.add(node.schema, path, joinNotes(note, node.name));
      case "limit":
        return this.add(node.schema, path, joinNotes(note, `at most ${node.bytesMax} bytes`));
      case "framed":
        this.#row(node.int, path, intName(node.int), joinNotes(note, "length in bytes of what follows"));
        return this.#varying(() => this.add(node.schema, path));
      case "lazy":
        return this.#lazy(node, path, note);
      default:
        return this.#row(node, path, typeName(node), joinNotes(note, leafNote(node)));
    }
  }

  #row(node: Node, path: string, type: string, note: string): void {
    this.rows.push({ offset: this.#offset, size: sizeText(node), path, type, note });
    const fixed = sizeFixed(node);
    this.#offset = this.#offset === undefined || fixed < 0 ? undefined : this.#offset + fixed;
  }

  /** Describes what may have any size: nothing after it has a known offset. */
  #varying(describe: () => void): void {
    describe();
    this.#offset = undefined;
  }

  #tuple(items: readonly Node[], path: string, note: string): void {
    let index = 0;
    for (const item of items) this.add(item, isVoid(item) ? path : `${path}[${index++}]`, note);
  }

  #array(item: Node, size: Size, path: string, note: string): void {
    if (size.kind === "prefix") this.#row(size.int, path, intName(size.int), joinNotes(note, "number of elements"));
    const count = size.kind === "prefix" ? "" : sizeNote(size);
    this.#varying(() => this.add(item, `${path}[]`, joinNotes(size.kind === "prefix" ? "" : note, count)));
  }

  #union(node: UnionNode, path: string, note: string): void {
    const cases = node.cases.map((one) => `${one.tag} = ${one.name}`).join(", ");
    this.#row(node.tag, joinPath(path, node.key), intName(node.tag), joinNotes(note, cases));
    const offset = this.#offset;
    for (const one of node.cases) {
      this.#offset = offset;
      this.add(one.schema, path, joinNotes(note, `if ${node.key} is ${one.name}`));
    }
    this.#offset = undefined;
  }

  #presence(presence: Presence, path: string, note: string): void {
    if (presence.kind === "byte") {
      this.#row({ kind: "bool" }, path, "bool", joinNotes(note, "whether the value follows"));
    }
  }

  /** Describes a lazy schema once; wherever it stands again, it is said where that was. */
  #lazy(node: Extract<Node, { kind: "lazy" }>, path: string, note: string): void {
    const described = this.#described.get(node);
    if (described !== undefined) {
      const where = described === "" ? "the same as the whole" : `the same as ${described}`;
      this.rows.push({
        offset: this.#offset,
        size: sizeText(node),
        path,
        type: "recursion",
        note: joinNotes(note, where),
      });
      this.#offset = undefined;
      return;
    }
    this.#described.set(node, path);
    this.#varying(() => this.add(node.get(), path, note));
  }
}

function sizeText(node: Node): string {
  const min = sizeMin(node);
  const max = sizeMax(node);
  if (min === max) return String(min);
  // Above this a bound says no more than that there is one.
  return max > Number.MAX_SAFE_INTEGER ? `${min}–` : `${min}–${max}`;
}

/** The name of an integer schema, as in `u16` or `i64le`. */
export function intName(int: IntNode | VarintNode): string {
  if (int.kind === "varint") return "varint";
  return `${int.signed ? "i" : "u"}${int.bytes * 8}${int.big ? "big" : ""}${int.littleEndian ? "le" : ""}`;
}

function typeName(node: Node): string {
  switch (node.kind) {
    case "int":
    case "varint":
      return intName(node);
    case "float":
      return `f${node.bytes * 8}${node.littleEndian ? "le" : ""}`;
    case "bytes":
    case "string":
      return `${node.kind} (${sizeNote(node.size)})`;
    case "enum":
      return intName(node.int);
    case "extension":
      return node.extension.name;
    default:
      return node.kind;
  }
}

function leafNote(node: Node): string {
  switch (node.kind) {
    case "literal":
      return formatHex(Uint8Array.from(node.bytes));
    case "enum":
      return node.names.map(({ name, value }) => `${value} = ${name}`).join(", ");
    default:
      return "";
  }
}

function sizeNote(size: Size): string {
  switch (size.kind) {
    case "fixed":
      return `length: ${size.count}`;
    case "prefix":
      return `length: ${intName(size.int)}`;
    case "ref":
      return `length: field ${size.path.join(".")}`;
    case "rest":
      return "all that is left";
  }
}

function presenceNote(presence: Presence): string {
  switch (presence.kind) {
    case "byte":
      return "if present";
    case "equals":
      return `if ${presence.ref.path.join(".")} is ${show(presence.value)}`;
    case "mask":
      return `if ${presence.ref.path.join(".")} has a bit of 0x${presence.mask.toString(16)}`;
  }
}

function joinNotes(...notes: string[]): string {
  return notes.filter((note) => note !== "").join("; ");
}
