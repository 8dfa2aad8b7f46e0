/**
 * Big-endian integers. Reading uses shifts, because a DataView for one small frame costs more than all its fields;
 * writing uses the DataView of the slab.
 *
 * @module
 */

import { fail } from "./fail.mjs";

const TWO_32 = 4294967296;

/** Highest upper half of an integer that a number holds exactly. */
const SAFE_UPPER_MAX = 0x1fffff;

/** @returns {number} 0 to 2^32-1 */
export function getU32(bytes, at) {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) |
    bytes[at + 3]) >>> 0;
}

/**
 * @returns {number} 0 to 2^53-1
 * @throws above that
 */
export function getU64(bytes, at) {
  const upper = getU32(bytes, at);
  if (upper > SAFE_UPPER_MAX) fail("Decode u64: above 2^53-1");
  return upper * TWO_32 + getU32(bytes, at + 4);
}

/** Writes one byte. `x & 255` differs from x for every x that is not an integer from 0 to 255. */
export function putU8(bytes, at, value) {
  if ((value & 0xff) !== value) fail("Encode u8: not an integer from 0 to 255");
  bytes[at] = value;
  return at + 1;
}

/** @returns {number} the offset behind the integer */
export function putU32(view, at, value) {
  if ((value >>> 0) !== value) {
    fail("Encode u32: not an integer from 0 to 2^32-1");
  }
  view.setUint32(at, value);
  return at + 4;
}

/** @returns {number} the offset behind the integer */
export function putU64(view, at, value) {
  const lower = value >>> 0;
  const upper = (value - lower) / TWO_32;
  // One comparison finds fractions, negative numbers, numbers above 2^53-1 and NaN.
  if (typeof value !== "number" || (upper & SAFE_UPPER_MAX) !== upper) {
    fail("Encode u64: not an integer from 0 to 2^53-1");
  }
  view.setUint32(at, upper);
  view.setUint32(at + 4, lower);
  return at + 8;
}
