/**
 * Files to send: found, hashed, read, and missed where they are not what they were.
 *
 * @module
 */

export { collectFiles, type CollectOptions, type HashProgress } from "./collect.ts";
export { findLost, LOST_REASONS, lostBy, type LostFiles, type LostReason } from "./lost.ts";
export { CHUNK_BYTES, CHUNKS_MAX, hashSource, sendFiles, type SendOptions } from "./send.ts";
