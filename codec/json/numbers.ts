/**
 * From the digits of a number to its value, as Go reads integers and floats.
 *
 * @module
 */

import { MINUS, ZERO } from "./bytes.ts";
import { fail, type Reader, readNumber } from "./reader.ts";
import type { JsonIntNode } from "./shape.ts";
import { asciiText } from "./string-bytes.ts";

/** Any integer of so many digits is a safe one. */
const SAFE_DIGITS = 15;

/** Digits of the largest int64. */
const INT64_DIGITS_MAX = 19;

/** The largest float64, 1.8e308, has 309 digits before its point; Go refuses numbers above it. */
const FLOAT_DIGITS_MAX = 309;

/** Characters of a number that an error message shows. */
const SHOWN_CHARS_MAX = 32;

/** Inclusive bounds. */
interface IntRange {
  readonly min: bigint;
  readonly max: bigint;
}

const UINT32: IntRange = Object.freeze({ min: 0n, max: 2n ** 32n - 1n });
const INT64: IntRange = Object.freeze({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const SAFE: IntRange = Object.freeze({ min: BigInt(Number.MIN_SAFE_INTEGER), max: BigInt(Number.MAX_SAFE_INTEGER) });

/** The bounds of the values of a shape: the Go type's, and those of a safe integer where the value is a number. */
export function intRange(shape: JsonIntNode): IntRange {
  if (shape.type === "uint32") return UINT32;
  return shape.big ? INT64 : SAFE;
}

/** Reads the number that begins here as an integer; Go refuses a point, an exponent, and `-0` for an unsigned type. */
export function readInt(reader: Reader, shape: JsonIntNode): number | bigint {
  const { bytes, pos: from } = reader;
  const integer = readNumber(reader);
  const negative = bytes[from] === MINUS;
  if (!integer || (negative && shape.type === "uint32" && reader.pos === from + 2 && bytes[from + 1] === ZERO)) {
    failNumber(reader, "json", from, `an integer (${shape.type})`);
  }
  const digitsFrom = negative ? from + 1 : from;
  if (!shape.big && reader.pos - digitsFrom <= SAFE_DIGITS) {
    let value = 0;
    for (let pos = digitsFrom; pos < reader.pos; pos++) value = value * 10 + (bytes[pos] - ZERO);
    // The difference is never -0.
    if (negative) value = 0 - value;
    if (shape.type !== "uint32" || (value >= 0 && value <= 0xffffffff)) return value;
  } else if (reader.pos - digitsFrom <= INT64_DIGITS_MAX) {
    const value = BigInt(asciiText(bytes, from, reader.pos));
    const { min, max } = intRange(shape);
    if (value >= min && value <= max) return shape.big ? value : Number(value);
  }
  const { min, max } = intRange(shape);
  failNumber(reader, "range", from, `an integer from ${min} to ${max} (${shape.type})`);
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
  failNumber(reader, "range", from, "a number within float64");
}

/** Throws because of the number from `from` to the present offset. */
function failNumber(reader: Reader, code: "json" | "range", from: number, expected: string): never {
  const text = asciiText(reader.bytes, from, Math.min(reader.pos, from + SHOWN_CHARS_MAX));
  const found = reader.pos > from + SHOWN_CHARS_MAX ? `${text}…` : text;
  fail(reader, code, from, `expected ${expected}, found ${found}`, { expected, found });
}
