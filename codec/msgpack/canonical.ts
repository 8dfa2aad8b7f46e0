/**
 * Whether bytes are what u-msgpack would write.
 *
 * @module
 */

import { isShortest, readHead } from "./walk-head.ts";

/** Whether the well-formed values in `bytes[start, end)` have their shortest forms throughout, and floats of 8 bytes. */
export function isCanonical(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end;) {
    const head = readHead(bytes, at, end);
    if (typeof head === "number" || !isShortest(bytes, head)) return false;
    at = head.kind === "array" || head.kind === "map" ? head.body : head.body + head.size;
  }
  return true;
}
