/**
 * What is done on streams: many bytes one way until the other side says that it has them, and small requests that come
 * back.
 *
 * @module
 */

/** Bytes that are written at once. */
export const PIECE_BYTES = 64 * 1024;
/** What a caller sends, and gets back. */
export const REQUEST = new Uint8Array(64).fill(0x77);
/** The number of bytes that follow, in front of them. */
export const HEADER_BYTES = 8;

/** @param {number} count */
export function writeAmount(count) {
  const header = new Uint8Array(HEADER_BYTES);
  new DataView(header.buffer).setBigUint64(0, BigInt(count));
  return header;
}

/** @param {Uint8Array} bytes that begin with a header */
export function readAmount(bytes) {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0));
}
