/**
 * Writers of schemas made of other schemas: struct, union, enum, array, tuple.
 *
 * @module
 */

import { mistyped, notAName, tooManyElements, unknownCase, wrongLength } from "../failures.ts";
import {
  type ArrayNode,
  type EnumNode,
  type Field,
  isVoid,
  type Node,
  refuseEmptyItems,
  type UnionNode,
} from "../schema/mod.ts";
import { type Build, fail, type MessageOutput, type Write } from "./output.ts";
import { countWrite, intWrite } from "./write-leaves.ts";

/** The writer of named parts in order. */
export function structWrite(fields: readonly Field[], build: Build): Write {
  const names: string[] = [];
  const writes: Write[] = [];
  // What has no value is written with the field after it: asking an object for what it does not have is slow.
  let last: Write | undefined;
  for (const { name, schema } of fields) {
    last = inOrder(last, build.field(name, build.write(schema)));
    if (isVoid(schema)) continue;
    names.push(name);
    writes.push(last);
    last = undefined;
  }
  const writeLast = last;
  const count = names.length;
  const [a, b, c, d] = names;
  const [writeA, writeB, writeC, writeD] = writes;
  return (s, value) => {
    if (typeof value !== "object" || value === null) fail(s, mistyped, "an object", value);
    const record = value as Record<string, unknown>;
    if (count > 0) writeA(s, record[a], record);
    if (count > 1) writeB(s, record[b], record);
    if (count > 2) writeC(s, record[c], record);
    if (count > 3) writeD(s, record[d], record);
    for (let index = 4; index < count; index++) writes[index](s, record[names[index]], record);
    writeLast?.(s, undefined, record);
  };
}

function inOrder(first: Write | undefined, then: Write): Write {
  if (first === undefined) return then;
  return (s, value, scope) => {
    first(s, undefined, scope);
    then(s, value, scope);
  };
}

/** The writer of integers with names. */
export function enumWrite(node: EnumNode): Write {
  const write = intWrite(node.int);
  const byName = new Map<unknown, number>(node.names.map(({ name, value }) => [name, value]));
  return (s, value, scope) => {
    const number = byName.get(value);
    if (number === undefined) fail(s, notAName, value, namesOf(byName));
    write(s, number, scope);
  };
}

function namesOf(byName: ReadonlyMap<unknown, unknown>): string {
  return [...byName.keys()].join(", ");
}

/** The writer of a tag and the fields of the case that it names. */
export function unionWrite({ key, tag, cases }: UnionNode, build: Build): Write {
  const writeTag = intWrite(tag);
  const byName = new Map<unknown, { tag: number; write: Write }>(
    cases.map(({ name, tag, schema }) => [name, { tag, write: structWrite(schema.fields, build) }]),
  );
  return (s, value, scope) => {
    if (typeof value !== "object" || value === null) fail(s, mistyped, "an object", value);
    const name = (value as Record<string, unknown>)[key];
    const found = byName.get(name);
    if (found === undefined) failCase(s, key, name, namesOf(byName));
    writeTag(s, found.tag, scope);
    found.write(s, value, scope);
  };
}

function failCase(s: MessageOutput, key: string, name: unknown, names: string): never {
  s.steps?.push(key);
  fail(s, unknownCase, key, name, names);
}

/** The writer of elements of one schema. */
export function arrayWrite(node: ArrayNode, build: Build): Write {
  refuseEmptyItems(node);
  const write = build.item(build.write(node.item));
  const writeCount = countWrite(node.size, "element", build.traced);
  return (s, value, scope) => {
    if (!Array.isArray(value)) fail(s, mistyped, "an array", value);
    const count = value.length;
    writeCount(s, count, scope);
    s.elements += count;
    if (s.elements > s.limits.elementsMax) fail(s, tooManyElements, s.elements, s.limits.elementsMax);
    for (let index = 0; index < count; index++) write(s, value[index], scope, index);
  };
}

/** The writer of unnamed parts in order. */
export function tupleWrite(items: readonly Node[], build: Build): Write {
  const voids = items.map(isVoid);
  const writes = items.map((item, index) => voids[index] ? build.write(item) : build.item(build.write(item)));
  const count = voids.filter((isOne) => !isOne).length;
  return (s, value, scope) => {
    if (!Array.isArray(value)) fail(s, mistyped, "an array", value);
    if (value.length !== count) fail(s, wrongLength, value.length, "value", count);
    let next = 0;
    for (let index = 0; index < writes.length; index++) {
      if (voids[index]) writes[index](s, undefined, scope);
      else writes[index](s, value[next], scope, next++);
    }
  };
}
