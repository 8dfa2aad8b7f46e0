/**
 * Secret keys as texts: WIF, HWIF and hex; and the random bytes that they are made of.
 *
 * WIF is Bitcoin's "wallet import format" (https://en.bitcoin.it/wiki/Wallet_import_format). HWIF is what storj calls the
 * extended secret key of BIP 32, `xprv...`.
 *
 * @module
 */

import { secp256k1 } from "@noble/curves/secp256k1.js";
import { HDKey } from "@scure/bip32";
import { parseHex } from "../../codec/mod.ts";
import { plural } from "../../codec/text/mod.ts";
import { formatBase58Check, parseBase58Check } from "./base58check.ts";
import { IdentityError } from "./error.ts";

/** Bytes of a secret: a number from 1 to the order of secp256k1 less one, big-endian. */
export const SECRET_BYTES = 32;

/** Version of WIF on Bitcoin's main network; 0xef is that of the test network. */
const WIF_VERSION = 0x80;

/** What ends a WIF whose public key is to be used in its compressed form. */
const COMPRESSED_MARK = 0x01;

/** Bytes of WIF, with the version, in either form. */
const UNCOMPRESSED_BYTES = 1 + SECRET_BYTES;
const COMPRESSED_BYTES = UNCOMPRESSED_BYTES + 1;

/** Bytes of an extended key, and where the byte before its secret is (BIP 32, "Serialization format"). */
const EXTENDED_BYTES = 78;
const EXTENDED_KEY_AT = 45;

/** Versions of extended keys (BIP 32). */
const XPRV_VERSION = 0x0488ade4;
const XPUB_VERSIONS: readonly number[] = [0x0488b21e, 0x043587cf];

/** A secret, and in which form its public key makes the node id. */
export interface SecretKey {
  /** 32 bytes. */
  readonly secret: Uint8Array;
  readonly compressed: boolean;
}

/**
 * Reads a secret key from WIF (mainnet), HWIF (`xprv...`: the key of that very node, nothing is derived), or 64 hex
 * digits. HWIF and hex mean the compressed form.
 *
 * @throws IdentityError `syntax`, `checksum`, `network`, `public` or `range`
 */
export function parseSecretKey(text: string): SecretKey {
  if (typeof text === "string" && /^[0-9a-fA-F]{64}$/.test(text)) {
    return { secret: checkSecret(parseHex(text)), compressed: true };
  }
  const bytes = parseBase58Check(text, "a key", [UNCOMPRESSED_BYTES, COMPRESSED_BYTES, EXTENDED_BYTES]);
  if (bytes.length === EXTENDED_BYTES) return { secret: extendedSecret(text, bytes), compressed: true };
  return wifSecret(bytes);
}

/** The WIF of a secret key on Bitcoin's main network. */
export function formatWif({ secret, compressed }: SecretKey): string {
  return formatBase58Check(Uint8Array.of(WIF_VERSION, ...secret, ...(compressed ? [COMPRESSED_MARK] : [])));
}

/**
 * A secret, in memory of its own.
 *
 * @throws IdentityError `range` unless it is 32 bytes, not zero, and below the order of the curve
 */
export function checkSecret(secret: Uint8Array): Uint8Array {
  if (!(secret instanceof Uint8Array) || secret.length !== SECRET_BYTES) {
    const given = secret instanceof Uint8Array ? plural(secret.length, "byte") : "something else";
    throw new IdentityError("range", `Cannot use a secret of ${given}: it must be 32 bytes`);
  }
  if (!secp256k1.utils.isValidSecretKey(secret)) {
    throw new IdentityError("range", "Cannot use a secret that is zero, or not below the order of secp256k1");
  }
  return secret.slice();
}

function wifSecret(bytes: Uint8Array): SecretKey {
  const compressed = bytes.length === COMPRESSED_BYTES;
  if (bytes[0] !== WIF_VERSION) {
    throw new IdentityError("network", `Cannot use a key of version ${bytes[0]}: Bitcoin's main network has 128`);
  }
  if (compressed && bytes[bytes.length - 1] !== COMPRESSED_MARK) {
    throw new IdentityError("syntax", "Cannot read a key: its last byte is not 01");
  }
  return { secret: checkSecret(bytes.subarray(1, 1 + SECRET_BYTES)), compressed };
}

function extendedSecret(text: string, bytes: Uint8Array): Uint8Array {
  const version = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (XPUB_VERSIONS.includes(version)) {
    throw new IdentityError("public", "Cannot use an extended public key: the secret one (xprv) is needed");
  }
  if (version !== XPRV_VERSION) {
    throw new IdentityError(
      "network",
      `Cannot use an extended key of version ${version}: only xprv of the main network goes`,
    );
  }
  if (bytes[EXTENDED_KEY_AT] !== 0) throw new IdentityError("syntax", "Cannot read a key: byte 45 is not 00");
  const secret = checkSecret(bytes.subarray(EXTENDED_KEY_AT + 1));
  try {
    HDKey.fromExtendedKey(text).wipePrivateData();
  } catch {
    throw new IdentityError("syntax", "Cannot read a key: it breaks the rules of BIP 32");
  }
  return secret;
}

/**
 * Gives as many random bytes as it is asked for. Keys and nonces are only as good as their source: it must be one that
 * nobody can foresee and that never repeats itself. A seeded one is for tests and simulations.
 */
export type RandomBytes = (count: number) => Uint8Array;

/** The random bytes of the platform: `crypto.getRandomValues` of browsers, Deno and Node. */
export const platformRandom: RandomBytes = (count) => crypto.getRandomValues(new Uint8Array(count));

/**
 * Random bytes that were counted.
 *
 * @throws IdentityError `random` when the source gave anything but `count` bytes
 */
export function takeRandom(random: RandomBytes, count: number): Uint8Array {
  const bytes: unknown = random(count);
  if (bytes instanceof Uint8Array && bytes.length === count) return bytes;
  const given = bytes instanceof Uint8Array ? plural(bytes.length, "byte") : "no bytes";
  throw new IdentityError("random", `Cannot use the source of random bytes: it gave ${given} instead of ${count}`);
}
