/**
 * Schemas at work: bytes read and written, whole or in pieces.
 *
 * @module
 */

export { allocate, pool, release } from "./buffer-pool.ts";
export { ByteQueue } from "./byte-queue.ts";
export { type Codec, compile } from "./compile.ts";
export { readView, startState } from "./decode-state.ts";
export { decode, type DecodeOptions, decodePrefix, type Prefix, trailing } from "./decode.ts";
export { copyBytes, reserve, writeBytes } from "./encode-state.ts";
export { encode, encodeInto, type EncodeOptions } from "./encode.ts";
export { bytesWritten } from "./message-output.ts";
export { MALFORMED, MessageScanner, MORE, TOO_LARGE, tooLarge } from "./scan.ts";
export { mayRefuse } from "./skip.ts";
export { BYTES, valueKind } from "./span-kinds.ts";
export {
  decodeIterable,
  decodeStream,
  encodeStream,
  explainPartial,
  MESSAGE_BYTES_MAX,
  messageBytesMaxOf,
  stream,
  type StreamDecoder,
  type StreamMessage,
  type StreamOptions,
} from "./stream.ts";
export { DecodeWalk } from "./walk-decode.ts";
export { EncodeWalk } from "./walk-encode.ts";
export { WalkParts } from "./walk-parts.ts";
