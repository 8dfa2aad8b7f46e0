/**
 * Nonces: 64 random bits that name a query or stand for a token.
 *
 * @module
 */

import { bytes, CodecError, formatHex, map, parseHex, type Schema } from "../../mod.ts";
import { show } from "../../text/mod.ts";

/** The nonce whose bits are all zero, which stands for "none". */
export const ZERO_NONCE = "0000000000000000";

const CANONICAL = /^[0-9a-f]{16}$/;

/** 8 bytes seen as 16 lower-case hex digits. */
export const nonce64: Schema<string> = map(bytes(8), { name: "nonce64", decode: formatHex, encode: nonceBytes });

/**
 * The nonce that a text means: 1 to 16 hex digits of either case, as JSON leaves leading zeros out.
 *
 * @throws CodecError `syntax`
 */
export function parseNonce(text: string): string {
  if (!/^[0-9a-f]{1,16}$/i.test(text)) {
    throw new CodecError("syntax", `Cannot read ${show(text)} as a nonce: it must be 1 to 16 hex digits`);
  }
  return text.toLowerCase().padStart(16, "0");
}

/** A nonce as JSON and error messages of the node write it: without leading zeros, `0` for zero. */
export function formatNonce(nonce: string): string {
  return nonce.replace(/^0{1,15}/, "");
}

function nonceBytes(text: string): Uint8Array {
  if (typeof text !== "string" || !CANONICAL.test(text)) {
    throw new CodecError("syntax", `Cannot write ${show(text)} as a nonce: it must be 16 lower-case hex digits`);
  }
  return parseHex(text);
}
