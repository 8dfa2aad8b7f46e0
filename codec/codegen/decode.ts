/**
 * Source text that reads: checks and reads in the order of the engine, with the same errors.
 *
 * @module
 */

import {
  type ArrayNode,
  type Field,
  type FramedNode,
  isVoid,
  type LazyNode,
  type LimitNode,
  type MapNode,
  type Node,
  type OptionalNode,
  type RefineNode,
  refuseEmptyItems,
  sizeMin,
  type UnionNode,
} from "../schema/mod.ts";
import {
  isBig,
  need,
  readBool,
  readBytes,
  readCount,
  readEnum,
  readExtension,
  readInt,
  readLength,
  readLiteral,
  readString,
  readVarint,
  referred,
  takeFixed,
} from "./decode-leaves.ts";
import { call, type Generation, type ReadPlace, unwritable } from "./generation.ts";
import { canExceed } from "./nodes.ts";
import { braces, constantText, key, quote } from "./text.ts";
import { arrayType, constantType, typeText } from "./types.ts";

/** Emits statements that read a node; returns the expression of its value, empty for what has none. */
export function emitRead(g: Generation, node: Node, place: ReadPlace, wish: string): string {
  switch (node.kind) {
    case "int":
      return readInt(g, node, place, wish);
    case "varint":
      return readVarint(g, place, wish);
    case "float": {
      need(g, place, node.bytes);
      return takeFixed(g, wish, `${g.use(`getF${8 * node.bytes}`)}(bytes, pos, ${node.littleEndian})`, node.bytes);
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
      return readFramed(g, node, place, wish);
    case "extension":
      return readExtension(g, node, place, wish);
    case "map":
    case "refine":
      return readFunction(g, node, place, wish);
  }
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
  if (itemMin > 0) need(g, place, itemMin === 1 ? count : multiplied(count, itemMin));
  lines.add(`const ${name}: ${typeText(node, g.types)} = [];`);
  lines.block(
    `for (let ${index} = 0; ${index} < ${count}; ${index}++) {`,
    () => pushItem(g, node.item, place, name, index),
  );
  return name;
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
    : presenceTest(g, node.presence, place);
  const name = g.lines.name(wish);
  g.lines.add(`let ${name}: ${typeText(node, g.types)} = null;`);
  g.lines.block(`if (${present}) {`, () => g.lines.add(`${name} = ${emitRead(g, node.schema, place, wish)};`));
  return name;
}

/** The expression that says whether an optional value with a condition is there. */
export function presenceTest(
  g: Generation,
  presence: Exclude<OptionalNode["presence"], { kind: "byte" }>,
  place: Pick<ReadPlace, "scope">,
): string {
  const { expression } = referred(presence.ref, place);
  return presence.kind === "equals"
    ? `(${expression} as unknown) === ${constantText(presence.value)}`
    : `${g.use("hasBits")}(${expression}, ${constantText(presence.mask)})`;
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
    g.lines.add(`${name} = ${g.recursion(node, "read")}(bytes, pos, ${place.end}, depth + 1);`);
  }, "} catch (error) {");
  g.lines.add(`  throw ${call(g, "below", "error", place.path)};`);
  g.lines.add("}");
  g.lines.add("pos = lastEnd;");
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
  const value = emitRead(g, schema, { ...place, end, limit: { outerEnd: place.end, bytesMax } }, wish);
  g.lines.add(`if (pos - ${start} > ${bytesMax}) ${call(g, "tooLong", place.path, start, bytesMax)};`);
  return value;
}

function readFramed(g: Generation, { int, schema }: FramedNode, place: ReadPlace, wish: string): string {
  const length = readCount(g, int, place, `${wish}Length`);
  need(g, place, length);
  const end = g.lines.name(`${wish}End`);
  g.lines.add(`const ${end} = pos + ${length};`);
  // A frame ends where it says: what is cut there is cut, whatever limit stands around it.
  const { limit: _, ...inside } = place;
  const value = emitRead(g, schema, { ...inside, end }, wish);
  g.lines.add(`if (pos < ${end}) ${call(g, "trailingInFrame", place.path, "pos", `${end} - pos`)};`);
  return value;
}
