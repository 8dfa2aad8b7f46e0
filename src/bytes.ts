/**
 * Bytes compared and joined.
 *
 * @module
 */

import { equalValues } from "../codec/values.ts";

export { joinBytes } from "../codec/values.ts";

/** Whether bytes are the same. */
export const equalBytes: (a: Uint8Array, b: Uint8Array) => boolean = equalValues;

/** How many bits two texts of bytes of one length share at the beginning. */
export function sharedBits(a: Uint8Array, b: Uint8Array): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at === a.length ? 8 * at : 8 * at + Math.clz32(a[at] ^ b[at]) - 24;
}
