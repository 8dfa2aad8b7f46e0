/**
 * Sealed messages: only the recipient can read them, and knows who sent them.
 *
 * `docs/identity.md` describes the bytes, and what they do not protect from.
 *
 * @module
 */

import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import nacl from "tweetnacl";
import {
  bytes,
  CodecError,
  compile,
  constant,
  rest,
  type Schema,
  struct,
  type StructNode,
  u8,
} from "../../codec/mod.ts";
import { plural } from "../../codec/text/mod.ts";
import { IdentityError } from "./error.ts";
import type { Identity } from "./identity.ts";
import type { PublicIdentity } from "./public-identity.ts";
import { platformRandom, type RandomBytes, takeRandom } from "./secret-key.ts";
import { ownSealingKey, PUBLISHED_KEY_BYTES, readAnySealingKey, type SealingKey } from "./sealing-key.ts";

/** Version of sealed messages, their first byte. */
export const SEALED_VERSION = 1;

/** Bytes of the nonce of XSalsa20-Poly1305. */
const NONCE_BYTES = nacl.secretbox.nonceLength;

/** By how many bytes a sealed message is longer than the message in it. */
export const SEALED_OVERHEAD_BYTES: number = 1 + PUBLISHED_KEY_BYTES + NONCE_BYTES + nacl.secretbox.overheadLength;

/**
 * The longest message that is sealed, in bytes. The whole message must be in memory some four times while it is opened,
 * because nothing of it may be used before all of it was checked; longer data is to be cut in pieces by its protocol.
 */
export const SEALED_MESSAGE_BYTES_MAX = 1_048_576;

/** Sets these keys apart from all others that follow from the same pair of X25519 keys. */
const DERIVATION = new TextEncoder().encode("warpwire sealed message 1");

/** A sealed message: version, the sender's published sealing key, nonce, XSalsa20-Poly1305 box. */
export interface SealedMessage {
  version: typeof SEALED_VERSION;
  sender: Uint8Array;
  nonce: Uint8Array;
  box: Uint8Array;
}

/** See {@link SealedMessage}. */
export const SealedMessage: StructNode & Schema<SealedMessage> = struct({
  version: constant(u8, SEALED_VERSION),
  sender: bytes(PUBLISHED_KEY_BYTES),
  nonce: bytes(NONCE_BYTES),
  box: bytes(rest),
});

const sealedMessage = compile(SealedMessage);

/** A message that was opened. */
export interface Unsealed {
  /** Who sealed it. Compare the node id or public key with the expected one; anybody can seal messages. */
  readonly sender: PublicIdentity;
  readonly bytes: Uint8Array;
}

/** Options of {@link seal}. */
export interface SealOptions {
  /** Where the nonce comes from; by default {@link platformRandom}. A nonce that comes twice betrays both messages. */
  readonly random?: RandomBytes;
}

/**
 * Seals a message for one recipient.
 *
 * ```ts
 * import { Identity, publishSealingKey, readSealingKey, seal, unseal } from "warpwire/identity";
 *
 * const [alice, bob] = [Identity.generate(), Identity.generate()];
 * const bobsKey = readSealingKey(publishSealingKey(bob), bob.nodeId);
 * const sealed = seal(alice, bobsKey, new TextEncoder().encode("hello"));
 * const { sender, bytes } = unseal(bob, sealed);
 * console.log(sender.nodeIdHex === alice.nodeIdHex, new TextDecoder().decode(bytes)); // true hello
 * ```
 *
 * @param recipient from {@link readSealingKey}
 * @throws IdentityError `size` for more than {@link SEALED_MESSAGE_BYTES_MAX}, `random`, or `sealed` when the
 * recipient's key is one with which everybody could open the message
 */
export function seal(
  identity: Identity,
  recipient: SealingKey,
  message: Uint8Array,
  options: SealOptions = {},
): Uint8Array {
  if (message.length > SEALED_MESSAGE_BYTES_MAX) {
    throw new IdentityError("size", `Cannot seal ${message.length} bytes: at most ${SEALED_MESSAGE_BYTES_MAX} go`);
  }
  const own = ownSealingKey(identity);
  const key = boxKey(own.secretKey, recipient.x25519, own.published, recipient);
  const nonce = takeRandom(options.random ?? platformRandom, NONCE_BYTES);
  const box = nacl.secretbox(message, nonce, key);
  const value = { version: SEALED_VERSION, sender: own.published, nonce, box } as const;
  return sealedMessage.encode(value, { owned: true });
}

/**
 * Opens a sealed message.
 *
 * @throws IdentityError `size`, `version`, `sealed` when it is for somebody else or was changed, or `signature`
 */
export function unseal(identity: Identity, sealed: Uint8Array): Unsealed {
  checkSealedSize(sealed);
  const { sender, nonce, box } = readSealed(sealed);
  const own = ownSealingKey(identity);
  const claimed = readAnySealingKey(sender);
  const key = boxKey(own.secretKey, claimed.x25519, sender, { owner: identity, x25519: own.publicKey });
  const message = nacl.secretbox.open(box, nonce, key);
  if (message === null) {
    throw new IdentityError("sealed", "Cannot open a message: it is for somebody else, or was changed on the way");
  }
  return { sender: claimed.owner, bytes: message };
}

function checkSealedSize(sealed: Uint8Array): void {
  const given = sealed instanceof Uint8Array ? sealed.length : -1;
  if (given < SEALED_OVERHEAD_BYTES || given > SEALED_OVERHEAD_BYTES + SEALED_MESSAGE_BYTES_MAX) {
    const size = given < 0 ? "something else" : plural(given, "byte");
    throw new IdentityError("size", `Cannot open ${size}: a sealed message has ${SEALED_OVERHEAD_BYTES} or more`);
  }
}

function readSealed(sealed: Uint8Array): SealedMessage {
  try {
    return sealedMessage.decode(sealed);
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause;
    throw new IdentityError("version", `Cannot open a sealed message of version ${sealed[0]}`, { cause });
  }
}

/**
 * The key of the box: HKDF-SHA256 of the secret that both can compute, bound to the sender and the recipient. Without
 * the names, a message could be sent back to its sender as if it came from the recipient, and a published key could be
 * signed by somebody else and pass for theirs.
 *
 * @param ownSecret our X25519 secret, and `theirs` the public key of the other
 * @param sender the sender's published key
 */
function boxKey(ownSecret: Uint8Array, theirs: Uint8Array, sender: Uint8Array, recipient: SealingKey): Uint8Array {
  const shared = nacl.scalarMult(ownSecret, theirs);
  // Keys of small order make the shared secret zero, whatever ours is (RFC 7748, section 6.1).
  if (shared.every((byte) => byte === 0)) {
    throw new IdentityError("sealed", "Cannot use an X25519 key of small order: everybody could open the message");
  }
  const info = Uint8Array.of(SEALED_VERSION, ...sender, ...recipient.owner.publicKey, ...recipient.x25519);
  return hkdf(sha256, shared, DERIVATION, info, nacl.secretbox.keyLength);
}
