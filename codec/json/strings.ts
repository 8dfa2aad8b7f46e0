/**
 * Converts strings between bytes in quotes and JavaScript strings, as Go does it.
 *
 * @module
 */

import { BACKSLASH, escapedByte, LETTER_U } from "./bytes.ts";

const REPLACEMENT = 0xfffd;

/** Below this length joining characters is faster than a call of the TextDecoder (on Node 20: about 100 ns a call). */
const SHORT_BYTES_MAX = 16;

/** Code units given to String.fromCharCode at once; the stack bounds the number of arguments. */
const UNITS_MAX = 4096;

/** Stateless as it is used here: every call decodes a whole string. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The text of ASCII bytes without escapes. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > SHORT_BYTES_MAX) return decoder.decode(bytes.subarray(start, end));
  let text = "";
  for (let pos = start; pos < end; pos++) text += String.fromCharCode(bytes[pos]);
  return text;
}

/**
 * The text of the bytes of a string whose escapes have been checked. What is not UTF-8 becomes U+FFFD byte by byte, and
 * so does an escaped surrogate without its partner. The byte at `end` must be the closing quote.
 */
export function stringText(bytes: Uint8Array, start: number, end: number, escaped: boolean): string {
  if (!escaped) {
    const text = decoder.decode(bytes.subarray(start, end));
    // The decoder of the platform makes one U+FFFD of several bad bytes where Go makes one of each.
    if (!text.includes("\ufffd")) return text;
  }
  // No byte makes more than one code unit.
  const units = new Uint16Array(end - start);
  let length = 0;
  for (let pos = start; pos < end;) {
    let point: number;
    if (bytes[pos] === BACKSLASH) {
      point = escapeAt(bytes, pos);
      pos += escapeBytes(bytes, pos, point);
    } else {
      const size = sequenceBytes(bytes, pos, end);
      point = codePointOf(bytes, pos, size);
      pos += size;
    }
    if (point > 0xffff) {
      units[length++] = 0xd800 + ((point - 0x10000) >> 10);
      units[length++] = 0xdc00 + ((point - 0x10000) & 0x3ff);
    } else {
      units[length++] = point;
    }
  }
  return unitsText(units.subarray(0, length));
}

function unitsText(units: Uint16Array): string {
  let text = "";
  for (let pos = 0; pos < units.length; pos += UNITS_MAX) {
    text += String.fromCharCode(...units.subarray(pos, pos + UNITS_MAX));
  }
  return text;
}

/** The code point of the escape at `pos`, of both escapes for a pair of surrogates. */
function escapeAt(bytes: Uint8Array, pos: number): number {
  if (bytes[pos + 1] !== LETTER_U) return escapedByte(bytes[pos + 1]);
  const high = hex4(bytes, pos + 2);
  if (high < 0xd800 || high > 0xdfff) return high;
  if (high > 0xdbff || bytes[pos + 6] !== BACKSLASH || bytes[pos + 7] !== LETTER_U) return REPLACEMENT;
  const low = hex4(bytes, pos + 8);
  return low < 0xdc00 || low > 0xdfff ? REPLACEMENT : 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

function escapeBytes(bytes: Uint8Array, pos: number, point: number): number {
  if (bytes[pos + 1] !== LETTER_U) return 2;
  return point > 0xffff ? 12 : 6;
}

function hex4(bytes: Uint8Array, pos: number): number {
  let value = 0;
  for (let i = 0; i < 4; i++) value = value * 16 + hexValue(bytes[pos + i]);
  return value;
}

function hexValue(byte: number): number {
  return byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57;
}

/** Length of the UTF-8 sequence at `pos`, or 1 where there is no sequence. */
function sequenceBytes(bytes: Uint8Array, pos: number, end: number): number {
  const first = bytes[pos];
  if (first < 0xc2 || first > 0xf4) return 1;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (pos + length > end) return 1;
  // The second byte excludes overlong forms, surrogates and what is above U+10FFFF (RFC 3629, section 4).
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (bytes[pos + 1] < lowest || bytes[pos + 1] > highest) return 1;
  for (let i = 2; i < length; i++) if ((bytes[pos + i] & 0xc0) !== 0x80) return 1;
  return length;
}

/** The code point of a sequence of `size` bytes; a single byte that is not ASCII has no code point. */
function codePointOf(bytes: Uint8Array, pos: number, size: number): number {
  const first = bytes[pos];
  if (size === 1) return first < 0x80 ? first : REPLACEMENT;
  let point = first & (0x7f >> size);
  for (let i = 1; i < size; i++) point = (point << 6) | (bytes[pos + i] & 0x3f);
  return point;
}

/** A character that must be escaped or refused. Keys and strings without one need no second look. */
// deno-lint-ignore no-control-regex -- control characters are what it looks for
const SPECIAL = /[\x00-\x1f"\\<>&\u2028\u2029\ud800-\udfff]/;

// deno-lint-ignore no-control-regex -- as above
const ESCAPED = /[\x00-\x1f"\\<>&\u2028\u2029]/g;

/** Also finds pairs of surrogates, which are fine, before single ones. */
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/**
 * The quoted string, or null when it has a lone surrogate, which no UTF-8 text can hold.
 *
 * Control characters other than `\n`, `\r` and `\t` are written as `\u00XX`, also the two for which Go since version
 * 1.22 writes `\b` and `\f`. HTML's `<`, `>` and `&` are escaped, and so are U+2028 and U+2029.
 */
export function quoted(text: string): string | null {
  if (!SPECIAL.test(text)) return `"${text}"`;
  if (LONE_SURROGATE.test(text)) return null;
  return `"${text.replace(ESCAPED, escapeOf)}"`;
}

function escapeOf(char: string): string {
  switch (char) {
    case '"':
      return '\\"';
    case "\\":
      return "\\\\";
    case "\n":
      return "\\n";
    case "\r":
      return "\\r";
    case "\t":
      return "\\t";
    default:
      return "\\u" + char.charCodeAt(0).toString(16).padStart(4, "0");
  }
}
