/**
 * Source text that reads the usual forms of msgpack values inline.
 *
 * Any other form leaves the block of statements; then the language's own function reads the value, or reports what is
 * wrong with it. Values are made after everything was checked.
 *
 * @module
 */

import type { Limits } from "../limits.ts";
import { type FieldNode, type MsgpackNode, shapeBytesMin } from "../msgpack/mod.ts";
import type { ExtensionNode, Node } from "../schema/mod.ts";
import { msgpackType } from "./languages.ts";
import { braces, type Lines, property, quote } from "./text.ts";

/** The most elements that the forms read inline can have. */
const COUNT_MAX = 0xffff;

/** What msgpack's nodes say of themselves. */
export interface Description {
  readonly shape: MsgpackNode;
  readonly options: { readonly limits: Limits; readonly canonical: boolean };
}

/** What an extension of msgpack says of itself. */
export function describe(node: ExtensionNode): Description | undefined {
  const { source } = node.extension;
  return source?.language === "msgpack" ? source as unknown as Description : undefined;
}

/** Whether an extension's usual forms can be read inline. */
export function isInline(node: ExtensionNode): boolean {
  const found = describe(node);
  return found !== undefined && !found.options.canonical && isFast(found.shape);
}

/** Whether views of the input are made where a node is read. */
export function isViewed(node: Node): boolean {
  return node.kind === "bytes" ||
    (node.kind === "extension" && isInline(node) &&
      shapesIn(describe(node)!.shape).some(({ kind }) => kind === "bytes"));
}

/** Emits the reading; returns the last statement, which is reached when the value is one of the usual forms. */
export function inlineRead(
  g: { readonly lines: Lines; use(name: string): string },
  node: ExtensionNode,
  { name, behind, label, end }: { name: string; behind: string; label: string; end: string },
): string {
  const { shape, options: { limits } } = describe(node)!;
  const { elementsMax, stringBytesMax } = limits;
  const counter = elementCounter(g.lines, shape, elementsMax, name);
  const context = { lines: g.lines, label, end, stringBytesMax, counter, use: (name: string) => g.use(name) };
  const { value, place } = fastRead(context, shape, placeAt("pos"), name);
  if (place.known < place.offset || place.known === 0) g.lines.add(`if (${at(place)} > ${end}) break ${label};`);
  g.lines.add(`${name} = ${value};`);
  return `${behind} = ${at(place)};`;
}

/** Emits the variable that counts the elements of arrays, where there can be more than allowed. */
export function elementCounter(lines: Lines, shape: MsgpackNode, max: number, wish: string) {
  const arrays = shapesIn(shape).filter(({ kind }) => kind === "array").length;
  if (arrays === 0 || (arrays === 1 && max >= COUNT_MAX)) return undefined;
  const name = lines.name(`${wish}Elements`);
  lines.add(`let ${name} = 0;`);
  return { name, max };
}

/** What the reading of a shape needs to know. */
interface FastRead {
  readonly lines: Lines;
  /** The label of the block that is left. */
  readonly label: string;
  /** The expression of where the bytes end. */
  readonly end: string;
  readonly stringBytesMax: number;
  /** The variable that counts elements, where they can be too many, and how many there can be. */
  readonly counter: { readonly name: string; readonly max: number } | undefined;
  use(name: string): string;
}

/** A place in the input: a variable and a number of bytes after it, and how many bytes are known to be there. */
interface Place {
  readonly base: string;
  readonly offset: number;
  readonly known: number;
}

/** Where a value starts that nothing is known about. */
function placeAt(base: string): Place {
  return { base, offset: 0, known: 0 };
}

/** Whether a shape has usual forms that are read inline. */
function isFast(shape: MsgpackNode): boolean {
  switch (shape.kind) {
    case "nil":
    case "boolean":
    case "int":
    case "float":
    case "text":
      return true;
    case "bytes":
      return shape.size === undefined || shape.size <= 0xff;
    case "exact":
      return strBytes(shape.text).length <= 64;
    case "tagged":
      return isFast(shape.tag) && isFast(shape.item);
    case "array":
      return isFast(shape.item);
    case "tuple":
      return shape.items.length <= 15 && shape.items.every(isFast);
    case "named":
      return shape.fields.length <= 15 && shape.fields.every(({ shape, optional }) => !optional && isFast(shape));
    case "oneOf":
      return shape.options.length === 2 && shape.options[0].kind === "nil" && isFast(shape.options[1]);
    default:
      return false;
  }
}

/** A shape that is read inline and its parts. */
function shapesIn(shape: MsgpackNode): MsgpackNode[] {
  const parts = "item" in shape
    ? [shape.item]
    : "items" in shape
    ? shape.items
    : "options" in shape
    ? shape.options
    : "fields" in shape
    ? shape.fields.map((field) => field.shape)
    : [];
  return [shape, ...parts.flatMap(shapesIn)];
}

/** The bytes of a str in its shortest form. */
export function strBytes(text: string): readonly number[] {
  const bytes = new TextEncoder().encode(text);
  return [...(bytes.length <= 31 ? [0xa0 | bytes.length] : [0xd9, bytes.length]), ...bytes];
}

/** How many bytes stand at the beginning of a shape's usual form whatever its value is. */
function fixedBytes(shape: MsgpackNode): { readonly count: number; readonly isWhole: boolean } {
  switch (shape.kind) {
    case "nil":
    case "boolean":
      return { count: 1, isWhole: true };
    case "float":
      return { count: 9, isWhole: true };
    case "bytes":
      return { count: 2 + (shape.size ?? 0), isWhole: shape.size !== undefined };
    case "exact":
      return { count: strBytes(shape.text).length, isWhole: true };
    case "tagged":
      return fixedOf([shape.tag, shape.item]);
    case "tuple":
      return fixedOf(shape.items);
    case "named":
      return fixedOf(shape.fields.map((field) => field.shape));
    default:
      return { count: 1, isWhole: false };
  }
}

function fixedOf(items: readonly MsgpackNode[]): { readonly count: number; readonly isWhole: boolean } {
  let count = 1;
  for (const item of items) {
    const fixed = fixedBytes(item);
    count += fixed.count;
    if (!fixed.isWhole) return { count, isWhole: false };
  }
  return { count, isWhole: true };
}

/** The expression of a place. */
function at(place: Place, more = 0): string {
  const offset = place.offset + more;
  return offset === 0 ? place.base : `${place.base} + ${offset}`;
}

function leave(g: FastRead, test: string): void {
  g.lines.add(`if (${test}) break ${g.label};`);
}

/** Emits the check that `count` bytes are there. */
function need(g: FastRead, place: Place, count: number): Place {
  const known = place.offset + count;
  if (known <= place.known) return place;
  leave(g, `${g.end} - ${place.base} < ${known}`);
  return { ...place, known };
}

/** Emits the check that bytes are these, and moves past them. */
function expect(g: FastRead, place: Place, bytes: readonly number[]): Place {
  leave(g, bytes.map((byte, index) => `bytes[${at(place, index)}] !== ${byte}`).join(" || "));
  return skip(place, bytes.length);
}

function skip(place: Place, count: number): Place {
  return { ...place, offset: place.offset + count };
}

/** Emits the reading of a shape; returns the expression of its value and where the next one starts. */
function fastRead(
  g: FastRead,
  shape: MsgpackNode,
  before: Place,
  wish: string,
): { readonly value: string; readonly place: Place } {
  const place = need(g, before, fixedBytes(shape).count);
  switch (shape.kind) {
    case "nil":
      return { value: "null", place: expect(g, place, [0xc0]) };
    case "boolean":
      leave(g, `(bytes[${at(place)}] & 0xfe) !== 0xc2`);
      return { value: `bytes[${at(place)}] === 0xc3`, place: skip(place, 1) };
    case "float": {
      const behind = skip(expect(g, place, [0xcb]), 8);
      return { value: `${g.use("getF64")}(bytes, ${at(place, 1)}, false)`, place: behind };
    }
    case "int":
      return readInt(g, shape, place, wish);
    case "text":
      return readText(g, shape, place, wish);
    case "bytes":
      return readBytes(g, shape.size, place, wish);
    case "exact":
      return { value: quote(shape.text), place: expect(g, place, strBytes(shape.text)) };
    case "tagged":
      return fastRead(g, shape.item, expect(g, place, [0x92, ...strBytes(shape.tag.text)]), wish);
    case "array":
      return readArray(g, shape.item, place, wish);
    case "tuple": {
      const read = readAll(g, shape.items, place, (index) => `${wish}${index}`);
      return { value: `[${read.values.join(", ")}]`, place: read.place };
    }
    case "named":
      return readNamed(g, shape.fields, place);
    case "oneOf":
      return readNullable(g, shape.options[1], place, wish);
    default:
      throw new Error(`There is no inline reading of ${shape.kind}`);
  }
}

function readAll(g: FastRead, items: readonly MsgpackNode[], start: Place, wish: (index: number) => string) {
  let place = expect(g, start, [0x90 | items.length]);
  const values = items.map((item, index) => {
    const read = fastRead(g, item, place, wish(index));
    place = read.place;
    return read.value;
  });
  return { values, place };
}

function readNamed(g: FastRead, fields: readonly FieldNode[], start: Place) {
  const { values, place } = readAll(g, fields.map((field) => field.shape), start, (index) => fields[index].name);
  return { value: braces(fields.map(({ name }, index) => property(name, values[index]))), place };
}

function readBytes(g: FastRead, size: number | undefined, place: Place, wish: string) {
  const view = (start: Place, length: string | number) => `new Uint8Array(buffer, origin + ${at(start)}, ${length})`;
  if (size !== undefined) {
    const start = expect(g, place, [0xc4, size]);
    return { value: view(start, size), place: skip(start, size) };
  }
  expect(g, place, [0xc4]);
  const length = g.lines.name(`${wish}Length`);
  const behind = g.lines.name(`${wish}End`);
  const start = skip(place, 2);
  g.lines.add(`const ${length} = bytes[${at(place, 1)}];`);
  g.lines.add(`const ${behind} = ${at(start)} + ${length};`);
  // All later parts check that they do not pass the end; the outermost reader makes the last check.
  return { value: view(start, length), place: placeAt(behind) };
}

function readText(g: FastRead, shape: Extract<MsgpackNode, { kind: "text" }>, place: Place, wish: string) {
  const { lines } = g;
  const length = lines.name(`${wish}Length`), start = lines.name(`${wish}Start`), text = lines.name(wish);
  lines.add(`let ${length} = bytes[${at(place)}];`);
  lines.add(`let ${start} = ${at(place, 1)};`);
  const isStr = shape.both || shape.writes === "str";
  if (isStr) lines.add(`if ((${length} & 0xe0) === 0xa0) ${length} &= 31;`);
  const leads = shape.both ? [0xd9, 0xc4] : isStr ? [0xd9] : [0xc4];
  const test = leads.map((lead) => `${length} === ${lead}`).join(" || ");
  const longer = leads.length > 1 ? `(${test})` : test;
  lines.add(`${isStr ? "else " : ""}if (${longer} && ${start} < ${g.end}) ${length} = bytes[${start}++];`);
  lines.add(`else break ${g.label};`);
  const behind = lines.name(`${wish}End`);
  lines.add(`const ${behind} = ${start} + ${length};`);
  leave(g, `${behind} > ${g.end}${g.stringBytesMax < 255 ? ` || ${length} > ${g.stringBytesMax}` : ""}`);
  lines.add(`const ${text} = ${g.use("readText")}(bytes, ${start}, ${behind});`);
  leave(g, `${text} === undefined`);
  return { value: text, place: placeAt(behind) };
}

function readInt(g: FastRead, { min, max }: { min: number; max: number }, place: Place, wish: string) {
  const { lines } = g;
  const value = lines.name(wish), behind = lines.name(`${wish}End`);
  lines.add(`let ${value} = bytes[${at(place)}];`);
  lines.add(`let ${behind} = ${at(place, 1)};`);
  const longer = (lead: number, count: number, read: string) =>
    lines.block(`else if (${value} === ${lead} && ${g.end} - ${behind} >= ${count}) {`, () => {
      lines.add(`${value} = ${read};`);
      lines.add(`${behind} += ${count};`);
    });
  lines.block(`if (${value} > 127) {`, () => {
    lines.block(`if (${value} === 205 && ${g.end} - ${behind} >= 2) {`, () => {
      lines.add(`${value} = bytes[${behind}] << 8 | bytes[${behind} + 1];`);
      lines.add(`${behind} += 2;`);
    });
    longer(204, 1, `bytes[${behind}]`);
    if (max > 0xffff) longer(206, 4, `${g.use("getU32")}(bytes, ${behind})`);
    if (max > 0xffffffff) longer(207, 8, `${g.use("getU64")}(bytes, ${behind})`);
    if (min < 0) lines.add(`else if (${value} >= 224) ${value} -= 256;`);
    lines.add(`else break ${g.label};`);
    // What is above 2^53-1 was read as -1.
    if (max > 0xffffffff) leave(g, `${value} < 0 && ${behind} - ${place.base} > ${place.offset + 1}`);
  });
  const tests = [
    ...(min > -32 && min !== 0 ? [`${value} < ${min}`] : []),
    ...(needsMax(max) ? [`${value} > ${max}`] : []),
  ];
  if (tests.length > 0) leave(g, tests.join(" || "));
  return { value, place: placeAt(behind) };
}

/** Whether the forms that are read for a range can have more than its largest number. */
function needsMax(max: number): boolean {
  return max !== 0xffff && max !== 0xffffffff && max !== Number.MAX_SAFE_INTEGER;
}

function readArray(g: FastRead, item: MsgpackNode, place: Place, wish: string) {
  const { lines } = g;
  const count = lines.name(`${wish}Count`), pos = lines.name(`${wish}At`), name = lines.name(wish), i = lines.name("i");
  lines.add(`let ${count} = bytes[${at(place)}];`);
  lines.add(`let ${pos} = ${at(place, 1)};`);
  lines.add(`if ((${count} & 0xf0) === 0x90) ${count} &= 15;`);
  lines.block(`else if (${count} === 0xdc && ${g.end} - ${pos} >= 2) {`, () => {
    lines.add(`${count} = bytes[${pos}] << 8 | bytes[${pos} + 1];`);
    lines.add(`${pos} += 2;`);
  });
  lines.add(`else break ${g.label};`);
  leave(g, `${count} * ${shapeBytesMin(item)} > ${g.end} - ${pos}`);
  if (g.counter !== undefined) leave(g, `(${g.counter.name} += ${count}) > ${g.counter.max}`);
  const type = msgpackType(item);
  lines.add(`const ${name}: ${type.includes("|") ? `(${type})` : type}[] = [];`);
  lines.block(`for (let ${i} = 0; ${i} < ${count}; ${i}++) {`, () => {
    const read = fastRead(g, item, placeAt(pos), "item");
    if (read.place.offset === 0 && read.place.known === 0) leave(g, `${read.place.base} > ${g.end}`);
    lines.add(`${name}.push(${read.value});`);
    lines.add(`${pos} = ${at(read.place)};`);
  });
  return { value: name, place: placeAt(pos) };
}

function readNullable(g: FastRead, shape: MsgpackNode, place: Place, wish: string) {
  const { lines } = g;
  const value = lines.name(wish), behind = lines.name(`${wish}End`);
  lines.add(`let ${value}: ${msgpackType(shape)} | null = null;`);
  lines.add(`let ${behind} = ${at(place, 1)};`);
  lines.block(`if (bytes[${at(place)}] !== 0xc0) {`, () => {
    const read = fastRead(g, shape, place, wish);
    lines.add(`${behind} = ${at(read.place)};`);
    leave(g, `${behind} > ${g.end}`);
    lines.add(`${value} = ${read.value};`);
  });
  return { value, place: placeAt(behind) };
}
