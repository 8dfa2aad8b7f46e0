/**
 * The output of typed-binary: memory that grows, and rejects numbers that do not fit.
 *
 * The library's own writer writes 44 for a byte of 300, and writes into the memory after the view.
 *
 * @module
 */

import type { Endianness, ISerialOutput } from "typed-binary";
import { textBytes } from "../../../codec/codegen/runtime/mod.ts";
import { CodecError } from "../../../codec/mod.ts";
import { show } from "../../../codec/text/mod.ts";
import { halfBits } from "./half.ts";
import { type NumberArray, swapBytes, tooLong } from "./input.ts";

const BYTES_AT_FIRST = 64;

/** Collects the bytes of one value; offsets count from its first byte. */
export class BoundedOutput implements ISerialOutput {
  readonly endianness: Endianness;
  readonly #littleEndian: boolean;
  readonly #bytesMax: number;
  #bytes = new Uint8Array(BYTES_AT_FIRST);
  #view = new DataView(this.#bytes.buffer);
  #pos = 0;
  #length = 0;

  /** @param bytesMax the largest value in bytes; more is a `limit` error */
  constructor(endianness: Endianness, bytesMax: number) {
    this.endianness = endianness;
    this.#littleEndian = endianness === "little";
    this.#bytesMax = bytesMax;
  }

  /** What was written so far. */
  get bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  get currentByteOffset(): number {
    return this.#pos;
  }

  writeBool(value: boolean): void {
    if (typeof value !== "boolean") this.#mistyped("a boolean", value);
    this.writeUint8(value ? 1 : 0);
  }

  writeByte(value: number): void {
    this.writeUint8(value);
  }

  writeInt8(value: number): void {
    this.#check(value, -0x80, 0x7f);
    this.#room(1).setInt8(this.#pos - 1, value);
  }

  writeUint8(value: number): void {
    this.#check(value, 0, 0xff);
    this.#room(1).setUint8(this.#pos - 1, value);
  }

  writeInt16(value: number): void {
    this.#check(value, -0x8000, 0x7fff);
    this.#room(2).setInt16(this.#pos - 2, value, this.#littleEndian);
  }

  writeUint16(value: number): void {
    this.#check(value, 0, 0xffff);
    this.#room(2).setUint16(this.#pos - 2, value, this.#littleEndian);
  }

  writeInt32(value: number): void {
    this.#check(value, -0x80000000, 0x7fffffff);
    this.#room(4).setInt32(this.#pos - 4, value, this.#littleEndian);
  }

  writeUint32(value: number): void {
    this.#check(value, 0, 0xffffffff);
    this.#room(4).setUint32(this.#pos - 4, value, this.#littleEndian);
  }

  writeFloat16(value: number): void {
    if (typeof value !== "number") this.#mistyped("a number", value);
    const bits = halfBits(value);
    if (bits === undefined) this.#fail("range", `Number ${value} needs more than 2 bytes`);
    this.writeUint16(bits);
  }

  writeFloat32(value: number): void {
    if (typeof value !== "number") this.#mistyped("a number", value);
    if (!Object.is(Math.fround(value), value)) this.#fail("range", `Number ${value} needs more than 4 bytes`);
    this.#room(4).setFloat32(this.#pos - 4, value, this.#littleEndian);
  }

  /** Text and a zero byte after it. */
  writeString(value: string): void {
    if (typeof value !== "string") this.#mistyped("a string", value);
    const bytes = textBytes(value);
    if (bytes === undefined) this.#fail("utf8", "String has a lone surrogate");
    if (bytes.includes(0)) this.#fail("refused", "String has a zero character, which would end it");
    this.writeSlice(bytes);
    this.writeUint8(0);
  }

  writeSlice(source: NumberArray): void {
    if (!ArrayBuffer.isView(source)) this.#mistyped("an array of numbers", source);
    const at = this.#take(source.byteLength);
    const into = this.#bytes.subarray(at, at + source.byteLength);
    into.set(new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
    swapBytes(into, source.BYTES_PER_ELEMENT, this.endianness);
  }

  seekTo(offset: number): void {
    if (!Number.isInteger(offset) || offset < 0) this.#fail("range", `Cannot write from byte ${offset} on`);
    if (offset > this.#bytesMax) throw tooLong(this.#bytesMax, this.#pos);
    this.#pos = offset;
  }

  skipBytes(bytes: number): void {
    this.seekTo(this.#pos + bytes);
    this.#reserve(this.#pos);
  }

  #check(value: number, min: number, max: number): void {
    if (typeof value !== "number" || !Number.isInteger(value)) this.#mistyped("an integer", value);
    if (value < min || value > max) this.#fail("range", `Integer ${value} is not between ${min} and ${max}`);
  }

  #mistyped(expected: string, value: unknown): never {
    if (value === undefined) this.#fail("type", `Expected ${expected}, but the value is missing`);
    this.#fail("type", `Expected ${expected}, not ${show(value)}`);
  }

  #fail(code: "type" | "range" | "utf8" | "refused", reason: string): never {
    throw new CodecError(code, reason, { offset: this.#pos });
  }

  /** Goes on by some bytes, and returns the memory that has room for them. */
  #room(count: number): DataView {
    this.#take(count);
    return this.#view;
  }

  /** Goes on by some bytes, makes room for them, and returns where they begin. */
  #take(count: number): number {
    const at = this.#pos;
    if (at + count > this.#bytesMax) throw tooLong(this.#bytesMax, at);
    this.#reserve(at + count);
    this.#pos = at + count;
    return at;
  }

  #reserve(end: number): void {
    this.#length = Math.max(this.#length, end);
    if (end <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
