/**
 * Bytes as base64 (RFC 4648, section 4) and back: with padding, without line breaks.
 *
 * @module
 */

import { CodecError } from "../../mod.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PAD = "=".charCodeAt(0);
const INVALID = 255;

const values = new Uint8Array(128).fill(INVALID);
for (let value = 0; value < 64; value++) values[ALPHABET.charCodeAt(value)] = value;

/** The base64 text of bytes. */
export function formatBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const group = bytes[at] << 16 | (left > 1 ? bytes[at + 1] << 8 : 0) | (left > 2 ? bytes[at + 2] : 0);
    text += ALPHABET[group >> 18] + ALPHABET[group >> 12 & 63];
    text += (left > 1 ? ALPHABET[group >> 6 & 63] : "=") + (left > 2 ? ALPHABET[group & 63] : "=");
  }
  return text;
}

/**
 * The bytes of a base64 text. It has to be the one text that stands for them: bits after the last byte must be zero.
 *
 * @throws CodecError `syntax` with the offset of the character in the text
 */
export function parseBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0) {
    throw new CodecError("syntax", "Base64 ends in the middle of a group of four characters", { offset: text.length });
  }
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array(text.length / 4 * 3 - padding);
  const characters = text.length - padding;
  let bits = 0;
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    bits = bits << 6 | (at < characters ? digitAt(text, at) : 0);
    if (at % 4 !== 3) continue;
    for (let shift = 16; shift >= 0 && count < bytes.length; shift -= 8) bytes[count++] = bits >> shift & 255;
    if (at === text.length - 1 && (bits & (2 ** (8 * padding) - 1)) !== 0) {
      throw new CodecError("syntax", "Base64 has bits after its last byte", { offset: characters - 1 });
    }
    bits = 0;
  }
  return bytes;
}

function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  const value = code < 128 ? values[code] : INVALID;
  if (value !== INVALID) return value;
  const what = code === PAD
    ? "Base64 has padding before its end"
    : `Character ${JSON.stringify(text[at])} is not base64`;
  throw new CodecError("syntax", what, { offset: at });
}
