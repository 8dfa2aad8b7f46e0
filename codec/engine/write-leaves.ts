/**
 * Writers of numbers, bools, bytes and text; each checks that the value fits.
 *
 * @module
 */

import {
  badBig,
  badFloat,
  badInt,
  badText,
  lengthTooLarge,
  mistyped,
  wrongLength,
  wrongLengthField,
} from "../failures.ts";
import {
  type FloatNode,
  intMax,
  type IntNode,
  resolve,
  type Scope,
  type Size,
  sizeMin,
  type VarintNode,
} from "../schema/mod.ts";
import { textBytes, writeText } from "../text/mod.ts";
import { setFloat32, setFloat64 } from "../values.ts";
import { type Build, fail, type MessageOutput, reserve, type Write, writeBytes } from "./output.ts";

function writeU8(s: MessageOutput, value: unknown): void {
  if (typeof value !== "number" || (value & 0xff) !== value) fail(s, badInt, value, 0, 0xff);
  const at = reserve(s, 1);
  s.bytes[at] = value;
}

function writeI8(s: MessageOutput, value: unknown): void {
  if (typeof value !== "number" || (value << 24 >> 24) !== value) fail(s, badInt, value, -0x80, 0x7f);
  const at = reserve(s, 1);
  s.bytes[at] = value;
}

function writeU16(s: MessageOutput, value: unknown): void {
  if (typeof value !== "number" || (value & 0xffff) !== value) fail(s, badInt, value, 0, 0xffff);
  put16(s, value);
}

function writeI16(s: MessageOutput, value: unknown): void {
  if (typeof value !== "number" || (value << 16 >> 16) !== value) fail(s, badInt, value, -0x8000, 0x7fff);
  put16(s, value);
}

function writeU32(s: MessageOutput, value: unknown): void {
  if (typeof value !== "number" || (value >>> 0) !== value) fail(s, badInt, value, 0, 0xffffffff);
  put32(s, value);
}

function writeI32(s: MessageOutput, value: unknown): void {
  if (typeof value !== "number" || (value | 0) !== value) fail(s, badInt, value, -0x80000000, 0x7fffffff);
  put32(s, value);
}

function writeU64(s: MessageOutput, value: unknown): void {
  if (!Number.isSafeInteger(value) || (value as number) < 0) fail(s, badInt, value, 0, Number.MAX_SAFE_INTEGER);
  put64(s, value as number);
}

function writeI64(s: MessageOutput, value: unknown): void {
  if (!Number.isSafeInteger(value)) fail(s, badInt, value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  put64(s, value as number);
}

function put16(s: MessageOutput, value: number): void {
  const at = reserve(s, 2);
  const { bytes } = s;
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

function put32(s: MessageOutput, value: number): void {
  const at = reserve(s, 4);
  const { bytes } = s;
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function put64(s: MessageOutput, value: number): void {
  const at = reserve(s, 8);
  const { bytes } = s;
  const low = value >>> 0;
  const high = (value - low) / 2 ** 32;
  bytes[at] = high >>> 24;
  bytes[at + 1] = high >>> 16;
  bytes[at + 2] = high >>> 8;
  bytes[at + 3] = high;
  bytes[at + 4] = low >>> 24;
  bytes[at + 5] = low >>> 16;
  bytes[at + 6] = low >>> 8;
  bytes[at + 7] = low;
}

/** Turns the last bytes written around; big-endian is the rule here, so the little-endian forms may cost a little more. */
function reversed(write: Write, count: number): Write {
  return (s, value, scope) => {
    write(s, value, scope);
    s.bytes.subarray(s.pos - count, s.pos).reverse();
  };
}

const scratch = new DataView(new ArrayBuffer(8));

function fromScratch(s: MessageOutput, count: number): void {
  const at = reserve(s, count);
  for (let index = 0; index < count; index++) s.bytes[at + index] = scratch.getUint8(index);
}

function bigWrite({ signed, littleEndian }: IntNode): Write {
  const wrap = signed ? BigInt.asIntN : BigInt.asUintN;
  return (s, value) => {
    if (typeof value !== "bigint" || wrap(64, value) !== value) fail(s, badBig, value, signed);
    scratch.setBigUint64(0, BigInt.asUintN(64, value), littleEndian);
    fromScratch(s, 8);
  };
}

/** The writer of an integer schema. */
export function intWrite(node: IntNode | VarintNode): Write {
  if (node.kind === "varint") return writeVarint;
  if (node.big) return bigWrite(node);
  const write = node.signed
    ? { 1: writeI8, 2: writeI16, 4: writeI32, 8: writeI64 }[node.bytes]
    : { 1: writeU8, 2: writeU16, 4: writeU32, 8: writeU64 }[node.bytes];
  return node.littleEndian ? reversed(write, node.bytes) : write;
}

/** An unsigned LEB128 integer in its shortest form. */
export function writeVarint(s: MessageOutput, value: unknown): void {
  if (!Number.isSafeInteger(value) || (value as number) < 0) fail(s, badInt, value, 0, Number.MAX_SAFE_INTEGER);
  let left = value as number;
  for (; left > 127; left = Math.floor(left / 128)) {
    const at = reserve(s, 1);
    s.bytes[at] = left % 128 | 128;
  }
  const at = reserve(s, 1);
  s.bytes[at] = left;
}

/** The writer of a floating-point schema. */
export function floatWrite({ bytes, littleEndian }: FloatNode): Write {
  if (bytes === 8) {
    return (s, value) => {
      if (typeof value !== "number") fail(s, mistyped, "a number", value);
      setFloat64(scratch, value, littleEndian);
      fromScratch(s, 8);
    };
  }
  return (s, value) => {
    if (typeof value !== "number" || !Object.is(Math.fround(value), value)) fail(s, badFloat, value);
    setFloat32(scratch, value, littleEndian);
    fromScratch(s, 4);
  };
}

/** A byte that is 00 or 01. */
export function writeBool(s: MessageOutput, value: unknown): void {
  if (value !== true && value !== false) fail(s, mistyped, "a boolean", value);
  const at = reserve(s, 1);
  s.bytes[at] = value ? 1 : 0;
}

/** The writer of bytes that are always the same. */
export function literalWrite(literal: Uint8Array): Write {
  if (literal.length !== 1) return (s) => writeBytes(s, literal);
  const [byte] = literal;
  return (s) => {
    const at = reserve(s, 1);
    s.bytes[at] = byte;
  };
}

/** Writes a number of bytes or elements, or checks one that is known. */
export type WriteCount = (state: MessageOutput, count: number, scope: Scope) => void;

/** Writes a length that comes first, and checks one that is known. */
export function countWrite(size: Size, unit: string, traced: boolean): WriteCount {
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
