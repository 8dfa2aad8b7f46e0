/**
 * Values that only the owner of a key can replace: `[sequence, value, publicKey, signature, name]`.
 *
 * The key in the hash table is `SHA-1("signed:" + address + ":" + name)`, where the address is the Bitcoin address of the
 * public key. The name is part of the value, because a node that is asked to keep it can only so compute the key, and
 * tell a signed value of the owner from one that somebody else has signed for the same key. To nodes that know nothing
 * of this it is a value like any other.
 *
 * @module
 */

import {
  bytesLike,
  decodeMsgpack,
  encodeMsgpack,
  FIXARRAY,
  namedTuple,
  Packed,
  packed,
  tagged,
  textLike,
  uint,
} from "../../msgpack/mod.ts";
import { CodecError } from "../../mod.ts";
import { dhtKey } from "./dht-key.ts";
import { SIGNATURE_BYTES } from "./envelope.ts";
import { PUBLIC_KEY_BYTES } from "./extensions.ts";
import { id } from "./shapes.ts";

/** What the owner says. */
export interface SignedEntry {
  /** From 0 to 2^53-1. Of two values of one key, the one with the higher number is the newer one. */
  readonly sequence: number;
  readonly value: Packed;
  /** The owner's, 33 bytes. */
  readonly publicKey: Uint8Array;
  /** What the owner calls it. One owner has as many names as it likes. */
  readonly name: string;
}

/** A signed value. */
export interface SignedValue extends SignedEntry {
  /** 65 bytes, of {@link signedEntryBytes}; the header says which form of the public key the address is of. */
  readonly signature: Uint8Array;
}

const FIELDS = 5;

const valueShape = namedTuple(
  {
    sequence: uint,
    value: packed,
    publicKey: bytesLike(PUBLIC_KEY_BYTES),
    signature: bytesLike(SIGNATURE_BYTES),
    name: textLike("str"),
  },
  (sequence, value, publicKey, signature, name) => ({ sequence, value, publicKey, signature, name }),
);

const entryShape = tagged(
  "warpwire signed 1",
  namedTuple({ key: id, sequence: uint, value: packed, publicKey: bytesLike(PUBLIC_KEY_BYTES), name: textLike("str") }),
);

/**
 * The key of an owner's name: 20 bytes.
 *
 * ```ts
 * import { signedKey } from "warpwire/protocols/storj";
 *
 * console.log(signedKey("1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", "news").length); // 20
 * ```
 *
 * @param address the owner's Bitcoin address, which has no colon
 * @throws TypeError for a name with a lone surrogate
 */
export function signedKey(address: string, name: string): Uint8Array {
  return dhtKey(`signed:${address}:${name}`);
}

/**
 * What is signed: everything, and the key. The text at the beginning keeps it from being taken for any other signed
 * thing.
 */
export function signedEntryBytes(key: Uint8Array, { sequence, value, publicKey, name }: SignedEntry): Uint8Array {
  return encodeMsgpack(entryShape, { key, sequence, value, publicKey, name }, { owned: true });
}

/** The value to be stored. */
export function packSigned(value: SignedValue): Packed {
  return new Packed(encodeMsgpack(valueShape, value, { owned: true }));
}

/**
 * The parts of a signed value, as views of it, or null for a value that is none. The signature is not checked, nor
 * whether it is stored under its own key.
 */
export function unpackSigned({ bytes }: Packed): SignedValue | null {
  // Most values are none, and to find that out by an error takes microseconds.
  if (bytes[0] !== (FIXARRAY | FIELDS)) return null;
  try {
    return decodeMsgpack(valueShape, bytes);
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}
