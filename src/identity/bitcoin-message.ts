/**
 * Signed messages, as Bitcoin wallets sign them: the signer follows from the signature.
 *
 * A signature has 65 bytes: a header, 27 + the number of the point (0 to 3), + 4 when the signer is known by the
 * compressed key; then r and s, 32 bytes each. From it and the message follows the public key, from that the node id.
 *
 * @module
 */

import { secp256k1 } from "@noble/curves/secp256k1.js";
import { concatBytes } from "@noble/hashes/utils.js";
import { equalBytes } from "../bytes.ts";
import { plural } from "../../codec/text/mod.ts";
import { doubleSha256 } from "./base58check.ts";
import { IdentityError } from "./error.ts";
import type { Identity } from "./identity.ts";
import { PublicIdentity } from "./public-identity.ts";
import { type RandomBytes, takeRandom } from "./secret-key.ts";

/** Bytes of a signature. */
export const SIGNATURE_BYTES = 65;

/** What is hashed before the message: its length as a byte, then the text (`MESSAGE_MAGIC` of Bitcoin Core). */
const MAGIC = new TextEncoder().encode("\x18Bitcoin Signed Message:\n");

/** Bytes that make a signature another one. */
const ENTROPY_BYTES = 32;

const HEADER_MIN = 27;
const HEADER_COMPRESSED = 4;
const HEADER_MAX = 34;

/**
 * What is signed of a message: the double SHA-256 of the magic text, the length of the message and the message.
 */
export function messageDigest(message: Uint8Array): Uint8Array {
  return doubleSha256(concatBytes(MAGIC, compactSize(message.length), message));
}

/** Options of {@link signMessage}. */
export interface SignOptions {
  /**
   * Where bytes come from that make each signature of a message another one (RFC 6979, section 3.6). By default the same
   * message always has the same signature.
   */
  readonly random?: RandomBytes | undefined;
}

/**
 * Signs a message: 65 bytes, the same for the same message (RFC 6979). As storj's programs do, s is left as it comes
 * out, and is above half the order of the curve every other time.
 *
 * @throws IdentityError `random`
 */
export function signMessage(identity: Identity, message: Uint8Array, { random }: SignOptions = {}): Uint8Array {
  const signature = secp256k1.sign(messageDigest(message), identity.toSecret(), {
    prehash: false,
    lowS: false,
    format: "recovered",
    extraEntropy: random !== undefined && takeRandom(random, ENTROPY_BYTES),
  });
  signature[0] += HEADER_MIN + (identity.compressed ? HEADER_COMPRESSED : 0);
  return signature;
}

/**
 * Who signed a message, in the form that the header says. Signatures of either s are accepted. Every signature has some
 * signer: only the signer's id shows whether it is valid, so compare the node id or use {@link verifyMessage}.
 *
 * @throws IdentityError `signature` when there can be no signer
 */
export function recoverSigner(message: Uint8Array, signature: Uint8Array): PublicIdentity {
  if (!(signature instanceof Uint8Array) || signature.length !== SIGNATURE_BYTES) {
    const given = signature instanceof Uint8Array ? plural(signature.length, "byte") : "something else";
    throw new IdentityError("signature", `Cannot use a signature of ${given}: it must be 65 bytes`);
  }
  const header = signature[0];
  if (header < HEADER_MIN || header > HEADER_MAX) {
    throw new IdentityError("signature", `Cannot use a signature with the header ${header}: it must be 27 to 34`);
  }
  const recoverable = signature.slice();
  recoverable[0] = (header - HEADER_MIN) % HEADER_COMPRESSED;
  const compressed = header >= HEADER_MIN + HEADER_COMPRESSED;
  try {
    const publicKey = secp256k1.recoverPublicKey(recoverable, messageDigest(message), { prehash: false });
    return new PublicIdentity(publicKey, { compressed });
  } catch (cause) {
    throw new IdentityError("signature", "Cannot use a signature that no key can have made", { cause });
  }
}

/** Whether a message was signed by the owner of a node id. Never throws, whatever the bytes are. */
export function verifyMessage(nodeId: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return equalBytes(recoverSigner(message, signature).nodeId, nodeId);
  } catch (error) {
    if (error instanceof IdentityError) return false;
    throw error;
  }
}

/** Bitcoin's integer of variable length: a byte, or fd, fe, ff before 2, 4, 8 bytes, the lowest first. */
function compactSize(value: number): Uint8Array {
  if (value < 0xfd) return Uint8Array.of(value);
  const width = value <= 0xffff ? 2 : value <= 0xffff_ffff ? 4 : 8;
  const bytes = new Uint8Array(1 + width);
  bytes[0] = width === 2 ? 0xfd : width === 4 ? 0xfe : 0xff;
  for (let at = 1, left = value; at <= width; at++, left = Math.floor(left / 256)) bytes[at] = left % 256;
  return bytes;
}
