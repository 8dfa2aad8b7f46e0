/**
 * The input of typed-binary: bytes that end where the view ends.
 *
 * The library's own reader sees all of the buffer that a view is a part of, so that a short message in a pooled buffer
 * decodes to the bytes of others.
 *
 * @module
 */

import { type Endianness, getSystemEndianness, type ISerialInput } from "typed-binary";
import { readText } from "../../../codec/codegen/runtime/mod.ts";
import { CodecError } from "../../../codec/mod.ts";
import { plural } from "../../../codec/text/mod.ts";
import { halfNumber } from "./half.ts";

/** The part of a byte array that may be read, and how it is to be read. */
export interface InputOptions {
  readonly start: number;
  readonly end: number;
  /** The largest value in bytes; what reaches further is a `limit` error. */
  readonly bytesMax: number;
  readonly endianness: Endianness;
}

/** An array of numbers, as typed-binary fills and writes it. */
export type NumberArray = ArrayBufferView & { readonly BYTES_PER_ELEMENT: number };

/** Reads `bytes[start, end)` and nothing else; offsets count from `start`. */
export class BoundedInput implements ISerialInput {
  readonly endianness: Endianness;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #littleEndian: boolean;
  readonly #bytesMax: number;
  #pos = 0;
  /** The error of the last read that went beyond the bytes, and how many bytes it would have needed. */
  shortage: { readonly error: CodecError; readonly wanted: number } | undefined;

  constructor(bytes: Uint8Array, { start, end, bytesMax, endianness }: InputOptions) {
    this.#bytes = bytes.subarray(start, end);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
    this.#bytesMax = bytesMax;
    this.#littleEndian = endianness === "little";
    this.endianness = endianness;
  }

  get currentByteOffset(): number {
    return this.#pos;
  }

  readBool(): boolean {
    const at = this.#take(1);
    const byte = this.#bytes[at];
    if (byte > 1) {
      const hex = byte.toString(16).padStart(2, "0");
      throw new CodecError("bool", `Byte 0x${hex} is neither 00 nor 01`, { offset: at, context: { byte } });
    }
    return byte === 1;
  }

  readByte(): number {
    return this.readUint8();
  }

  readInt8(): number {
    return this.#view.getInt8(this.#take(1));
  }

  readUint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  readInt16(): number {
    return this.#view.getInt16(this.#take(2), this.#littleEndian);
  }

  readUint16(): number {
    return this.#view.getUint16(this.#take(2), this.#littleEndian);
  }

  readInt32(): number {
    return this.#view.getInt32(this.#take(4), this.#littleEndian);
  }

  readUint32(): number {
    return this.#view.getUint32(this.#take(4), this.#littleEndian);
  }

  readFloat16(): number {
    return halfNumber(this.readUint16());
  }

  readFloat32(): number {
    return this.#view.getFloat32(this.#take(4), this.#littleEndian);
  }

  /** Text up to a zero byte, which must be there. */
  readString(): string {
    const start = this.#pos;
    const end = this.#bytes.indexOf(0, start);
    this.#take((end < 0 ? Math.max(start, this.#bytes.length) : end) + 1 - start);
    const text = readText(this.#bytes, start, end);
    if (text === undefined) throw new CodecError("utf8", "String is not valid UTF-8", { offset: start });
    return text;
  }

  readSlice(target: NumberArray, offset: number, byteLength: number): void {
    const into = new Uint8Array(target.buffer, target.byteOffset + offset, byteLength);
    const at = this.#take(byteLength);
    into.set(this.#bytes.subarray(at, at + byteLength));
    swapBytes(into, target.BYTES_PER_ELEMENT, this.endianness);
  }

  seekTo(offset: number): void {
    if (!Number.isInteger(offset) || offset < 0) {
      throw new CodecError("range", `Cannot read from byte ${offset} on`, { offset: this.#pos });
    }
    this.#need(offset);
    this.#pos = offset;
  }

  skipBytes(bytes: number): void {
    this.seekTo(this.#pos + bytes);
  }

  /** Goes on by some bytes and returns where they begin. */
  #take(count: number): number {
    const at = this.#pos;
    this.#need(at + count);
    this.#pos = at + count;
    return at;
  }

  /** Makes sure that the bytes up to an offset may be read and are there. */
  #need(end: number): void {
    const { length } = this.#bytes;
    if (end <= length && end <= this.#bytesMax) return;
    const offset = this.#pos;
    if (end > this.#bytesMax) throw tooLong(this.#bytesMax, offset);
    const context = { needed: end - offset, left: length - offset };
    const reason = `Needs ${plural(context.needed, "byte")}, ${context.left} left`;
    const error = new CodecError("truncated", reason, { offset, context });
    this.shortage = { error, wanted: end };
    throw error;
  }
}

/** The error for a value that is larger than its bound. */
export function tooLong(bytesMax: number, offset: number): CodecError {
  return new CodecError("limit", `Value is longer than ${plural(bytesMax, "byte")}`, { offset, context: { bytesMax } });
}

/** Turns the bytes of numbers from an order to the order of this machine, or back. */
export function swapBytes(bytes: Uint8Array, bytesPerNumber: number, endianness: Endianness): void {
  if (bytesPerNumber === 1 || endianness === getSystemEndianness()) return;
  for (let at = 0; at < bytes.length; at += bytesPerNumber) bytes.subarray(at, at + bytesPerNumber).reverse();
}
