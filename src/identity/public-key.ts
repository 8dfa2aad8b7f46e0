/**
 * Public keys of secp256k1, node ids, which are their hashes, and Bitcoin addresses, which are node ids as text.
 *
 * @module
 */

import { secp256k1 } from "@noble/curves/secp256k1.js";
import { ripemd160 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { plural, show } from "../../codec/text/mod.ts";
import { formatBase58Check, parseBase58Check } from "./base58check.ts";
import { IdentityError } from "./error.ts";

/** Bytes of a compressed public key: 02 or 03, then x (SEC 1, section 2.3.3). */
export const PUBLIC_KEY_BYTES = 33;

/** Bytes of an uncompressed public key: 04, then x and y. */
export const UNCOMPRESSED_BYTES = 65;

/** RIPEMD-160 of SHA-256: 20 bytes, with which Bitcoin hashes public keys. */
export function hash160(bytes: Uint8Array): Uint8Array {
  return ripemd160(sha256(bytes));
}

/**
 * A public key in the form that is asked for, in memory of its own.
 *
 * @param bytes a key in either form
 * @throws IdentityError `point` when the bytes are not a point of the curve in one of the two forms
 */
export function convertPublicKey(bytes: Uint8Array, compressed: boolean): Uint8Array {
  if (!(bytes instanceof Uint8Array) || bytes.length !== PUBLIC_KEY_BYTES && bytes.length !== UNCOMPRESSED_BYTES) {
    const given = bytes instanceof Uint8Array ? plural(bytes.length, "byte") : "something else";
    throw new IdentityError("point", `Cannot use a public key of ${given}: it must be 33 or 65 bytes`);
  }
  try {
    return secp256k1.Point.fromBytes(bytes).toBytes(compressed);
  } catch (cause) {
    throw new IdentityError("point", `Cannot use a public key that is not a point of secp256k1`, { cause });
  }
}

/** Bytes of a node id: the HASH160 of a public key. */
export const NODE_ID_BYTES = 20;

/** Version of addresses of public keys (P2PKH) on Bitcoin's main network. */
const ADDRESS_VERSION = 0x00;

/**
 * The address of a node id, as storj pays to it.
 *
 * @throws IdentityError `size` for other than 20 bytes
 */
export function formatAddress(nodeId: Uint8Array): string {
  if (nodeId.length !== NODE_ID_BYTES) {
    throw new IdentityError("size", `Cannot write ${plural(nodeId.length, "byte")} as an address: a node id has 20`);
  }
  return formatBase58Check(Uint8Array.of(ADDRESS_VERSION, ...nodeId));
}

/**
 * The node id of an address.
 *
 * @throws IdentityError `syntax` or `checksum`, or `network` for addresses of scripts, test networks and other
 * currencies
 */
export function parseAddress(text: string): Uint8Array {
  const bytes = parseBase58Check(text, "an address", [1 + NODE_ID_BYTES]);
  if (bytes[0] !== ADDRESS_VERSION) {
    throw new IdentityError("network", `Cannot read ${show(text)} as an address: it is of version ${bytes[0]}, not 0`);
  }
  return bytes.slice(1);
}
