/**
 * Source text that writes values without parts: numbers, texts, bytes, and values in other languages.
 *
 * @module
 */

import {
  type EnumNode,
  type ExtensionNode,
  type FloatNode,
  intMax,
  intMin,
  type IntNode,
  type Node,
  type Size,
  sizeMax,
  type VarintNode,
} from "../schema/mod.ts";
import { referred } from "./decode-leaves.ts";
import { call, type Generation } from "./generation.ts";
import { isInline } from "./msgpack-read.ts";
import { inlineWrite } from "./msgpack-write.ts";
import { isCopied, type PathText, quote } from "./text.ts";

/** What the writing of a node needs to know about its surroundings. */
export interface WritePlace {
  readonly path: PathText;
  /** Whether there is room for the largest value. */
  readonly hasRoom: boolean;
  /** The expressions of the fields of the enclosing struct, by name. */
  readonly scope: ReadonlyMap<string, { readonly expression: string; readonly node: Node }>;
}

/** The offset of the next byte in the message. */
export const OFFSET = "pos - start";

/** The call that throws for a value of another type. */
export function mistyped(g: Generation, { path }: WritePlace, expected: string, value: string): string {
  return call(g, "mistyped", path, OFFSET, quote(expected), value);
}

/** Emits that there is room for `count` bytes; `first` is a test that is made before that of the room. */
export function makeRoom(g: Generation, count: number | string, first = "", then = () => {}): void {
  g.lines.block(`if (${first}output.end - pos < ${count}) {`, () => {
    g.lines.add("output.pos = pos;");
    g.lines.add(`output.grow(${count});`);
    g.lines.add("({ bytes, start, pos } = output);");
    then();
  });
}

/** Writes an integer, or says why it is none of its width. */
export function writeInt(g: Generation, node: IntNode | VarintNode, value: string, place: WritePlace): void {
  if (node.kind === "int" && node.big) {
    const bad = call(g, "badBig", place.path, OFFSET, value, node.signed);
    g.lines.add(`if (!${call(g, "isBig", value, node.signed)}) ${bad};`);
    g.lines.add(`${call(g, "putBig", "bytes", "pos", value, node.littleEndian)};`);
    return g.lines.add("pos += 8;");
  }
  const bad = call(g, "badInt", place.path, OFFSET, value, intMin(node), intMax(node));
  if (node.kind === "int" && node.bytes === 8 && !node.signed && !node.littleEndian) {
    g.lines.add(`if (typeof ${value} !== "number" || !${call(g, "putSafe", "bytes", "pos", value)}) ${bad};`);
    return g.lines.add("pos += 8;");
  }
  g.lines.add(`if (${misfit(node, value)}) ${bad};`);
  putInt(g, node, value);
}

/** The test that a value is not an integer of a node's width. */
function misfit(node: IntNode | VarintNode, value: string): string {
  const number = `typeof ${value} !== "number" || `;
  if (node.kind === "varint" || node.bytes === 8) {
    const signed = node.kind === "int" && node.signed;
    return `!Number.isSafeInteger(${value})${signed ? "" : ` || ${value} < 0`}`;
  }
  const { bytes, signed } = node;
  if (bytes === 4) return `${number}(${value} ${signed ? "| 0" : ">>> 0"}) !== ${value}`;
  const shift = 32 - 8 * bytes;
  const same = signed ? `(${value} << ${shift} >> ${shift})` : `(${value} & ${bytes === 1 ? "0xff" : "0xffff"})`;
  return `${number}${same} !== ${value}`;
}

/** Emits that an integer which fits is written. */
export function putInt(g: Generation, node: IntNode | VarintNode, value: string): void {
  if (node.kind === "varint") return g.lines.add(`pos = ${call(g, "putVarint", "bytes", "pos", value)};`);
  const { bytes, littleEndian } = node;
  if (bytes === 1) return g.lines.add(`bytes[pos++] = ${value};`);
  if (bytes === 2) {
    const [first, second] = littleEndian ? [value, `${value} >>> 8`] : [`${value} >>> 8`, value];
    g.lines.add(`bytes[pos] = ${first};`);
    g.lines.add(`bytes[pos + 1] = ${second};`);
  } else {
    g.lines.add(`${call(g, bytes === 4 ? "putU32" : "putU64", "bytes", "pos", value)};`);
    if (littleEndian) g.lines.add(`${call(g, "turn", "bytes", "pos", bytes)};`);
  }
  g.lines.add(`pos += ${bytes};`);
}

/** Writes a float. */
export function writeFloat(g: Generation, node: FloatNode, value: string, place: WritePlace): void {
  const test = node.bytes === 8
    ? `typeof ${value} !== "number"`
    : `typeof ${value} !== "number" || !Object.is(Math.fround(${value}), ${value})`;
  g.lines.add(`if (${test}) ${call(g, "badFloat", place.path, OFFSET, value)};`);
  g.lines.add(`${call(g, node.bytes === 8 ? "putF64" : "putF32", "bytes", "pos", value, node.littleEndian)};`);
  g.lines.add(`pos += ${node.bytes};`);
}

/** Writes bytes that are always the same. */
export function writeLiteral(g: Generation, literal: readonly number[]): void {
  for (const byte of literal) g.lines.add(`bytes[pos++] = ${byte};`);
}

/** Emits that a length is checked and, as a prefix, written; a prefix has room where its value has. */
export function writeLength(g: Generation, size: Size, length: string, unit: string, place: WritePlace): void {
  const { path } = place;
  switch (size.kind) {
    case "fixed":
      return g.lines.add(
        `if (${length} !== ${size.count}) ${call(g, "wrongLength", path, OFFSET, length, quote(unit), size.count)};`,
      );
    case "ref": {
      const said = referred(size, place).expression;
      const facts = `{ name: ${quote(size.path.join("."))}, said: ${said}, length: ${length}, unit: ${quote(unit)} }`;
      return g.lines.add(
        `if ((${said} as unknown) !== ${length}) ${call(g, "wrongLengthField", path, OFFSET, facts)};`,
      );
    }
    case "prefix": {
      const max = intMax(size.int);
      if (max < Number.MAX_SAFE_INTEGER) {
        g.lines.add(
          `if (${length} > ${max}) ${call(g, "lengthTooLarge", path, OFFSET, length, quote(unit), max)};`,
        );
      }
      if (!place.hasRoom) makeRoom(g, sizeMax(size.int));
      return putInt(g, size.int, length);
    }
  }
}

/** Writes bytes. */
export function writeBytes(g: Generation, size: Size, value: string, place: WritePlace): void {
  g.lines.add(`if (!(${value} instanceof Uint8Array)) ${mistyped(g, place, "a Uint8Array", value)};`);
  writeLength(g, size, `${value}.length`, "byte", place);
  if (!place.hasRoom) makeRoom(g, `${value}.length`);
  if (size.kind === "fixed" && isCopied(size.count)) {
    g.lines.add(`${call(g, "putFours", "bytes", "pos", value, size.count)};`);
    return g.lines.add(`pos += ${size.count};`);
  }
  g.lines.add(`${call(g, "putBytes", "bytes", "pos", value)};`);
  g.lines.add(`pos += ${value}.length;`);
}

/** Writes text. */
export function writeString(g: Generation, size: Size, value: string, place: WritePlace): void {
  const limit = g.limits.stringBytesMax;
  const max = size.kind === "prefix" ? intMax(size.int) : Infinity;
  const bad = call(g, "badText", place.path, OFFSET, value, max, limit);
  g.lines.add(`if (typeof ${value} !== "string") ${bad};`);
  if (size.kind === "prefix" && size.int.kind === "int") return writePrefixedText(g, size.int, value, place, bad);
  // The length must be known before the text is written: in other bytes than the text's it is rare.
  const text = g.lines.name("text");
  g.lines.add(`const ${text} = ${call(g, "textBytes", value)};`);
  g.lines.add(`if (${text} === undefined) ${bad};`);
  writeLength(g, size, `${text}.length`, "byte", place);
  // What has room and a fixed length is far below the limit.
  if (!place.hasRoom || size.kind !== "fixed") {
    const tooLong = call(g, "stringTooLong", place.path, OFFSET, `${text}.length`, limit);
    g.lines.add(`if (${text}.length > ${limit}) ${tooLong};`);
  }
  if (!place.hasRoom) makeRoom(g, `${text}.length`);
  g.lines.add(`${call(g, "putBytes", "bytes", "pos", text)};`);
  g.lines.add(`pos += ${text}.length;`);
}

/**
 * The length is written when the text is, which saves measuring the text first. Without room for the longest text of as
 * many characters, the text is written into what room there is before more is made.
 */
function writePrefixedText(g: Generation, int: IntNode, value: string, place: WritePlace, bad: string): void {
  const { lines } = g;
  const max = Math.min(intMax(int), g.limits.stringBytesMax);
  const after = lines.name("after");
  const textStart = int.bytes === 1 ? "pos + 1" : `pos + ${int.bytes}`;
  const end = place.hasRoom ? `pos + ${int.bytes + max}` : `Math.min(output.end, pos + ${int.bytes + max})`;
  const written = call(g, "writeText", value, "bytes", textStart, end);
  lines.add(`${place.hasRoom ? "const" : "let"} ${after} = ${written};`);
  if (!place.hasRoom) {
    const room = `${int.bytes} + ${call(g, "textRoom", value)}`;
    makeRoom(g, room, `${after} === -1 && `, () => lines.add(`${after} = ${written};`));
  }
  lines.add(`if (${after} < 0) ${bad};`);
  const length = lines.name("length");
  lines.add(`const ${length} = ${after} - pos - ${int.bytes};`);
  putInt(g, int, length);
  lines.add(`pos = ${after};`);
}

/** Writes the number of a name. */
export function writeEnum(g: Generation, node: EnumNode, value: string, place: WritePlace): void {
  const big = node.int.kind === "int" && node.int.big;
  const number = g.lines.name("number");
  g.lines.add(`let ${number}: ${big ? "bigint" : "number"};`);
  g.lines.block(`switch (${value} as string) {`, () => {
    for (const { name, value: one } of node.names) {
      g.lines.nest(`case ${quote(name)}:`, () => {
        g.lines.add(`${number} = ${one}${big ? "n" : ""};`);
        g.lines.add("break;");
      });
    }
    const names = quote(node.names.map(({ name }) => name).join(", "));
    g.lines.nest("default:", () => g.lines.add(`${call(g, "notAName", place.path, OFFSET, value, names)};`));
  });
  if (big) {
    g.lines.add(`${call(g, "putBig", "bytes", "pos", number, (node.int as IntNode).littleEndian)};`);
    g.lines.add("pos += 8;");
  } else {
    putInt(g, node.int, number);
  }
}

/** Writes a value in another language. */
export function writeExtension(g: Generation, node: ExtensionNode, value: string, place: WritePlace): void {
  if (!isInline(node)) return writeWithLanguage(g, node, value, place);
  const { lines } = g;
  const before = lines.name("before"), done = lines.name("done"), label = lines.name("usual");
  const given = lines.name("given");
  lines.add(`const ${before} = ${OFFSET};`);
  lines.add(`const ${given} = ${value};`);
  lines.add(`let ${done} = false;`);
  lines.block(`${label}: {`, () => {
    const makeRoomFor = (count: number) => makeRoom(g, count);
    inlineWrite(g, node, { value: given, label, done, hasRoom: place.hasRoom, makeRoom: makeRoomFor });
  });
  lines.block(`if (!${done}) {`, () => {
    lines.add(`pos = start + ${before};`);
    writeWithLanguage(g, node, value, place);
  });
}

function writeWithLanguage(g: Generation, node: ExtensionNode, value: string, place: WritePlace): void {
  const { lines } = g;
  const encoded = lines.name("encoded");
  lines.add(`const ${encoded} = ${call(g, "encodeSlowly", g.extension(node), value, place.path, OFFSET)};`);
  if (!place.hasRoom) makeRoom(g, `${encoded}.length`);
  lines.add(`${call(g, "putBytes", "bytes", "pos", encoded)};`);
  lines.add(`pos += ${encoded}.length;`);
}
