/**
 * Values that end with a delimiter, such as lines of text.
 *
 * @module
 */

import {
  checkArgument,
  checkSchema,
  type Cursor,
  extension,
  type ExtensionNode,
  isNode,
  type LiteralNode,
  type Scanner,
  type Schema,
  sizeMin,
  type Typed,
} from "./schema/mod.ts";
import { BYTES, decode, encode } from "./engine/mod.ts";
import { CodecError } from "./error.ts";
import { arbitraryValue } from "./arbitrary/mod.ts";
import { formatHex } from "./text/mod.ts";
import { addParts } from "./inspect/mod.ts";

/** Options of {@link delimited}. */
export interface DelimitedOptions {
  /** The most bytes before the delimiter. Default 64 KiB: nobody writes longer lines, and a search must end. */
  readonly bytesMax?: number;
}

/** The default of {@link DelimitedOptions.bytesMax}. */
const DELIMITED_BYTES_MAX = 64 * 1024;

/**
 * A value that fills all bytes up to the first delimiter, which follows it. The value's own bytes may not contain the
 * delimiter: writing one that does is a `refused` error.
 *
 * ```ts
 * import { delimited, literal, rest, stream, string } from "warpwire/codec";
 *
 * const Line = delimited(string(rest), literal("\r\n"));
 * const decoder = stream(Line);
 * decoder.push(new TextEncoder().encode("first\r\nsecond\r\nthi"));
 * console.log(decoder.pull()?.value, decoder.pull()?.value, decoder.pull()); // first second null
 * ```
 *
 * @throws CodecError `schema` for a delimiter without bytes
 */
export function delimited<T>(
  schema: Schema<T>,
  delimiter: LiteralNode & Typed<void>,
  { bytesMax = DELIMITED_BYTES_MAX }: DelimitedOptions = {},
): ExtensionNode & Schema<T> {
  checkSchema(schema, "build delimited: the schema");
  const isLiteral = isNode(delimiter) && delimiter.kind === "literal";
  checkArgument(isLiteral, "build delimited: the delimiter", delimiter, "a literal");
  checkArgument(bytesMax >= 0, "build delimited: bytesMax", bytesMax, "a number of bytes");
  const delimiterBytes = Uint8Array.from(delimiter.bytes);
  if (delimiterBytes.length === 0) throw new CodecError("schema", "A delimiter must have at least one byte");
  const tooLong = () =>
    new CodecError("limit", `No delimiter within ${bytesMax} bytes`, { offset: 0, context: { bytesMax } });

  return extension<T>({
    name: `up to ${formatHex(delimiterBytes)}`,
    bytesMin: sizeMin(schema) + delimiterBytes.length,
    bytesMax: bytesMax + delimiterBytes.length,
    decode(cursor: Cursor): T {
      const { bytes, pos } = cursor;
      const after = new DelimiterScanner(delimiterBytes).push(
        bytes,
        pos,
        Math.min(cursor.end, pos + bytesMax + delimiterBytes.length),
      );
      if (after < 0) {
        if (cursor.end - pos >= bytesMax + delimiterBytes.length) throw tooLong();
        const left = cursor.end - pos;
        throw new CodecError("truncated", "Input ends before the delimiter", { offset: left, context: { left } });
      }
      const value = decode(schema, bytes.subarray(pos, after - delimiterBytes.length), { copy: cursor.copy === true });
      cursor.pos = after;
      return value;
    },
    encode(value: T): Uint8Array {
      const bytes = encode(schema, value);
      if (bytes.length > bytesMax) throw tooLong();
      const whole = new Uint8Array(bytes.length + delimiterBytes.length);
      whole.set(bytes);
      whole.set(delimiterBytes, bytes.length);
      if (new DelimiterScanner(delimiterBytes).push(whole, 0, whole.length) < whole.length) {
        throw new CodecError("refused", "The value contains its delimiter");
      }
      return whole;
    },
    scanner(): Scanner {
      const scanner = new DelimiterScanner(delimiterBytes);
      let looked = 0;
      return {
        push(bytes, start, stop) {
          const after = scanner.push(bytes, start, stop);
          looked += (after < 0 ? stop : after) - start;
          if (looked > bytesMax + delimiterBytes.length || (after < 0 && looked === bytesMax + delimiterBytes.length)) {
            throw tooLong();
          }
          return after;
        },
      };
    },
    spans(bytes, parts) {
      const after = new DelimiterScanner(delimiterBytes).push(bytes, 0, bytes.length);
      const length = after < 0 ? bytes.length : after - delimiterBytes.length;
      const { error } = addParts(schema, bytes.subarray(0, length), parts);
      if (after >= 0 && error === undefined) parts.part(after, BYTES);
    },
    generate(choose) {
      const value = arbitraryValue(schema, choose);
      const bytes = encode(schema, value);
      return new DelimiterScanner(delimiterBytes).push(bytes, 0, bytes.length) < 0
        ? value
        : arbitraryValue(schema, () => 0);
    },
  });
}

/** Looks for a delimiter, also where it begins in one piece of input and ends in the next (Knuth, Morris and Pratt). */
class DelimiterScanner implements Scanner {
  readonly #delimiter: Uint8Array;
  /** For each number of bytes that fit: how many of them are the beginning of the delimiter again. */
  readonly #again: number[] = [0];
  #matched = 0;

  constructor(delimiter: Uint8Array) {
    this.#delimiter = delimiter;
    for (let at = 1, matched = 0; at < delimiter.length; at++) {
      while (matched > 0 && delimiter[at] !== delimiter[matched]) matched = this.#again[matched - 1];
      if (delimiter[at] === delimiter[matched]) matched++;
      this.#again.push(matched);
    }
  }

  push(bytes: Uint8Array, start: number, end: number): number {
    const delimiter = this.#delimiter;
    for (let at = start; at < end; at++) {
      while (this.#matched > 0 && bytes[at] !== delimiter[this.#matched]) {
        this.#matched = this.#again[this.#matched - 1];
      }
      if (bytes[at] === delimiter[this.#matched]) this.#matched++;
      if (this.#matched === delimiter.length) return at + 1;
    }
    return -1;
  }
}
