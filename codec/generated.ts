/**
 * What generated codecs are made with: nothing that a program should call itself.
 *
 * Functions that fail have a name that says what is wrong, and take the path and offset that the error shall have.
 *
 * @module
 */

import { CodecError, type CodecErrorCode, relocated } from "./error.ts";
import type { Cursor, Extension } from "./extension.ts";
import { setFloat32, setFloat64 } from "./floats.ts";
import { isPartial } from "./generated-partial.ts";
import { bytesWritten } from "./message-output.ts";
import { give, slab, take } from "./slab.ts";
import { textBytes } from "./text.ts";
import { plural, show } from "./values.ts";

export type { Scanner } from "./extension.ts";
export { mapped, mustPass, unmapped } from "./generated-functions.ts";
export { isPartial } from "./generated-partial.ts";
export { MessageStream, PublicScan } from "./generated-stream.ts";
export type { MessageScan, Scan, ScanOptions, ScanRun } from "./generated-stream.ts";
export type { Infer } from "./schema.ts";
export type { StreamDecoder } from "./stream.ts";
export { putMsgpackInt } from "./generated-msgpack.ts";
export { equalValues } from "./values.ts";
export { readText, textBytes, writeText } from "./text.ts";
export { give, slab, take } from "./slab.ts";

type Context = Readonly<Record<string, unknown>>;

function fail(code: CodecErrorCode, reason: string, path: string, offset: number, context: Context = {}): never {
  throw new CodecError(code, reason, { path, offset, context });
}

/** The bytes end too early. */
export function truncated(path: string, offset: number, needed: number, left: number): never {
  fail("truncated", `Needs ${plural(needed, "byte")}, ${left} left`, path, offset, { needed, left });
}

/** The bytes end too early for all elements, unless more bytes follow. */
export function fewItems(path: string, offset: number, needed: number, left: number): void {
  if (!isPartial()) truncated(path, offset, needed, left);
}

/** Bytes are left after the value. */
export function trailing(left: number, offset: number): never {
  fail("trailing", `${plural(left, "byte")} left after the value`, "", offset, { left });
}

/** Bytes are left in a frame. */
export function trailingInFrame(path: string, offset: number, left: number): never {
  fail("trailing", `${plural(left, "byte")} left in the frame`, path, offset, { left });
}

/** A 64-bit integer is no safe integer. */
export function unsafe(path: string, offset: number, value: bigint): never {
  fail("range", `Integer ${value} is outside the safe range of ±(2^53-1)`, path, offset, { value });
}

/** A bool or presence byte is neither 00 nor 01. */
export function notBool(path: string, offset: number, byte: number): never {
  fail("bool", `Byte 0x${hex(byte)} is neither 00 nor 01`, path, offset, { byte });
}

/** A byte of a literal is another one, or missing. */
export function notLiteral(
  path: string,
  bytes: Uint8Array,
  pos: number,
  end: number,
  literal: readonly number[],
): never {
  for (let index = 0;; index++) {
    if (pos + index >= end) truncated(path, pos + index, literal.length - index, 0);
    const expected = literal[index], found = bytes[pos + index];
    if (found !== expected) {
      fail("literal", `Expected byte 0x${hex(expected)}, found 0x${hex(found)}`, path, pos + index, {
        expected,
        found,
      });
    }
  }
}

/** Text is not valid UTF-8. */
export function notUtf8(path: string, offset: number): never {
  fail("utf8", "String is not valid UTF-8", path, offset);
}

/** A string is longer than allowed. */
export function stringTooLong(path: string, offset: number, count: number, max: number): never {
  fail("limit", `String of ${count} bytes is longer than ${max}`, path, offset);
}

/** There are too many elements. */
export function tooManyElements(path: string, offset: number, elements: number, elementsMax: number): never {
  fail("limit", `More than ${elementsMax} elements`, path, offset, { elements, elementsMax });
}

/** Recursion is too deep. */
export function tooDeep(path: string, offset: number, depthMax: number): never {
  fail("limit", `More than ${depthMax} levels`, path, offset, { depthMax });
}

/** A value is longer than its limit. */
export function tooLong(path: string, offset: number, bytesMax: number): never {
  fail("limit", `Value is longer than ${bytesMax} bytes`, path, offset, { bytesMax });
}

/** An integer is not in its enumeration. */
export function notInEnum(path: string, offset: number, number: number | bigint, numbers: string): never {
  fail("enum", `Number ${number} is none of ${numbers}`, path, offset, { number });
}

/** A tag names no case. */
export function unknownTag(path: string, offset: number, tag: number | bigint, tags: string): never {
  fail("tag", `Tag ${tag} is none of ${tags}`, path, offset, { tag });
}

/** A value is not the constant it must be. */
export function notConstant(path: string, offset: number, expected: unknown, found: unknown): never {
  fail("literal", `Value is not the constant ${show(expected)}`, path, offset, { expected, found });
}

/** A field that says a length says none. */
export function badLengthField(path: string, offset: number, name: string, value: unknown): never {
  fail("reference", `Field "${name}" is ${show(value)}, which is no length`, path, offset);
}

/** A value to encode has the wrong type. */
export function mistyped(path: string, offset: number, expected: string, found: unknown): never {
  if (found === undefined) fail("type", `Expected ${expected}, but the value is missing`, path, offset, { expected });
  fail("type", `Expected ${expected}, not ${show(found)}`, path, offset, { expected, found });
}

/** A number to encode is no integer of its width. */
export function badInt(path: string, offset: number, value: unknown, min: number, max: number): never {
  if (typeof value !== "number" || !Number.isInteger(value)) mistyped(path, offset, "an integer", value);
  fail("range", `Integer ${value} is not between ${min} and ${max}`, path, offset, { value, min, max });
}

/** A bigint to encode is none of 64 bits. */
export function badBig(path: string, offset: number, value: unknown, signed: boolean): never {
  if (typeof value !== "bigint") mistyped(path, offset, "a bigint", value);
  const min = signed ? -(2n ** 63n) : 0n;
  const max = signed ? 2n ** 63n - 1n : 2n ** 64n - 1n;
  fail("range", `Integer ${value} is not between ${min} and ${max}`, path, offset, { value, min, max });
}

/** A number to encode needs more than 4 bytes, or is none. */
export function badFloat(path: string, offset: number, value: unknown): never {
  if (typeof value !== "number") mistyped(path, offset, "a number", value);
  fail("range", `Number ${value} needs more than 4 bytes`, path, offset);
}

/** A length is above what its prefix can say. */
export function lengthTooLarge(path: string, offset: number, length: number, unit: string, max: number): never {
  const reason = `Length of ${plural(length, unit)} is above ${max}, the most its prefix can say`;
  fail("length", reason, path, offset, { length, max });
}

/** A length is not the fixed one. */
export function wrongLength(path: string, offset: number, length: number, unit: string, expected: number): never {
  fail("length", `Expected ${plural(expected, unit)}, not ${length}`, path, offset, { length, expected });
}

/** A field does not say the length that there is. */
export function wrongLengthField(
  path: string,
  offset: number,
  { name, said, length, unit }: { name: string; said: unknown; length: number; unit: string },
): never {
  fail("reference", `Field "${name}" says ${show(said)}, but there are ${plural(length, unit)}`, path, offset);
}

/** A name is not in its enumeration. */
export function notAName(path: string, offset: number, value: unknown, names: string): never {
  fail("enum", `Value ${show(value)} is none of ${names}`, path, offset);
}

/** A union's value has none of its cases. */
export function unknownCase(path: string, offset: number, key: string, value: unknown, names: string): never {
  fail("tag", `Property "${key}" is ${show(value)}, which is none of ${names}`, path, offset);
}

/** A field does not agree with the presence of a value. */
export function wrongPresence(path: string, offset: number, name: string, said: unknown, present: boolean): never {
  const reason = `Field "${name}" is ${show(said)}, but the value is ${present ? "present" : "absent"}`;
  fail("reference", reason, path, offset);
}

/** A target has no room for a message. */
export function noRoom(needed: number, left: number): never {
  const reason = `Needs ${plural(needed, "byte")}, the target has room for ${left}`;
  fail("space", reason, "", left, { needed, left });
}

/** A text to encode is none, has a lone surrogate, or is too long for its length. */
export function badText(path: string, offset: number, value: unknown, max: number, limit: number): never {
  if (typeof value !== "string") mistyped(path, offset, "a string", value);
  const bytes = textBytes(value);
  if (bytes === undefined) fail("utf8", "String has a lone surrogate", path, offset);
  if (bytes.length > max) lengthTooLarge(path, offset, bytes.length, "byte", max);
  stringTooLong(path, offset, bytes.length, limit);
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

/** Throws where something else than bytes is to be decoded. */
export function checkBytes(bytes: Uint8Array): void {
  if (!(bytes instanceof Uint8Array)) throw new TypeError("Only a Uint8Array can be decoded");
}

/** Throws where an offset is outside of the bytes. */
export function checkOffset(offset: number, length: number): void {
  if (!Number.isInteger(offset) || offset < 0 || offset > length) {
    throw new RangeError(`Offset ${offset} is not between 0 and ${length}`);
  }
}

/** The first high half that does not belong to a safe integer. */
const HIGH_END = 2 ** 21;

/** Reads 4 bytes. */
export function getU32(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3]) >>> 0;
}

/** Reads 4 bytes, the lowest first. */
export function getU32le(bytes: Uint8Array, at: number): number {
  return (bytes[at + 3] << 24 | bytes[at + 2] << 16 | bytes[at + 1] << 8 | bytes[at]) >>> 0;
}

/** Reads 8 bytes; -1 stands for more than 2^53-1. */
export function getU64(bytes: Uint8Array, at: number): number {
  const high = getU32(bytes, at);
  return high < HIGH_END ? high * 2 ** 32 + getU32(bytes, at + 4) : -1;
}

/** Reads 8 bytes, the lowest first; -1 stands for more than 2^53-1. */
export function getU64le(bytes: Uint8Array, at: number): number {
  const high = getU32le(bytes, at + 4);
  return high < HIGH_END ? high * 2 ** 32 + getU32le(bytes, at) : -1;
}

/** Reads 8 bytes, signed; NaN stands for what is no safe integer. */
export function getI64(bytes: Uint8Array, at: number): number {
  return safe(getU32(bytes, at) | 0, getU32(bytes, at + 4));
}

/** Reads 8 bytes, signed, the lowest first; NaN stands for what is no safe integer. */
export function getI64le(bytes: Uint8Array, at: number): number {
  return safe(getU32le(bytes, at + 4) | 0, getU32le(bytes, at));
}

function safe(high: number, low: number): number {
  const isSafe = high < HIGH_END && (high > -HIGH_END || (high === -HIGH_END && low !== 0));
  return isSafe ? high * 2 ** 32 + low : NaN;
}

const scratch = new DataView(new ArrayBuffer(8));

function toScratch(bytes: Uint8Array, at: number, count: number): DataView {
  for (let index = 0; index < count; index++) scratch.setUint8(index, bytes[at + index]);
  return scratch;
}

/** Reads 8 bytes as an unsigned bigint. */
export function getU64big(bytes: Uint8Array, at: number, littleEndian: boolean): bigint {
  return toScratch(bytes, at, 8).getBigUint64(0, littleEndian);
}

/** Reads 8 bytes as a signed bigint. */
export function getI64big(bytes: Uint8Array, at: number, littleEndian: boolean): bigint {
  return toScratch(bytes, at, 8).getBigInt64(0, littleEndian);
}

/** Reads 4 bytes as a float. */
export function getF32(bytes: Uint8Array, at: number, littleEndian: boolean): number {
  return toScratch(bytes, at, 4).getFloat32(0, littleEndian);
}

/** Reads 8 bytes as a float. */
export function getF64(bytes: Uint8Array, at: number, littleEndian: boolean): number {
  return toScratch(bytes, at, 8).getFloat64(0, littleEndian);
}

/** Where the varint that was read last ended. */
export let varintEnd = 0;

/** Reads a varint that must lie in `bytes[pos, end)`; negative numbers stand for {@link badVarint}. */
export function getVarint(bytes: Uint8Array, pos: number, end: number): number {
  let value = 0;
  for (let unit = 1, at = pos;; unit *= 128) {
    if (at >= end) return -1;
    const byte = bytes[at++];
    value += (byte & 127) * unit;
    if (value > Number.MAX_SAFE_INTEGER || (unit === 2 ** 49 && byte > 127)) return -2;
    if (byte < 128) {
      varintEnd = at;
      return byte === 0 && unit > 1 ? -3 : value;
    }
  }
}

/** Says what is wrong with a varint. */
export function badVarint(path: string, offset: number, result: number): never {
  if (result === -1) truncated(path, offset, 1, 0);
  if (result === -2) fail("range", "Variable-length integer is above 2^53-1", path, offset);
  fail("canonical", "Variable-length integer is not in its shortest form", path, offset);
}

/** How many bytes a varint takes. */
export function varintSize(value: number): number {
  let size = 1;
  for (let left = value; left > 127; left = Math.floor(left / 128)) size++;
  return size;
}

/** Writes a varint; returns the offset after it. */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let pos = at;
  for (let left = value;; left = Math.floor(left / 128)) {
    if (left < 128) {
      bytes[pos] = left;
      return pos + 1;
    }
    bytes[pos++] = left % 128 | 128;
  }
}

/** Writes 4 bytes. */
export function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Writes 8 bytes of a safe integer, signed or not. */
export function putU64(bytes: Uint8Array, at: number, value: number): void {
  const low = value >>> 0;
  putU32(bytes, at, (value - low) / 2 ** 32);
  putU32(bytes, at + 4, low);
}

/**
 * Writes 8 bytes of an integer from 0 to 2^53-1; whether the number is one. The high half of every other number is none
 * of 21 bits. Check and bytes in one function are small enough to be inlined where both are not.
 */
export function putSafe(bytes: Uint8Array, at: number, value: number): boolean {
  const low = value >>> 0;
  const high = (value - low) / 2 ** 32;
  if ((high & (HIGH_END - 1)) !== high) return false;
  bytes[at] = 0;
  bytes[at + 1] = high >>> 16;
  bytes[at + 2] = high >>> 8;
  bytes[at + 3] = high;
  bytes[at + 4] = low >>> 24;
  bytes[at + 5] = low >>> 16;
  bytes[at + 6] = low >>> 8;
  bytes[at + 7] = low;
  return true;
}

function fromScratch(bytes: Uint8Array, at: number, count: number): void {
  for (let index = 0; index < count; index++) bytes[at + index] = scratch.getUint8(index);
}

/** Writes 8 bytes of a bigint of 64 bits, signed or not. */
export function putBig(bytes: Uint8Array, at: number, value: bigint, littleEndian: boolean): void {
  scratch.setBigUint64(0, BigInt.asUintN(64, value), littleEndian);
  fromScratch(bytes, at, 8);
}

/** Whether a value is a bigint of 64 bits. */
export function isBig(value: bigint, signed: boolean): boolean {
  return typeof value === "bigint" && (signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)) === value;
}

/** Writes 4 bytes of a float. */
export function putF32(bytes: Uint8Array, at: number, value: number, littleEndian: boolean): void {
  setFloat32(scratch, value, littleEndian);
  fromScratch(bytes, at, 4);
}

/** Writes 8 bytes of a float. */
export function putF64(bytes: Uint8Array, at: number, value: number, littleEndian: boolean): void {
  setFloat64(scratch, value, littleEndian);
  fromScratch(bytes, at, 8);
}

/** Turns bytes around, for the little-endian forms of what is written big-endian. */
export function turn(bytes: Uint8Array, at: number, count: number): void {
  bytes.subarray(at, at + count).reverse();
}

/** Up to this many bytes a loop copies faster than `set`. */
const LOOP_BYTES_MAX = 32;

/** Copies bytes. */
export function putBytes(target: Uint8Array, at: number, source: Uint8Array): void {
  const { length } = source;
  if (length > LOOP_BYTES_MAX) return target.set(source, at);
  for (let index = 0; index < length; index++) target[at + index] = source[index];
}

/** Bytes that a text takes at most, exactly where that saves much memory. */
export function textRoom(text: unknown): number {
  if (typeof text !== "string") return 0;
  return text.length <= 4096 ? text.length * 3 : textBytes(text)?.length ?? 0;
}

/** Where a message of any length is written. */
export class Output {
  bytes: Uint8Array;
  start: number;
  /** Where the room ends that was taken. */
  end: number;

  constructor(count: number) {
    this.start = take(count);
    this.bytes = slab.bytes;
    this.end = this.start + count;
  }

  /** Makes room for `count` bytes from `pos` on; returns where `pos` is now. */
  grow(pos: number, count: number): number {
    const used = pos - this.start;
    const room = 2 * (used + count);
    if (slab.bytes === this.bytes && slab.at === this.end && this.start + room <= this.bytes.length) {
      slab.at = this.end = this.start + room;
      return pos;
    }
    const from = this.bytes;
    const before = this.start;
    this.start = take(room);
    this.bytes = slab.bytes;
    this.end = this.start + room;
    this.bytes.set(from.subarray(before, pos), this.start);
    return this.start + used;
  }

  /** The message that ends at `pos`. */
  finish(pos: number): Uint8Array {
    return give(this.bytes, this.start, pos, this.end);
  }
}

/** Copies an encoded message into a target. */
export function copyInto(message: Uint8Array, target: Uint8Array, offset: number): number {
  const left = target.length - offset;
  if (message.length > left) noRoom(message.length, left);
  target.set(message, offset);
  return offset + message.length;
}

/** An error found in a part of a message, seen from the message; the part begins at `start`. */
export function below(error: unknown, path: string, start = 0): unknown {
  return error instanceof CodecError ? relocated(error, path, start) : error;
}

/** The bytes of a value of another language, from the language's own functions. */
export function encodeSlowly<T>(extension: Extension<T>, value: T): Uint8Array {
  if (extension.write === undefined) return extension.encode(value);
  try {
    return bytesWritten((output) => extension.write!(output, value));
  } catch {
    return extension.encode(value);
  }
}

/** Where the value ends that {@link readSlowly} read last. */
export let slowEnd = 0;

/** Reads a value of another language with the language's own function. */
export function readSlowly<T>(extension: Extension<T>, cursor: Cursor, path: string): T {
  const { pos } = cursor;
  try {
    const value = extension.decode(cursor);
    slowEnd = cursor.pos;
    return value;
  } catch (error) {
    throw below(error, path, pos);
  }
}

/** An error of a value inside a limit: what is cut off where the limit ends is too long. */
export function withinLimit(error: unknown, isCut: boolean, bytesMax: number): unknown {
  if (!isCut || !(error instanceof CodecError) || error.code !== "truncated") return error;
  return new CodecError("limit", `Value is longer than ${bytesMax} bytes`, { ...error, context: { bytesMax } });
}
