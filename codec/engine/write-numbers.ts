/**
 * Writers of numbers and bools; each checks that the value fits.
 *
 * @module
 */

import { type EncodeState, reserve, type Write } from "./encode-state.ts";
import { MISMATCH } from "../error.ts";
import { type FloatNode, type IntNode, setFloat32, setFloat64, type VarintNode } from "../schema/mod.ts";

function writeU8(s: EncodeState, value: unknown): void {
  if (((value as number) & 0xff) !== value) throw MISMATCH;
  const at = reserve(s, 1);
  s.bytes[at] = value as number;
}

function writeI8(s: EncodeState, value: unknown): void {
  if (((value as number) << 24 >> 24) !== value) throw MISMATCH;
  const at = reserve(s, 1);
  s.bytes[at] = value as number;
}

function writeU16(s: EncodeState, value: unknown): void {
  if (((value as number) & 0xffff) !== value) throw MISMATCH;
  put16(s, value as number);
}

function writeI16(s: EncodeState, value: unknown): void {
  if (((value as number) << 16 >> 16) !== value) throw MISMATCH;
  put16(s, value as number);
}

function writeU32(s: EncodeState, value: unknown): void {
  if (((value as number) >>> 0) !== value) throw MISMATCH;
  put32(s, value as number);
}

function writeI32(s: EncodeState, value: unknown): void {
  if (((value as number) | 0) !== value) throw MISMATCH;
  put32(s, value as number);
}

function writeU64(s: EncodeState, value: unknown): void {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw MISMATCH;
  put64(s, value as number);
}

function writeI64(s: EncodeState, value: unknown): void {
  if (!Number.isSafeInteger(value)) throw MISMATCH;
  put64(s, value as number);
}

function put16(s: EncodeState, value: number): void {
  const at = reserve(s, 2);
  const { bytes } = s;
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

function put32(s: EncodeState, value: number): void {
  const at = reserve(s, 4);
  const { bytes } = s;
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function put64(s: EncodeState, value: number): void {
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

function fromScratch(s: EncodeState, count: number): void {
  const at = reserve(s, count);
  for (let index = 0; index < count; index++) s.bytes[at + index] = scratch.getUint8(index);
}

function bigWrite({ signed, littleEndian }: IntNode): Write {
  const wrap = signed ? BigInt.asIntN : BigInt.asUintN;
  return (s, value) => {
    if (typeof value !== "bigint" || wrap(64, value) !== value) throw MISMATCH;
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
export function writeVarint(s: EncodeState, value: unknown): void {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw MISMATCH;
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
      if (typeof value !== "number") throw MISMATCH;
      setFloat64(scratch, value, littleEndian);
      fromScratch(s, 8);
    };
  }
  return (s, value) => {
    if (typeof value !== "number" || !Object.is(Math.fround(value), value)) throw MISMATCH;
    setFloat32(scratch, value, littleEndian);
    fromScratch(s, 4);
  };
}

/** A byte that is 00 or 01. */
export function writeBool(s: EncodeState, value: unknown): void {
  if (value !== true && value !== false) throw MISMATCH;
  const at = reserve(s, 1);
  s.bytes[at] = value ? 1 : 0;
}
