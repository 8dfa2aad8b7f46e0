/**
 * What compiled writers have in common.
 *
 * @module
 */

import type { Output, Scope } from "../schema/mod.ts";
import type { Limits } from "../limits.ts";

/** Where a writer writes. */
export interface EncodeState extends Output {
  depth: number;
  elements: number;
  limits: Limits;
  /** Where the message begins in `bytes`. */
  start: number;
}

/** Writes one value and moves `state.pos` behind it. */
export type Write = (state: EncodeState, value: unknown, scope: Scope) => void;

/** Makes sure that `count` bytes can be written and returns where. */
export function reserve(o: Output, count: number): number {
  if (o.end - o.pos < count) o.grow(count);
  const { pos } = o;
  o.pos = pos + count;
  return pos;
}

/** Up to this many bytes a loop is faster than a call of `set`. */
const LOOP_BYTES_MAX = 40;

/** Copies bytes to where there is room for them. */
export function copyBytes(bytes: Uint8Array, at: number, value: Uint8Array): void {
  const count = value.length;
  if (count > LOOP_BYTES_MAX) return bytes.set(value, at);
  let index = 0;
  for (const whole = count & ~3; index < whole; index += 4) {
    const to = at + index;
    bytes[to] = value[index];
    bytes[to + 1] = value[index + 1];
    bytes[to + 2] = value[index + 2];
    bytes[to + 3] = value[index + 3];
  }
  for (; index < count; index++) bytes[at + index] = value[index];
}

/** Writes bytes as they are. */
export function writeBytes(o: Output, value: Uint8Array): void {
  const at = reserve(o, value.length);
  copyBytes(o.bytes, at, value);
}
