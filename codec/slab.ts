/**
 * Memory that encoded messages share, so that few blocks have to be allocated.
 *
 * A message takes a piece of the block in advance and gives back what it did not need. Whoever encodes while another
 * message is being encoded gets the piece behind it; a message that fails leaves its piece unused.
 *
 * @module
 */

/** Size of a block. Views into it cost about 20 ns; memory of its own costs a message up to 700 ns. */
export const SLAB_BYTES = 64 * 1024;

/** The block in use, and where its unused part begins. */
export const slab: { bytes: Uint8Array; at: number } = { bytes: new Uint8Array(0), at: 0 };

/** Takes `count` bytes of {@link slab}; returns where they begin. */
export function take(count: number): number {
  if (slab.bytes.length - slab.at < count) {
    slab.bytes = new Uint8Array(Math.max(SLAB_BYTES, count));
    slab.at = 0;
  }
  const start = slab.at;
  slab.at = start + count;
  return start;
}

/** The message in `bytes[start, end)`, which was taken up to `taken`; gives back the rest. */
export function give(bytes: Uint8Array, start: number, end: number, taken: number): Uint8Array {
  if (slab.bytes === bytes && slab.at === taken) slab.at = end;
  return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset + start, end - start);
}
