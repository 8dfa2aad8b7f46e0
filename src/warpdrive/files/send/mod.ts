/**
 * Files to send: found, opened, hashed and read.
 *
 * @module
 */

export { collectFiles, type CollectOptions, type HashProgress } from "./collect.ts";
export { DeferredHashes } from "./deferred-hashes.ts";
export { Listings } from "./listings.ts";
export { CHUNK_BYTES, CHUNKS_MAX, hashSource, sendFiles, type SendOptions } from "./send.ts";
