/**
 * Writers of single values, in the forms of u-msgpack: the shortest one of each.
 *
 * @module
 */

import { bytesWritten, copyBytes, failWrite, type MessageOutput, reserve, writeBytes } from "../engine/mod.ts";
import { badText, mistyped, tooManyElements } from "../failures.ts";
import type { Limits } from "../limits.ts";
import { writeText } from "../text/mod.ts";
import { tooMuch, tooWide } from "./failures.ts";
import {
  ARRAY16,
  BIN8,
  EXT8,
  FALSE,
  FIX_COUNT_MAX,
  FIXARRAY,
  FIXEXT1,
  FIXMAP,
  FIXSTR,
  FIXSTR_BYTES_MAX,
  FLOAT64,
  INT16,
  INT32,
  INT64,
  INT8,
  MAP16,
  NIL,
  STR8,
  TRUE,
  UINT16,
  UINT32,
  UINT64,
  UINT8,
} from "./format.ts";
import type { ExactNode } from "./shape.ts";
import { setFloat64 } from "../values.ts";

/** What writing one value may still cost. */
export interface Budget {
  readonly limits: Limits;
  /** Elements of arrays, and keys and values of maps, written so far. */
  elements: number;
  /** Arrays and maps that are open within a value of unknown shape. */
  depth: number;
}

/** Counts elements against the limit. */
export function spend(o: MessageOutput, budget: Budget, elements: number): void {
  budget.elements += elements;
  const { elementsMax } = budget.limits;
  if (budget.elements > elementsMax) failWrite(o, tooManyElements, budget.elements, elementsMax);
}

/** The most bytes or elements that any form can have. */
export const LENGTH_MAX = 2 ** 32 - 1;

/** Writes one byte. */
export function put(o: MessageOutput, byte: number): void {
  const at = reserve(o, 1);
  o.bytes[at] = byte;
}

function put1(o: MessageOutput, lead: number, value: number): void {
  const at = reserve(o, 2);
  o.bytes[at] = lead;
  o.bytes[at + 1] = value;
}

function put2(o: MessageOutput, lead: number, value: number): void {
  const at = reserve(o, 3);
  const { bytes } = o;
  bytes[at] = lead;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value;
}

function put4(o: MessageOutput, lead: number, value: number): void {
  const at = reserve(o, 5);
  const { bytes } = o;
  bytes[at] = lead;
  bytes[at + 1] = value >>> 24;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 8;
  bytes[at + 4] = value;
}

const scratch = new DataView(new ArrayBuffer(8));

function putScratch(o: MessageOutput, lead: number): void {
  const at = reserve(o, 9);
  o.bytes[at] = lead;
  for (let index = 0; index < 8; index++) o.bytes[at + 1 + index] = scratch.getUint8(index);
}

/** Writes nil. */
export function writeNil(o: MessageOutput, value: unknown): void {
  if (value !== null) failWrite(o, mistyped, "null", value);
  put(o, NIL);
}

/** Writes true or false. */
export function writeBoolean(o: MessageOutput, value: unknown): void {
  if (typeof value !== "boolean") failWrite(o, mistyped, "a boolean", value);
  put(o, value ? TRUE : FALSE);
}

/** Writes a safe integer: unsigned from 0 on, signed below. */
export function writeInt(o: MessageOutput, value: number): void {
  if (value >= 0) {
    if (value < 128) put(o, value);
    else if (value <= 0xff) put1(o, UINT8, value);
    else if (value <= 0xffff) put2(o, UINT16, value);
    else if (value <= 0xffffffff) put4(o, UINT32, value);
    else put8(o, UINT64, value);
  } else if (value >= -32) put(o, value);
  else if (value >= -0x80) put1(o, INT8, value);
  else if (value >= -0x8000) put2(o, INT16, value);
  else if (value >= -0x80000000) put4(o, INT32, value);
  else put8(o, INT64, value);
}

function put8(o: MessageOutput, lead: number, value: number): void {
  const high = Math.floor(value / 2 ** 32);
  scratch.setInt32(0, high);
  scratch.setUint32(4, value - high * 2 ** 32);
  putScratch(o, lead);
}

/** Writes an integer from -2^63 to 2^64-1. */
export function writeBig(o: MessageOutput, value: bigint): void {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return writeInt(o, number);
  const wrapped = value > 0n ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value);
  if (wrapped !== value) failWrite(o, tooWide, value);
  scratch.setBigUint64(0, BigInt.asUintN(64, value));
  putScratch(o, value > 0n ? UINT64 : INT64);
}

/** Writes a float of 8 bytes. */
export function writeFloat(o: MessageOutput, value: unknown): void {
  if (typeof value !== "number") failWrite(o, mistyped, "a number", value);
  setFloat64(scratch, value, false);
  putScratch(o, FLOAT64);
}

function strHeaderBytes(count: number): number {
  return count <= FIXSTR_BYTES_MAX ? 1 : count <= 0xff ? 2 : count <= 0xffff ? 3 : 5;
}

function openStr(o: MessageOutput, count: number): void {
  if (count <= FIXSTR_BYTES_MAX) put(o, FIXSTR | count);
  else putLength(o, STR8, count);
}

/** Writes a length of 1, 2 or 4 bytes; `lead` is the first byte of the form with 1, which those with 2 and 4 follow. */
function putLength(o: MessageOutput, lead: number, count: number): void {
  if (count <= 0xff) put1(o, lead, count);
  else if (count <= 0xffff) put2(o, lead + 1, count);
  else if (count <= LENGTH_MAX) put4(o, lead + 2, count);
  else failWrite(o, tooMuch, count);
}

function binHeaderBytes(count: number): number {
  return count <= 0xff ? 2 : count <= 0xffff ? 3 : 5;
}

/** Writes the header of a bin. */
export function openBin(o: MessageOutput, count: number): void {
  putLength(o, BIN8, count);
}

/** How text is written. */
interface TextForm {
  readonly headerBytes: (count: number) => number;
  readonly open: (o: MessageOutput, count: number) => void;
}

const asStr: TextForm = { headerBytes: strHeaderBytes, open: openStr };
const asBin: TextForm = { headerBytes: binHeaderBytes, open: openBin };

/** Writes text of at most `bytesMax` bytes as str. */
export function writeStr(o: MessageOutput, value: unknown, bytesMax: number): void {
  writeTextAs(o, value, bytesMax, asStr);
}

/** Writes text of at most `bytesMax` bytes as bin. */
export function writeTextBin(o: MessageOutput, value: unknown, bytesMax: number): void {
  writeTextAs(o, value, bytesMax, asBin);
}

/** The header is written when the text is known, into a gap as wide as it is for ASCII, which saves measuring it first. */
function writeTextAs(o: MessageOutput, value: unknown, bytesMax: number, { headerBytes, open }: TextForm): void {
  if (typeof value !== "string" || value.length > bytesMax) failWrite(o, badText, value, Infinity, bytesMax);
  const gap = headerBytes(value.length);
  if (o.end - o.pos < gap + value.length) o.grow(gap + value.length);
  let after = writeText(value, o.bytes, o.pos + gap, o.end);
  if (after === -1) {
    o.grow(gap + 3 * value.length);
    after = writeText(value, o.bytes, o.pos + gap, o.end);
  }
  const count = after - o.pos - gap;
  if (after < 0 || count > bytesMax) failWrite(o, badText, value, Infinity, bytesMax);
  const more = headerBytes(count) - gap;
  if (more > 0) widenGap(o, after, count, more);
  open(o, count);
  o.pos += count;
}

/** Moves text of `count` bytes that ends at `after` up by `more`, for a header that is wider than expected. */
function widenGap(o: MessageOutput, after: number, count: number, more: number): void {
  const before = after - o.pos;
  o.pos = after;
  const from = reserve(o, more) - count;
  o.bytes.copyWithin(from + more, from, from + count);
  o.pos -= before + more;
}

/** Writes bytes as bin. */
export function writeBin(o: MessageOutput, value: Uint8Array): void {
  const count = value.length;
  if (count <= 0xff) {
    const at = reserve(o, count + 2);
    const { bytes } = o;
    bytes[at] = BIN8;
    bytes[at + 1] = count;
    return copyBytes(bytes, at + 2, value);
  }
  openBin(o, count);
  writeBytes(o, value);
}

/** Writes the header of an array. */
export function openArray(o: MessageOutput, count: number): void {
  if (count <= FIX_COUNT_MAX) put(o, FIXARRAY | count);
  else putCount(o, ARRAY16, count);
}

/** Writes the header of a map of `count` pairs. */
export function openMap(o: MessageOutput, count: number): void {
  if (count <= FIX_COUNT_MAX) put(o, FIXMAP | count);
  else putCount(o, MAP16, count);
}

function putCount(o: MessageOutput, lead: number, count: number): void {
  if (count <= 0xffff) put2(o, lead, count);
  else if (count <= LENGTH_MAX) put4(o, lead + 1, count);
  else failWrite(o, tooMuch, count);
}

/** Writes a value of an extension type. */
export function writeExt(o: MessageOutput, type: number, data: Uint8Array): void {
  const count = data.length;
  const fixed = [1, 2, 4, 8, 16].indexOf(count);
  if (fixed !== -1) put(o, FIXEXT1 + fixed);
  else putLength(o, EXT8, count);
  put(o, type);
  writeBytes(o, data);
}

/** How an array of two begins whose first element is always the same text. */
export function tagHead({ text }: ExactNode): Uint8Array {
  return bytesWritten((o) => {
    openArray(o, 2);
    writeStr(o, text, LENGTH_MAX);
  });
}
