/**
 * Source text that reads values without parts: numbers, texts, bytes, and values in other languages.
 *
 * @module
 */

import type { EnumNode, ExtensionNode, IntNode, Node, RefNode, Size, VarintNode } from "../schema/mod.ts";
import { call, type Generation, type ReadPlace } from "./generation.ts";
import { inlineRead, isInline } from "./msgpack-read.ts";
import { lengthMax } from "./nodes.ts";
import { member, quote } from "./text.ts";
import { typeText } from "./types.ts";

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
export function takeFixed(g: Generation, wish: string, expression: string, count: number): string {
  const name = g.lines.name(wish);
  if (count === 1 && expression === "bytes[pos]") {
    g.lines.add(`const ${name} = bytes[pos++];`);
  } else {
    g.lines.add(`const ${name} = ${expression};`);
    g.lines.add(`pos += ${count};`);
  }
  return name;
}

/** Reads an integer of fixed width. */
export function readInt(g: Generation, node: IntNode, place: ReadPlace, wish: string): string {
  need(g, place, node.bytes);
  const { signed, littleEndian: le, big, bytes } = node;
  if (bytes < 8 || big) return takeFixed(g, wish, intText(g, node), bytes);
  const name = g.lines.name(wish);
  g.lines.add(`const ${name} = ${intText(g, node)};`);
  const value = call(g, signed ? "getI64big" : "getU64big", "bytes", "pos", le);
  g.lines.add(`if (${signed ? `${name} !== ${name}` : `${name} < 0`}) ${call(g, "unsafe", place.path, "pos", value)};`);
  g.lines.add("pos += 8;");
  return name;
}

/**
 * The expression for an integer that is there; what is not a safe integer is below zero or, where it has a sign, NaN.
 */
function intText(g: Generation, { bytes, signed, littleEndian: le, big }: IntNode): string {
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

/** Reads an integer of varying width. */
export function readVarint(g: Generation, place: ReadPlace, wish: string): string {
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

/** Reads an integer of any kind. */
export function readCount(g: Generation, int: IntNode | VarintNode, place: ReadPlace, wish: string): string {
  return int.kind === "varint" ? readVarint(g, place, wish) : readInt(g, int, place, wish);
}

/** Reads a byte that is 00 or 01. */
export function readBool(g: Generation, place: ReadPlace, wish: string): string {
  need(g, place, 1);
  g.lines.add(`if (bytes[pos] > 1) ${call(g, "notBool", place.path, "pos", "bytes[pos]")};`);
  const name = g.lines.name(wish);
  g.lines.add(`const ${name} = bytes[pos++] === 1;`);
  return name;
}

/** Reads bytes that are always the same. */
export function readLiteral(g: Generation, literal: readonly number[], place: ReadPlace): string {
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
export function readLength(g: Generation, size: Size, place: ReadPlace, wish: string): string {
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
function isLength(node: Node): boolean {
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

/** Reads bytes, as a view of the input. */
export function readBytes(g: Generation, size: Size, place: ReadPlace, wish: string): string {
  const length = readLength(g, size, place, wish);
  if (size.kind !== "rest") need(g, place, length);
  const name = g.lines.name(wish);
  g.lines.add(`const ${name} = new Uint8Array(buffer, origin + pos, ${length});`);
  g.lines.add(`pos += ${length};`);
  return name;
}

/** Reads text. */
export function readString(g: Generation, size: Size, place: ReadPlace, wish: string): string {
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

/** Reads the name of a number. */
export function readEnum(g: Generation, node: EnumNode, place: ReadPlace, wish: string): string {
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

/** Whether the values of an integer are bigints. */
export function isBig(int: IntNode | VarintNode): boolean {
  return int.kind === "int" && int.big;
}

/** Reads a value in another language. */
export function readExtension(g: Generation, node: ExtensionNode, place: ReadPlace, wish: string): string {
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
  const { end, path, limit } = place;
  const cursor = `{ bytes, pos, end${end === "end" ? "" : `: ${end}`} }`;
  const read = `${name} = ${call(g, "readSlowly", g.extension(node), cursor, path)} as ${typeText(node, types)};`;
  if (limit === undefined) return lines.add(read);
  lines.block("try {", () => lines.add(read), "} catch (error) {");
  lines.add(`  throw ${call(g, "withinLimit", "error", `${end} < ${limit.outerEnd}`, limit.bytesMax)};`);
  lines.add("}");
}
