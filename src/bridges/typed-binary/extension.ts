/**
 * Schemas of typed-binary as parts of ours.
 *
 * @module
 */

import { type AnySchema, DynamicArraySchema, type Endianness, type Parsed } from "typed-binary";
import {
  CodecError,
  type Cursor,
  type Extension,
  extension,
  type ExtensionNode,
  type Scanner,
  type Schema,
} from "../../../codec/mod.ts";
import { plural } from "../../../codec/text/mod.ts";
import { refused } from "../../../codec/error.ts";
import { BoundedInput, tooLong } from "./input.ts";
import { BoundedOutput } from "./output.ts";

/**
 * The largest value in bytes unless another bound is given. typed-binary cannot stop inside a value: in a stream it
 * begins again with every piece of input, so that one byte at a time costs the square of this. 16 KiB, byte by byte,
 * are read in about a second.
 */
export const VALUE_BYTES_MAX = 16 * 1024;

/** Options of {@link fromTypedBinary}. */
export interface FromTypedBinaryOptions {
  /**
   * The order of the bytes of numbers. It has no default, because typed-binary's own is that of the machine: data that
   * was written without stating it is little-endian on nearly every machine there is.
   */
  readonly endianness: Endianness;
  /** What describe and error messages call it. Default `typed-binary`. */
  readonly name?: string;
  /** Size in bytes of the smallest value, at least and by default 1. A larger one lets arrays be refused earlier. */
  readonly bytesMin?: number;
  /** Size in bytes of the largest value; more is a `limit` error. Default {@link VALUE_BYTES_MAX}. */
  readonly bytesMax?: number;
}

/**
 * A schema of typed-binary as a schema that can stand anywhere in ours.
 *
 * It reads the bytes it was given and none after them, and is as strict as the rest: a bool is 00 or 01, a string ends
 * with a zero byte and is valid UTF-8, and a number that does not fit is an error. What the schema itself throws is a
 * `refused` error.
 *
 * In a stream a value that arrives in pieces is read again from its beginning with every piece, which is why it has a
 * bound. Larger values stand in `framed`, which knows their length.
 *
 * ```ts
 * import { decode, encode, struct, u8 } from "warpwire/codec";
 * import { fromTypedBinary } from "warpwire/bridges/typed-binary";
 * import * as tb from "typed-binary";
 *
 * const Place = tb.object({ name: tb.string, x: tb.u16, y: tb.u16 });
 * const Move = struct({ player: u8, to: fromTypedBinary(Place, { endianness: "big" }) });
 * const bytes = encode(Move, { player: 1, to: { name: "a", x: 2, y: 3 } });
 * console.log(decode(Move, bytes).to.y); // 3
 * ```
 *
 * @throws CodecError `schema` when a value, or an element of a dynamic array, can have no bytes
 */
export function fromTypedBinary<S extends AnySchema>(
  schema: S,
  options: FromTypedBinaryOptions,
): ExtensionNode & Schema<Parsed<S>> {
  refuseEmpty(schema, options.endianness);
  return extension(new TypedBinaryExtension<Parsed<S>>(schema, options));
}

class TypedBinaryExtension<T> implements Extension<T> {
  readonly name: string;
  readonly bytesMin: number;
  readonly bytesMax: number;
  readonly decode: (cursor: Cursor) => T;
  readonly encode: (value: T) => Uint8Array;
  readonly scanner: () => Scanner;

  constructor(schema: AnySchema, options: FromTypedBinaryOptions) {
    const { endianness, name = "typed-binary", bytesMin = 1, bytesMax = VALUE_BYTES_MAX } = options;
    if (!(bytesMax >= bytesMin)) {
      throw new CodecError("schema", `No value has ${bytesMin} bytes at least and ${bytesMax} at most`);
    }
    this.name = name;
    this.bytesMin = bytesMin;
    this.bytesMax = bytesMax;
    // The codec calls these without the object they belong to.
    this.decode = (cursor) => {
      const input = new BoundedInput(cursor.bytes, { start: cursor.pos, end: cursor.end, bytesMax, endianness });
      try {
        const value = schema.read(input) as T;
        this.#checkSize(input.currentByteOffset);
        cursor.pos += input.currentByteOffset;
        return value;
      } catch (error) {
        throw coded(error, name, input.currentByteOffset);
      }
    };
    this.encode = (value) => {
      const output = new BoundedOutput(endianness, bytesMax);
      try {
        schema.write(output, value);
      } catch (error) {
        if (error instanceof TypeError) throw new CodecError("type", `Value does not match ${name}: ${error.message}`);
        throw coded(error, name, output.currentByteOffset);
      }
      const { bytes } = output;
      this.#checkSize(bytes.length);
      return bytes;
    };
    this.scanner = () => new RetryScanner(schema, endianness, bytesMax);
  }

  #checkSize(size: number): void {
    if (size >= this.bytesMin) return;
    throw new CodecError("schema", `Value of ${this.name} has ${plural(size, "byte")}, less than ${this.bytesMin}`);
  }
}

/** Finds the end of a value by reading it whenever as many bytes are there as the last attempt would have needed. */
class RetryScanner implements Scanner {
  readonly #schema: AnySchema;
  readonly #endianness: Endianness;
  readonly #bytesMax: number;
  #bytes = new Uint8Array(0);
  #length = 0;
  #wanted = 1;

  constructor(schema: AnySchema, endianness: Endianness, bytesMax: number) {
    this.#schema = schema;
    this.#endianness = endianness;
    this.#bytesMax = bytesMax;
  }

  push(bytes: Uint8Array, start: number, end: number): number {
    const before = this.#length;
    this.#keep(bytes.subarray(start, Math.min(end, start + this.#bytesMax - before)));
    if (this.#length < this.#wanted) return -1;
    const size = this.#attempt();
    return size < 0 ? -1 : start + size - before;
  }

  /** The size of the value, or -1 when it continues after the bytes that are there. */
  #attempt(): number {
    const options = { start: 0, end: this.#length, bytesMax: this.#bytesMax, endianness: this.#endianness };
    const input = new BoundedInput(this.#bytes, options);
    try {
      this.#schema.read(input);
      return input.currentByteOffset;
    } catch (error) {
      if (!(error instanceof CodecError) || error.code !== "truncated") throw error;
      if (this.#length >= this.#bytesMax) throw tooLong(this.#bytesMax, this.#length);
      this.#wanted = error === input.shortage?.error ? input.shortage.wanted : this.#length + 1;
      return -1;
    }
  }

  #keep(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(piece, this.#length);
    this.#length = length;
  }
}

/** The error with a code for whatever a schema of typed-binary threw. */
function coded(error: unknown, name: string, offset: number): CodecError {
  if (error instanceof CodecError) return error;
  if (error instanceof RangeError && /call stack/i.test(error.message)) {
    return new CodecError("limit", `Value of ${name} has too many levels`, { offset, cause: error });
  }
  return refused(name, error, "", offset);
}

/** Refuses schemas whose values have no bytes where a message could claim any number of them at no cost. */
function refuseEmpty(schema: AnySchema, endianness: Endianness): void {
  if (readsNothing(schema, endianness)) throw new CodecError("schema", "A value of typed-binary needs a byte");
  for (const part of partsOf(schema)) {
    if (part instanceof DynamicArraySchema && readsNothing(part.elementType, endianness)) {
      throw new CodecError("schema", "A dynamic array of typed-binary needs elements of at least one byte");
    }
  }
}

/** Whether a value can be read where no byte is. */
function readsNothing(schema: AnySchema, endianness: Endianness): boolean {
  const input = new BoundedInput(new Uint8Array(0), { start: 0, end: 0, bytesMax: Infinity, endianness });
  try {
    schema.read(input);
    return true;
  } catch {
    return false;
  }
}

/** A schema and all that it consists of, wherever it keeps them. */
function partsOf(schema: AnySchema): Set<AnySchema> {
  const parts = new Set<AnySchema>();
  const seen = new Set<object>();
  const left: unknown[] = [schema];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || seen.has(value)) continue;
    seen.add(value);
    if ("read" in value && "write" in value) parts.add(value as AnySchema);
    left.push(...Object.values(value).filter((part) => part !== undefined));
  }
  return parts;
}
