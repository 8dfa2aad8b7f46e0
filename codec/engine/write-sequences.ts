/**
 * Writers of bytes, text and elements in a row.
 *
 * @module
 */

import { badText, lengthTooLarge, mistyped, tooManyElements, wrongLength, wrongLengthField } from "../failures.ts";
import {
  type ArrayNode,
  intMax,
  isVoid,
  type Node,
  refuseEmptyItems,
  resolve,
  type Scope,
  type Size,
  sizeMin,
} from "../schema/mod.ts";
import { textBytes, writeText } from "../text/mod.ts";
import { type Build, fail, type MessageOutput, reserve, type Write, writeBytes } from "./output.ts";
import { intWrite, writeVarint } from "./write-numbers.ts";

/** The writer of bytes that are always the same. */
export function literalWrite(literal: Uint8Array): Write {
  if (literal.length !== 1) return (s) => writeBytes(s, literal);
  const [byte] = literal;
  return (s) => {
    const at = reserve(s, 1);
    s.bytes[at] = byte;
  };
}

type WriteCount = (state: MessageOutput, count: number, scope: Scope) => void;

/** Writes a length that comes first, and checks one that is known. */
function countWrite(size: Size, unit: string, traced: boolean): WriteCount {
  switch (size.kind) {
    case "prefix": {
      const write = intWrite(size.int);
      // What the prefix cannot say does not fit its integer either; only the error is another one.
      if (!traced) return write;
      const max = intMax(size.int);
      return (s, count, scope) => {
        if (count > max) fail(s, lengthTooLarge, count, unit, max);
        write(s, count, scope);
      };
    }
    case "fixed":
      return (s, count) => {
        if (count !== size.count) fail(s, wrongLength, count, unit, size.count);
      };
    case "ref":
      return (s, count, scope) => {
        const said = resolve(size, scope);
        if (said !== count) fail(s, wrongLengthField, { name: size.path.join("."), said, length: count, unit });
      };
    case "rest":
      return () => {};
  }
}

/** The writer of bytes. */
export function bytesWrite(size: Size, build: Build): Write {
  const writeCount = countWrite(size, "byte", build.traced);
  return (s, value, scope) => {
    if (!(value instanceof Uint8Array)) fail(s, mistyped, "a Uint8Array", value);
    writeCount(s, value.length, scope);
    writeBytes(s, value);
  };
}

/** The writer of text. */
export function stringWrite(size: Size, build: Build): Write {
  if (size.kind !== "prefix") return afterLength(size, textWrite(size, 0, Infinity), build);
  if (size.int.kind === "int" && size.int.bytes === 1) return writeString8;
  return afterLength(size, textWrite(size, sizeMin(size.int), intMax(size.int)), build);
}

/** Writes a text for whose length `gap` bytes were kept free. */
function textWrite(size: Size, gap: number, countMax: number): Write {
  return (s, value, scope) => {
    if (!putText(s, value, Math.min(countMax, s.limits.stringBytesMax))) failText(s, value, scope, size, gap);
  };
}

/** Writes a text of at most `bytesMax` bytes; whether it is one. */
function putText(s: MessageOutput, value: unknown, bytesMax: number): boolean {
  if (typeof value !== "string" || value.length > bytesMax) return false;
  let after = writeText(value, s.bytes, s.pos, s.end);
  if (after === -1) {
    s.grow(value.length * 3);
    after = writeText(value, s.bytes, s.pos, s.end);
  }
  if (after < 0 || after - s.pos > bytesMax) return false;
  s.pos = after;
  return true;
}

function failText(s: MessageOutput, value: unknown, scope: Scope, size: Size, gap: number): never {
  s.pos -= gap;
  const bytes = typeof value === "string" ? textBytes(value) : undefined;
  // Where the length does not fit either, that is the error: it comes first.
  if (s.steps !== undefined && bytes !== undefined) countWrite(size, "byte", true)(s, bytes.length, scope);
  fail(s, badText, value, Infinity, s.limits.stringBytesMax);
}

const LENGTH8: Size = {
  kind: "prefix",
  int: { kind: "int", bytes: 1, signed: false, littleEndian: false, big: false },
};

/** The length byte is written when the text is known, which saves measuring it first. */
function writeString8(s: MessageOutput, value: unknown, scope: Scope): void {
  const { bytes, pos, limits } = s;
  if (typeof value === "string" && limits.stringBytesMax > 255) {
    const after = writeText(value, bytes, pos + 1, Math.min(s.end, pos + 256));
    if (after > 0) {
      bytes[pos] = after - pos - 1;
      s.pos = after;
      return;
    }
  }
  reserve(s, 1);
  const before = s.pos - s.start;
  if (!putText(s, value, Math.min(255, s.limits.stringBytesMax))) failText(s, value, scope, LENGTH8, 1);
  s.bytes[s.start + before - 1] = s.pos - s.start - before;
}

/** The writer of something after its length in bytes, which is known when it has been written. */
export function afterLength(size: Size, write: Write, build: Build): Write {
  const gap = size.kind === "prefix" ? sizeMin(size.int) : 0;
  if (size.kind === "prefix" && size.int.kind === "varint") {
    return (s, value, scope) => {
      reserve(s, gap);
      const before = s.pos - s.start;
      write(s, value, scope);
      writeVarintBefore(s, before);
    };
  }
  const writeCount = countWrite(size, "byte", build.traced);
  return (s, value, scope) => {
    reserve(s, gap);
    const before = s.pos - s.start;
    write(s, value, scope);
    const after = s.pos;
    s.pos = s.start + before - gap;
    writeCount(s, after - s.start - before, scope);
    s.pos = after;
  };
}

/**
 * Writes the length of what was written since `before` into the one byte kept free there. A longer length moves what was
 * written: that is rare and quick, and no byte after the end of the message is ever touched.
 */
function writeVarintBefore(s: MessageOutput, before: number): void {
  const length = s.pos - s.start - before;
  let extra = 0;
  for (let left = length; left > 127; left = Math.floor(left / 128)) extra++;
  if (extra > 0) {
    reserve(s, extra);
    const from = s.start + before;
    s.bytes.copyWithin(from + extra, from, from + length);
  }
  const after = s.pos;
  s.pos = s.start + before - 1;
  writeVarint(s, length);
  s.pos = after;
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
