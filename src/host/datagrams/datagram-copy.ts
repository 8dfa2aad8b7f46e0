/**
 * Copies of datagrams.
 *
 * @module
 */

/** Memory that is shared by the copies of several datagrams, as much as Node shares among small Buffers. */
const SLAB_BYTES = 8192;
/** Larger datagrams get memory of their own, so that keeping one keeps little else. */
const SHARED_BYTES_MAX = 1024;

let slab = new Uint8Array(SLAB_BYTES);
let used = 0;

/**
 * Copies a datagram. Nobody else writes to the copy, but small ones share an `ArrayBuffer`: for 200 bytes that takes
 * 0.1 µs, and a buffer of their own 2 µs.
 */
export function copyDatagram(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  if (length > SHARED_BYTES_MAX) return new Uint8Array(bytes);
  if (used + length > SLAB_BYTES) {
    slab = new Uint8Array(SLAB_BYTES);
    used = 0;
  }
  const copy = slab.subarray(used, used + length);
  copy.set(bytes);
  used += length;
  return copy;
}
