/**
 * The beginning of a msgpack value, read the plain way.
 *
 * @module
 */

import { BASE, FLOAT32, INT64, INT8, type Kind, KINDS, LENGTH_BYTES, readLength, UINT8 } from "./forms.ts";

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
