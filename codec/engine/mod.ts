/**
 * Encodes and decodes the values of schemas, whole or in chunks.
 *
 * @module
 */

export { ByteQueue } from "./byte-queue.ts";
export { type Codec, compile } from "./compile.ts";
export { BYTES, readView, startState, type Trace, traceState } from "./decode-state.ts";
export { decode, type DecodeOptions, decodePrefix, type Prefix } from "./decode.ts";
export { encode, encodeInto, type EncodeOptions } from "./encode.ts";
export {
  allocate,
  bytesWritten,
  copyBytes,
  fail as failWrite,
  MessageOutput,
  pool,
  release,
  reserve,
  writeBytes,
} from "./output.ts";
export {
  MESSAGE_BYTES_MAX,
  messageBytesMaxOf,
  type PrefixReader,
  type StreamDecoder,
  type StreamMessage,
} from "./message-stream.ts";
export { readTraced, valueKind } from "./read.ts";
export {
  decodeIterable,
  decodeStream,
  encodeStream,
  type MessageScan,
  scanMessages,
  stream,
  type StreamOptions,
  streamWith,
} from "./stream.ts";
export { writeTraced } from "./write.ts";
