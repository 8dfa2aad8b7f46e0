/**
 * Ids and keys as five numbers, so that distances are compared without allocating anything.
 *
 * @module
 */

/** 20 bytes as five big-endian words of 32 bits, signed so that engines keep them as small integers. */
export interface Words {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly w4: number;
}

/** How many bits an id has. */
export const ID_BITS = 160;

/** The words of 20 bytes. */
export function wordsOf(id: Uint8Array): Words {
  return { w0: wordAt(id, 0), w1: wordAt(id, 4), w2: wordAt(id, 8), w3: wordAt(id, 12), w4: wordAt(id, 16) };
}

/** The bytes of words. */
export function bytesOf({ w0, w1, w2, w3, w4 }: Words): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  for (const [index, word] of [w0, w1, w2, w3, w4].entries()) view.setInt32(4 * index, word);
  return bytes;
}

/** A big-endian word. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}

/** Whether two ids are the same. */
export function sameWords(a: Words, b: Words): boolean {
  return a.w0 === b.w0 && a.w1 === b.w1 && a.w2 === b.w2 && a.w3 === b.w3 && a.w4 === b.w4;
}

/** How many bits two ids have in common from their beginning, up to 160. */
export function sharedBits(a: Words, b: Words): number {
  if (a.w0 !== b.w0) return Math.clz32(a.w0 ^ b.w0);
  if (a.w1 !== b.w1) return 32 + Math.clz32(a.w1 ^ b.w1);
  if (a.w2 !== b.w2) return 64 + Math.clz32(a.w2 ^ b.w2);
  if (a.w3 !== b.w3) return 96 + Math.clz32(a.w3 ^ b.w3);
  return 128 + Math.clz32(a.w4 ^ b.w4);
}

/** Whether `a` is nearer to the target than `b`. */
export function isCloser(target: Words, a: Words, b: Words): boolean {
  if (a.w0 !== b.w0) return isLess(a.w0 ^ target.w0, b.w0 ^ target.w0);
  if (a.w1 !== b.w1) return isLess(a.w1 ^ target.w1, b.w1 ^ target.w1);
  if (a.w2 !== b.w2) return isLess(a.w2 ^ target.w2, b.w2 ^ target.w2);
  if (a.w3 !== b.w3) return isLess(a.w3 ^ target.w3, b.w3 ^ target.w3);
  return isLess(a.w4 ^ target.w4, b.w4 ^ target.w4);
}

/** Compares words as if they had no sign: with the highest bit flipped, the signed order is the unsigned one. */
function isLess(a: number, b: number): boolean {
  return (a ^ SIGN) < (b ^ SIGN);
}

const SIGN = -(2 ** 31);

/** The distance as a part of the whole space, from 0 up to 1: its first 53 bits. */
export function distance(a: Words, b: Words): number {
  return ((a.w0 ^ b.w0) >>> 0) / 2 ** 32 + ((a.w1 ^ b.w1) >>> 0) / 2 ** 64;
}
