/**
 * Describe bytes once, as data: encoder, decoder, types, annotated dumps and documentation come from the description.
 *
 * ```ts
 * import { decode, encode, hexdump, type Infer, string, struct, u64, u8 } from "warpwire/codec";
 *
 * const Download = struct({ offerId: string(u8), index: u64, offset: u64 });
 * type Download = Infer<typeof Download>; // { offerId: string; index: number; offset: number }
 *
 * const download: Download = { offerId: "6b036f4a", index: 0, offset: 1_000_000 };
 * const bytes = encode(Download, download);
 * console.log(hexdump(Download, bytes));
 * console.log(decode(Download, bytes).offset); // 1000000
 * ```
 *
 * @module
 */

export { type Codec, compile } from "./compile.ts";
export { decode, type DecodeOptions, decodePrefix, type Prefix } from "./decode.ts";
export { encode, encodeInto, type EncodeOptions } from "./encode.ts";
export { enumOf, struct, type StructValue, union, type UnionValue } from "./composites.ts";
export { delimited, type DelimitedOptions } from "./delimited.ts";
export { describe, describeMarkdown, describeText, type DescriptionRow } from "./describe.ts";
export { diff, type Difference } from "./diff.ts";
export { CodecError, type CodecErrorCode, type CodecErrorDetails, ERROR_CODES } from "./error.ts";
export { escapeText } from "./words.ts";
export type { Cursor, Extension, Scanner } from "./extension.ts";
export { formatHex, parseHex } from "./hex.ts";
export { dumpLines, type DumpOptions, hexdump, type HexdumpOptions } from "./hexdump.ts";
export { inspect, type Inspection, type InspectOptions, SPANS_MAX } from "./inspect.ts";
export { LIMITS, type Limits } from "./limits.ts";
export {
  bool,
  f32,
  f32le,
  f64,
  f64le,
  i16,
  i16le,
  i32,
  i32le,
  i64,
  i64big,
  i64bigle,
  i64le,
  i8,
  type IntSchema,
  u16,
  u16le,
  u32,
  u32le,
  u64,
  u64big,
  u64bigle,
  u64le,
  u8,
  varint,
} from "./numbers.ts";
export type * from "./schema.ts";
export { isSchema } from "./schema.ts";
export { type Condition, optional } from "./optional.ts";
export { array, bytes, literal, ref, rest, type SizeArgument, string, tuple } from "./sequences.ts";
export {
  decodeIterable,
  decodeStream,
  encodeStream,
  MESSAGE_BYTES_MAX,
  stream,
  type StreamDecoder,
  type StreamMessage,
  type StreamOptions,
} from "./stream.ts";
export type { Span, SpanKind, SpanRole, SpanSink } from "./spans.ts";
export { constant, extension, framed, lazy, limit, map, type Mapping, refine, type Refinement } from "./wrappers.ts";
