/**
 * Keys of the hash table and of filters. Their bytes are those of Python 2: text as UTF-8, bytes unchanged, other values
 * as by `str()`. So 5 and "5" are the same key, and so are true and "True". There are three differences to some of the
 * originals: JavaScript has no 5.0 beside 5, which Python prints as "5.0"; Python 3 prints up to 17 digits of a float,
 * where Python 2 and we have 12; and Python 2 refuses text that is not ASCII, which Python 3 takes as we do.
 *
 * @module
 */

import { sha1 } from "@noble/hashes/legacy.js";
import type { MsgpackValue } from "../../msgpack/mod.ts";
import { textBytes } from "../../text/mod.ts";

/**
 * The 20 bytes under which nodes keep a value: the SHA-1 of the bytes of its key. It is hashed once: `store` and
 * `find_value` carry this digest.
 *
 * ```ts
 * import { formatHex } from "warpwire/codec";
 * import { dhtKey } from "warpwire/protocols/storj";
 *
 * console.log(formatHex(dhtKey("key"))); // a62f2225bf70bfaccbc7f1ef2a397836717377de
 * ```
 *
 * @throws TypeError for what is not a key, also text with a lone surrogate
 */
export function dhtKey(key: FilterKey): Uint8Array {
  return sha1(filterKeyBytes(key));
}

/** What can be a key of the hash table or of a filter. Lists cannot: pybloom 1.1 takes them for ready-made bit numbers. */
export type FilterKey = string | Uint8Array | number | bigint | boolean | null;

/** Whether a value can be a key of a filter. */
export function isFilterKey(value: MsgpackValue): value is FilterKey {
  switch (typeof value) {
    case "string":
      return value.isWellFormed();
    case "number":
    case "bigint":
    case "boolean":
      return true;
    default:
      return value === null || value instanceof Uint8Array;
  }
}

/**
 * The bytes of a key.
 *
 * @throws TypeError for what is not a key, also text with a lone surrogate
 */
export function filterKeyBytes(key: FilterKey): Uint8Array {
  if (key instanceof Uint8Array) return key;
  const bytes = isFilterKey(key) ? textBytes(typeof key === "string" ? key : pythonText(key)) : undefined;
  if (bytes === undefined) throw new TypeError("A key is text, bytes, a number, a boolean or null");
  return bytes;
}

/** What Python 2's `str()` says. */
function pythonText(value: number | bigint | boolean | null): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "bigint" || (Number.isSafeInteger(value) && !Object.is(value, -0))) return String(value);
  return pythonFloat(value);
}

/** Significant digits of a float in Python 2's `str()`. */
const DIGITS = 12;

/** As `%.12g` has it, with a point in it, so that it looks like a float; for which there is no room from 10^11 on. */
function pythonFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  if (value === 0) return `${sign}0.0`;
  const { digits, power } = significantDigits(Math.abs(value));
  if (power < -4 || power >= DIGITS - 1) {
    const fraction = trimZeros(digits.slice(1));
    const size = String(Math.abs(power)).padStart(2, "0");
    return `${sign}${digits[0]}${fraction === "" ? "" : "."}${fraction}e${power < 0 ? "-" : "+"}${size}`;
  }
  const padded = "0".repeat(Math.max(0, -power)) + digits;
  const point = Math.max(0, power) + 1;
  return `${sign}${padded.slice(0, point)}.${trimZeros(padded.slice(point)) || "0"}`;
}

/** Rounded to the even digit in the middle, as C does it; JavaScript's own functions round up there. */
function significantDigits(value: number): { digits: string; power: number } {
  // So many digits are the exact value of every number that is in the middle.
  const [mantissa, exponent] = value.toExponential(100).split("e");
  const exact = mantissa.replace(".", "");
  const head = BigInt(exact.slice(0, DIGITS));
  const rest = exact.slice(DIGITS);
  const middle = "5".padEnd(rest.length, "0");
  const up = rest > middle || (rest === middle && head % 2n === 1n);
  const digits = String(up ? head + 1n : head);
  const carried = digits.length > DIGITS;
  return { digits: digits.slice(0, DIGITS), power: Number(exponent) + (carried ? 1 : 0) };
}

function trimZeros(digits: string): string {
  return digits.replace(/0+$/, "");
}
