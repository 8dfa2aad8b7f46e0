/**
 * A schema with its compiled functions, made once.
 *
 * @module
 */

import { checkSchema, type Node, type Schema } from "../schema/mod.ts";
import { compileRead } from "./read.ts";
import type { Read } from "./decode-state.ts";
import { type DecodeOptions, decodeStart, decodeWhole, type Prefix } from "./decode.ts";
import { encodeAt, encodeNew, type EncodeOptions } from "./encode.ts";
import type { Write } from "./output.ts";
import { compileWrite } from "./write.ts";

/** A schema with its functions: the same as the free functions, without looking the schema up each time. */
export interface Codec<T> {
  readonly schema: Schema<T>;
  /** See `encode`. */
  encode(value: T, options?: EncodeOptions): Uint8Array;
  /** See `encodeInto`. */
  encodeInto(value: T, target: Uint8Array, offset?: number, options?: EncodeOptions): number;
  /** See `decode`. */
  decode(bytes: Uint8Array, options?: DecodeOptions): T;
  /** See `decodePrefix`. */
  decodePrefix(bytes: Uint8Array, offset?: number, options?: DecodeOptions): Prefix<T>;
}

const codecs = new WeakMap<Node, Codec<never>>();

/** The functions of a schema, made once. */
export function compile<T>(schema: Schema<T>): Codec<T> {
  let codec = codecs.get(schema) as Codec<T> | undefined;
  if (codec === undefined) {
    checkSchema(schema, "compile: the schema");
    codec = makeCodec(schema);
    codecs.set(schema, codec as unknown as Codec<never>);
  }
  return codec;
}

function makeCodec<T>(schema: Schema<T>): Codec<T> {
  // Decoders and encoders are made on first use: many programs need one of them.
  let read: Read | undefined;
  let write: Write | undefined;
  return {
    schema,
    encode(value, options) {
      write ??= compileWrite(schema);
      return encodeNew(schema, write, value, options);
    },
    encodeInto(value, target, offset = 0, options) {
      write ??= compileWrite(schema);
      return encodeAt(schema, write, value, { target, offset, options });
    },
    decode(bytes, options) {
      read ??= compileRead(schema);
      return decodeWhole(schema, read, bytes, options) as T;
    },
    decodePrefix(bytes, offset = 0, options) {
      read ??= compileRead(schema);
      return decodeStart(schema, read, bytes, offset, options) as Prefix<T>;
    },
  };
}
