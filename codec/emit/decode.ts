/**
 * Source text that reads: checks and reads in the order of the plain walk, with the same errors.
 *
 * @module
 */

import { CodecError } from "../error.ts";
import { type Limits } from "../limits.ts";
import type {
  ArrayNode,
  EnumNode,
  ExtensionNode,
  Field,
  IntNode,
  LazyNode,
  LimitNode,
  MapNode,
  Node,
  OptionalNode,
  RefineNode,
  RefNode,
  Size,
  UnionNode,
  VarintNode,
} from "../schema.ts";
import { isVoid } from "../schema.ts";
import { refuseEmptyItems } from "../sequences.ts";
import { sizeMin } from "../sizes.ts";
import { inlineRead, isInline } from "./msgpack-inline.ts";
import { canExceed, lengthMax } from "./nodes.ts";
import { braces, constantText, key, type Lines, member, type PathText, quote } from "./text.ts";
import { arrayType, constantType, type TypeNames, typeText } from "./types.ts";

/** What the reading of a node needs to know about its surroundings. */
export interface ReadPlace {
  readonly path: PathText;
  /** The variable that holds where the bytes end that may be read. */
  readonly end: string;
  /** Set inside a limit that can be exceeded: running out of bytes means that there. */
  readonly limit?: { readonly outerEnd: string; readonly bytesMax: number; readonly start: string };
  /** Whether a frame ends at {@link ReadPlace.end}; otherwise bytes may follow that have not come yet. */
  readonly framed?: boolean;
  /** The expressions of the fields that were read, by name. */
  readonly scope: ReadonlyMap<string, { readonly expression: string; readonly node: Node }>;
}

/** What generated functions share: the text, the support functions they use, and their recursions. */
export interface Generation {
  readonly lines: Lines;
  readonly limits: Limits;
  readonly types: TypeNames;
  /** Counts of elements are kept, because the message can have more than allowed. */
  readonly countsElements: boolean;
  /** The name of a support function, which is imported then. */
  use(name: string): string;
  /** The name of the constant that holds the functions of a value in another language. */
  extension(node: ExtensionNode): string;
  /** The name of the function that reads, scans or writes what a lazy node stands for. */
  recursion(node: LazyNode, what: Recursion): string;
  /**
   * The name under which a node with functions is imported.
   *
   * @throws CodecError `schema` when it is not exported
   */
  functions(node: MapNode | RefineNode): string;
  /** The name of the function that reads a field that others refer to, of whose name the function's is made. */
  fieldReader(node: Node, name: string): string;
}

/** What the function of a recursion does; in a frame it reads otherwise. */
export type Recursion = "read" | "readFramed" | "scan" | "write";

/** Emits statements that read a node; returns the expression of its value, empty for what has none. */
export function emitRead(g: Generation, node: Node, place: ReadPlace, wish: string): string {
  switch (node.kind) {
    case "int":
      return readInt(g, node, place, wish);
    case "varint":
      return readVarint(g, place, wish);
    case "float": {
      need(g, place, node.bytes);
      return take(g, wish, `${g.use(`getF${8 * node.bytes}`)}(bytes, pos, ${node.littleEndian})`, node.bytes);
    }
    case "bool":
      return readBool(g, place, wish);
    case "literal":
      return readLiteral(g, node.bytes, place);
    case "bytes":
      return readBytes(g, node.size, place, wish);
    case "string":
      return readString(g, node.size, place, wish);
    case "array":
      return readArray(g, node, place, wish);
    case "struct":
      return braces(readFields(g, node.fields, place));
    case "tuple":
      return readTuple(g, node.items, place, wish);
    case "enum":
      return readEnum(g, node, place, wish);
    case "union":
      return readUnion(g, node, place, wish);
    case "optional":
      return readOptional(g, node, place, wish);
    case "constant":
      return readConstant(g, node.schema, node.value, place, wish);
    case "lazy":
      return readLazy(g, node, place, wish);
    case "limit":
      return readLimit(g, node, place, wish);
    case "framed":
      return readFramed(g, node.int, node.schema, place, wish);
    case "extension":
      return readExtension(g, node, place, wish);
    case "map":
    case "refine":
      return readFunction(g, node, place, wish);
  }
}

/** The error for a schema that has no source text. */
export function unwritable(what: string): CodecError {
  return new CodecError("schema", `Cannot generate code: ${what} cannot be written as source text`);
}

function call(g: Generation, name: string, ...args: unknown[]): string {
  return `${g.use(name)}(${args.join(", ")})`;
}

/** Emits the check that `count` bytes are left; the error may have another offset than the present one. */
export function need(g: Generation, place: ReadPlace, count: number | string, offset = "pos"): void {
  if (count === 0) return;
  const { end, path, limit } = place;
  const cut = call(g, "truncated", path, offset, count, `${end} - pos`);
  const lacks = count === 1 ? `pos >= ${end}` : `${end} - pos < ${count}`;
  if (limit === undefined) return g.lines.add(`if (${lacks}) ${cut};`);
  g.lines.block(`if (${lacks}) {`, () => {
    g.lines.add(`if (${end} < ${limit.outerEnd}) ${call(g, "tooLong", path, offset, limit.bytesMax)};`);
    g.lines.add(`${cut};`);
  });
}

/** Emits a variable with a value that was checked, and moves on. */
function take(g: Generation, wish: string, expression: string, count: number): string {
  const name = g.lines.name(wish);
  if (count === 1 && expression === "bytes[pos]") {
    g.lines.add(`const ${name} = bytes[pos++];`);
  } else {
    g.lines.add(`const ${name} = ${expression};`);
    g.lines.add(`pos += ${count};`);
  }
  return name;
}

function readInt(g: Generation, node: IntNode, place: ReadPlace, wish: string): string {
  need(g, place, node.bytes);
  const { signed, littleEndian: le, big, bytes } = node;
  if (bytes < 8 || big) return take(g, wish, intText(g, node), bytes);
  const name = g.lines.name(wish);
  g.lines.add(`const ${name} = ${intText(g, node)};`);
  const value = call(g, signed ? "getI64big" : "getU64big", "bytes", "pos", le);
  g.lines.add(`if (${signed ? `${name} !== ${name}` : `${name} < 0`}) ${call(g, "unsafe", place.path, "pos", value)};`);
  g.lines.add("pos += 8;");
  return name;
}

/** The expression for an integer that is there; what is no safe integer is below zero or, where it has a sign, NaN. */
export function intText(g: Generation, { bytes, signed, littleEndian: le, big }: IntNode): string {
  if (big) return call(g, signed ? "getI64big" : "getU64big", "bytes", "pos", le);
  if (bytes === 8) return call(g, `get${signed ? "I" : "U"}64${le ? "le" : ""}`, "bytes", "pos");
  if (bytes === 1) return signed ? "bytes[pos] << 24 >> 24" : "bytes[pos]";
  if (bytes === 4) {
    const value = call(g, le ? "getU32le" : "getU32", "bytes", "pos");
    return signed ? `${value} | 0` : value;
  }
  const value = le ? "bytes[pos + 1] << 8 | bytes[pos]" : "bytes[pos] << 8 | bytes[pos + 1]";
  return signed ? `(${value}) << 16 >> 16` : value;
}

function readVarint(g: Generation, place: ReadPlace, wish: string): string {
  const name = g.lines.name(wish);
  const { path, end, limit } = place;
  g.lines.add(`const ${name} = ${call(g, "getVarint", "bytes", "pos", end)};`);
  if (limit !== undefined) {
    const tooLong = call(g, "tooLong", path, "pos", limit.bytesMax);
    g.lines.add(`if (${name} === -1 && ${end} < ${limit.outerEnd}) ${tooLong};`);
  }
  g.lines.add(`if (${name} < 0) ${call(g, "badVarint", path, "pos", name)};`);
  g.lines.add(`pos = ${g.use("varintEnd")};`);
  return name;
}

function readCount(g: Generation, int: IntNode | VarintNode, place: ReadPlace, wish: string): string {
  return int.kind === "varint" ? readVarint(g, place, wish) : readInt(g, int, place, wish);
}

function readBool(g: Generation, place: ReadPlace, wish: string): string {
  need(g, place, 1);
  g.lines.add(`if (bytes[pos] > 1) ${call(g, "notBool", place.path, "pos", "bytes[pos]")};`);
  const name = g.lines.name(wish);
  g.lines.add(`const ${name} = bytes[pos++] === 1;`);
  return name;
}

function readLiteral(g: Generation, literal: readonly number[], place: ReadPlace): string {
  const { path, end, limit } = place;
  if (literal.length === 0) return "";
  const bad = call(g, "notLiteral", path, "bytes", "pos", end, `[${literal.join(", ")}]`);
  const differs = literal.map((byte, index) => `bytes[pos${index === 0 ? "" : ` + ${index}`}] !== ${byte}`).join(
    " || ",
  );
  if (limit !== undefined) {
    // Inside a limit running out of bytes can mean something else.
    g.lines.block(`if (${end} < ${limit.outerEnd} && ${end} - pos < ${literal.length}) {`, () => {
      const there = literal.map((byte, index) => `(pos + ${index} >= ${end} || bytes[pos + ${index}] === ${byte})`);
      g.lines.add(`if (${there.join(" && ")}) ${call(g, "tooLong", path, end, limit.bytesMax)};`);
    });
  }
  g.lines.add(`if (${end} - pos < ${literal.length} || ${differs}) ${bad};`);
  g.lines.add(`pos += ${literal.length};`);
  return "";
}

/** Emits the reading of a length; returns its expression. */
function readLength(g: Generation, size: Size, place: ReadPlace, wish: string): string {
  switch (size.kind) {
    case "fixed":
      return String(size.count);
    case "prefix":
      return readCount(g, size.int, place, `${wish}Length`);
    case "rest": {
      const name = g.lines.name(`${wish}Length`);
      g.lines.add(`const ${name} = ${place.end} - pos;`);
      return name;
    }
    case "ref":
      return readReferred(g, size, place);
  }
}

function readReferred(g: Generation, ref: RefNode, place: ReadPlace): string {
  const { expression, node } = referred(ref, place);
  if (isLength(node)) return expression;
  const name = quote(ref.path.join("."));
  const bad = call(g, "badLengthField", place.path, "pos", name, expression);
  g.lines.add(`if (!(Number.isSafeInteger(${expression}) && Number(${expression}) >= 0)) ${bad};`);
  const length = g.lines.name(`${ref.path.at(-1)}Length`);
  g.lines.add(`const ${length} = ${expression} as number;`);
  return length;
}

/** Whether every value of a node can be a length. */
export function isLength(node: Node): boolean {
  return node.kind === "varint" || (node.kind === "int" && !node.signed && !node.big);
}

/** The expression of what a reference points to. */
export function referred(ref: RefNode, place: Pick<ReadPlace, "scope">): { expression: string; node: Node } {
  const [first, ...rest] = ref.path;
  let { expression, node } = place.scope.get(first)!;
  for (const step of rest) {
    expression = member(expression, step);
    node = (node as Extract<Node, { kind: "struct" }>).fields.find(({ name }) => name === step)!.schema;
  }
  return { expression, node };
}

function readBytes(g: Generation, size: Size, place: ReadPlace, wish: string): string {
  const length = readLength(g, size, place, wish);
  if (size.kind !== "rest") need(g, place, length);
  const name = g.lines.name(wish);
  g.lines.add(`const ${name} = new Uint8Array(buffer, origin + pos, ${length});`);
  g.lines.add(`pos += ${length};`);
  return name;
}

function readString(g: Generation, size: Size, place: ReadPlace, wish: string): string {
  const length = readLength(g, size, place, wish);
  const { stringBytesMax } = g.limits;
  if (lengthMax(size) > stringBytesMax) {
    g.lines.add(
      `if (${length} > ${stringBytesMax}) ${call(g, "stringTooLong", place.path, "pos", length, stringBytesMax)};`,
    );
  }
  if (size.kind !== "rest") need(g, place, length);
  const name = g.lines.name(wish);
  g.lines.add(`const ${name} = ${call(g, "readText", "bytes", "pos", `pos + ${length}`)};`);
  g.lines.add(`if (${name} === undefined) ${call(g, "notUtf8", place.path, "pos")};`);
  g.lines.add(`pos += ${length};`);
  return name;
}

function readArray(g: Generation, node: ArrayNode, place: ReadPlace, wish: string): string {
  refuseEmptyItems(node);
  const { lines } = g;
  const name = lines.name(wish);
  const index = lines.name("i");
  if (node.size.kind === "rest") return readRest(g, node.item, place, name, index);
  let start = "pos";
  if (g.countsElements) {
    start = lines.name(`${wish}Start`);
    lines.add(`const ${start} = pos;`);
  }
  const count = readLength(g, node.size, place, wish);
  if (g.countsElements) countElements(g, count, place, start);
  const itemMin = sizeMin(node.item);
  if (itemMin > 0) needItems(g, place, itemMin === 1 ? count : multiplied(count, itemMin));
  lines.add(`const ${name}: ${typeText(node, g.types)} = [];`);
  lines.block(
    `for (let ${index} = 0; ${index} < ${count}; ${index}++) {`,
    () => pushItem(g, node.item, place, name, index),
  );
  return name;
}

/** Emits the check that elements are left, of which some may not have come yet. */
function needItems(g: Generation, place: ReadPlace, count: number | string): void {
  const { path, end, limit, framed = false } = place;
  if (framed || count === 0) return need(g, place, count);
  const lacks = `${end} - pos < ${count}`;
  if (limit === undefined) {
    return g.lines.add(`if (${lacks}) ${call(g, "fewItems", path, "pos", count, `${end} - pos`)};`);
  }
  const { outerEnd, bytesMax, start } = limit;
  g.lines.block(`if (${lacks}) {`, () => {
    // As many will not fit into the limit, wherever the input ends.
    const never = `${call(g, "isPartial")} && ${count} > ${start} + ${bytesMax} - pos`;
    g.lines.add(`if (${end} < ${outerEnd} || (${never})) ${call(g, "tooLong", path, "pos", bytesMax)};`);
    g.lines.add(`${call(g, "fewItems", path, "pos", count, `${end} - pos`)};`);
  });
}

function multiplied(count: string, factor: number): number | string {
  return /^\d+$/.test(count) ? Number(count) * factor : `${count} * ${factor}`;
}

function countElements(g: Generation, count: string, place: ReadPlace, offset: string): void {
  const max = g.limits.elementsMax;
  g.lines.add(`elements += ${count};`);
  g.lines.add(`if (elements > ${max}) ${call(g, "tooManyElements", place.path, offset, "elements", max)};`);
}

function readRest(g: Generation, item: Node, place: ReadPlace, name: string, index: string): string {
  g.lines.add(`const ${name}: ${arrayType(item, g.types)} = [];`);
  g.lines.block(`for (let ${index} = 0; pos < ${place.end}; ${index}++) {`, () => {
    if (g.countsElements) countElements(g, "1", place, "pos");
    pushItem(g, item, place, name, index);
  });
  return name;
}

function pushItem(g: Generation, item: Node, place: ReadPlace, name: string, index: string): void {
  const value = emitRead(g, item, { ...place, path: place.path.element(index) }, "item");
  g.lines.add(`${name}.push(${value === "" ? "undefined" : value});`);
}

/** Emits the reading of fields; returns the properties of the object literal. */
function readFields(g: Generation, fields: readonly Field[], place: ReadPlace): string[] {
  const scope = new Map<string, { expression: string; node: Node }>();
  const properties: string[] = [];
  for (const { name, schema } of fields) {
    let value = emitRead(g, schema, { ...place, path: place.path.field(name), scope }, name);
    if (isVoid(schema)) continue;
    // Others may refer to this one, and an object that is named once is made in the right order.
    if (!/^[\w$]+$/.test(value)) {
      const variable = g.lines.name(name);
      g.lines.add(`const ${variable} = ${value};`);
      value = variable;
    }
    scope.set(name, { expression: value, node: schema });
    properties.push(value === name ? name : `${key(name)}: ${value}`);
  }
  return properties;
}

function readTuple(g: Generation, items: readonly Node[], place: ReadPlace, wish: string): string {
  const values: string[] = [];
  for (const item of items) {
    const path = isVoid(item) ? place.path : place.path.item(values.length);
    const value = emitRead(g, item, { ...place, path }, `${wish}${values.length}`);
    if (isVoid(item)) continue;
    const variable = g.lines.name(`${wish}${values.length}`);
    if (/^[\w$]+$/.test(value)) {
      values.push(value);
    } else {
      g.lines.add(`const ${variable} = ${value};`);
      values.push(variable);
    }
  }
  const name = g.lines.name(wish);
  const types = items.filter((item) => !isVoid(item)).map((item) => typeText(item, g.types));
  g.lines.add(`const ${name}: [${types.join(", ")}] = [${values.join(", ")}];`);
  return name;
}

function readEnum(g: Generation, node: EnumNode, place: ReadPlace, wish: string): string {
  const number = readCount(g, node.int, place, `${wish}Number`);
  const size = node.int.kind === "varint" ? g.use("varintSize") + `(${number})` : String(node.int.bytes);
  const name = g.lines.name(wish);
  g.lines.add(`let ${name}: ${typeText(node, g.types, true)};`);
  g.lines.block(`switch (${number}) {`, () => {
    for (const { name: one, value } of node.names) {
      g.lines.nest(`case ${value}${isBig(node.int) ? "n" : ""}:`, () => {
        g.lines.add(`${name} = ${quote(one)};`);
        g.lines.add("break;");
      });
    }
    const numbers = quote(node.names.map(({ value }) => value).join(", "));
    g.lines.nest("default:", () => {
      g.lines.add(`${call(g, "notInEnum", place.path, `pos - ${size}`, number, numbers)};`);
    });
  });
  return name;
}

function isBig(int: IntNode | VarintNode): boolean {
  return int.kind === "int" && int.big;
}

function readUnion(g: Generation, node: UnionNode, place: ReadPlace, wish: string): string {
  const tagPlace = { ...place, path: place.path.field(node.key) };
  const tag = readCount(g, node.tag, tagPlace, `${wish}Tag`);
  const size = node.tag.kind === "varint" ? g.use("varintSize") + `(${tag})` : String(node.tag.bytes);
  const name = g.lines.name(wish);
  g.lines.add(`let ${name}: ${typeText(node, g.types)};`);
  g.lines.block(`switch (${tag}) {`, () => {
    for (const one of node.cases) {
      g.lines.block(`case ${one.tag}${isBig(node.tag) ? "n" : ""}: {`, () => {
        const properties = [`${key(node.key)}: ${quote(one.name)}`, ...readFields(g, one.schema.fields, place)];
        g.lines.add(`${name} = { ${properties.join(", ")} };`);
        g.lines.add("break;");
      });
    }
    const tags = quote(node.cases.map((one) => one.tag).join(", "));
    g.lines.nest("default:", () => {
      g.lines.add(`${call(g, "unknownTag", tagPlace.path, `pos - ${size}`, tag, tags)};`);
    });
  });
  return name;
}

function readOptional(g: Generation, node: OptionalNode, place: ReadPlace, wish: string): string {
  const present = node.presence.kind === "byte"
    ? readBool(g, place, `${wish}Present`)
    : presenceTest(node.presence, place);
  const name = g.lines.name(wish);
  g.lines.add(`let ${name}: ${typeText(node, g.types)} = null;`);
  g.lines.block(`if (${present}) {`, () => g.lines.add(`${name} = ${emitRead(g, node.schema, place, wish)};`));
  return name;
}

/** The expression that says whether an optional value with a condition is there. */
export function presenceTest(
  presence: Exclude<OptionalNode["presence"], { kind: "byte" }>,
  place: Pick<ReadPlace, "scope">,
): string {
  const { expression } = referred(presence.ref, place);
  return presence.kind === "equals"
    ? `(${expression} as unknown) === ${constantText(presence.value)}`
    : `(Number(${expression}) & ${presence.mask}) !== 0`;
}

function readConstant(g: Generation, node: Node, expected: unknown, place: ReadPlace, wish: string): string {
  const start = g.lines.name(`${wish}Start`);
  g.lines.add(`const ${start} = pos;`);
  const value = emitRead(g, node, place, wish);
  const text = constantText(expected);
  const bad = call(g, "notConstant", place.path, start, text, value);
  g.lines.add(`if (!${call(g, "equalValues", value, text)}) ${bad};`);
  const type = constantType(expected);
  if (type === undefined) return value;
  const name = g.lines.name(wish);
  g.lines.add(`const ${name} = ${value} as ${type};`);
  return name;
}

/** Reads what the function of a schema's own is asked about. */
function readFunction(g: Generation, node: MapNode | RefineNode, place: ReadPlace, wish: string): string {
  const functions = g.functions(node);
  const start = g.lines.name(`${wish}Start`);
  g.lines.add(`const ${start} = pos;`);
  const value = emitRead(g, node.schema, place, wish);
  const facts = [functions, value === "" ? "undefined" : value, place.path, start];
  if (node.kind === "refine") {
    g.lines.add(`${call(g, "mustPass", ...facts, true)};`);
    return value;
  }
  const name = g.lines.name(wish);
  g.lines.add(`const ${name} = ${call(g, "mapped", ...facts)};`);
  return name;
}

function readLazy(g: Generation, node: LazyNode, place: ReadPlace, wish: string): string {
  if (place.limit !== undefined) throw unwritable("a recursion inside a limit");
  const name = g.lines.name(wish);
  g.lines.add(`if (depth >= ${g.limits.depthMax}) ${call(g, "tooDeep", place.path, "pos", g.limits.depthMax)};`);
  g.lines.add(`let ${name}: ${typeText(node, g.types)};`);
  g.lines.block("try {", () => {
    g.lines.add(
      `${name} = ${g.recursion(node, place.framed ? "readFramed" : "read")}(bytes, pos, ${place.end}, depth + 1);`,
    );
  }, "} catch (error) {");
  g.lines.add(`  throw ${call(g, "below", "error", place.path)};`);
  g.lines.add("}");
  g.lines.add("pos = readEnd;");
  return name;
}

function readLimit(g: Generation, node: LimitNode, place: ReadPlace, wish: string): string {
  const { bytesMax, schema } = node;
  if (!canExceed(node)) return emitRead(g, schema, place, wish);
  const start = g.lines.name(`${wish}Start`);
  const end = g.lines.name(`${wish}End`);
  g.lines.add(`const ${start} = pos;`);
  g.lines.add(`const ${end} = Math.min(${place.end}, pos + ${bytesMax + 1});`);
  if (place.limit !== undefined) throw unwritable("a limit inside a limit");
  const value = emitRead(g, schema, { ...place, end, limit: { outerEnd: place.end, bytesMax, start } }, wish);
  g.lines.add(`if (pos - ${start} > ${bytesMax}) ${call(g, "tooLong", place.path, start, bytesMax)};`);
  return value;
}

function readFramed(g: Generation, int: IntNode | VarintNode, node: Node, place: ReadPlace, wish: string): string {
  const length = readCount(g, int, place, `${wish}Length`);
  need(g, place, length);
  const end = g.lines.name(`${wish}End`);
  g.lines.add(`const ${end} = pos + ${length};`);
  // A frame ends where it says: what is cut there is cut, whatever limit stands around it.
  const { limit: _, ...inside } = place;
  const value = emitRead(g, node, { ...inside, end, framed: true }, wish);
  g.lines.add(`if (pos < ${end}) ${call(g, "trailingInFrame", place.path, "pos", `${end} - pos`)};`);
  return value;
}

function readExtension(g: Generation, node: ExtensionNode, place: ReadPlace, wish: string): string {
  if (isInline(node)) return readInline(g, node, place, wish);
  const name = g.lines.name(wish);
  g.lines.add(`let ${name}: ${typeText(node, g.types)};`);
  readSlowly(g, node, place, name);
  g.lines.add(`pos = ${g.use("slowEnd")};`);
  return name;
}

/** Reads the usual forms, and leaves the others to the language's own function. */
function readInline(g: Generation, node: ExtensionNode, place: ReadPlace, wish: string): string {
  const { lines } = g;
  const name = lines.name(wish), behind = lines.name(`${wish}End`), label = lines.name(`${wish}Usual`);
  lines.add(`let ${name}!: ${typeText(node, g.types)};`);
  lines.add(`let ${behind} = -1;`);
  lines.block(`${label}: {`, () => lines.add(inlineRead(g, node, { name, behind, label, end: place.end })));
  lines.block(`if (${behind} < 0) {`, () => {
    readSlowly(g, node, place, name);
    lines.add(`${behind} = ${g.use("slowEnd")};`);
  });
  lines.add(`pos = ${behind};`);
  return name;
}

/** Emits the call of the language's own function. */
function readSlowly(g: Generation, node: ExtensionNode, place: ReadPlace, name: string): void {
  const { lines, types } = g;
  const { end, path, limit, framed = false } = place;
  const goesOn = framed ? "false" : call(g, "isPartial");
  const cursor = `{ bytes, pos, end${end === "end" ? "" : `: ${end}`}, partial: ${goesOn} }`;
  const read = `${name} = ${call(g, "readSlowly", g.extension(node), cursor, path)} as ${typeText(node, types)};`;
  if (limit === undefined) return lines.add(read);
  lines.block("try {", () => lines.add(read), "} catch (error) {");
  lines.add(`  throw ${call(g, "withinLimit", "error", `${end} < ${limit.outerEnd}`, limit.bytesMax)};`);
  lines.add("}");
}
