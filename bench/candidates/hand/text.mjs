/**
 * Strings behind a one-byte length (`[c]c`), strict about UTF-8 in both directions.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { fail } from "./fail.mjs";
import { SHORT_TEXT_MAX, shortText } from "./short-text.mjs";

/** Most bytes of a `[c]c` string with its length byte. */
export const TEXT_BYTES_MAX = 256;

/**
 * Up to this many characters a loop over the characters is faster than the call into the engine's encoder. That call
 * costs about 50 ns on Node and 90 ns on Deno.
 */
const LOOP_ENCODE_MAX = "Deno" in globalThis ? 64 : 28;

const REPLACEMENT = "\uFFFD";
const encoder = new TextEncoder();
// Without ignoreBOM a text that begins with U+FEFF would lose its first character.
const lossyDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strictDecoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

// utf8Slice is not documented, so another engine may lack it.
const utf8Slice = Buffer.prototype.utf8Slice ??
  function (start, end) {
    return lossyDecoder.decode(this.subarray(start, end));
  };

/**
 * Writes the length byte and the text. There must be room for {@link TEXT_BYTES_MAX} bytes.
 *
 * @param {Uint8Array} bytes
 * @param {number} at
 * @param {string} text
 * @returns {number} the offset behind the text
 */
export function putText(bytes, at, text) {
  if (typeof text !== "string") fail("Encode text: not a string");
  const length = text.length;
  if (length > LOOP_ENCODE_MAX) return putLongText(bytes, at, text);
  const start = at + 1;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return putLongText(bytes, at, text);
    bytes[start + i] = code;
  }
  bytes[at] = length;
  return start + length;
}

/** Writes the text in one pass and then its length in front of it. */
function putLongText(bytes, at, text) {
  const start = at + 1;
  const { read, written } = encoder.encodeInto(text, bytes.subarray(start, start + TEXT_BYTES_MAX - 1));
  if (read !== text.length) fail("Encode text: longer than 255 bytes");
  // The encoder replaces lone surrogates. They can only stand in a text that is not ASCII.
  if (written !== read && !text.isWellFormed()) {
    fail("Encode text: has a lone surrogate");
  }
  bytes[at] = written;
  return start + written;
}

/**
 * Reads the text from `start` to `end`, which the caller has checked to lie inside `bytes`.
 *
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} end
 * @returns {string}
 */
export function getText(bytes, start, end) {
  const length = end - start;
  if (length <= SHORT_TEXT_MAX) {
    const text = shortText(bytes, start, length);
    if (text !== undefined) return text;
  }
  const text = utf8Slice.call(bytes, start, end);
  return text.includes(REPLACEMENT) ? getDoubtfulText(bytes, start, end) : text;
}

/** U+FFFD was either sent or stands for bytes that are not UTF-8; the slow decoder tells which. */
function getDoubtfulText(bytes, start, end) {
  return strictDecoder.decode(bytes.subarray(start, end));
}
