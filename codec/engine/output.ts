/**
 * The state of writers: where they write a message, and how they report an invalid value.
 *
 * Messages share memory, so that few blocks are allocated. A message allocates a piece of the block and releases what it
 * did not need. If a message is encoded while another one is being encoded, it gets the next piece. A message that fails
 * may leave its piece unused.
 *
 * @module
 */

import { MISMATCH } from "../error.ts";
import { LIMITS, type Limits } from "../limits.ts";
import { formatPath, type PathStep } from "../path.ts";
import type { Node, Output, Scope } from "../schema/mod.ts";

/** Size of a block. Views into it cost about 20 ns; memory of its own costs a message up to 700 ns. */
export const POOL_BLOCK_BYTES = 64 * 1024;

/** The block in use: its bytes, a view of them, their buffer, where the unused part begins, and where it ends. */
export const pool: { bytes: Uint8Array; view: DataView; buffer: ArrayBuffer; at: number; end: number } = {
  bytes: new Uint8Array(0),
  view: new DataView(new ArrayBuffer(0)),
  buffer: new ArrayBuffer(0),
  at: 0,
  end: 0,
};

/** Takes `count` bytes of {@link pool}; returns where they begin. */
export function allocate(count: number): number {
  const start = pool.at;
  if (start + count > pool.end) return allocateBlock(count);
  pool.at = start + count;
  return start;
}

function allocateBlock(count: number): number {
  pool.buffer = new ArrayBuffer(Math.max(POOL_BLOCK_BYTES, count));
  pool.bytes = new Uint8Array(pool.buffer);
  pool.view = new DataView(pool.buffer);
  pool.at = count;
  // What is left of a block made for one large message is not shared: small messages would keep all of it alive.
  pool.end = count > POOL_BLOCK_BYTES ? 0 : POOL_BLOCK_BYTES;
  return 0;
}

/** The message in `bytes[start, end)`, which was reserved up to `reserved`; gives back the rest. */
export function release(bytes: Uint8Array, start: number, end: number, reserved: number): Uint8Array {
  if (pool.bytes !== bytes) return new Uint8Array(bytes.buffer as ArrayBuffer, start, end - start);
  if (pool.at === reserved) pool.at = end;
  return new Uint8Array(pool.buffer, start, end - start);
}

/** Writes one value and moves `output.pos` past it; `index` is that of the element that the value is. */
export type Write = (output: MessageOutput, value: unknown, scope: Scope, index?: number) => void;

/**
 * How writers are made: plain ones, which only say that something does not fit, or traced ones, which keep the path and say
 * what it is. Both are made of the same functions.
 */
export interface Build {
  readonly traced: boolean;
  /** The writer of a schema; made once. */
  write(node: Node): Write;
  /** Around the writer of a field. */
  field(name: string, write: Write): Write;
  /** Around the writer of elements, which is called with the index of each. */
  item(write: Write): Write;
}

/** An array without bytes. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** What is allocated for a message before it is known how long it is. */
export const FIRST_BYTES = 1024;

/**
 * A message that is being written. There is one class of outputs: writers that met two kinds of them would be slower for
 * both.
 */
export class MessageOutput implements Output {
  bytes: Uint8Array = NO_BYTES;
  /** Where the message begins in `bytes`. */
  start = 0;
  pos = 0;
  end = 0;
  depth = 0;
  elements = 0;
  limits: Limits = LIMITS;
  /** Kept by traced writers only: the way from the message to the value that is being written. */
  steps: PathStep[] | undefined = undefined;
  /** Whether the bytes are the caller's, so that there are no more of them. */
  isFixed = false;
  /** Whether a message is being written: functions of a schema may encode, too. It stays so after a message that failed. */
  isBusy = false;

  /** Begins a message in shared memory of which `count` bytes are allocated. */
  allocate(count: number): void {
    this.start = this.pos = allocate(count);
    this.end = this.start + count;
    if (this.bytes !== pool.bytes) this.bytes = pool.bytes;
  }

  grow(count: number): void {
    if (this.isFixed) throw MISMATCH;
    const { bytes, start, end } = this;
    const used = this.pos - start;
    const size = 2 * (used + count);
    if (pool.bytes === bytes && pool.at === end && start + size <= bytes.length) {
      pool.at = this.end = start + size;
      return;
    }
    this.allocate(size);
    this.bytes.set(bytes.subarray(start, start + used), this.start);
    this.pos += used;
  }
}

/** The bytes that a function writes, in memory of their own; none of the shared memory is used up. */
export function bytesWritten(write: (output: MessageOutput) => void): Uint8Array {
  const output = new MessageOutput();
  output.allocate(FIRST_BYTES);
  try {
    write(output);
    return output.bytes.slice(output.start, output.pos);
  } finally {
    release(output.bytes, output.start, output.start, output.end);
  }
}

/**
 * Throws for a value that does not fit: a plain writer only {@link MISMATCH}, which costs nothing; a traced one the error
 * that `say` throws for the path, the offset and the facts.
 */
export function fail<Facts extends unknown[]>(
  { steps, pos, start }: MessageOutput,
  say: (path: string, offset: number, ...facts: Facts) => never,
  ...facts: Facts
): never {
  if (steps === undefined) throw MISMATCH;
  say(formatPath(steps), pos - start, ...facts);
}

/** Makes sure that `count` bytes can be written, moves past them, and returns where they begin. */
export function reserve(o: Output, count: number): number {
  if (o.end - o.pos < count) o.grow(count);
  const { pos } = o;
  o.pos = pos + count;
  return pos;
}

/** Up to this many bytes a loop is faster than a call of `set`. */
const LOOP_BYTES_MAX = 40;

/** Copies bytes to a place that has been reserved. */
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
