/**
 * Schemas of numbers and of bool.
 *
 * @module
 */

import type { BoolNode, FloatNode, IntNode, Schema, VarintNode } from "./node.ts";

type IntOptions = Partial<Pick<IntNode, "signed" | "littleEndian" | "big">>;

/** An integer schema that can also be a length or a tag. */
export type IntSchema = Schema<number> & (IntNode | VarintNode);

function int(bytes: IntNode["bytes"], options: IntOptions = {}): IntNode {
  const { signed = false, littleEndian = false, big = false } = options;
  return Object.freeze({ kind: "int", bytes, signed, littleEndian, big });
}

const integer = (bytes: IntNode["bytes"], options?: IntOptions) => int(bytes, options) as IntNode & Schema<number>;
const bigInteger = (options: IntOptions) => int(8, { ...options, big: true }) as IntNode & Schema<bigint>;

function float(bytes: FloatNode["bytes"], littleEndian: boolean): FloatNode & Schema<number> {
  return Object.freeze({ kind: "float", bytes, littleEndian }) as FloatNode & Schema<number>;
}

const le = { littleEndian: true };
const signed = { signed: true };
const signedLe = { signed: true, littleEndian: true };

/** Unsigned integer of 1 byte. */
export const u8: IntNode & Schema<number> = /* @__PURE__ */ integer(1);
/** Unsigned integer of 2 bytes, big-endian. */
export const u16: IntNode & Schema<number> = /* @__PURE__ */ integer(2);
/** Unsigned integer of 4 bytes, big-endian. */
export const u32: IntNode & Schema<number> = /* @__PURE__ */ integer(4);
/** Unsigned integer of 8 bytes, big-endian, as a safe integer: more than 2^53-1 is a `range` error. */
export const u64: IntNode & Schema<number> = /* @__PURE__ */ integer(8);
/** Unsigned integer of 8 bytes, big-endian, as a bigint. */
export const u64big: IntNode & Schema<bigint> = /* @__PURE__ */ bigInteger({});
/** Signed integer of 1 byte. */
export const i8: IntNode & Schema<number> = /* @__PURE__ */ integer(1, signed);
/** Signed integer of 2 bytes, big-endian. */
export const i16: IntNode & Schema<number> = /* @__PURE__ */ integer(2, signed);
/** Signed integer of 4 bytes, big-endian. */
export const i32: IntNode & Schema<number> = /* @__PURE__ */ integer(4, signed);
/** Signed integer of 8 bytes, big-endian, as a safe integer. */
export const i64: IntNode & Schema<number> = /* @__PURE__ */ integer(8, signed);
/** Signed integer of 8 bytes, big-endian, as a bigint. */
export const i64big: IntNode & Schema<bigint> = /* @__PURE__ */ bigInteger(signed);
/** Unsigned integer of 2 bytes, little-endian. */
export const u16le: IntNode & Schema<number> = /* @__PURE__ */ integer(2, le);
/** Unsigned integer of 4 bytes, little-endian. */
export const u32le: IntNode & Schema<number> = /* @__PURE__ */ integer(4, le);
/** Unsigned integer of 8 bytes, little-endian, as a safe integer. */
export const u64le: IntNode & Schema<number> = /* @__PURE__ */ integer(8, le);
/** Unsigned integer of 8 bytes, little-endian, as a bigint. */
export const u64bigle: IntNode & Schema<bigint> = /* @__PURE__ */ bigInteger(le);
/** Signed integer of 2 bytes, little-endian. */
export const i16le: IntNode & Schema<number> = /* @__PURE__ */ integer(2, signedLe);
/** Signed integer of 4 bytes, little-endian. */
export const i32le: IntNode & Schema<number> = /* @__PURE__ */ integer(4, signedLe);
/** Signed integer of 8 bytes, little-endian, as a safe integer. */
export const i64le: IntNode & Schema<number> = /* @__PURE__ */ integer(8, signedLe);
/** Signed integer of 8 bytes, little-endian, as a bigint. */
export const i64bigle: IntNode & Schema<bigint> = /* @__PURE__ */ bigInteger(signedLe);
/** IEEE 754 number of 4 bytes, big-endian; encoding refuses a number that 4 bytes would round. */
export const f32: FloatNode & Schema<number> = /* @__PURE__ */ float(4, false);
/** IEEE 754 number of 8 bytes, big-endian. */
export const f64: FloatNode & Schema<number> = /* @__PURE__ */ float(8, false);
/** IEEE 754 number of 4 bytes, little-endian; encoding refuses a number that 4 bytes would round. */
export const f32le: FloatNode & Schema<number> = /* @__PURE__ */ float(4, true);
/** IEEE 754 number of 8 bytes, little-endian. */
export const f64le: FloatNode & Schema<number> = /* @__PURE__ */ float(8, true);
/**
 * Unsigned LEB128: 7 bits a byte, lowest first, 0 to 2^53-1; only the shortest form is accepted.
 *
 * ```text
 * varint of 300:  ac 02
 *                 0x2c | 0x80, then 300 >> 7
 * ```
 */
export const varint: VarintNode & Schema<number> = /* @__PURE__ */ Object.freeze({ kind: "varint" }) as
  & VarintNode
  & Schema<number>;
/** One byte: 00 is false, 01 is true, everything else is a `bool` error. */
export const bool: BoolNode & Schema<boolean> = /* @__PURE__ */ Object.freeze({ kind: "bool" }) as
  & BoolNode
  & Schema<boolean>;
