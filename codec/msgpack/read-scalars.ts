/**
 * Readers of single values and of heads. An unexpected head is a plain {@link MISMATCH}: tracing looks
 * at heads itself, before.
 *
 * @module
 */

import { readView } from "../engine/mod.ts";
import type { Input } from "../schema/mod.ts";
import { MISMATCH } from "../error.ts";
import { notUtf8, outOfRange, stringTooLong, tooManyElements } from "../failures.ts";
import { readText } from "../text/mod.ts";
import {
  ARRAY16,
  ARRAY32,
  BIN32,
  BIN8,
  FALSE,
  FIX_COUNT_MAX,
  FIXARRAY,
  FIXMAP,
  FIXSTR,
  FIXSTR_BYTES_MAX,
  FLOAT32,
  FLOAT64,
  INT16,
  INT32,
  INT64,
  INT8,
  KINDS,
  MAP16,
  MAP32,
  NIL,
  readHead,
  STR8,
  TRUE,
  UINT16,
  UINT32,
  UINT64,
  UINT8,
} from "./format.ts";
import { checkValue } from "./check.ts";
import { failAtHead, failFew, lastHead } from "./trace.ts";
import { Ext } from "./value.ts";

/** The byte at the beginning of the next value. */
function leadByte(s: Input): number {
  if (s.pos >= s.end) throw MISMATCH;
  return s.bytes[s.pos];
}

/** Moves past `count` bytes and returns where they begin. */
function take(s: Input, count: number): number {
  const { pos } = s;
  if (count > s.end - pos) throw MISMATCH;
  s.pos = pos + count;
  return pos;
}

/** Reads nil. */
export function readNil(s: Input): null {
  if (leadByte(s) !== NIL) throw MISMATCH;
  s.pos++;
  return null;
}

/** Reads true or false. */
export function readBoolean(s: Input): boolean {
  const lead = leadByte(s);
  if (lead !== TRUE && lead !== FALSE) throw MISMATCH;
  s.pos++;
  return lead === TRUE;
}

function u16At(bytes: Uint8Array, at: number): number {
  return bytes[at] << 8 | bytes[at + 1];
}

function i32At(bytes: Uint8Array, at: number): number {
  return bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
}

function u32At(bytes: Uint8Array, at: number): number {
  return i32At(bytes, at) >>> 0;
}

/** Reads an integer of any form, as NaN unless it is safe. */
export function readInt(s: Input): number {
  const { bytes, pos } = s;
  if (pos >= s.end) throw MISMATCH;
  const lead = bytes[pos];
  if (lead < FIXMAP) {
    s.pos = pos + 1;
    return lead;
  }
  // Ports and lengths: the form that is met most.
  if (lead === UINT16 && s.end - pos > 2) {
    s.pos = pos + 3;
    return bytes[pos + 1] << 8 | bytes[pos + 2];
  }
  return readLongInt(s, lead);
}

function readLongInt(s: Input, lead: number): number {
  const { bytes } = s;
  switch (lead) {
    case UINT8:
      return bytes[take(s, 2) + 1];
    case UINT16:
      return u16At(bytes, take(s, 3) + 1);
    case UINT32:
      return u32At(bytes, take(s, 5) + 1);
    case UINT64:
      return readSafe64(s, false);
    case INT8:
      return bytes[take(s, 2) + 1] << 24 >> 24;
    case INT16:
      return u16At(bytes, take(s, 3) + 1) << 16 >> 16;
    case INT32:
      return i32At(bytes, take(s, 5) + 1);
    case INT64:
      return readSafe64(s, true);
  }
  if (lead < 0xe0) throw MISMATCH;
  s.pos++;
  return lead - 256;
}

function readSafe64(s: Input, signed: boolean): number {
  const at = take(s, 9) + 1;
  const high = signed ? i32At(s.bytes, at) : u32At(s.bytes, at);
  const value = high * 2 ** 32 + u32At(s.bytes, at + 4);
  return Number.isSafeInteger(value) ? value : NaN;
}

const scratch = new DataView(new ArrayBuffer(8));

/** Copies a few bytes to where a DataView is ready: cheaper than a view of the input for each number. */
function toScratch(s: Input, count: number): DataView {
  const at = take(s, count + 1) + 1;
  for (let index = 0; index < count; index++) scratch.setUint8(index, s.bytes[at + index]);
  return scratch;
}

/** Reads an integer of any form as a bigint. */
export function readBig(s: Input): bigint {
  const lead = leadByte(s);
  if (lead === UINT64) return toScratch(s, 8).getBigUint64(0);
  if (lead === INT64) return toScratch(s, 8).getBigInt64(0);
  return BigInt(readInt(s));
}

/** Throws because the integer read last is not within its bounds. */
export function failRange(s: Input, min: number | bigint, max: number | bigint): never {
  const { start, body, size } = lastHead(s);
  failAtHead(s, outOfRange<number | bigint>, readBig({ ...s, pos: start, end: body + size }), min, max);
}

/** Reads a float of either size. */
export function readFloat(s: Input): number {
  const lead = leadByte(s);
  if (lead === FLOAT64) return toScratch(s, 8).getFloat64(0);
  if (lead !== FLOAT32) throw MISMATCH;
  return toScratch(s, 4).getFloat32(0);
}

/** Reads the header of a str and returns its length; the bytes are there. */
export function openStr(s: Input): number {
  const lead = leadByte(s);
  const count = (lead & 0xe0) === FIXSTR ? fixLength(s, lead & FIXSTR_BYTES_MAX) : longLength(s, lead - STR8);
  if (count > s.end - s.pos) throw MISMATCH;
  return count;
}

/** Reads the header of a bin and returns its length; the bytes are there. */
export function openBin(s: Input): number {
  const lead = leadByte(s);
  // Addresses and ids: the form that is met most.
  const count = lead === BIN8 ? s.bytes[take(s, 2) + 1] : longLength(s, lead - BIN8);
  if (count > s.end - s.pos) throw MISMATCH;
  return count;
}

function fixLength(s: Input, length: number): number {
  s.pos++;
  return length;
}

/** Reads a header with a length of 1, 2 or 4 bytes: `form` is 0, 1 or 2. */
function longLength(s: Input, form: number): number {
  switch (form) {
    case 0:
      return s.bytes[take(s, 2) + 1];
    case 1:
      return u16At(s.bytes, take(s, 3) + 1);
    case 2:
      return u32At(s.bytes, take(s, 5) + 1);
    default:
      throw MISMATCH;
  }
}

/** Reads the header of a str or a bin. */
export function openEither(s: Input): number {
  const lead = leadByte(s);
  return lead >= BIN8 && lead <= BIN32 ? openBin(s) : openStr(s);
}

/** Reads text of `count` bytes. */
export function readTextOf(s: Input, count: number): string {
  if (count > s.limits.stringBytesMax) throw textTooLong(s, count);
  const start = s.pos;
  const text = readText(s.bytes, start, start + count);
  if (text === undefined) throw textNotUtf8(s);
  s.pos = start + count;
  return text;
}

// What throws is as short as can be where it is met often: the engine merges short functions into others.

function textTooLong(s: Input, count: number): never {
  failAtHead(s, stringTooLong, count, s.limits.stringBytesMax);
}

function textNotUtf8(s: Input): never {
  failAtHead(s, notUtf8);
}

/** Reads the header of an array and returns its count. */
export function openArray(s: Input): number {
  const lead = leadByte(s);
  if ((lead & 0xf0) === FIXARRAY) return fixLength(s, lead & FIX_COUNT_MAX);
  return longLength(s, lead === ARRAY16 ? 1 : lead === ARRAY32 ? 2 : -1);
}

/** Reads the header of a map and returns its count of pairs. */
function openMap(s: Input): number {
  const lead = leadByte(s);
  if ((lead & 0xf0) === FIXMAP) return fixLength(s, lead & FIX_COUNT_MAX);
  return longLength(s, lead === MAP16 ? 1 : lead === MAP32 ? 2 : -1);
}

/** Reads the header of an array, whose elements have at least `itemMin` bytes each, and returns its count. */
export function openItems(s: Input, itemMin: number): number {
  const count = openArray(s);
  countElements(s, count, itemMin);
  return count;
}

/** Reads the header of a map and returns its count of pairs, whose keys and values have at least a byte each. */
export function openPairs(s: Input): number {
  const pairs = openMap(s);
  countElements(s, 2 * pairs, 1);
  return pairs;
}

/** Counts elements against the limit, and against the bytes that are left: each has at least `bytesMin` of them. */
function countElements(s: Input, count: number, bytesMin: number): void {
  s.elements += count;
  if (s.elements > s.limits.elementsMax) failAtHead(s, tooManyElements, s.elements, s.limits.elementsMax);
  if (count * bytesMin > s.end - s.pos) failFew(s, count * bytesMin);
}

/** Reads a nil, bool, int, float, str, bin or ext; an integer as a bigint only where no number is exact. */
export function readScalar(s: Input): null | boolean | number | bigint | string | Uint8Array | Ext {
  const lead = leadByte(s);
  switch (KINDS[lead]) {
    case "int": {
      const value = readInt(s);
      if (!Number.isNaN(value)) return value;
      s.pos -= 9;
      return readBig(s);
    }
    case "str":
      return readTextOf(s, openStr(s));
    case "bin":
      return readView(s, openBin(s));
    case "nil":
      return readNil(s);
    case "bool":
      return readBoolean(s);
    case "float":
      return readFloat(s);
    default:
      return readExt(s);
  }
}

function readExt(s: Input): Ext {
  const { bytes, pos, end } = s;
  const head = readHead(bytes, pos, end);
  if (typeof head === "number" || head.kind !== "ext" || head.size > end - head.body) throw MISMATCH;
  s.pos = head.body + 1;
  return new Ext(bytes[head.body] << 24 >> 24, readView(s, head.size - 1));
}

/** Moves past a value of any shape. */
export function skipValue(s: Input): void {
  const { end, elements } = checkValue(s.bytes, s.pos, s.end, s.limits);
  s.elements += elements;
  if (s.elements > s.limits.elementsMax) throw MISMATCH;
  s.pos = end;
}
