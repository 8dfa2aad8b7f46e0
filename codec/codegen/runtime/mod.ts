/**
 * What generated codecs are made with: nothing that a program should call itself.
 *
 * @module
 */

import { CodecError, relocated } from "../../error.ts";
import { type Cursor, type Extension, setFloat32, setFloat64 } from "../../schema/mod.ts";
import { noRoom } from "../../failures.ts";
import { allocate, bytesWritten, pool, release } from "../../engine/mod.ts";
import { textBytes } from "../../text/mod.ts";

export { hasBits, type Infer, type Scanner } from "../../schema/mod.ts";
export * from "../../failures.ts";
export { mapped, mustPass, unmapped } from "./functions.ts";
export { fewItems, isPartial } from "./partial.ts";
export { type MessageScan, PublicScan, type Scan, type ScanOptions, type ScanRun } from "./stream.ts";
export type { StreamDecoder } from "../../engine/mod.ts";
// The names that generated modules import: those made before must go on working.
export { GeneratedStream as MessageStream } from "./stream.ts";
export { allocate as take, pool as slab, release as give } from "../../engine/mod.ts";
export { putMsgpackInt } from "./msgpack.ts";
export { equalValues } from "../../values.ts";
export { readText, textBytes, writeText } from "../../text/mod.ts";

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
 * of 21 bits. Two words written through the view of the pool take a tenth less of a small message than eight bytes.
 */
export function putSafe(bytes: Uint8Array, at: number, value: number): boolean {
  const low = value >>> 0;
  const high = (value - low) / 2 ** 32;
  if ((high & (HIGH_END - 1)) !== high) return false;
  if (bytes === pool.bytes) {
    pool.view.setUint32(at, high);
    pool.view.setUint32(at + 4, low);
  } else {
    putU32(bytes, at, high);
    putU32(bytes, at + 4, low);
  }
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
    this.start = allocate(count);
    this.bytes = pool.bytes;
    this.end = this.start + count;
  }

  /** Makes room for `count` bytes from `pos` on; returns where `pos` is now. */
  grow(pos: number, count: number): number {
    const used = pos - this.start;
    const room = 2 * (used + count);
    if (pool.bytes === this.bytes && pool.at === this.end && this.start + room <= this.bytes.length) {
      pool.at = this.end = this.start + room;
      return pos;
    }
    const from = this.bytes;
    const before = this.start;
    this.start = allocate(room);
    this.bytes = pool.bytes;
    this.end = this.start + room;
    this.bytes.set(from.subarray(before, pos), this.start);
    return this.start + used;
  }

  /** The message that ends at `pos`. */
  finish(pos: number): Uint8Array {
    return release(this.bytes, this.start, pos, this.end);
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
