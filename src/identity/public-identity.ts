/**
 * The public part of an identity: a public key and the names derived from it.
 *
 * @module
 */

import { parseIdentity } from "../../codec/protocols/astral/mod.ts";
import { formatHex, parseHex } from "../../codec/mod.ts";
import { IdentityError } from "./error.ts";
import { formatPeerId, parsePeerId } from "./peer-id.ts";
import { convertPublicKey, formatAddress, hash160, PUBLIC_KEY_BYTES } from "./public-key.ts";

/** In which form a public key makes the node id. */
export interface KeyForm {
  /** The 33 bytes of the compressed key (true), or the 65 bytes of the uncompressed one. */
  readonly compressed?: boolean;
}

/**
 * A public key of secp256k1 and its names in each of the networks.
 *
 * ```ts
 * import { PublicIdentity } from "warpwire/identity";
 *
 * const someone = PublicIdentity.fromPeerId("16Uiu2HAm3cuhhRL2msUuLF62KRSfneFDx94RsuouyW25Ho42cFMq");
 * console.log(someone.astralIdentity, someone.address);
 * ```
 */
export class PublicIdentity {
  readonly #publicKey: Uint8Array;
  readonly #nodeId: Uint8Array;
  /** The node id as 40 hex digits, as storj's programs print it. */
  readonly nodeIdHex: string;
  /** Whether the node id is the hash of the compressed key. The same key has two node ids, one for each form. */
  readonly compressed: boolean;

  /**
   * @param publicKey in either form
   * @param form by default that of `publicKey`
   * @throws IdentityError `point`
   */
  constructor(publicKey: Uint8Array, form: KeyForm = {}) {
    this.compressed = form.compressed ?? publicKey.length === PUBLIC_KEY_BYTES;
    this.#publicKey = convertPublicKey(publicKey, true);
    this.#nodeId = hash160(this.compressed ? this.#publicKey : convertPublicKey(publicKey, false));
    this.nodeIdHex = formatHex(this.#nodeId);
  }

  /**
   * The identity in an astral identity: 66 hex digits.
   *
   * @throws IdentityError `syntax`, or `point` for what is not on the curve, as the identity of nobody
   */
  static fromAstralIdentity(text: string): PublicIdentity {
    let canonical;
    try {
      canonical = parseIdentity(text, { strict: true });
    } catch {
      // The text is not repeated: it may be a secret that was put in the wrong place.
      throw new IdentityError("syntax", "Cannot read an identity: it must be 66 hex digits that begin with 02 or 03");
    }
    return new PublicIdentity(parseHex(canonical));
  }

  /**
   * The identity in a peer id of libp2p.
   *
   * @throws IdentityError `syntax`, `kind` or `point`, see {@link parsePeerId}
   */
  static fromPeerId(text: string): PublicIdentity {
    return new PublicIdentity(parsePeerId(text));
  }

  /** The compressed public key, 33 bytes; a copy. */
  get publicKey(): Uint8Array {
    return this.#publicKey.slice();
  }

  /** The node id in a storj network: 20 bytes, HASH160 of the public key in this identity's form; a copy. */
  get nodeId(): Uint8Array {
    return this.#nodeId.slice();
  }

  /** The Bitcoin address (P2PKH, main network), which is the node id as Base58Check. */
  get address(): string {
    return formatAddress(this.#nodeId);
  }

  /** The identity in an astral network: the compressed public key as 66 hex digits. */
  get astralIdentity(): string {
    return formatHex(this.#publicKey);
  }

  /** The peer id in a libp2p network, as base58. */
  get peerId(): string {
    return formatPeerId(this.#publicKey);
  }
}
