/**
 * Sealing keys: X25519 keys derived from the identity's secret, published with its signature.
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
  formatHex,
  type Schema,
  struct,
  type StructNode,
  u8,
} from "../../codec/mod.ts";
import { plural } from "../../codec/text/mod.ts";
import { equalBytes } from "../bytes.ts";
import { recoverSigner, SIGNATURE_BYTES, signMessage } from "./bitcoin-message.ts";
import { IdentityError } from "./error.ts";
import type { Identity } from "./identity.ts";
import type { PublicIdentity } from "./public-identity.ts";

/** Version of published sealing keys, their first byte. */
export const SEALING_KEY_VERSION = 1;

/** Bytes of an X25519 key, secret or public (RFC 7748). */
export const X25519_BYTES = 32;

/** Bytes of a published sealing key. */
export const PUBLISHED_KEY_BYTES: number = 1 + X25519_BYTES + SIGNATURE_BYTES;

/** Sets the secrets derived here apart from everything else that is ever derived from the same secret. */
const DERIVATION = new TextEncoder().encode("warpwire x25519 secret 1");

/** What is signed: this text and 64 hex digits. It can be read, so that no wallet signs it unawares. */
const STATEMENT = "warpwire x25519 key 1: ";

/**
 * A sealing key as it is published: version, X25519 public key, signature (see {@link signMessage}) of the statement.
 */
export interface PublishedSealingKey {
  version: typeof SEALING_KEY_VERSION;
  x25519: Uint8Array;
  signature: Uint8Array;
}

/** See {@link PublishedSealingKey}. */
export const PublishedSealingKey: StructNode & Schema<PublishedSealingKey> = struct({
  version: constant(u8, SEALING_KEY_VERSION),
  x25519: bytes(X25519_BYTES),
  signature: bytes(SIGNATURE_BYTES),
});

const published = compile(PublishedSealingKey);

/** A sealing key whose signature was found good. */
export interface SealingKey {
  /** Who signed it, and alone can open what is sealed to it. */
  readonly owner: PublicIdentity;
  /** The X25519 public key, 32 bytes. */
  readonly x25519: Uint8Array;
}

/** Our own X25519 keys, and the bytes that publish the public one. */
interface OwnSealingKey {
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly published: Uint8Array;
}

/** To derive a key and to sign it takes as long as to seal a message: both are done once for each identity. */
const ownKeys = new WeakMap<Identity, OwnSealingKey>();

/**
 * The X25519 keys of an identity. The secret one is HKDF-SHA256 (RFC 5869) of the identity's secret, without salt; it
 * is the same for both forms of the identity.
 */
export function ownSealingKey(identity: Identity): OwnSealingKey {
  let own = ownKeys.get(identity);
  if (own === undefined) {
    const secretKey = hkdf(sha256, identity.toSecret(), undefined, DERIVATION, X25519_BYTES);
    const x25519 = nacl.scalarMult.base(secretKey);
    const signature = signMessage(identity, statement(x25519));
    const value = { version: SEALING_KEY_VERSION, x25519, signature } as const;
    own = { secretKey, publicKey: x25519, published: published.encode(value, { owned: true }) };
    ownKeys.set(identity, own);
  }
  return own;
}

/**
 * The bytes with which an identity publishes how to seal messages to it: 98 bytes, always the same ones. They are
 * public and can be passed on by anybody.
 */
export function publishSealingKey(identity: Identity): Uint8Array {
  return ownSealingKey(identity).published.slice();
}

/**
 * Checks a published sealing key.
 *
 * @param owner who is to be able to open what is sealed to it: the 20 bytes of a node id, or a public key in either
 * form. It must come from elsewhere: everybody can publish a sealing key of their own.
 * @throws IdentityError `size`, `version`, `signature` for one that is invalid, or another owner's
 */
export function readSealingKey(bytes: Uint8Array, owner: Uint8Array): SealingKey {
  const key = readAnySealingKey(bytes);
  const { nodeId, publicKey } = key.owner;
  if (!equalBytes(owner, nodeId) && !equalBytes(owner, publicKey)) {
    throw new IdentityError("signature", `Cannot seal to a key that was signed by ${key.owner.nodeIdHex}`);
  }
  return key;
}

/**
 * Checks a published sealing key of anybody.
 *
 * @throws IdentityError `size`, `version` or `signature`
 */
export function readAnySealingKey(bytes: Uint8Array): SealingKey {
  if (!(bytes instanceof Uint8Array) || bytes.length !== PUBLISHED_KEY_BYTES) {
    const given = bytes instanceof Uint8Array ? plural(bytes.length, "byte") : "something else";
    throw new IdentityError("size", `Cannot read a sealing key of ${given}: it must be ${PUBLISHED_KEY_BYTES}`);
  }
  let value;
  try {
    value = published.decode(bytes, { copy: true });
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause;
    throw new IdentityError("version", `Cannot read a sealing key of version ${bytes[0]}`, { cause });
  }
  return { owner: recoverSigner(statement(value.x25519), value.signature), x25519: value.x25519 };
}

function statement(x25519: Uint8Array): Uint8Array {
  return new TextEncoder().encode(STATEMENT + formatHex(x25519));
}
