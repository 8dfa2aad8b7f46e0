/**
 * Source text that writes: checks and writes in the order of the plain walk, with the same errors.
 *
 * Room is made once for whatever is small; only parts of unbounded size ask for more while they are written.
 *
 * @module
 */

import {
  type ArrayNode,
  type EnumNode,
  type ExtensionNode,
  type Field,
  type FloatNode,
  intMax,
  intMin,
  type IntNode,
  isVoid,
  type LazyNode,
  type LimitNode,
  type Node,
  type OptionalNode,
  refuseEmptyItems,
  type Size,
  sizeMax,
  type StructNode,
  type UnionNode,
  type VarintNode,
} from "../schema/mod.ts";
import { presenceTest } from "./decode.ts";
import { referred } from "./decode-leaves.ts";
import { call, type Generation, unwritable } from "./generation.ts";
import { emitCopy, isCopied } from "./copy.ts";
import { inlineWrite, isInline } from "./msgpack-inline.ts";
import { roomMax } from "./nodes.ts";
import { constantText, member, type PathText, quote } from "./text.ts";

/** Up to this size room for the largest value of a node is made before it is written. */
export const ROOM_BYTES_MAX = 4096;

/** What the writing of a node needs to know about its surroundings. */
export interface WritePlace {
  readonly path: PathText;
  /** Whether there is room for the largest value. */
  readonly hasRoom: boolean;
  /** The expressions of the fields of the enclosing struct, by name. */
  readonly scope: ReadonlyMap<string, { readonly expression: string; readonly node: Node }>;
}

/** The offset of the next byte in the message. */
const OFFSET = "pos - start";

/** Emits statements that write the value of an expression. */
export function emitWrite(g: Generation, node: Node, value: string, outer: WritePlace): void {
  const place = withRoom(g, node, outer);
  switch (node.kind) {
    case "int":
    case "varint":
      return writeInt(g, node, value, place);
    case "float":
      return writeFloat(g, node, value, place);
    case "bool":
      g.lines.add(`if (typeof ${value} !== "boolean") ${mistyped(g, place, "a boolean", value)};`);
      return g.lines.add(`bytes[pos++] = ${value} ? 1 : 0;`);
    case "literal":
      return writeLiteral(g, node.bytes);
    case "bytes":
      return writeBytes(g, node.size, value, place);
    case "string":
      return writeString(g, node.size, value, place);
    case "array":
      return writeArray(g, node, value, place);
    case "struct":
      checkRecord(g, value, place);
      return writeFields(g, node.fields, value, place);
    case "tuple":
      return writeTuple(g, node.items, value, place);
    case "enum":
      return writeEnum(g, node, value, place);
    case "union":
      return writeUnion(g, node, value, place);
    case "optional":
      return writeOptional(g, node, value, place);
    case "constant":
      g.lines.add(
        `if (!${call(g, "equalValues", value, constantText(node.value))}) ${
          call(g, "notConstant", place.path, OFFSET, constantText(node.value), value)
        };`,
      );
      return emitWrite(g, node.schema, value, place);
    case "lazy":
      return writeLazy(g, node, value, place);
    case "limit":
      return writeLimit(g, node, value, place);
    case "framed":
      return writeFramed(g, node.int, node.schema, value, place);
    case "extension":
      return writeExtension(g, node, value, place);
    case "map": {
      const inner = g.lines.name("inner");
      g.lines.add(`const ${inner} = ${call(g, "unmapped", g.functions(node), value, place.path, OFFSET)};`);
      return emitWrite(g, node.schema, inner, place);
    }
    case "refine":
      g.lines.add(`${call(g, "mustPass", g.functions(node), value, place.path, OFFSET, false)};`);
      return emitWrite(g, node.schema, value, place);
  }
}

function mistyped(g: Generation, { path }: WritePlace, expected: string, value: string): string {
  return call(g, "mistyped", path, OFFSET, quote(expected), value);
}

/** Emits that room is made for a node, when it is small and there is none yet. */
function withRoom(g: Generation, node: Node, place: WritePlace): WritePlace {
  if (place.hasRoom) return place;
  const max = roomMax(node);
  if (max > ROOM_BYTES_MAX) return place;
  if (max > 0) makeRoom(g, max);
  return { ...place, hasRoom: true };
}

/** Emits that there is room for `count` bytes. */
export function makeRoom(g: Generation, count: number | string): void {
  g.lines.block(`if (output.end - pos < ${count}) {`, () => {
    g.lines.add(`pos = output.grow(pos, ${count});`);
    g.lines.add("({ bytes, start } = output);");
  });
}

function writeInt(g: Generation, node: IntNode | VarintNode, value: string, place: WritePlace): void {
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

/** The test that a value is no integer of a node's width. */
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
function putInt(g: Generation, node: IntNode | VarintNode, value: string): void {
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

function writeFloat(g: Generation, node: FloatNode, value: string, place: WritePlace): void {
  const test = node.bytes === 8
    ? `typeof ${value} !== "number"`
    : `typeof ${value} !== "number" || !Object.is(Math.fround(${value}), ${value})`;
  g.lines.add(`if (${test}) ${call(g, "badFloat", place.path, OFFSET, value)};`);
  g.lines.add(`${call(g, node.bytes === 8 ? "putF64" : "putF32", "bytes", "pos", value, node.littleEndian)};`);
  g.lines.add(`pos += ${node.bytes};`);
}

function writeLiteral(g: Generation, literal: readonly number[]): void {
  for (const byte of literal) g.lines.add(`bytes[pos++] = ${byte};`);
}

/** Emits that a length is checked and, as a prefix, written; a prefix has room where its value has. */
function writeLength(g: Generation, size: Size, length: string, unit: string, place: WritePlace): void {
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

function writeBytes(g: Generation, size: Size, value: string, place: WritePlace): void {
  g.lines.add(`if (!(${value} instanceof Uint8Array)) ${mistyped(g, place, "a Uint8Array", value)};`);
  writeLength(g, size, `${value}.length`, "byte", place);
  if (!place.hasRoom) makeRoom(g, `${value}.length`);
  if (size.kind === "fixed" && isCopied(size.count)) {
    emitCopy(g.lines, value, size.count);
    return g.lines.add(`pos += ${size.count};`);
  }
  g.lines.add(`${call(g, "putBytes", "bytes", "pos", value)};`);
  g.lines.add(`pos += ${value}.length;`);
}

function writeString(g: Generation, size: Size, value: string, place: WritePlace): void {
  const limit = g.limits.stringBytesMax;
  const max = size.kind === "prefix" ? intMax(size.int) : Infinity;
  const bad = call(g, "badText", place.path, OFFSET, value, max, limit);
  g.lines.add(`if (typeof ${value} !== "string") ${bad};`);
  if (size.kind === "prefix" && size.int.kind === "int") return writePrefixedText(g, size.int, value, place, bad);
  if (size.kind !== "prefix" && place.hasRoom && size.kind === "fixed") {
    return writeFixedText(g, size, value, place, bad);
  }
  // The length must be known before the text is written: in other bytes than the text's it is rare.
  const text = g.lines.name("text");
  g.lines.add(`const ${text} = ${call(g, "textBytes", value)};`);
  g.lines.add(`if (${text} === undefined) ${bad};`);
  writeLength(g, size, `${text}.length`, "byte", place);
  g.lines.add(
    `if (${text}.length > ${limit}) ${call(g, "stringTooLong", place.path, OFFSET, `${text}.length`, limit)};`,
  );
  if (!place.hasRoom) makeRoom(g, `${text}.length`);
  g.lines.add(`${call(g, "putBytes", "bytes", "pos", text)};`);
  g.lines.add(`pos += ${text}.length;`);
}

/** The length is written when the text is, which saves measuring the text first. */
function writePrefixedText(g: Generation, int: IntNode, value: string, place: WritePlace, bad: string): void {
  const { lines } = g;
  const max = Math.min(intMax(int), g.limits.stringBytesMax);
  if (!place.hasRoom) makeRoom(g, `${int.bytes} + ${call(g, "textRoom", value)}`);
  const after = lines.name("after");
  const textStart = int.bytes === 1 ? "pos + 1" : `pos + ${int.bytes}`;
  const end = place.hasRoom ? `pos + ${int.bytes + max}` : `Math.min(output.end, pos + ${int.bytes + max})`;
  lines.add(`const ${after} = ${call(g, "writeText", value, "bytes", textStart, end)};`);
  lines.add(`if (${after} < 0) ${bad};`);
  const length = lines.name("length");
  lines.add(`const ${length} = ${after} - pos - ${int.bytes};`);
  putInt(g, int, length);
  lines.add(`pos = ${after};`);
}

function writeFixedText(
  g: Generation,
  size: Extract<Size, { kind: "fixed" }>,
  value: string,
  place: WritePlace,
  bad: string,
): void {
  const text = g.lines.name("text");
  g.lines.add(`const ${text} = ${call(g, "textBytes", value)};`);
  g.lines.add(`if (${text} === undefined) ${bad};`);
  writeLength(g, size, `${text}.length`, "byte", place);
  g.lines.add(`${call(g, "putBytes", "bytes", "pos", text)};`);
  g.lines.add(`pos += ${text}.length;`);
}

function writeArray(g: Generation, node: ArrayNode, value: string, place: WritePlace): void {
  refuseEmptyItems(node);
  const { lines } = g;
  lines.add(`if (!Array.isArray(${value})) ${mistyped(g, place, "an array", value)};`);
  writeLength(g, node.size, `${value}.length`, "element", place);
  if (g.countsElements) {
    const max = g.limits.elementsMax;
    lines.add(`elements += ${value}.length;`);
    lines.add(`if (elements > ${max}) ${call(g, "tooManyElements", place.path, OFFSET, "elements", max)};`);
  }
  const index = lines.name("i");
  const item = lines.name("item");
  lines.block(`for (let ${index} = 0; ${index} < ${value}.length; ${index}++) {`, () => {
    if (!isVoid(node.item)) lines.add(`const ${item} = ${value}[${index}];`);
    emitWrite(g, node.item, item, { ...place, path: place.path.element(index) });
  });
}

function checkRecord(g: Generation, value: string, place: WritePlace): void {
  g.lines.add(`if (typeof ${value} !== "object" || ${value} === null) ${mistyped(g, place, "an object", value)};`);
}

function writeFields(g: Generation, fields: readonly Field[], value: string, place: WritePlace): void {
  const scope = new Map(
    fields.map(({ name, schema }) => [name, { expression: member(value, name), node: schema }] as const),
  );
  let left = [...fields];
  while (left.length > 0) {
    const [run, roomy] = runOf(left, place);
    if (roomy && !place.hasRoom) makeRoom(g, run.reduce((total, { schema }) => total + roomMax(schema), 0));
    for (const { name, schema } of run) {
      const inside = { path: place.path.field(name), scope, hasRoom: place.hasRoom || roomy };
      if (isVoid(schema)) {
        emitWrite(g, schema, "undefined", inside);
        continue;
      }
      const variable = g.lines.name(name);
      g.lines.add(`const ${variable} = ${member(value, name)};`);
      emitWrite(g, schema, variable, inside);
    }
    left = left.slice(run.length);
  }
}

/** The next fields that get room together: as many small ones as follow one another, or one large one. */
function runOf(fields: readonly Field[], place: WritePlace): [run: readonly Field[], roomy: boolean] {
  if (place.hasRoom) return [fields, false];
  let total = 0;
  const end = fields.findIndex(({ schema }) => (total += roomMax(schema)) > ROOM_BYTES_MAX);
  if (end === 0) return [fields.slice(0, 1), false];
  const run = end < 0 ? fields : fields.slice(0, end);
  return [run, run.some(({ schema }) => roomMax(schema) > 0)];
}

function writeTuple(g: Generation, items: readonly Node[], value: string, place: WritePlace): void {
  const count = items.filter((item) => !isVoid(item)).length;
  g.lines.add(`if (!Array.isArray(${value})) ${mistyped(g, place, "an array", value)};`);
  const length = `${value}.length`;
  g.lines.add(
    `if ((${length} as number) !== ${count}) ${
      call(g, "wrongLength", place.path, OFFSET, length, quote("value"), count)
    };`,
  );
  let next = 0;
  for (const item of items) {
    if (isVoid(item)) {
      emitWrite(g, item, "undefined", place);
      continue;
    }
    const variable = g.lines.name(`item${next}`);
    g.lines.add(`const ${variable} = ${value}[${next}];`);
    emitWrite(g, item, variable, { ...place, path: place.path.item(next) });
    next++;
  }
}

function writeEnum(g: Generation, node: EnumNode, value: string, place: WritePlace): void {
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

function writeUnion(g: Generation, node: UnionNode, value: string, place: WritePlace): void {
  checkRecord(g, value, place);
  const tagPath = place.path.field(node.key);
  if (!place.hasRoom) makeRoom(g, sizeMax(node.tag));
  g.lines.block(`switch (${member(value, node.key)}) {`, () => {
    for (const { name, tag, schema } of node.cases) {
      g.lines.block(`case ${quote(name)}: {`, () => {
        putInt(g, node.tag, String(tag));
        writeFields(g, (schema as StructNode).fields, value, place);
        g.lines.add("break;");
      });
    }
    const names = quote(node.cases.map(({ name }) => name).join(", "));
    const said = `(${value} as Record<string, unknown>)[${quote(node.key)}]`;
    g.lines.nest("default:", () => {
      g.lines.add(`${call(g, "unknownCase", tagPath, OFFSET, quote(node.key), said, names)};`);
    });
  });
}

function writeOptional(g: Generation, node: OptionalNode, value: string, place: WritePlace): void {
  const { presence } = node;
  const present = g.lines.name("present");
  g.lines.add(`const ${present} = ${value} !== null && ${value} !== undefined;`);
  if (presence.kind === "byte") {
    if (!place.hasRoom) makeRoom(g, 1);
    g.lines.add(`bytes[pos++] = ${present} ? 1 : 0;`);
  } else {
    const said = referred(presence.ref, place).expression;
    const name = quote(presence.ref.path.join("."));
    const bad = call(g, "wrongPresence", place.path, OFFSET, name, said, present);
    g.lines.add(`if ((${presenceTest(g, presence, place)}) !== ${present}) ${bad};`);
  }
  g.lines.block(`if (${value} !== null && ${value} !== undefined) {`, () => emitWrite(g, node.schema, value, place));
}

function writeLazy(g: Generation, node: LazyNode, value: string, place: WritePlace): void {
  const { lines } = g;
  lines.add(`if (depth >= ${g.limits.depthMax}) ${call(g, "tooDeep", place.path, OFFSET, g.limits.depthMax)};`);
  lines.block("try {", () => {
    lines.add(`pos = ${g.recursion(node, "write")}(output, pos, ${value}, depth + 1);`);
  }, "} catch (error) {");
  lines.add(`  throw ${call(g, "below", "error", place.path)};`);
  lines.add("}");
  lines.add("({ bytes, start } = output);");
}

function writeLimit(g: Generation, node: LimitNode, value: string, place: WritePlace): void {
  const { bytesMax, schema } = node;
  if (sizeMax(schema) <= bytesMax) return emitWrite(g, schema, value, place);
  const before = g.lines.name("before");
  g.lines.add(`const ${before} = ${OFFSET};`);
  emitWrite(g, schema, value, place);
  g.lines.add(`if (${OFFSET} - ${before} > ${bytesMax}) ${call(g, "tooLong", place.path, OFFSET, bytesMax)};`);
}

function writeFramed(g: Generation, int: IntNode | VarintNode, node: Node, value: string, place: WritePlace): void {
  if (int.kind === "varint") throw unwritable("a frame whose length is a varint");
  const { lines } = g;
  if (!place.hasRoom) makeRoom(g, int.bytes);
  const before = lines.name("before");
  lines.add(`pos += ${int.bytes};`);
  lines.add(`const ${before} = ${OFFSET};`);
  emitWrite(g, node, value, place);
  const after = lines.name("after");
  const length = lines.name("length");
  lines.add(`const ${after} = pos;`);
  lines.add(`const ${length} = ${OFFSET} - ${before};`);
  lines.add(`pos = start + ${before} - ${int.bytes};`);
  const max = intMax(int);
  if (max < Number.MAX_SAFE_INTEGER) {
    lines.add(`if (${length} > ${max}) ${call(g, "lengthTooLarge", place.path, OFFSET, length, quote("byte"), max)};`);
  }
  putInt(g, int, length);
  lines.add(`pos = ${after};`);
}

function writeExtension(g: Generation, node: ExtensionNode, value: string, place: WritePlace): void {
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
  lines.add(`let ${encoded}: Uint8Array;`);
  lines.block(
    "try {",
    () => lines.add(`${encoded} = ${call(g, "encodeSlowly", g.extension(node), value)};`),
    "} catch (error) {",
  );
  lines.add(`  throw ${call(g, "below", "error", place.path, OFFSET)};`);
  lines.add("}");
  if (!place.hasRoom) makeRoom(g, `${encoded}.length`);
  lines.add(`${call(g, "putBytes", "bytes", "pos", encoded)};`);
  lines.add(`pos += ${encoded}.length;`);
}
