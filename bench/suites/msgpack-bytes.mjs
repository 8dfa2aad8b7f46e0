/**
 * A slow and obvious writer of msgpack in the shortest forms; what the libraries write is checked against it.
 *
 * @module
 */

import { bigEndian } from "../frames/records.mjs";

const BYTE_SIZES = [1, 2, 4];

/**
 * The bytes of a value: null, truth values, numbers, texts, byte strings, arrays, objects.
 *
 * @returns {Uint8Array}
 */
export function msgpackBytes(value) {
  return Uint8Array.from(parts(value));
}

/** @returns {number[]} */
function parts(value) {
  if (value === null) return [0xc0];
  if (typeof value === "boolean") return [value ? 0xc3 : 0xc2];
  if (typeof value === "number") return Number.isInteger(value) ? integer(value) : float(value);
  if (typeof value === "string") {
    const utf8 = [...new TextEncoder().encode(value)];
    return [...(utf8.length < 32 ? [0xa0 | utf8.length] : sized([0xd9, 0xda, 0xdb], BYTE_SIZES, utf8.length)), ...utf8];
  }
  if (value instanceof Uint8Array) return [...sized([0xc4, 0xc5, 0xc6], BYTE_SIZES, value.length), ...value];
  if (Array.isArray(value)) return [...counted(0x90, [0xdc, 0xdd], value.length), ...value.flatMap(parts)];
  const entries = Object.entries(value);
  return [...counted(0x80, [0xde, 0xdf], entries.length), ...entries.flat().flatMap(parts)];
}

function counted(short, codes, count) {
  return count < 16 ? [short | count] : sized(codes, [2, 4], count);
}

/** The first code whose integer of so many bytes holds the number. */
function sized(codes, sizes, number) {
  const i = sizes.findIndex((size) => number < 2 ** (8 * size));
  return [codes[i], ...bigEndian(number, sizes[i])];
}

/** Up to 32 bits: for wider ones the libraries choose different types. */
function integer(value) {
  if (value >= 2 ** 32 || value < -(2 ** 31)) throw new RangeError(`Integer ${value} has more than 32 bits`);
  if (value >= 0 && value < 128) return [value];
  if (value < 0 && value >= -32) return [0x100 + value];
  if (value >= 0) return sized([0xcc, 0xcd, 0xce], BYTE_SIZES, value);
  const i = BYTE_SIZES.findIndex((size) => -value <= 2 ** (8 * size - 1));
  return [[0xd0, 0xd1, 0xd2][i], ...bigEndian(2 ** (8 * BYTE_SIZES[i]) + value, BYTE_SIZES[i])];
}

function float(value) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return [0xcb, ...bytes];
}
