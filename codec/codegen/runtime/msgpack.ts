/**
 * What generated codecs write msgpack with.
 *
 * @module
 */

function putLong(bytes: Uint8Array, at: number, lead: number, value: number): number {
  const low = value >>> 0;
  const high = (value - low) / 2 ** 32;
  bytes[at] = lead;
  for (let index = 0; index < 4; index++) {
    bytes[at + 1 + index] = high >>> (24 - 8 * index);
    bytes[at + 5 + index] = low >>> (24 - 8 * index);
  }
  return at + 9;
}

function putShort(bytes: Uint8Array, at: number, lead: number, value: number, count: number): number {
  bytes[at] = lead;
  for (let index = 1; index <= count; index++) bytes[at + index] = value >>> (8 * (count - index));
  return at + 1 + count;
}

/** Writes a safe integer in its shortest form, unsigned from 0 on; returns the offset after it. */
export function putMsgpackInt(bytes: Uint8Array, at: number, value: number): number {
  if (value >= -32 && value < 0x80) {
    bytes[at] = value;
    return at + 1;
  }
  if (value >= 0) {
    if (value <= 0xff) return putShort(bytes, at, 0xcc, value, 1);
    if (value <= 0xffff) return putShort(bytes, at, 0xcd, value, 2);
    return value <= 0xffffffff ? putShort(bytes, at, 0xce, value, 4) : putLong(bytes, at, 0xcf, value);
  }
  if (value >= -0x80) return putShort(bytes, at, 0xd0, value, 1);
  if (value >= -0x8000) return putShort(bytes, at, 0xd1, value, 2);
  return value >= -0x80000000 ? putShort(bytes, at, 0xd2, value, 4) : putLong(bytes, at, 0xd3, value);
}
