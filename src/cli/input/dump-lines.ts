/**
 * The lines of a dump, read together in one layout.
 *
 * @module
 */

import { CodecError } from "../../../codec/mod.ts";
import { damaged, type Layout, type Line, linesOf, readRow } from "./dump-row.ts";

/** How offsets are counted. */
export const RADIXES = { hexadecimal: 16, octal: 8, decimal: 10 } as const;
/** One of {@link RADIXES}. */
export type Radix = keyof typeof RADIXES;

/** What was read. */
export interface Dump {
  readonly bytes: Uint8Array;
  /** The first offset. */
  readonly base: number;
  /** How many rows, the one that only ends the dump included. */
  readonly rows: number;
  /** Whether lines were repeated. */
  readonly repeated: boolean;
  /** Whether a last offset says how long the dump is. */
  readonly ended: boolean;
}

/**
 * Reads the rows of a dump. The offset of each must be the number of bytes before it.
 *
 * @throws CodecError `syntax` with the line, `limit` for more than `bytesMax` bytes
 */
export function readDump(text: string, layout: Layout, radix: Radix, bytesMax: number): Dump {
  const output = new ByteOutput(text.length >> 1, bytesMax);
  let base = -1, rows = 0, repeated = false, ended = false;
  let repeat: Line | null = null;
  let last: Uint8Array = new Uint8Array(0);
  for (const line of linesOf(text)) {
    if (line.kind === "repeat") {
      if (rows === 0 || repeat !== null || ended) throw damaged(line, "has no line before it to repeat");
      repeat = line;
      continue;
    }
    if (line.kind === "other") {
      if (layout.own && line.whole.startsWith("error: ")) continue;
      throw damaged(line, "does not begin with an offset");
    }
    if (ended) throw damaged(line, "follows the last offset; is it another dump?");
    const offset = offsetOf(line, radix);
    if (base < 0) base = offset;
    if (repeat !== null) repeatBytes(output, last, offset - base - output.length, line);
    repeated ||= repeat !== null;
    repeat = null;
    const { bytes } = readRow(line, layout);
    ended = bytes.length === 0 && !layout.own;
    if (ended && layout.filled) output.dropZeros(output.length - (offset - base), last.length);
    if (offset - base !== output.length) throw misplaced(line, base + output.length, radix);
    output.add(bytes);
    last = bytes;
    rows++;
  }
  if (repeat !== null) throw damaged(repeat, "repeats the line before it, but no later offset shows how often");
  return { bytes: output.bytes(), base: Math.max(0, base), rows, repeated, ended };
}

function offsetOf(line: Line, radix: Radix): number {
  const digits = radix === "octal" ? /^[0-7]+$/ : radix === "decimal" ? /^\d+$/ : /^/;
  const offset = digits.test(line.offset) ? parseInt(line.offset, RADIXES[radix]) : NaN;
  if (Number.isSafeInteger(offset)) return offset;
  throw damaged(line, `begins with "${line.offset}", which is not a usable ${radix} offset`);
}

function repeatBytes(output: ByteOutput, last: Uint8Array, length: number, line: Line): void {
  if (!(last.length > 0 && length > 0 && length % last.length === 0)) {
    throw damaged(line, `begins with offset ${line.offset}, to which no number of repeated lines leads`);
  }
  output.repeat(last, length);
}

function misplaced(line: Line, expected: number, radix: Radix): CodecError {
  const wanted = expected.toString(RADIXES[radix]).padStart(line.offset.length, "0");
  const again = /^0+$/.test(line.offset) ? "; is it another dump?" : "";
  return damaged(line, `begins with offset ${line.offset}, but ${wanted} bytes come before it (${radix})${again}`);
}

/** Bytes that grow, up to a limit. */
class ByteOutput {
  length = 0;
  #bytes: Uint8Array;
  readonly #bytesMax: number;

  constructor(capacity: number, bytesMax: number) {
    this.#bytes = new Uint8Array(Math.min(capacity, bytesMax));
    this.#bytesMax = bytesMax;
  }

  add(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Adds bytes again and again, until `length` have been added. */
  repeat(bytes: Uint8Array, length: number): void {
    this.#reserve(length);
    for (let at = 0; at < length; at += bytes.length) this.#bytes.set(bytes, this.length + at);
    this.length += length;
  }

  /** Removes zeros from the end, fewer than a row has. */
  dropZeros(count: number, rowBytes: number): void {
    if (!(count > 0 && count < Math.min(rowBytes, MACHINE_WORD_BYTES_MAX))) return;
    if (this.#bytes.subarray(this.length - count, this.length).some((byte) => byte !== 0)) return;
    this.length -= count;
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  #reserve(more: number): void {
    const length = this.length + more;
    if (length > this.#bytesMax) throw new CodecError("limit", `Dump has more than ${this.#bytesMax} bytes`);
    if (length <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.min(this.#bytesMax, Math.max(length, this.#bytes.length * 2)));
    bytes.set(this.#bytes.subarray(0, this.length));
    this.#bytes = bytes;
  }
}

const MACHINE_WORD_BYTES_MAX = 8;
