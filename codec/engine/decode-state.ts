/**
 * What compiled readers have in common.
 *
 * @module
 */

import type { Input, Scope } from "../schema/mod.ts";
import { MISMATCH } from "../error.ts";
import type { Limits } from "../limits.ts";

/** What a reader knows about the input. */
export interface DecodeState extends Input {
  depth: number;
}

/** The state in which `bytes[pos, end)` is read. */
export function startState(bytes: Uint8Array, pos: number, end: number, limits: Limits): DecodeState {
  return { bytes, buffer: undefined, bufferStart: 0, pos, end, depth: 0, elements: 0, copy: false, limits };
}

/** Reads one value and moves `state.pos` behind it. */
export type Read = (state: DecodeState, scope: Scope) => unknown;

/** Reads `count` bytes, as a view of the input unless a copy is asked for. */
export function readView(s: Input, count: number): Uint8Array {
  const { pos } = s;
  if (count > s.end - pos) throw MISMATCH;
  s.pos = pos + count;
  let { buffer } = s;
  if (buffer === undefined) {
    buffer = s.buffer = s.bytes.buffer;
    s.bufferStart = s.bytes.byteOffset;
  }
  const view = new Uint8Array(buffer, s.bufferStart + pos, count);
  return s.copy ? view.slice() : view;
}
