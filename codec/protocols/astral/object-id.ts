/**
 * Ids of objects: what they contain, as their size and the SHA-256 of their bytes.
 *
 * @module
 */

import { bytes, CodecError, map, type Schema } from "../../mod.ts";
import { show } from "../../text/mod.ts";

/** Bytes of an id: the size in 64 bits, then the hash. */
export const OBJECT_ID_BYTES = 40;

const PREFIX = "data1";
/** The digits of z-base-32, which stand for 5 bits each. */
const DIGITS = "ybndrfg8ejkmcpqxot1uwisza345h769";
const DIGITS_MAX = OBJECT_ID_BYTES * 8 / 5;

/** 40 bytes seen as text: `data1`, then z-base-32 without leading zeros (the digit `y`). */
export const objectId: Schema<string> = map(bytes(OBJECT_ID_BYTES), {
  name: "object id",
  decode: formatObjectId,
  encode: objectIdBytes,
});

/**
 * The id that a text means, without leading zeros.
 *
 * @throws CodecError `syntax`
 */
export function parseObjectId(text: string): string {
  const digits = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : null;
  if (digits === null || digits.length > DIGITS_MAX || [...digits].some((digit) => !DIGITS.includes(digit))) {
    throw new CodecError("syntax", `Cannot read ${show(text)} as an object id: it must be "${PREFIX}" and z-base-32`);
  }
  return PREFIX + digits.replace(/^y+/, "");
}

/** The text of the 40 bytes of an id. */
export function formatObjectId(id: Uint8Array): string {
  let number = 0n;
  for (const byte of id) number = number << 8n | BigInt(byte);
  let digits = "";
  for (; number > 0n; number >>= 5n) digits = DIGITS[Number(number & 31n)] + digits;
  return PREFIX + digits;
}

function objectIdBytes(text: string): Uint8Array {
  if (typeof text !== "string" || parseObjectId(text) !== text) {
    throw new CodecError("syntax", `Cannot write ${show(text)} as an object id: it has leading zeros`);
  }
  let number = 0n;
  for (const digit of text.slice(PREFIX.length)) number = number << 5n | BigInt(DIGITS.indexOf(digit));
  const id = new Uint8Array(OBJECT_ID_BYTES);
  for (let at = OBJECT_ID_BYTES - 1; number > 0n; number >>= 8n) id[at--] = Number(number & 255n);
  return id;
}
