/**
 * Bytes as hex digits and back.
 *
 * @module
 */

import { CodecError } from "../error.ts";

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Two lower-case hex digits a byte, without separators. */
export function formatHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}

/**
 * The bytes of hex digits of either case; white space between bytes is skipped.
 *
 * @throws CodecError `syntax` with the offset of the character that is not a hex digit, or of a half byte at the end
 */
export function parseHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >> 1);
  let count = 0;
  for (let at = 0; at < text.length;) {
    if (/\s/.test(text[at])) {
      at++;
      continue;
    }
    const high = digit(text, at);
    const low = digit(text, at + 1);
    bytes[count++] = high << 4 | low;
    at += 2;
  }
  return bytes.slice(0, count);
}

function digit(text: string, at: number): number {
  const value = "0123456789abcdef".indexOf((text[at] ?? "-").toLowerCase());
  if (value >= 0) return value;
  const reason = at >= text.length
    ? "Hex ends in the middle of a byte"
    : `Character ${JSON.stringify(text[at])} is not a hex digit`;
  throw new CodecError("syntax", reason, { offset: at });
}
