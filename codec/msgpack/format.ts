/**
 * The formats of msgpack values: their first bytes, and which form is the shortest.
 *
 * Source: the msgpack specification, section "Formats" (https://github.com/msgpack/msgpack/blob/master/spec.md).
 *
 * @module
 */

/** First byte of nil. */
export const NIL = 0xc0;
/** A byte that begins no value. */
export const NEVER = 0xc1;
/** First byte of false. */
export const FALSE = 0xc2;
/** First byte of true. */
export const TRUE = 0xc3;
/** First byte of a bin with a length of 1 byte; the forms with 2 and 4 follow it. */
export const BIN8 = 0xc4;
/** First byte of a bin with a length of 4 bytes. */
export const BIN32 = 0xc6;
/** First byte of an ext with a length of 1 byte; the forms with 2 and 4 follow it. */
export const EXT8 = 0xc7;
/** First byte of a float of 4 bytes. */
export const FLOAT32 = 0xca;
/** First byte of a float of 8 bytes. */
export const FLOAT64 = 0xcb;
/** First byte of an unsigned integer of 1 byte; the forms with 2, 4 and 8 follow it. */
export const UINT8 = 0xcc;
/** First byte of an unsigned integer of 2 bytes. */
export const UINT16 = 0xcd;
/** First byte of an unsigned integer of 4 bytes. */
export const UINT32 = 0xce;
/** First byte of an unsigned integer of 8 bytes. */
export const UINT64 = 0xcf;
/** First byte of a signed integer of 1 byte; the forms with 2, 4 and 8 follow it. */
export const INT8 = 0xd0;
/** First byte of a signed integer of 2 bytes. */
export const INT16 = 0xd1;
/** First byte of a signed integer of 4 bytes. */
export const INT32 = 0xd2;
/** First byte of a signed integer of 8 bytes. */
export const INT64 = 0xd3;
/** First byte of an ext with 1 byte of data; the forms with 2, 4, 8 and 16 follow it. */
export const FIXEXT1 = 0xd4;
/** First byte of a str with a length of 1 byte; the forms with 2 and 4 bytes follow it. */
export const STR8 = 0xd9;
/** First byte of an array with a count of 2 bytes. */
export const ARRAY16 = 0xdc;
/** First byte of an array with a count of 4 bytes. */
export const ARRAY32 = 0xdd;
/** First byte of a map with a count of 2 bytes. */
export const MAP16 = 0xde;
/** First byte of a map with a count of 4 bytes. */
export const MAP32 = 0xdf;
/** First byte of an empty map in its shortest form; the count is added. */
export const FIXMAP = 0x80;
/** First byte of an empty array in its shortest form; the count is added. */
export const FIXARRAY = 0x90;
/** First byte of an empty str in its shortest form; the length is added. */
export const FIXSTR = 0xa0;
/** The most elements that the shortest form of an array or a map can have. */
export const FIX_COUNT_MAX = 15;
/** The most bytes that the shortest form of a str can have. */
export const FIXSTR_BYTES_MAX = 31;

/** The types of msgpack values; `never` is the one byte that begins no value. */
export type Kind = "nil" | "bool" | "int" | "float" | "str" | "bin" | "ext" | "array" | "map" | "never";

/** The type of the value that begins with each byte. */
export const KINDS: readonly Kind[] = Array.from({ length: 256 }, (_, lead) => kindOf(lead));

/** How many bytes of a length or count follow each first byte: 0, 1, 2 or 4. */
export const LENGTH_BYTES: Uint8Array = Uint8Array.from({ length: 256 }, (_, lead) => lengthBytes(lead));

/**
 * What is added to the length read: a str or bin has as many bytes of content, an ext also the byte of its type, an array
 * as many elements, a map as many pairs; for a value without a length it is the number of bytes that follow.
 */
export const BASE: Uint8Array = Uint8Array.from({ length: 256 }, (_, lead) => base(lead));

function kindOf(lead: number): Kind {
  if (lead < FIXMAP || lead >= 0xe0) return "int";
  if (lead < FIXARRAY) return "map";
  if (lead < FIXSTR) return "array";
  if (lead < NIL) return "str";
  if (lead === NIL) return "nil";
  if (lead === NEVER) return "never";
  if (lead <= TRUE) return "bool";
  if (lead <= BIN32) return "bin";
  if (lead < FLOAT32) return "ext";
  if (lead <= FLOAT64) return "float";
  if (lead <= INT64) return "int";
  if (lead < STR8) return "ext";
  if (lead < ARRAY16) return "str";
  return lead < MAP16 ? "array" : "map";
}

function lengthBytes(lead: number): number {
  if (lead >= BIN8 && lead <= BIN32) return 1 << (lead - BIN8);
  if (lead >= EXT8 && lead < FLOAT32) return 1 << (lead - EXT8);
  if (lead >= STR8 && lead < ARRAY16) return 1 << (lead - STR8);
  if (lead === ARRAY16 || lead === MAP16) return 2;
  return lead === ARRAY32 || lead === MAP32 ? 4 : 0;
}

function base(lead: number): number {
  if (lead >= FIXMAP && lead < FIXSTR) return lead & FIX_COUNT_MAX;
  if (lead >= FIXSTR && lead < NIL) return lead & FIXSTR_BYTES_MAX;
  if (lead >= EXT8 && lead < FLOAT32) return 1;
  if (lead === FLOAT32 || lead === FLOAT64) return lead === FLOAT32 ? 4 : 8;
  if (lead >= UINT8 && lead <= UINT64) return 1 << (lead - UINT8);
  if (lead >= INT8 && lead <= INT64) return 1 << (lead - INT8);
  return lead >= FIXEXT1 && lead < STR8 ? 1 + (1 << (lead - FIXEXT1)) : 0;
}

/** The number in `count` big-endian bytes, at most 4. */
export function readLength(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let index = 0; index < count; index++) value = value * 256 + bytes[at + index];
  return value;
}

/** The beginning of a value: what it is and how much of it follows. */
export interface Head {
  readonly kind: Kind;
  readonly lead: number;
  /** Offset of the first byte. */
  readonly start: number;
  /** Offset after the form and the length. */
  readonly body: number;
  /** Bytes of content, elements of an array or pairs of a map. */
  readonly size: number;
}

/** The head of the value at `bytes[start]`, or how many bytes it needs when there are fewer before `end`. */
export function readHead(bytes: Uint8Array, start: number, end: number): Head | number {
  if (start >= end) return 1;
  const lead = bytes[start];
  const body = start + 1 + LENGTH_BYTES[lead];
  if (body > end) return body - start;
  const size = BASE[lead] + readLength(bytes, start + 1, LENGTH_BYTES[lead]);
  return { kind: KINDS[lead], lead, start, body, size };
}

/**
 * Whether a head is the one that u-msgpack writes: the shortest form of a length, of an integer (unsigned from 0 on) and
 * of an ext, and floats of 8 bytes. The content of an integer must be there.
 */
export function isShortest(bytes: Uint8Array, { kind, lead, body, size }: Head): boolean {
  const lengthBytes = LENGTH_BYTES[lead];
  switch (kind) {
    case "int":
      return size === 0 || isShortestInt(bytes, lead, body, size);
    case "float":
      return lead !== FLOAT32;
    case "str":
      return lengthBytes === 0 || size > (lengthBytes === 1 ? 31 : lengthBytes === 2 ? 0xff : 0xffff);
    case "bin":
      return lengthBytes === 1 || size > (lengthBytes === 2 ? 0xff : 0xffff);
    case "array":
    case "map":
      return lengthBytes === 0 || size > (lengthBytes === 2 ? 15 : 0xffff);
    case "ext": {
      const dataBytes = size - 1;
      if (lengthBytes === 0) return true;
      if (lengthBytes === 1) return ![1, 2, 4, 8, 16].includes(dataBytes);
      return dataBytes > (lengthBytes === 2 ? 0xff : 0xffff);
    }
    default:
      return true;
  }
}

function isShortestInt(bytes: Uint8Array, lead: number, body: number, size: number): boolean {
  if (lead < INT8) {
    // An unsigned one is too long when its upper half is zero.
    if (lead === UINT8) return bytes[body] > 127;
    return readLength(bytes, body, size / 2) > 0;
  }
  if (lead > INT64 || bytes[body] < 128) return false;
  // A negative one is too long when its upper half only repeats the sign of the lower one.
  if (lead === INT8) return bytes[body] < 0xe0;
  const half = size / 2;
  return readLength(bytes, body, half) !== 2 ** (8 * half) - 1 || bytes[body + half] < 128;
}

/** Whether the well-formed values in `bytes[start, end)` have their shortest forms throughout, and floats of 8 bytes. */
export function isCanonical(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end;) {
    const head = readHead(bytes, at, end);
    if (typeof head === "number" || !isShortest(bytes, head)) return false;
    at = head.kind === "array" || head.kind === "map" ? head.body : head.body + head.size;
  }
  return true;
}
