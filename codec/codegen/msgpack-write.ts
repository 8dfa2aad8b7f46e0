/**
 * Source text that writes msgpack values inline.
 *
 * A value that does not fit, or needs a rare form, leaves the block of statements; the language's own function then
 * writes the value, or reports what is wrong with it.
 *
 * @module
 */

import type { MsgpackNode } from "../msgpack/mod.ts";
import type { ExtensionNode } from "../schema/mod.ts";
import { describe, elementCounter, strBytes } from "./msgpack-read.ts";
import { isCopied, type Lines, member, quote } from "./text.ts";

/** Up to this size room for the largest value of a shape is made before it is written. */
const ROOM_BYTES_MAX = 1024;

/** What the writing of a shape needs to know. */
interface FastWrite {
  readonly lines: Lines;
  /** The label of the block that is left. */
  readonly label: string;
  readonly stringBytesMax: number;
  /** The variable that counts elements, where they can be too many, and how many there can be. */
  readonly counter: { readonly name: string; readonly max: number } | undefined;
  use(name: string): string;
  /** Emits that there is room for `count` bytes. */
  makeRoom(count: number): void;
}

/** Emits the writing of an expression's value, which ends with the statement that nothing was left to others. */
export function inlineWrite(
  g: { readonly lines: Lines; use(name: string): string },
  node: ExtensionNode,
  { value, label, done, hasRoom, makeRoom }: {
    value: string;
    label: string;
    done: string;
    hasRoom: boolean;
    makeRoom: (count: number) => void;
  },
): void {
  const { shape, options: { limits } } = describe(node)!;
  const counter = elementCounter(g.lines, shape, limits.elementsMax, label);
  const { stringBytesMax } = limits;
  const context = { lines: g.lines, label, stringBytesMax, counter, makeRoom, use: (name: string) => g.use(name) };
  fastWrite(context, shape, value, hasRoom);
  g.lines.add(`${done} = true;`);
}

function leave(g: FastWrite, test: string): void {
  g.lines.add(`if (${test}) break ${g.label};`);
}

/** The most bytes that are written for a value of a shape. */
function bytesMax(shape: MsgpackNode): number {
  switch (shape.kind) {
    case "nil":
    case "boolean":
      return 1;
    case "int":
    case "float":
      return 9;
    case "text":
      return 2 + 3 * 0xff;
    case "bytes":
      return 2 + (shape.size ?? 0xff);
    case "exact":
      return strBytes(shape.text).length;
    case "tagged":
      return 1 + bytesMax(shape.tag) + bytesMax(shape.item);
    case "tuple":
      return shape.items.reduce((total, item) => total + bytesMax(item), 1);
    case "named":
      return shape.fields.reduce((total, field) => total + bytesMax(field.shape), 1);
    case "oneOf":
      return Math.max(...shape.options.map(bytesMax));
    default:
      return Infinity;
  }
}

/** Emits the writing of an expression's value. */
function fastWrite(g: FastWrite, shape: MsgpackNode, value: string, roomBefore: boolean): void {
  let hasRoom = roomBefore;
  if (!hasRoom && bytesMax(shape) <= ROOM_BYTES_MAX) {
    g.makeRoom(bytesMax(shape));
    hasRoom = true;
  }
  const { lines } = g;
  switch (shape.kind) {
    case "nil":
      leave(g, `${value} !== null`);
      return put(g, [0xc0]);
    case "boolean":
      leave(g, `typeof ${value} !== "boolean"`);
      return lines.add(`bytes[pos++] = ${value} ? 0xc3 : 0xc2;`);
    case "float":
      leave(g, `typeof ${value} !== "number"`);
      put(g, [0xcb]);
      lines.add(`${g.use("putF64")}(bytes, pos, ${value}, false);`);
      return lines.add("pos += 8;");
    case "int":
      return writeInt(g, shape, value);
    case "text":
      return writeText(g, shape.writes === "str", value, hasRoom);
    case "bytes":
      return writeBytes(g, shape.size, value);
    case "exact":
      leave(g, `${value} !== ${quote(shape.text)}`);
      return put(g, strBytes(shape.text));
    case "tagged":
      if (!hasRoom) g.makeRoom(1 + bytesMax(shape.tag));
      put(g, [0x92, ...strBytes(shape.tag.text)]);
      return fastWrite(g, shape.item, value, hasRoom);
    case "tuple":
      leave(g, `!Array.isArray(${value}) || ${value}.length !== ${shape.items.length}`);
      if (!hasRoom) g.makeRoom(1);
      put(g, [0x90 | shape.items.length]);
      return shape.items.forEach((item, index) => writePart(g, item, `${value}[${index}]`, "part", hasRoom));
    case "named":
      leave(g, `typeof ${value} !== "object" || ${value} === null`);
      if (!hasRoom) g.makeRoom(1);
      put(g, [0x90 | shape.fields.length]);
      return shape.fields.forEach((field) => writePart(g, field.shape, member(value, field.name), field.name, hasRoom));
    case "oneOf":
      if (!hasRoom) g.makeRoom(1);
      lines.add(`if (${value} === null) bytes[pos++] = 0xc0;`);
      return lines.block("else {", () => fastWrite(g, shape.options[1], value, hasRoom));
    case "array":
      return writeArray(g, shape.item, value);
    default:
      throw new Error(`There is no inline writing of ${shape.kind}`);
  }
}

function put(g: FastWrite, bytes: readonly number[]): void {
  bytes.forEach((byte, index) => g.lines.add(`bytes[pos${index === 0 ? "" : ` + ${index}`}] = ${byte};`));
  g.lines.add(`pos += ${bytes.length};`);
}

function writePart(g: FastWrite, shape: MsgpackNode, value: string, wish: string, hasRoom: boolean): void {
  const name = g.lines.name(wish);
  g.lines.add(`const ${name} = ${value};`);
  fastWrite(g, shape, name, hasRoom);
}

function writeArray(g: FastWrite, item: MsgpackNode, value: string): void {
  const { lines } = g;
  leave(g, `!Array.isArray(${value}) || ${value}.length > 0xffff`);
  if (g.counter !== undefined) leave(g, `(${g.counter.name} += ${value}.length) > ${g.counter.max}`);
  g.makeRoom(3);
  lines.add(`if (${value}.length < 16) bytes[pos++] = 0x90 | ${value}.length;`);
  lines.block("else {", () => {
    lines.add("bytes[pos] = 0xdc;");
    lines.add(`bytes[pos + 1] = ${value}.length >>> 8;`);
    lines.add(`bytes[pos + 2] = ${value}.length;`);
    lines.add("pos += 3;");
  });
  const index = lines.name("i");
  lines.block(`for (let ${index} = 0; ${index} < ${value}.length; ${index}++) {`, () => {
    writePart(g, item, `${value}[${index}]`, "item", false);
  });
}

function writeBytes(g: FastWrite, size: number | undefined, value: string): void {
  const { lines } = g;
  leave(g, `!(${value} instanceof Uint8Array) || ${value}.length ${size === undefined ? "> 255" : `!== ${size}`}`);
  lines.add("bytes[pos] = 0xc4;");
  lines.add(`bytes[pos + 1] = ${size ?? `${value}.length`};`);
  lines.add("pos += 2;");
  if (size !== undefined && isCopied(size)) {
    lines.add(`${g.use("putFours")}(bytes, pos, ${value}, ${size});`);
  } else {
    lines.add(`${g.use("putBytes")}(bytes, pos, ${value});`);
  }
  lines.add(`pos += ${size ?? `${value}.length`};`);
}

function writeText(g: FastWrite, isStr: boolean, value: string, hasRoom: boolean): void {
  const { lines } = g;
  leave(g, `typeof ${value} !== "string" || ${value}.length > ${Math.min(255, g.stringBytesMax)}`);
  if (!hasRoom) g.makeRoom(2 + 3 * 0xff);
  const start = lines.name("textStart"), after = lines.name("after"), length = lines.name("length");
  lines.add(`const ${start} = pos + ${isStr ? `(${value}.length < 32 ? 1 : 2)` : "2"};`);
  lines.add(`const ${after} = ${g.use("writeText")}(${value}, bytes, ${start}, pos + ${2 + 3 * 0xff});`);
  lines.add(`const ${length} = ${after} - ${start};`);
  // Text that needs a wider header than its number of characters says is rare.
  const room = isStr ? `(${value}.length < 32 ? 31 : 255)` : "255";
  const limit = g.stringBytesMax < 255 ? ` || ${length} > ${g.stringBytesMax}` : "";
  leave(g, `${after} < 0 || ${length} > ${room}${limit}`);
  const putLong = (lead: number) => {
    lines.add(`bytes[pos] = ${lead};`);
    lines.add(`bytes[pos + 1] = ${length};`);
  };
  if (isStr) {
    lines.add(`if (${value}.length < 32) bytes[pos] = 0xa0 | ${length};`);
    lines.block("else {", () => putLong(0xd9));
  } else {
    putLong(0xc4);
  }
  lines.add(`pos = ${after};`);
}

function writeInt(g: FastWrite, { min, max }: { min: number; max: number }, value: string): void {
  const { lines } = g;
  const tests = [`typeof ${value} !== "number"`];
  tests.push(max <= 0xffff ? `(${value} & 0xffff) !== ${value}` : `(${value} >>> 0) !== ${value}`);
  if (min > 0) tests.push(`${value} < ${min}`);
  if (max < 0xffffffff && max !== 0xffff) tests.push(`${value} > ${max}`);
  // Negative numbers and those above 32 bits have forms that are written elsewhere.
  const isWide = min < 0 || max > 0xffffffff;
  if (isWide) {
    lines.add(`if (!Number.isInteger(${value}) || ${value} < ${min} || ${value} > ${max}) break ${g.label};`);
    return lines.add(`pos = ${g.use("putMsgpackInt")}(bytes, pos, ${value});`);
  }
  leave(g, tests.join(" || "));
  lines.add(`if (${value} < 0x80) bytes[pos++] = ${value};`);
  lines.block(`else if (${value} < 0x100) {`, () => {
    lines.add("bytes[pos] = 0xcc;");
    lines.add(`bytes[pos + 1] = ${value};`);
    lines.add("pos += 2;");
  });
  if (max <= 0xffff) {
    lines.block("else {", () => {
      lines.add("bytes[pos] = 0xcd;");
      lines.add(`bytes[pos + 1] = ${value} >>> 8;`);
      lines.add(`bytes[pos + 2] = ${value};`);
      lines.add("pos += 3;");
    });
  } else {
    lines.add(`else pos = ${g.use("putMsgpackInt")}(bytes, pos, ${value});`);
  }
}
