/**
 * The bits of a key in a filter.
 *
 * The bytes of a key are those of pybloom on Python 2: text as UTF-8, bytes unchanged, other values as by `str()`.
 *
 * @module
 */

import { md5, sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import type { MsgpackValue } from "../../msgpack/mod.ts";
import { textBytes } from "../../text/mod.ts";

/** The slices of a filter, each with as many bits. */
export interface Slices {
  readonly sliceCount: number;
  /** Bits of one slice. */
  readonly sliceBits: number;
}

type Hash = (message: Uint8Array) => Uint8Array;

/** How the bits of keys are found in filters of one size. */
interface Hashing {
  readonly hash: Hash;
  /** The digest of each number from 0 on: every hash gives a few bit numbers, for more there are other salts. */
  readonly salts: readonly Uint8Array[];
  /** Bytes of one bit number. */
  readonly chunkBytes: number;
}

/** Hashings by the size that makes them different. A program has a few; more than these come from somebody else. */
const hashings = new Map<string, Hashing>();
const HASHINGS_MAX = 64;

function hashingOf({ sliceCount, sliceBits }: Slices): Hashing {
  const chunkBytes = sliceBits >= 2 ** 31 ? 8 : sliceBits >= 2 ** 15 ? 4 : 2;
  const key = `${sliceCount} ${chunkBytes}`;
  let hashing = hashings.get(key);
  if (hashing === undefined) {
    hashing = makeHashing(sliceCount, chunkBytes);
    if (hashings.size >= HASHINGS_MAX) hashings.clear();
    hashings.set(key, hashing);
  }
  return hashing;
}

function makeHashing(sliceCount: number, chunkBytes: number): Hashing {
  const hash = hashFor(8 * sliceCount * chunkBytes);
  const perDigest = Math.floor(hash(new Uint8Array(0)).length / chunkBytes);
  const salts = Array.from({ length: Math.ceil(sliceCount / perDigest) }, (_, index) => hash(numberBytes(index)));
  return { hash, salts, chunkBytes };
}

/** The smallest hash that has enough bits, or else the largest. */
function hashFor(bits: number): Hash {
  if (bits > 384) return sha512;
  if (bits > 256) return sha384;
  if (bits > 160) return sha256;
  return bits > 128 ? sha1 : md5;
}

/** Four bytes, in the byte order of the machines that the nodes ran on. */
function numberBytes(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number, true);
  return bytes;
}

/** The bit that a key has in each slice, counted from the beginning of the slice. */
export function filterPositions(sizes: Slices, key: FilterKey): number[] {
  const { hash, salts, chunkBytes } = hashingOf(sizes);
  const keyBytes = filterKeyBytes(key);
  const { sliceCount, sliceBits } = sizes;
  const positions: number[] = [];
  for (const salt of salts) {
    const salted = new Uint8Array(salt.length + keyBytes.length);
    salted.set(salt);
    salted.set(keyBytes, salt.length);
    const digest = hash(salted);
    for (let at = 0; at + chunkBytes <= digest.length && positions.length < sliceCount; at += chunkBytes) {
      positions.push(remainder(digest, at, chunkBytes, sliceBits));
    }
  }
  return positions;
}

/** The remainder of a little-endian number; no step exceeds 2^53, for a slice has less than 2^45 bits. */
function remainder(bytes: Uint8Array, at: number, count: number, divisor: number): number {
  let value = 0;
  for (let index = count - 1; index >= 0; index--) value = (value * 256 + bytes[at + index]) % divisor;
  return value;
}

/** What can be a key of a filter. Lists cannot: pybloom 1.1 takes them for ready-made bit numbers. */
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
  if (bytes === undefined) throw new TypeError("A key of a filter is text, bytes, a number, a boolean or null");
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
