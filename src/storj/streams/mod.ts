/**
 * Streams between storj nodes.
 *
 * @module
 */

export { PIECE_BYTES_MAX } from "./call-transport.ts";
export { type NamedStream, Streams } from "./streams.ts";
