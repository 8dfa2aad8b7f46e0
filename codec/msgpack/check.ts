/**
 * Checks that bytes start with one well-formed value of any shape, without building it.
 *
 * @module
 */

import { MISMATCH } from "../error.ts";
import type { Limits } from "../limits.ts";
import { readText } from "../text/mod.ts";
import { BASE, KINDS, LENGTH_BYTES, readLength } from "./format.ts";

/** What {@link checkValue} found. */
export interface Checked {
  /** Offset after the value. */
  readonly end: number;
  /** Elements of all arrays, and keys and values of all maps, together: never more than there are bytes. */
  readonly elements: number;
  /** Pairs of all maps together. */
  readonly pairs: number;
  /** Whether there is an integer of 8 bytes. */
  readonly wide: boolean;
  /** Whether a text begins with a byte order mark. */
  readonly marked: boolean;
}

/**
 * Checks the value at `bytes[pos]`: forms, lengths, UTF-8 and limits. A count is compared with the bytes that are left
 * before anything depends on it, so that the work is bounded by the bytes, whatever they claim.
 *
 * @throws MISMATCH when there is no such value
 */
export function checkValue(bytes: Uint8Array, pos: number, end: number, limits: Limits): Checked {
  let at = pos;
  let elements = 0;
  let pairs = 0;
  let wide = false;
  let marked = false;
  /** For each open array or map, how many values are still to come after the one at hand. */
  const open: number[] = [];
  for (let left = 1;;) {
    while (left === 0) {
      if (open.length === 0) return { end: at, elements, pairs, wide, marked };
      left = open.pop()!;
    }
    left--;
    if (at >= end) throw MISMATCH;
    const lead = bytes[at++];
    const kind = KINDS[lead];
    const lengthBytes = LENGTH_BYTES[lead];
    if (lengthBytes > end - at) throw MISMATCH;
    const size = BASE[lead] + readLength(bytes, at, lengthBytes);
    at += lengthBytes;
    if (kind === "array" || kind === "map") {
      const count = kind === "map" ? 2 * size : size;
      elements += count;
      if (count > end - at || elements > limits.elementsMax || open.length >= limits.depthMax) throw MISMATCH;
      if (kind === "map") pairs += size;
      open.push(left);
      left = count;
      continue;
    }
    if (size > end - at || kind === "never") throw MISMATCH;
    if (kind === "str") {
      if (size > limits.stringBytesMax || !isText(bytes, at, at + size)) throw MISMATCH;
      if (size >= 3 && bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) marked = true;
    } else if (kind === "int" && size === 8) {
      wide = true;
    }
    at += size;
  }
}

function isText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (bytes[at] > 127) return readText(bytes, start, end) !== undefined;
  }
  return true;
}
