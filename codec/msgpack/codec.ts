/**
 * Encodes and decodes msgpack values on their own.
 *
 * @module
 */

import { type Codec, compile, type DecodeOptions, type EncodeOptions, type Prefix } from "../engine/mod.ts";
import { msgpack } from "./embed.ts";
import type { MsgpackNode, MsgpackShape } from "./shape.ts";
import { CHECKED, Packed } from "./value.ts";
import { any, packed } from "./scalars.ts";
import type { MsgpackValue } from "./value.ts";

const codecs = new WeakMap<MsgpackNode, Codec<never>>();

function codecOf<T>(shape: MsgpackShape<T>): Codec<T> {
  let codec = codecs.get(shape) as Codec<T> | undefined;
  if (codec === undefined) {
    codec = compile(msgpack(shape)) as unknown as Codec<T>;
    codecs.set(shape, codec as unknown as Codec<never>);
  }
  return codec;
}

/**
 * The bytes of a value, as u-msgpack writes them.
 *
 * @throws CodecError with the path of the value that does not fit
 */
export function encodeMsgpack<T>(shape: MsgpackShape<T>, value: NoInfer<T>, options?: EncodeOptions): Uint8Array {
  return codecOf(shape).encode(value, options);
}

/**
 * Decodes bytes that hold exactly one message. For other limits, or only the shortest forms, see {@link msgpack}.
 *
 * ```ts
 * import { any, decodeMsgpack } from "warpwire/msgpack";
 *
 * console.log(decodeMsgpack(any, Uint8Array.of(0x92, 0x01, 0xc3))); // [ 1, true ]
 * ```
 *
 * @throws CodecError with code, path and offset; bytes left after the value are a `trailing` error
 */
export function decodeMsgpack<T>(shape: MsgpackShape<T>, bytes: Uint8Array, options?: DecodeOptions): T {
  return codecOf(shape).decode(bytes, options);
}

/** The value at the beginning of bytes (or at `offset`), and how many bytes it took. */
export function decodeMsgpackPrefix<T>(
  shape: MsgpackShape<T>,
  bytes: Uint8Array,
  offset = 0,
  options?: DecodeOptions,
): Prefix<T> {
  return codecOf(shape).decodePrefix(bytes, offset, options);
}

/** A value of any shape as bytes, with memory of their own. */
export function pack(value: MsgpackValue): Packed {
  return new Packed(encodeMsgpack(any, value, { owned: true }), CHECKED);
}

/**
 * The value that is packed.
 *
 * @throws CodecError `msgpack` for a map whose keys are not strings, or not different
 */
export function unpack(value: Packed): MsgpackValue {
  return decodeMsgpack(any, value.bytes);
}

/** The packed value at the beginning of bytes (or at `offset`), and how many bytes it took. */
export function packedPrefix(bytes: Uint8Array, offset = 0, options?: DecodeOptions): Prefix<Packed> {
  return decodeMsgpackPrefix(packed, bytes, offset, options);
}
