/**
 * The error class of identities and the table of its codes.
 *
 * @module
 */

import { CodedError } from "../coded-error.ts";

/**
 * Every code an {@link IdentityError} can carry, with its meaning. The codes are stable: programs may compare them, and
 * `docs/identity.md` lists the same ones.
 */
export const IDENTITY_ERROR_CODES = {
  /** A text is not a key, address, identity or peer id. */
  syntax: "The text is not what it should be",
  /** The last four bytes of a Base58Check text do not fit the others. */
  checksum: "The checksum is wrong",
  /** A key or address belongs to a test network, or to another currency. */
  network: "The key is not one of the Bitcoin main network",
  /** A public key stands where a secret one is needed. */
  public: "The key is public, and a secret one is needed",
  /** A peer id holds another kind of key, or only the hash of one. */
  kind: "The peer id holds no secp256k1 key",
  /** A secret is not 32 bytes, zero, or not below the order of the curve. */
  range: "The secret is outside its range",
  /** Bytes are not a public key: of another length, or no point of the curve. */
  point: "The bytes are not a public key",
  /** A source of random bytes gave too few, too many, or never any that can be used. */
  random: "The source of random bytes is not usable",
  /** A message is longer than it may be, or shorter than it can be. */
  size: "The message has a length that cannot be",
  /** A sealed message or sealing key is of a version that is not known. */
  version: "The version is not known",
  /** A signature does not fit, or is not the owner's. */
  signature: "The signature does not fit",
  /** A sealed message was changed on the way, or is sealed for somebody else. */
  sealed: "The message does not open",
  /** A file stands where a key is to be saved. */
  exists: "The file exists",
  /** There is no file where a key should be. */
  missing: "The file does not exist",
  /** Others than the owner may use the key file. */
  permissions: "The file is open to others",
  /** A key file is not a file, is too long, or cannot be read or written. */
  file: "The file cannot be used",
} as const;

/** One of the stable error codes of {@link IDENTITY_ERROR_CODES}. */
export type IdentityErrorCode = keyof typeof IDENTITY_ERROR_CODES;

/**
 * Thrown for every key, signature, sealed message or key file that is not what it should be. Neither the message nor
 * the cause contains a secret, nor any part of a text that may have been one.
 */
export class IdentityError extends CodedError<IdentityErrorCode> {
  override readonly name: string = "IdentityError";
}
