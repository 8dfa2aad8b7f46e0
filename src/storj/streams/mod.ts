/**
 * Streams between storj nodes.
 *
 * @module
 */

export { PIECE_BYTES_MAX } from "./call-transport.ts";
export { type NamedStream, Streams, type StreamsStats } from "./streams.ts";
