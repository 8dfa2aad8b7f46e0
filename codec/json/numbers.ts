/**
 * From the digits of a number to its value, as Go reads integers and floats.
 *
 * @module
 */

import { MINUS } from "./bytes.ts";
import { fail, type Reader, readNumber } from "./reader.ts";
import type { JsonIntNode } from "./shape.ts";
import { asciiText } from "./string-bytes.ts";

/** Any integer of so many digits is a safe one. */
const SAFE_DIGITS = 15;

/** The largest float64, 1.8e308, has 309 digits before its point; Go refuses numbers above it. */
const FLOAT_DIGITS_MAX = 309;

/** Characters of a number that an error message shows. */
const SHOWN_CHARS_MAX = 32;

/** What Go's integer types hold. A JavaScript number holds less of the 64-bit ones. */
const INT_RANGES: Readonly<Record<JsonIntNode["type"], { readonly min: bigint; readonly max: bigint }>> = Object
  .freeze({
    int: Object.freeze({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    int64: Object.freeze({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    uint32: Object.freeze({ min: 0n, max: 2n ** 32n - 1n }),
  });

/** The bounds of the values of a shape: the Go type's, and those of a safe integer where the value is a number. */
export function intRange(shape: JsonIntNode): { readonly min: bigint; readonly max: bigint } {
  const range = INT_RANGES[shape.type];
  if (shape.big || shape.type === "uint32") return range;
  return { min: BigInt(Number.MIN_SAFE_INTEGER), max: BigInt(Number.MAX_SAFE_INTEGER) };
}

/** Reads the number that begins here as an integer; Go refuses a point, an exponent, and `-0` for an unsigned type. */
export function readInt(reader: Reader, shape: JsonIntNode): number | bigint {
  const { bytes, pos: from } = reader;
  const expected = `an integer (${shape.type})`;
  const integer = readNumber(reader);
  const negative = bytes[from] === MINUS;
  if (!integer || (negative && shape.type === "uint32" && reader.pos === from + 2 && bytes[from + 1] === 0x30)) {
    const found = shownNumber(reader, from);
    fail(reader, "json", from, `expected ${expected}, found ${found}`, { expected, found });
  }
  const digitsFrom = negative ? from + 1 : from;
  if (!shape.big && reader.pos - digitsFrom <= SAFE_DIGITS) {
    let value = 0;
    for (let pos = digitsFrom; pos < reader.pos; pos++) value = value * 10 + (bytes[pos] - 0x30);
    // The sum with zero keeps -0 out.
    if (negative) value = 0 - value;
    if (shape.type !== "uint32" || (value >= 0 && value <= 0xffffffff)) return value;
  } else if (reader.pos - digitsFrom <= 19) {
    const value = BigInt(asciiText(bytes, from, reader.pos));
    const { min, max } = intRange(shape);
    if (value >= min && value <= max) return shape.big ? value : Number(value);
  }
  failRange(reader, shape, from);
}

function failRange(reader: Reader, shape: JsonIntNode, from: number): never {
  const { min, max } = intRange(shape);
  const expected = `${shape.type} from ${min} to ${max}`;
  const found = shownNumber(reader, from);
  fail(reader, "range", from, `expected ${expected}, found ${found}`, { expected, found });
}

/** Reads the number that begins here as it is: a safe integer or bigint, or a float64 for a point or an exponent. */
export function readAnyNumber(reader: Reader): number | bigint {
  const { bytes, pos: from } = reader;
  const integer = readNumber(reader);
  // Checked before the conversion, whose time grows faster than the number of digits.
  if (!integer || reader.pos - from <= FLOAT_DIGITS_MAX + 1) {
    const text = asciiText(bytes, from, reader.pos);
    const value = Number(text);
    if (Number.isFinite(value)) return integer && !Number.isSafeInteger(value) ? BigInt(text) : value;
  }
  const expected = "a number within float64";
  const found = shownNumber(reader, from);
  fail(reader, "range", from, `expected ${expected}, found ${found}`, { expected, found });
}

function shownNumber(reader: Reader, from: number): string {
  const text = asciiText(reader.bytes, from, Math.min(reader.pos, from + SHOWN_CHARS_MAX));
  return reader.pos > from + SHOWN_CHARS_MAX ? `${text}…` : text;
}
