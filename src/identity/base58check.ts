/**
 * Base58Check, the text form of Bitcoin's keys and addresses: base58 of the bytes and the first four bytes of their
 * double SHA-256 (https://en.bitcoin.it/wiki/Base58Check_encoding).
 *
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { base58, createBase58check } from "@scure/base";
import { equalBytes } from "../bytes.ts";
import { plural } from "../../codec/text/mod.ts";
import { IdentityError } from "./error.ts";

/** Bytes of the checksum. */
const CHECKSUM_BYTES = 4;

/**
 * The most characters that are looked at. An extended key, the longest text here, has 111; the time that base58 takes
 * grows with the square of the length.
 */
export const BASE58_CHARACTERS_MAX = 128;

const base58Check = createBase58check(sha256);

/** SHA-256 of SHA-256, with which Bitcoin hashes everything but public keys. */
export function doubleSha256(bytes: Uint8Array): Uint8Array {
  return sha256(sha256(bytes));
}

/** The Base58Check text of bytes, which include their version. */
export function formatBase58Check(bytes: Uint8Array): string {
  return base58Check.encode(bytes);
}

/**
 * The bytes of a Base58Check text, without the checksum.
 *
 * @param what names the text in errors, as in "a key"
 * @param sizes how many bytes it can have. Another number is no slip of the pen, but another kind of text
 * @throws IdentityError `syntax` or `checksum`
 */
export function parseBase58Check(text: string, what: string, sizes: readonly number[]): Uint8Array {
  const whole = parseBase58(text, what);
  const size = whole.length - CHECKSUM_BYTES;
  if (!sizes.includes(size)) {
    throw new IdentityError("syntax", `Cannot read ${what}: it would have ${plural(Math.max(size, 0), "byte")}`);
  }
  const bytes = whole.subarray(0, size);
  if (!equalBytes(whole.subarray(size), doubleSha256(bytes).subarray(0, CHECKSUM_BYTES))) {
    throw new IdentityError("checksum", `Cannot read ${what}: the checksum is wrong, as after a slip of the pen`);
  }
  return bytes;
}

/**
 * The bytes of a base58 text.
 *
 * @throws IdentityError `syntax`, also for more than {@link BASE58_CHARACTERS_MAX} characters
 */
export function parseBase58(text: string, what: string): Uint8Array {
  if (typeof text !== "string") throw new IdentityError("syntax", `Cannot read ${what}: it is not a string`);
  if (text.length > BASE58_CHARACTERS_MAX) {
    throw new IdentityError("syntax", `Cannot read ${what}: ${text.length} characters are too many`);
  }
  try {
    return base58.decode(text);
  } catch {
    // What base58 says names the characters, which may be those of a secret.
    throw new IdentityError("syntax", `Cannot read ${what}: the text is not base58`);
  }
}
