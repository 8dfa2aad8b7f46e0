/**
 * Bytes as a program gets them: views into a larger buffer, with other bytes before and behind.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** Bytes in front of every frame; odd, so that nothing is aligned by luck. */
const GAP_BYTES = 7;

/**
 * Copies frames into one buffer.
 *
 * @param {Uint8Array[]} frames
 * @param {"bytes" | "buffer"} [kind] class of the views
 * @returns {Uint8Array[]}
 */
export function pooledViews(frames, kind = "bytes") {
  const length = frames.reduce((sum, frame) => sum + GAP_BYTES + frame.length, GAP_BYTES);
  const pool = new Uint8Array(length).fill(0xaa);
  let at = 0;
  return frames.map((frame) => {
    at += GAP_BYTES;
    pool.set(frame, at);
    const start = at;
    at += frame.length;
    return view(pool, start, at, kind);
  });
}

/** A shorter view of the same memory, of the same class. */
export function cut(bytes, length) {
  const kind = bytes instanceof Buffer ? "buffer" : "bytes";
  return view(bytes, 0, length, kind);
}

function view(bytes, start, end, kind) {
  const { buffer, byteOffset } = bytes;
  return kind === "buffer"
    ? Buffer.from(buffer, byteOffset + start, end - start)
    : new Uint8Array(buffer, byteOffset + start, end - start);
}
