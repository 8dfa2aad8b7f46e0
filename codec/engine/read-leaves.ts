/**
 * Readers of numbers, bools, bytes and text.
 *
 * Integers are composed with shifts: a DataView of each input would cost more than it saves.
 *
 * @module
 */

import { badLengthField, badVarint, notBool, notLiteral, notUtf8, stringTooLong, unsafe } from "../failures.ts";
import { type FloatNode, type IntNode, resolve, type Scope, type Size, type VarintNode } from "../schema/mod.ts";
import { readText } from "../text/mod.ts";
import { type Build, BYTES, type DecodeState, fail, failShort, type Read, readView, TEXT } from "./decode-state.ts";

/** One byte. */
function readU8(s: DecodeState): number {
  if (s.pos >= s.end) failShort(s, 1);
  return s.bytes[s.pos++];
}

function readI8(s: DecodeState): number {
  return readU8(s) << 24 >> 24;
}

function readU16(s: DecodeState): number {
  const { bytes, pos } = s;
  if (s.end - pos < 2) failShort(s, 2);
  s.pos = pos + 2;
  return bytes[pos] << 8 | bytes[pos + 1];
}

function readU16le(s: DecodeState): number {
  const { bytes, pos } = s;
  if (s.end - pos < 2) failShort(s, 2);
  s.pos = pos + 2;
  return bytes[pos + 1] << 8 | bytes[pos];
}

const readI16 = (s: DecodeState): number => readU16(s) << 16 >> 16;
const readI16le = (s: DecodeState): number => readU16le(s) << 16 >> 16;

function readI32(s: DecodeState): number {
  const { bytes, pos } = s;
  if (s.end - pos < 4) failShort(s, 4);
  s.pos = pos + 4;
  return bytes[pos] << 24 | bytes[pos + 1] << 16 | bytes[pos + 2] << 8 | bytes[pos + 3];
}

function readI32le(s: DecodeState): number {
  const { bytes, pos } = s;
  if (s.end - pos < 4) failShort(s, 4);
  s.pos = pos + 4;
  return bytes[pos + 3] << 24 | bytes[pos + 2] << 16 | bytes[pos + 1] << 8 | bytes[pos];
}

const readU32 = (s: DecodeState): number => readI32(s) >>> 0;
const readU32le = (s: DecodeState): number => readI32le(s) >>> 0;

/** The first high half that does not belong to a safe integer. */
const HIGH_END = 2 ** 21;

function readU64(s: DecodeState): number {
  if (s.end - s.pos < 8) failShort(s, 8);
  const high = readU32(s);
  if (high >= HIGH_END) failUnsafe(s, s.pos - 4, false, false);
  return high * 2 ** 32 + readU32(s);
}

function readU64le(s: DecodeState): number {
  if (s.end - s.pos < 8) failShort(s, 8);
  const low = readU32le(s);
  const high = readU32le(s);
  if (high >= HIGH_END) failUnsafe(s, s.pos - 8, false, true);
  return high * 2 ** 32 + low;
}

function readI64(s: DecodeState): number {
  if (s.end - s.pos < 8) failShort(s, 8);
  const high = readI32(s);
  const low = readU32(s);
  if (!isSafe(high, low)) failUnsafe(s, s.pos - 8, true, false);
  return high * 2 ** 32 + low;
}

function readI64le(s: DecodeState): number {
  if (s.end - s.pos < 8) failShort(s, 8);
  const low = readU32le(s);
  const high = readI32le(s);
  if (!isSafe(high, low)) failUnsafe(s, s.pos - 8, true, true);
  return high * 2 ** 32 + low;
}

/** Whether a signed integer is a safe one. The lowest of these is one above -2^53, whose low half is zero. */
function isSafe(high: number, low: number): boolean {
  return high < HIGH_END && (high > -HIGH_END || (high === -HIGH_END && low !== 0));
}

function failUnsafe(s: DecodeState, start: number, signed: boolean, littleEndian: boolean): never {
  s.pos = start;
  const view = toScratch(s, 8);
  fail(s, unsafe, start, signed ? view.getBigInt64(0, littleEndian) : view.getBigUint64(0, littleEndian));
}

const scratch = new DataView(new ArrayBuffer(8));

/** Copies a few bytes to where a DataView stands ready: cheaper than a view of the input for each number. */
function toScratch(s: DecodeState, count: number): DataView {
  const { bytes, pos } = s;
  if (s.end - pos < count) failShort(s, count);
  for (let index = 0; index < count; index++) scratch.setUint8(index, bytes[pos + index]);
  s.pos = pos + count;
  return scratch;
}

/** The reader of an integer schema. */
export function intRead(node: IntNode | VarintNode): Read {
  if (node.kind === "varint") return readVarint;
  const { bytes, signed, littleEndian: le, big } = node;
  switch (bytes) {
    case 1:
      return signed ? readI8 : readU8;
    case 2:
      return signed ? (le ? readI16le : readI16) : (le ? readU16le : readU16);
    case 4:
      return signed ? (le ? readI32le : readI32) : (le ? readU32le : readU32);
    case 8:
      if (big) return signed ? (s) => toScratch(s, 8).getBigInt64(0, le) : (s) => toScratch(s, 8).getBigUint64(0, le);
      return signed ? (le ? readI64le : readI64) : (le ? readU64le : readU64);
  }
}

/** An unsigned LEB128 integer in its shortest form. */
export function readVarint(s: DecodeState): number {
  const start = s.pos;
  let value = 0;
  for (let unit = 1;; unit *= 128) {
    if (s.pos >= s.end) fail(s, badVarint, start, -1);
    const byte = s.bytes[s.pos++];
    value += (byte & 127) * unit;
    if (value > Number.MAX_SAFE_INTEGER || (unit === 2 ** 49 && byte > 127)) fail(s, badVarint, start, -2);
    if (byte < 128) {
      if (byte === 0 && unit > 1) fail(s, badVarint, start, -3);
      return value;
    }
  }
}

/** The reader of a floating-point schema. */
export function floatRead({ bytes, littleEndian }: FloatNode): Read {
  return bytes === 4
    ? (s) => toScratch(s, 4).getFloat32(0, littleEndian)
    : (s) => toScratch(s, 8).getFloat64(0, littleEndian);
}

/** A byte that is 00 or 01. */
export function readBool(s: DecodeState): boolean {
  const byte = readU8(s);
  if (byte > 1) fail(s, notBool, s.pos - 1, byte);
  return byte === 1;
}

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

/** Reads a number of bytes or elements. */
export type Count = (state: DecodeState, scope: Scope) => number;

/** The reader of the number of bytes or elements. */
export function countRead(size: Size, build: Build): Count {
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
