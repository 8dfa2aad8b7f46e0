/**
 * Keys and signatures for engines, which import no package: they are given these functions.
 *
 * @module
 */

import { equalBytes } from "../bytes.ts";
import { messageDigest, recoverSigner, signMessage } from "./bitcoin-message.ts";
import { IdentityError } from "./error.ts";
import type { Identity } from "./identity.ts";
import type { PublicIdentity } from "./public-identity.ts";

/** Our own key, without the secret. */
export interface OwnKey {
  /** 20 bytes, the HASH160 of the public key in the form of the identity. */
  readonly nodeId: Uint8Array;
  /** The node id as a Bitcoin address. */
  readonly address: string;
  /** The compressed public key, 33 bytes. */
  readonly publicKey: Uint8Array;
  /** Signs a message, as {@link signMessage} does: 65 bytes. */
  readonly sign: (message: Uint8Array) => Uint8Array;
}

/** Who signs, and how signatures are checked. */
export interface Signatures {
  readonly own: OwnKey;
  /**
   * The owner of a public key (33 bytes) if the signature of the message is the owner's, or null. The header of the
   * signature says which form of the key the node id and the address are of. Never throws, whatever the bytes are.
   */
  readonly verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => PublicIdentity | null;
}

/**
 * What an engine is given to sign as somebody and to check others.
 *
 * ```ts
 * import { Identity, signatures } from "warpwire/identity";
 *
 * const { own, verify } = signatures(Identity.generate());
 * const message = new TextEncoder().encode("hello");
 * console.log(verify(own.publicKey, message, own.sign(message))?.address === own.address); // true
 * ```
 */
export function signatures(me: Identity): Signatures {
  const { nodeId, address, publicKey } = me;
  return { own: { nodeId, address, publicKey, sign: (message) => signMessage(me, message) }, verify };
}

/** Signatures that were checked, the oldest first: many nodes pass on the same signed value, and each check takes 1 ms. */
const checked = new Map<string, PublicIdentity>();
const CHECKED_MAX = 1024;
const PUBLIC_KEY_BYTES = 33;
const SIGNATURE_BYTES = 65;

function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): PublicIdentity | null {
  // Of fixed lengths, so that equal names are of equal parts.
  if (publicKey.length !== PUBLIC_KEY_BYTES || signature.length !== SIGNATURE_BYTES) return null;
  const name = latin1(publicKey) + latin1(signature) + latin1(messageDigest(message));
  const known = checked.get(name);
  if (known !== undefined) return known;
  try {
    const signer = recoverSigner(message, signature);
    if (!equalBytes(signer.publicKey, publicKey)) return null;
    if (checked.size === CHECKED_MAX) checked.delete(checked.keys().next().value!);
    checked.set(name, signer);
    return signer;
  } catch (error) {
    if (error instanceof IdentityError) return null;
    throw error;
  }
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
