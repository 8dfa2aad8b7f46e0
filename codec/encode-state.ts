/**
 * What compiled writers have in common.
 *
 * @module
 */

import type { Limits } from "./limits.ts";
import type { Scope } from "./references.ts";

/** Where a writer writes. */
export interface EncodeState {
  bytes: Uint8Array;
  pos: number;
  end: number;
  depth: number;
  elements: number;
  limits: Limits;
  /** Where the message begins in `bytes`. */
  start: number;
  /** Gets room for `count` more bytes, or throws {@link FAIL} when there is none to get. */
  grow(count: number): void;
}

/** Writes one value and moves `state.pos` behind it. */
export type Write = (state: EncodeState, value: unknown, scope: Scope) => void;

/** Makes sure that `count` bytes can be written and returns where. */
export function room(s: EncodeState, count: number): number {
  if (s.end - s.pos < count) s.grow(count);
  const { pos } = s;
  s.pos = pos + count;
  return pos;
}
