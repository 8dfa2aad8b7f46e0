/**
 * Readers of schemas made of other schemas: struct, union, enum, array, tuple.
 *
 * @module
 */

import { notInEnum, tooManyElements, unknownTag } from "../failures.ts";
import {
  type ArrayNode,
  type EnumNode,
  isVoid,
  type Node,
  refuseEmptyItems,
  type Scope,
  sizeMin,
  type StructNode,
  type UnionNode,
} from "../schema/mod.ts";
import { type Build, type DecodeState, fail, failShort, kindOf, type Read } from "./decode-state.ts";
import { countRead, intRead } from "./read-leaves.ts";

/** The reader of named parts in order. */
export function structRead(node: StructNode, build: Build): Read {
  const fields = fieldReads(node, build);
  if (!build.traced && node.make !== undefined) return makingRead(fields, node.make as Make);
  const fill = filler(fields);
  return (s) => fill(s, {});
}

/** The readers of the fields that have a value, and one for what follows the last of them, if anything does. */
interface FieldReads {
  readonly names: readonly string[];
  readonly reads: readonly Read[];
  readonly last: Read | undefined;
}

/** What has no value is read with the field after it. */
function fieldReads({ fields }: StructNode, build: Build): FieldReads {
  let last: Read | undefined;
  const reads = fields.flatMap(({ name, schema }) => {
    const read = inOrder(last, build.field(name, build.read(schema)));
    last = isVoid(schema) ? read : undefined;
    return last === undefined ? [read] : [];
  });
  return { names: fields.filter(({ schema }) => !isVoid(schema)).map(({ name }) => name), reads, last };
}

function inOrder(first: Read | undefined, then: Read): Read {
  return first === undefined ? then : (s, scope) => {
    first(s, scope);
    return then(s, scope);
  };
}

type Fill = (state: DecodeState, value: Record<string, unknown>) => unknown;

/**
 * Reads fields into an object. Objects with computed keys would take three to four times as long; the first fields outside
 * of the loop save a tenth.
 */
function filler({ names, reads, last }: FieldReads): Fill {
  const count = reads.length;
  const [a, b, c, d] = names;
  const [readA, readB, readC, readD] = reads;
  return (s, value) => {
    if (count > 0) value[a] = readA(s, value);
    if (count > 1) value[b] = readB(s, value);
    if (count > 2) value[c] = readC(s, value);
    if (count > 3) value[d] = readD(s, value);
    for (let index = 4; index < count; index++) value[names[index]] = reads[index](s, value);
    last?.(s, value);
    return value;
  };
}

type Make = (...parts: unknown[]) => unknown;

/** One function per number of fields: calls with a list of arguments are slow. */
function makingRead({ reads, last }: FieldReads, make: Make): Read {
  const [a, b, c, d] = reads;
  const read: Read = [
    () => make(),
    (s: DecodeState) => make(a(s, undefined)),
    (s: DecodeState) => make(a(s, undefined), b(s, undefined)),
    (s: DecodeState) => make(a(s, undefined), b(s, undefined), c(s, undefined)),
    (s: DecodeState) => make(a(s, undefined), b(s, undefined), c(s, undefined), d(s, undefined)),
  ][reads.length] ?? ((s) => make(...reads.map((read) => read(s, undefined))));
  return last === undefined ? read : (s) => {
    const value = read(s, undefined);
    last(s, undefined);
    return value;
  };
}

/** The reader of integers with names. */
export function enumRead({ int, names }: EnumNode): Read {
  const readInt = intRead(int);
  const byNumber = new Map<unknown, string>(names.map(({ name, value }) => [value, name]));
  return (s, scope) => {
    const start = s.pos;
    const number = readInt(s, scope) as number;
    const name = byNumber.get(number);
    if (name === undefined) fail(s, notInEnum, start, number, [...byNumber.keys()].join(", "));
    return name;
  };
}

/** The reader of a tag and the fields of the case that it names. */
export function unionRead(node: UnionNode, build: Build): Read {
  const { key } = node;
  const readInt = intRead(node.tag);
  const cases = new Map(
    node.cases.map(({ name, tag, schema }) => [tag, { name, fill: filler(fieldReads(schema, build)) }]),
  );
  const caseOf = (s: DecodeState, scope: Scope) => {
    const start = s.pos;
    const tag = readInt(s, scope) as number;
    const found = cases.get(tag);
    if (found === undefined) fail(s, unknownTag, start, tag, [...cases.keys()].join(", "));
    return found;
  };
  const kind = build.traced ? kindOf("tag", (s, scope) => caseOf(s, scope).name) : undefined;
  const readCase = build.field(key, build.part("tag", caseOf, kind));
  return (s, scope) => {
    const { name, fill } = readCase(s, scope);
    const value: Record<string, unknown> = {};
    value[key] = name;
    return fill(s, value);
  };
}

/** The reader of elements of one schema. */
export function arrayRead(node: ArrayNode, build: Build): Read {
  refuseEmptyItems(node);
  const read = build.item(build.read(node.item));
  if (node.size.kind === "rest") return restRead(read);
  const readCount = countRead(node.size, build);
  const itemMin = sizeMin(node.item);
  return (s, scope) => {
    const start = s.pos;
    const count = readCount(s, scope);
    s.elements += count;
    if (s.elements > s.limits.elementsMax) failElements(s, start);
    if (count * itemMin > s.end - s.pos) failFewItems(s, count * itemMin);
    const values: unknown[] = [];
    for (let index = 0; index < count; index++) values.push(read(s, scope, index));
    return values;
  };
}

function restRead(read: Read): Read {
  return (s, scope) => {
    const values: unknown[] = [];
    while (s.pos < s.end || mayFollow(s, 1)) {
      if (++s.elements > s.limits.elementsMax) failElements(s, s.pos);
      values.push(read(s, scope, values.length));
    }
    return values;
  };
}

function failElements(s: DecodeState, offset: number): never {
  fail(s, tooManyElements, offset, s.elements, s.limits.elementsMax);
}

/** Elements need not be here yet, but there must be an end of the input that leaves room for them. */
function failFewItems(s: DecodeState, needed: number): void {
  if (!mayFollow(s, needed)) failShort(s, needed);
}

/** Whether the next bytes may be among those that are still to come. */
function mayFollow({ pos, end, trace }: DecodeState, count: number): boolean {
  return trace !== undefined && count <= end + trace.more - pos;
}

/** The reader of unnamed parts in order. */
export function tupleRead(items: readonly Node[], build: Build): Read {
  const voids = items.map(isVoid);
  const reads = items.map((item, at) => voids[at] ? build.read(item) : build.item(build.read(item)));
  return (s, scope) => {
    const values: unknown[] = [];
    for (let at = 0; at < reads.length; at++) {
      const value = reads[at](s, scope, values.length);
      if (!voids[at]) values.push(value);
    }
    return values;
  };
}
