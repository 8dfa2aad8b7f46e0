/**
 * Where compiled writers write a message.
 *
 * @module
 */

import type { EncodeState } from "./encode-state.ts";
import type { Output } from "../schema/mod.ts";
import { MISMATCH } from "../error.ts";
import { LIMITS, type Limits } from "../limits.ts";
import { allocate, pool, release } from "./buffer-pool.ts";

/** Stands where there are no bytes. */
export const NOTHING: Uint8Array = new Uint8Array(0);

/** Room that a message gets before it asks for more. */
export const ROOM_BYTES = 1024;

/**
 * The state of a message that is being written. There is one class of it: writers that met two kinds of outputs would be
 * slower for both.
 */
export class MessageOutput implements EncodeState {
  bytes: Uint8Array = NOTHING;
  pos = 0;
  end = 0;
  depth = 0;
  elements = 0;
  start = 0;
  limits: Limits = LIMITS;
  /** Whether the bytes were given by the caller, so that there is no other room. */
  given = false;
  /** Whether a message is being written: functions of a schema may encode, too. It stays so after a message that failed. */
  busy = false;

  grow(count: number): void {
    if (this.given) throw MISMATCH;
    const { bytes, start, end } = this;
    const used = this.pos - start;
    const room = 2 * (used + count);
    if (pool.bytes === bytes && pool.at === end && start + room <= bytes.length) {
      pool.at = this.end = start + room;
      return;
    }
    this.open(room);
    this.bytes.set(bytes.subarray(start, start + used), this.start);
    this.pos += used;
  }

  /** Goes on in the shared memory, where there is room. */
  open(room: number): void {
    this.start = this.pos = allocate(room);
    this.end = this.start + room;
    if (this.bytes !== pool.bytes) this.bytes = pool.bytes;
  }
}

/** The bytes that a function writes, in memory of their own; none of the shared memory is used up. */
export function bytesWritten(write: (output: Output) => void): Uint8Array {
  const output = new MessageOutput();
  output.open(ROOM_BYTES);
  try {
    write(output);
    return output.bytes.slice(output.start, output.pos);
  } finally {
    release(output.bytes, output.start, output.start, output.end);
  }
}
