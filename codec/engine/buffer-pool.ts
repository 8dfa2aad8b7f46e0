/**
 * Memory that encoded messages share, so that few blocks are allocated.
 *
 * A message allocates a piece of the block and releases what it did not need. If a message is encoded while another
 * one is being encoded, it gets the next piece. A message that fails may leave its piece unused.
 *
 * @module
 */

/** Size of a block. Views into it cost about 20 ns; memory of its own costs a message up to 700 ns. */
export const POOL_BLOCK_BYTES = 64 * 1024;

/** The block in use: its bytes, a view of them, their buffer, and where the unused part begins. */
export const pool: { bytes: Uint8Array; view: DataView; buffer: ArrayBuffer; at: number } = {
  bytes: new Uint8Array(0),
  view: new DataView(new ArrayBuffer(0)),
  buffer: new ArrayBuffer(0),
  at: 0,
};

/** Takes `count` bytes of {@link pool}; returns where they begin. */
export function allocate(count: number): number {
  const start = pool.at;
  if (start + count > pool.bytes.length) return allocateBlock(count);
  pool.at = start + count;
  return start;
}

function allocateBlock(count: number): number {
  pool.buffer = new ArrayBuffer(Math.max(POOL_BLOCK_BYTES, count));
  pool.bytes = new Uint8Array(pool.buffer);
  pool.view = new DataView(pool.buffer);
  pool.at = count;
  return 0;
}

/** The message in `bytes[start, end)`, which was reserved up to `reserved`; gives back the rest. */
export function release(bytes: Uint8Array, start: number, end: number, reserved: number): Uint8Array {
  if (pool.bytes !== bytes) return new Uint8Array(bytes.buffer as ArrayBuffer, start, end - start);
  // What is left of a block made for one large message is not shared: small messages would keep all of it alive.
  if (pool.at === reserved) pool.at = bytes.length > POOL_BLOCK_BYTES ? bytes.length : end;
  return new Uint8Array(pool.buffer, start, end - start);
}
