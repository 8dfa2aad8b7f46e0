/**
 * Readers of bytes, text and elements in a row.
 *
 * @module
 */

import { badLengthField, notLiteral, notUtf8, stringTooLong, tooManyElements } from "../failures.ts";
import {
  type ArrayNode,
  isVoid,
  type Node,
  refuseEmptyItems,
  resolve,
  type Scope,
  type Size,
  sizeMin,
} from "../schema/mod.ts";
import { readText } from "../text/mod.ts";
import { type Build, type DecodeState, fail, failShort, type Read, readView } from "./decode-state.ts";
import { intRead, readU8 } from "./read-numbers.ts";
import { BYTES, TEXT } from "./read-parts.ts";

/** The reader of bytes that are always the same. */
export function literalRead(expected: Uint8Array): Read {
  return (s) => {
    const { bytes, pos } = s;
    if (s.end - pos < expected.length) fail(s, failLiteral, pos, s, expected);
    for (let index = 0; index < expected.length; index++) {
      if (bytes[pos + index] !== expected[index]) fail(s, failLiteral, pos, s, expected);
    }
    s.pos = pos + expected.length;
  };
}

function failLiteral(path: string, pos: number, { bytes, end }: DecodeState, expected: Uint8Array): never {
  notLiteral(path, bytes, pos, end, expected);
}

type Count = (state: DecodeState, scope: Scope) => number;

function countRead(size: Size, build: Build): Count {
  switch (size.kind) {
    case "fixed":
      return () => size.count;
    case "prefix":
      return build.part("length", intRead(size.int) as Count);
    case "rest":
      return build.traced ? (s) => s.end + s.trace!.more - s.pos : (s) => s.end - s.pos;
    case "ref":
      return (s, scope) => {
        const count = resolve(size, scope);
        if (!Number.isSafeInteger(count) || (count as number) < 0) {
          fail(s, badLengthField, s.pos, size.path.join("."), count);
        }
        return count as number;
      };
  }
}

/** The reader of bytes. */
export function bytesRead(size: Size, build: Build): Read {
  if (!build.traced && size.kind === "fixed") return (s) => readView(s, size.count);
  const readCount = countRead(size, build);
  if (!build.traced) return (s, scope) => readView(s, readCount(s, scope));
  return build.part("value", (s, scope) => {
    const count = readCount(s, scope);
    if (count > s.end - s.pos) failShort(s, count);
    return readView(s, count);
  }, BYTES);
}

/** The reader of text. */
export function stringRead(size: Size, build: Build): Read {
  if (!build.traced && size.kind === "prefix" && size.int.kind === "int" && size.int.bytes === 1) return readString8;
  const readCount = countRead(size, build);
  return build.part("value", (s, scope) => readString(s, readCount(s, scope)), TEXT);
}

const readString8 = (s: DecodeState): string => readString(s, readU8(s));

function readString(s: DecodeState, count: number): string {
  const start = s.pos;
  if (count > s.end - start || count > s.limits.stringBytesMax) failLength(s, count);
  s.pos = start + count;
  const text = readText(s.bytes, start, start + count);
  if (text === undefined) fail(s, notUtf8, start);
  return text;
}

function failLength(s: DecodeState, count: number): never {
  const { stringBytesMax } = s.limits;
  if (count > stringBytesMax) fail(s, stringTooLong, s.pos, count, stringBytesMax);
  failShort(s, count);
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
