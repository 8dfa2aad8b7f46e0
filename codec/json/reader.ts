/**
 * Tokens of a JSON document that is read in one pass: white space, strings, numbers, words and containers. Numbers have
 * the values that Go gives them.
 *
 * @module
 */

import { CodecError, type CodecErrorCode } from "../error.ts";
import {
  AFTER_ZERO,
  BACKSLASH,
  CLOSE_ARRAY,
  COLON,
  COMMA,
  endsNumber,
  escapedByte,
  firstNumberState,
  IN_DIGITS,
  isDigit,
  isHexDigit,
  isSpace,
  LETTER_F,
  LETTER_N,
  LETTER_T,
  LETTER_U,
  MINUS,
  numberState,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  showByte,
  ZERO,
} from "./bytes.ts";
import { type JsonLimits, moreThan } from "./limits.ts";
import { formatJsonPath } from "../path.ts";
import { readText } from "../text/mod.ts";
import { skipJson } from "./scan.ts";
import { intRange, type JsonIntNode, JsonNumber } from "./shape.ts";
import { asciiText, stringText } from "./strings.ts";

/** The state of reading one document. */
export interface Reader {
  readonly bytes: Uint8Array;
  /** The document is in `bytes[start, end)`. */
  readonly start: number;
  readonly end: number;
  /** Whether more bytes follow than the limit allows; then `end` is where the limit is. */
  readonly capped: boolean;
  readonly limits: JsonLimits;
  /** Whether nothing is changed while reading: see {@link exactJson}. */
  readonly exact: boolean;
  /** Offset of the next byte. */
  pos: number;
  /** Containers that are open. */
  depth: number;
  /** Values and keys so far. */
  count: number;
  /** The way to the present value. */
  readonly path: (string | number)[];
}

/** Begins to read a document. */
export function startReader(
  bytes: Uint8Array,
  start: number,
  end: number,
  limits: JsonLimits,
  exact: boolean = false,
): Reader {
  if (!(start >= 0 && start <= end && end <= bytes.length)) {
    throw new RangeError(`Cannot read bytes ${start} to ${end} of ${bytes.length}`);
  }
  const capped = end - start > limits.bytesMax;
  const last = capped ? start + limits.bytesMax : end;
  return { bytes, start, end: last, capped, limits, exact, pos: start, depth: 0, count: 0, path: [] };
}

/** Throws, with the place of the present value. */
export function fail(
  reader: Reader,
  code: CodecErrorCode,
  pos: number,
  what: string,
  context: Readonly<Record<string, unknown>> = {},
): never {
  throw new CodecError(code, `Cannot read JSON: ${what}`, {
    path: formatJsonPath(reader.path),
    offset: pos - reader.start,
    context,
  });
}

/** Throws because the next byte is not what the grammar asks for: `truncated` or `limit` at the end, else `json`. */
export function failByte(reader: Reader, pos: number, expected: string): never {
  const ended = pos >= reader.end;
  if (ended && reader.capped) failBytesMax(reader);
  const found = showByte(ended ? undefined : reader.bytes[pos]);
  fail(reader, ended ? "truncated" : "json", pos, `expected ${expected}, found ${found}`, { expected, found });
}

/** Throws because the value that begins here is not of the type that the shape asks for, or no value at all. */
export function failType(reader: Reader, expected: string): never {
  const found = reader.pos < reader.end ? typeAt(reader.bytes[reader.pos]) : null;
  if (found === null) failByte(reader, reader.pos, expected);
  fail(reader, "json", reader.pos, `expected ${expected}, found ${found}`, { expected, found });
}

function typeAt(byte: number): string | null {
  switch (byte) {
    case QUOTE:
      return "a string";
    case OPEN_ARRAY:
      return "an array";
    case OPEN_OBJECT:
      return "an object";
    case LETTER_T:
    case LETTER_F:
      return "a bool";
    case LETTER_N:
      return "null";
    default:
      return byte === MINUS || isDigit(byte) ? "a number" : null;
  }
}

/** Throws because the document has more bytes than the limit allows. */
export function failBytesMax(reader: Reader): never {
  failLimit(reader, reader.end, "bytesMax");
}

function failLimit(reader: Reader, pos: number, name: keyof JsonLimits): never {
  fail(reader, "limit", pos, moreThan(reader.limits, name), { [name]: reader.limits[name] });
}

/** Skips white space; returns the next byte, or -1 at the end of the document. */
export function nextByte(reader: Reader): number {
  const { bytes, end } = reader;
  let pos = reader.pos;
  while (pos < end && isSpace(bytes[pos])) pos++;
  reader.pos = pos;
  return pos < end ? bytes[pos] : -1;
}

/** Counts one value or key. */
export function countOne(reader: Reader): void {
  reader.count++;
  if (reader.count > reader.limits.countMax) failLimit(reader, reader.pos, "countMax");
}

/** Goes into the container that begins here; returns the next byte. */
export function enter(reader: Reader): number {
  reader.depth++;
  if (reader.depth > reader.limits.depthMax) failLimit(reader, reader.pos, "depthMax");
  reader.pos++;
  return nextByte(reader);
}

/** After a value in a container: goes past a comma, or out of the container; returns whether another value follows. */
export function goesOn(reader: Reader, closer: number): boolean {
  const byte = nextByte(reader);
  if (byte === COMMA) {
    reader.pos++;
    return true;
  }
  if (byte !== closer) failByte(reader, reader.pos, closer === CLOSE_ARRAY ? '"," or "]"' : '"," or "}"');
  leave(reader);
  return false;
}

/** Goes out of a container whose closing byte is the next one. */
export function leave(reader: Reader): void {
  reader.depth--;
  reader.pos++;
}

/** Goes past the colon after a key. */
export function readColon(reader: Reader): void {
  if (nextByte(reader) !== COLON) failByte(reader, reader.pos, '":"');
  reader.pos++;
}

/** Goes past a word whose first letter is the next byte. */
export function readWord(reader: Reader, word: "true" | "false" | "null"): void {
  for (let i = 1; i < word.length; i++) {
    const pos = reader.pos + i;
    if (pos >= reader.end || reader.bytes[pos] !== word.charCodeAt(i)) failByte(reader, pos, `"${word}"`);
  }
  reader.pos += word.length;
}

/** Reads the string whose opening quote is the next byte. */
export function readString(reader: Reader): string {
  const { bytes, end } = reader;
  const from = reader.pos + 1;
  let escaped = false;
  let ascii = true;
  let pos = from;
  for (; pos < end; pos++) {
    const byte = bytes[pos];
    if (byte === QUOTE) break;
    if (byte === BACKSLASH) {
      escaped = true;
      pos = endOfEscape(reader, pos);
    } else if (byte >= 0x80) ascii = false;
    else if (byte < 0x20) failByte(reader, pos, "a character of a string");
  }
  if (pos >= end) failByte(reader, end, '"\\""');
  reader.pos = pos + 1;
  if (reader.exact && !(ascii && !escaped)) return readExactText(reader, from, pos);
  return ascii && !escaped ? asciiText(bytes, from, pos) : stringText(bytes, from, pos, escaped);
}

/** The text of a string whose escapes have been checked; one that is no text is refused. */
function readExactText(reader: Reader, from: number, end: number): string {
  const text = readText(reader.bytes, from, end);
  const value: string | undefined = text === undefined ? undefined : JSON.parse(`"${text}"`);
  if (value !== undefined && value.isWellFormed()) return value;
  const what = value === undefined ? "the string is not UTF-8" : "the string has half of a surrogate pair";
  fail(reader, "utf8", from - 1, what);
}

/** Offset of the last byte of the escape at `pos`. */
function endOfEscape(reader: Reader, pos: number): number {
  const { bytes, end } = reader;
  if (pos + 1 >= end) failByte(reader, end, "an escape");
  if (bytes[pos + 1] !== LETTER_U) {
    if (escapedByte(bytes[pos + 1]) === -1) failByte(reader, pos + 1, "an escape");
    return pos + 1;
  }
  for (let i = 2; i < 6; i++) {
    if (pos + i >= end || !isHexDigit(bytes[pos + i])) failByte(reader, pos + i, "a hex digit");
  }
  return pos + 5;
}

/** Goes past a number; returns whether it is written as an integer, without point or exponent. */
function readNumber(reader: Reader): boolean {
  const { bytes, end } = reader;
  let pos = reader.pos;
  let state = firstNumberState(bytes[pos++]);
  for (; pos < end; pos++) {
    const next = numberState(state, bytes[pos]);
    if (next === -1) break;
    state = next;
  }
  if (!endsNumber(state)) failByte(reader, pos, "a digit");
  // What the limit cuts off a number must not make it another number.
  if (pos === end && reader.capped && numberState(state, bytes[pos]) !== -1) failBytesMax(reader);
  reader.pos = pos;
  return state === AFTER_ZERO || state === IN_DIGITS;
}

/** Goes past a value of any kind without building it. */
export function skipValue(reader: Reader): void {
  const { limits, bytes, pos, end } = reader;
  try {
    const skipped = skipJson(limits, bytes, pos, end, reader);
    reader.pos = skipped.end;
    reader.count = skipped.count;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const { code, reason, context } = error;
    if (code === "truncated" && reader.capped) failBytesMax(reader);
    const place = { path: formatJsonPath(reader.path), offset: pos - reader.start + error.offset, context };
    throw new CodecError(code, reason, place);
  }
}

/** Any integer of so many digits is a safe one. */
const SAFE_DIGITS = 15;

/** Digits of the largest int64. */
const INT64_DIGITS_MAX = 19;

/** The largest float64, 1.8e308, has 309 digits before its point; Go refuses numbers above it. */
const FLOAT_DIGITS_MAX = 309;

/** A number that is kept as it is written has no more characters: what is done with it may take a time of its own. */
const EXACT_CHARS_MAX = 1000;

/** Characters of a number that an error message shows. */
const SHOWN_CHARS_MAX = 32;

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

/** Reads the number that begins here as it is written. */
export function readExactNumber(reader: Reader): JsonNumber {
  const from = reader.pos;
  const isInteger = readNumber(reader);
  if (reader.pos - from > EXACT_CHARS_MAX) {
    failNumber(reader, "range", from, `a number of at most ${EXACT_CHARS_MAX} characters`);
  }
  return new JsonNumber(asciiText(reader.bytes, from, reader.pos), isInteger);
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
