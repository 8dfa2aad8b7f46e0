/**
 * The bits of a key in a filter.
 *
 * @module
 */

import { md5, sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { type FilterKey, filterKeyBytes } from "../dht-key.ts";

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
