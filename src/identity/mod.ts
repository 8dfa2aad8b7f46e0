/**
 * Identities: one secp256k1 key is a node id for storj, an identity for astral and a peer id for libp2p. It signs
 * messages, and seals them for others.
 *
 * ```ts
 * import { Identity, signMessage, verifyMessage } from "warpwire/identity";
 *
 * const me = Identity.generate();
 * const message = new TextEncoder().encode("hello");
 * const signature = signMessage(me, message);
 * console.log(me.address, verifyMessage(me.nodeId, message, signature)); // 1... true
 * ```
 *
 * Key files have a separate door, `warpwire/identity/key-file`, because web pages have no files.
 *
 * @module
 */

export {
  messageDigest,
  recoverSigner,
  SIGNATURE_BYTES,
  signMessage,
  type SignOptions,
  verifyMessage,
} from "./bitcoin-message.ts";
export { type EnvelopeFault, type OpenedEnvelope, openEnvelope, signEnvelope } from "./envelope.ts";
export { IDENTITY_ERROR_CODES, IdentityError, type IdentityErrorCode } from "./error.ts";
export { type GenerateOptions, Identity } from "./identity.ts";
export { formatPeerId, parsePeerId } from "./peer-id.ts";
export { type KeyForm, PublicIdentity } from "./public-identity.ts";
export { formatAddress, NODE_ID_BYTES, parseAddress, PUBLIC_KEY_BYTES } from "./public-key.ts";
export {
  seal,
  SEALED_MESSAGE_BYTES_MAX,
  SEALED_OVERHEAD_BYTES,
  SEALED_VERSION,
  SealedMessage,
  type SealOptions,
  unseal,
  type Unsealed,
} from "./sealed-message.ts";
export {
  PUBLISHED_KEY_BYTES,
  PublishedSealingKey,
  publishSealingKey,
  readSealingKey,
  SEALING_KEY_VERSION,
  type SealingKey,
} from "./sealing-key.ts";
export { type OwnKey, type Signatures, signatures } from "./signatures.ts";
export { platformRandom, type RandomBytes, SECRET_BYTES } from "./secret-key.ts";
