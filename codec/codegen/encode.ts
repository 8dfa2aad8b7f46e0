/**
 * Source text that writes: checks and writes in the order of the engine, with the same errors.
 *
 * Space is reserved once for all small parts; only parts of unbounded size reserve more while they are written.
 *
 * @module
 */

import {
  type ArrayNode,
  type Field,
  intMax,
  type IntNode,
  isVoid,
  type LazyNode,
  type LimitNode,
  type Node,
  type OptionalNode,
  refuseEmptyItems,
  sizeMax,
  type StructNode,
  type UnionNode,
  type VarintNode,
} from "../schema/mod.ts";
import { presenceTest } from "./decode.ts";
import { referred } from "./decode-leaves.ts";
import {
  makeRoom,
  mistyped,
  OFFSET,
  putInt,
  writeBytes,
  writeEnum,
  writeExtension,
  writeFloat,
  writeInt,
  writeLength,
  writeLiteral,
  type WritePlace,
  writeString,
} from "./encode-leaves.ts";
import { call, type Generation, unwritable } from "./generation.ts";
import { roomMax } from "./nodes.ts";
import { constantText, member, quote } from "./text.ts";

/** Up to this size room for the largest value of a node is made before it is written. */
export const ROOM_BYTES_MAX = 4096;

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

/** Emits that room is made for a node, when it is small and there is none yet. */
function withRoom(g: Generation, node: Node, place: WritePlace): WritePlace {
  if (place.hasRoom) return place;
  const max = roomMax(node);
  if (max > ROOM_BYTES_MAX) return place;
  if (max > 0) makeRoom(g, max);
  return { ...place, hasRoom: true };
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
