/**
 * Readers of single values: fast, without paths and messages.
 *
 * Whatever does not fit is {@link MISMATCH}; the plain walk then says what is wrong and where.
 *
 * @module
 */

import type { Input } from "../schema/mod.ts";
import { MISMATCH } from "../error.ts";
import { readText } from "../text/mod.ts";
import {
  ARRAY16,
  ARRAY32,
  BIN16,
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
  MAP16,
  MAP32,
  NIL,
  STR16,
  STR32,
  STR8,
  TRUE,
  UINT16,
  UINT32,
  UINT64,
  UINT8,
} from "./forms.ts";

/** Reads one value and moves `input.pos` behind it. */
export type Read = (input: Input) => unknown;

/** The byte at the beginning of the next value. */
export function leadByte(s: Input): number {
  if (s.pos >= s.end) throw MISMATCH;
  return s.bytes[s.pos];
}

/** Moves behind `count` bytes and returns where they begin. */
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

/** Reads an integer of any form that is safe. */
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
  if (!Number.isSafeInteger(value)) throw MISMATCH;
  return value;
}

const scratch = new DataView(new ArrayBuffer(8));

/** Copies a few bytes to where a DataView stands ready: cheaper than a view of the input for each number. */
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
  let count;
  if ((lead & 0xe0) === FIXSTR) {
    s.pos++;
    count = lead & FIXSTR_BYTES_MAX;
  } else if (lead === STR8) {
    count = s.bytes[take(s, 2) + 1];
  } else if (lead === STR16) {
    count = u16At(s.bytes, take(s, 3) + 1);
  } else if (lead === STR32) {
    count = u32At(s.bytes, take(s, 5) + 1);
  } else {
    throw MISMATCH;
  }
  if (count > s.end - s.pos) throw MISMATCH;
  return count;
}

/** Reads the header of a bin and returns its length; the bytes are there. */
export function openBin(s: Input): number {
  const lead = leadByte(s);
  let count;
  if (lead === BIN8) {
    count = s.bytes[take(s, 2) + 1];
  } else if (lead === BIN16) {
    count = u16At(s.bytes, take(s, 3) + 1);
  } else if (lead === BIN32) {
    count = u32At(s.bytes, take(s, 5) + 1);
  } else {
    throw MISMATCH;
  }
  if (count > s.end - s.pos) throw MISMATCH;
  return count;
}

/** Reads the header of a str or a bin. */
export function openEither(s: Input): number {
  const lead = leadByte(s);
  return lead >= BIN8 && lead <= BIN32 ? openBin(s) : openStr(s);
}

/** Reads text of `count` bytes. */
export function readTextOf(s: Input, count: number): string {
  if (count > s.limits.stringBytesMax) throw MISMATCH;
  const start = s.pos;
  const text = readText(s.bytes, start, start + count);
  if (text === undefined) throw MISMATCH;
  s.pos = start + count;
  return text;
}

/** Reads the header of an array and returns its count. */
export function openArray(s: Input): number {
  const lead = leadByte(s);
  if ((lead & 0xf0) === FIXARRAY) {
    s.pos++;
    return lead & FIX_COUNT_MAX;
  }
  if (lead === ARRAY16) return u16At(s.bytes, take(s, 3) + 1);
  if (lead === ARRAY32) return u32At(s.bytes, take(s, 5) + 1);
  throw MISMATCH;
}

/** Reads the header of a map and returns its count of pairs. */
export function openMap(s: Input): number {
  const lead = leadByte(s);
  if ((lead & 0xf0) === FIXMAP) {
    s.pos++;
    return lead & FIX_COUNT_MAX;
  }
  if (lead === MAP16) return u16At(s.bytes, take(s, 3) + 1);
  if (lead === MAP32) return u32At(s.bytes, take(s, 5) + 1);
  throw MISMATCH;
}

/** Counts elements against the limit, and against the bytes that are left: each has at least `bytesMin` of them. */
export function countElements(s: Input, count: number, bytesMin: number): void {
  s.elements += count;
  if (s.elements > s.limits.elementsMax || count * bytesMin > s.end - s.pos) throw MISMATCH;
}
