/**
 * Writers of numbers and bools; each checks that the value fits.
 *
 * @module
 */

import { badBig, badFloat, badInt, mistyped } from "../failures.ts";
import { type FloatNode, type IntNode, type VarintNode } from "../schema/mod.ts";
import { fail, type MessageOutput, reserve, type Write } from "./output.ts";
import { setFloat32, setFloat64 } from "../values.ts";

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
