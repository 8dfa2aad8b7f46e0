/**
 * Our schemas as parts of schemas of typed-binary.
 *
 * @module
 */

import {
  CodecError,
  decode,
  type DecodeOptions,
  encode,
  type Limits,
  MESSAGE_BYTES_MAX,
  type Schema,
} from "../../../codec/mod.ts";
import { scanMessages } from "../../../codec/engine/mod.ts";
import { checkSchema, reachesEnd, sizeMax } from "../../../codec/schema/mod.ts";
import {
  type IMeasurer,
  type ISerialInput,
  type ISerialOutput,
  MaxValue,
  Measurer,
  type Parsed,
  Schema as TypedBinarySchema,
} from "typed-binary";
import { limitsOf } from "../../../codec/limits.ts";
import { relocated } from "../../../codec/error.ts";

/** Options of {@link toTypedBinary}. */
export interface ToTypedBinaryOptions {
  /** The largest value in bytes that is read. Default 16 MiB, as for messages of a stream. */
  readonly bytesMax?: number;
  /** Bounds on the cost of one value. */
  readonly limits?: Partial<Limits>;
}

/** How many bytes are asked for at first, so that short values take one step. */
const AHEAD_BYTES = 64;

/**
 * A schema of ours as one of typed-binary: it can be read and written by itself, and stand in its objects, tuples and
 * arrays. Its bytes are those of `encode`, whatever the byte order of the reader or writer.
 *
 * ```ts
 * import { string, struct, u64, u8 } from "warpwire/codec";
 * import { toTypedBinary } from "warpwire/bridges/typed-binary";
 * import * as tb from "typed-binary";
 *
 * const Download = struct({ offerId: string(u8), index: u64, offset: u64 });
 * const Log = tb.dynamicArrayOf(tb.object({ time: tb.u32, download: toTypedBinary(Download) }));
 * const log = [{ time: 7, download: { offerId: "6b036f4a", index: 0, offset: 1_000_000 } }];
 * const buffer = new ArrayBuffer(Log.measure(log).size);
 * Log.write(new tb.BufferWriter(buffer, { endianness: "big" }), log);
 * console.log(Log.read(new tb.BufferReader(buffer, { endianness: "big" }))[0].download.offset); // 1000000
 * ```
 *
 * typed-binary's reader does not end with the view it is given, but with the buffer of the view: hand it a copy of
 * bytes that are a part of something larger, as those of Node's `Buffer` are.
 *
 * Reading and writing throw CodecError; the offset counts like the `currentByteOffset` of the reader.
 *
 * @throws CodecError `schema` when a value reaches up to the end of its input, which typed-binary does not report
 */
export function toTypedBinary<T>(schema: Schema<T>, options: ToTypedBinaryOptions = {}): TypedBinarySchema<T> {
  checkSchema(schema, "bridge to typed-binary: the schema");
  if (reachesEnd(schema, () => false)) {
    throw new CodecError("schema", "Cannot end a value with its input: typed-binary does not tell where that ends");
  }
  return new BridgedSchema(schema, options);
}

class BridgedSchema<T> extends TypedBinarySchema<T> {
  readonly #schema: Schema<T>;
  readonly #bytesMax: number;
  readonly #limits: Limits;

  constructor(schema: Schema<T>, options: ToTypedBinaryOptions) {
    super();
    this.#schema = schema;
    this.#bytesMax = options.bytesMax ?? MESSAGE_BYTES_MAX;
    this.#limits = limitsOf(options);
  }

  override write(output: ISerialOutput, value: Parsed<T>): void {
    const bytes = encode<T>(this.#schema, value as T, { limits: this.#limits });
    try {
      output.writeSlice(bytes);
    } catch (cause) {
      if (cause instanceof CodecError) throw cause;
      const offset = output.currentByteOffset;
      throw new CodecError("space", `No room for ${bytes.length} bytes`, { offset, cause });
    }
  }

  override read(input: ISerialInput): Parsed<T> {
    const start = input.currentByteOffset;
    try {
      return this.#read(input, start) as Parsed<T>;
    } catch (error) {
      throw error instanceof CodecError ? relocated(error, "", start) : error;
    }
  }

  override measure(value: Parsed<T> | MaxValue, measurer: IMeasurer = new Measurer()): IMeasurer {
    if (value !== MaxValue) return measurer.add(encode<T>(this.#schema, value as T, { limits: this.#limits }).length);
    const size = sizeMax(this.#schema);
    return size > Number.MAX_SAFE_INTEGER ? measurer.unbounded : measurer.add(size);
  }

  #read(input: ISerialInput, start: number): T {
    const options: DecodeOptions = { limits: this.#limits };
    const scan = scanMessages(this.#schema, { messageBytesMax: this.#bytesMax, limits: this.#limits });
    const ahead = new ReadAhead(input);
    for (;;) {
      const size = scan.scan(ahead.bytes, 0, ahead.length);
      if (size >= 0) {
        input.seekTo(start + size);
        return decode<T>(this.#schema, ahead.bytes.subarray(0, size), options);
      }
      // At the end of the input the bytes so far are decoded, to say what is missing.
      if (!ahead.more()) return decode<T>(this.#schema, ahead.bytes.subarray(0, ahead.length), options);
    }
  }
}

/** Bytes of an input that cannot say how many it has. */
class ReadAhead {
  readonly #input: ISerialInput;
  bytes: Uint8Array = new Uint8Array(0);
  length = 0;

  constructor(input: ISerialInput) {
    this.#input = input;
  }

  /** Reads about as many bytes as there are already, or as many as there are left; false at the end of the input. */
  more(): boolean {
    for (let count = Math.max(AHEAD_BYTES, this.length); count > 0; count >>= 1) {
      if (this.#readSome(count)) return true;
    }
    return false;
  }

  #readSome(count: number): boolean {
    const at = this.#input.currentByteOffset;
    const piece = new Uint8Array(count);
    try {
      this.#input.readSlice(piece, 0, count);
    } catch (error) {
      this.#input.seekTo(at);
      // Any reader may have an error of its own for its end; ours has one for a bound, too.
      if (count === 1 && error instanceof CodecError && error.code !== "truncated") throw error;
      return false;
    }
    const longer = new Uint8Array(this.length + count);
    longer.set(this.bytes);
    longer.set(piece, this.length);
    this.bytes = longer;
    this.length += count;
    return true;
  }
}
