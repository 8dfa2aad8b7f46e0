/**
 * Memory that encoded messages share, so that few blocks have to be allocated.
 *
 * A message takes a piece of the block in advance and gives back what it did not need. Whoever encodes while another
 * message is being encoded gets the piece behind it; a message that fails may leave its piece unused.
 *
 * @module
 */

/** Size of a block. Views into it cost about 20 ns; memory of its own costs a message up to 700 ns. */
export const SLAB_BYTES = 64 * 1024;

/** The block in use: its bytes, a view of them, their buffer, and where the unused part begins. */
export const slab: { bytes: Uint8Array; view: DataView; buffer: ArrayBuffer; at: number } = {
  bytes: new Uint8Array(0),
  view: new DataView(new ArrayBuffer(0)),
  buffer: new ArrayBuffer(0),
  at: 0,
};

/** Takes `count` bytes of {@link slab}; returns where they begin. */
export function take(count: number): number {
  const start = slab.at;
  if (start + count > slab.bytes.length) return takeNew(count);
  slab.at = start + count;
  return start;
}

function takeNew(count: number): number {
  slab.buffer = new ArrayBuffer(Math.max(SLAB_BYTES, count));
  slab.bytes = new Uint8Array(slab.buffer);
  slab.view = new DataView(slab.buffer);
  slab.at = count;
  return 0;
}

/** The message in `bytes[start, end)`, which was taken up to `taken`; gives back the rest. */
export function give(bytes: Uint8Array, start: number, end: number, taken: number): Uint8Array {
  if (slab.bytes !== bytes) return new Uint8Array(bytes.buffer as ArrayBuffer, start, end - start);
  // What is left of a block made for one large message is not shared: small messages would keep all of it alive.
  if (slab.at === taken) slab.at = bytes.length > SLAB_BYTES ? bytes.length : end;
  return new Uint8Array(slab.buffer, start, end - start);
}
