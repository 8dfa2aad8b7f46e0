/**
 * The output buffer of the hand-written encoders: one block of 64 KiB that frames are cut from. A view into it costs
 * about a tenth of an allocation of its own; the price is that a kept frame keeps its whole block alive.
 *
 * @module
 */

export const SLAB_BYTES = 65536;

/**
 * The current block. Encoders write to `bytes` (or `view`) from `at` on; everything before `at` has been handed out.
 *
 * @type {{ bytes: Uint8Array, view: DataView, buffer: ArrayBuffer, at: number }}
 */
export const slab = {
  bytes: new Uint8Array(0),
  view: new DataView(new ArrayBuffer(0)),
  buffer: new ArrayBuffer(0),
  at: 0,
};
startBlock(SLAB_BYTES);

/**
 * Makes sure that `bytesMax` more bytes fit behind `slab.at`.
 *
 * @param {number} bytesMax at most {@link SLAB_BYTES}
 * @returns {number} where the frame starts
 */
export function reserve(bytesMax) {
  if (slab.at + bytesMax > slab.bytes.length) startBlock(SLAB_BYTES);
  return slab.at;
}

/**
 * Moves the unfinished frame from `start` to `end` to the start of a block that has `bytesMax` bytes behind it.
 *
 * @returns {number} the new end of the unfinished frame; it starts at 0
 */
export function move(start, end, bytesMax) {
  const unfinished = slab.bytes.subarray(start, end);
  startBlock(Math.max(SLAB_BYTES, 2 * (end - start) + bytesMax));
  slab.bytes.set(unfinished);
  return end - start;
}

/**
 * Hands out the frame from `start` to `end`.
 *
 * @returns {Uint8Array}
 */
export function finish(start, end) {
  slab.at = end;
  return new Uint8Array(slab.buffer, start, end - start);
}

function startBlock(length) {
  slab.buffer = new ArrayBuffer(length);
  slab.bytes = new Uint8Array(slab.buffer);
  slab.view = new DataView(slab.buffer);
  slab.at = 0;
}
