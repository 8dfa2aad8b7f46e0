/**
 * One secp256k1 key for all networks.
 *
 * @module
 */

import { secp256k1 } from "@noble/curves/secp256k1.js";
import { IdentityError } from "./error.ts";
import { type KeyForm, PublicIdentity } from "./public-identity.ts";
import {
  checkSecret,
  formatWif,
  parseSecretKey,
  platformRandom,
  type RandomBytes,
  SECRET_BYTES,
  takeRandom,
} from "./secret-key.ts";

/**
 * How often a source of random bytes may give a number that is not a secret. Of a good one, a single such number is
 * less likely than 2^-127.
 */
const ATTEMPTS_MAX = 8;

// The table of multiples of the base point, which the first use of a key makes: 4 bits at a time in place of 6 take 10 ms
// less, which each program pays at its start, and a signature 0.2 ms more.
secp256k1.Point.BASE.precompute(4);

/** Options of {@link Identity.generate}. */
export interface GenerateOptions extends KeyForm {
  /** Where the secret comes from; by default {@link platformRandom}. */
  readonly random?: RandomBytes;
}

/**
 * Somebody whose secret key we have: ourselves. The secret shows in no property, so that it is neither printed nor
 * serialised by accident; {@link Identity.toWif} and {@link Identity.toSecret} hand it out.
 *
 * ```ts
 * import { Identity } from "warpwire/identity";
 *
 * const alice = Identity.parse("Kyh4a6zF1TkBZW6gyzwe7XRVtJ18Y75C2bC2d9axeWZnoUdAVXYc");
 * console.log(alice.nodeIdHex); // aa28f8dbd4d358f1b7ffb964d6e6b64f6a74d081
 * ```
 */
export class Identity extends PublicIdentity {
  readonly #secret: Uint8Array;

  /**
   * @param secret 32 bytes; they are copied
   * @param form compressed by default
   * @throws IdentityError `range`
   */
  constructor(secret: Uint8Array, form: KeyForm = {}) {
    const checked = checkSecret(secret);
    super(secp256k1.getPublicKey(checked), { compressed: form.compressed ?? true });
    this.#secret = checked;
  }

  /**
   * The identity of a key as WIF (Bitcoin's main network), HWIF (`xprv...`: the key of that very node, nothing is
   * derived), or 64 hex digits.
   *
   * @throws IdentityError `syntax`, `checksum`, `network` (a testnet key), `public` (an xpub) or `range`
   */
  static parse(text: string): Identity {
    const { secret, compressed } = parseSecretKey(text);
    return new Identity(secret, { compressed });
  }

  /**
   * A new identity.
   *
   * @throws IdentityError `random` when the source keeps giving what cannot be a secret
   */
  static generate(options: GenerateOptions = {}): Identity {
    const { random = platformRandom, compressed = true } = options;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const secret = takeRandom(random, SECRET_BYTES);
      if (secp256k1.utils.isValidSecretKey(secret)) return new Identity(secret, { compressed });
    }
    throw new IdentityError("random", `Cannot make a key: none of ${ATTEMPTS_MAX} random numbers can be a secret`);
  }

  /** The key as WIF, which says its form, too. It is the secret: who has it is this identity. */
  toWif(): string {
    return formatWif({ secret: this.#secret, compressed: this.compressed });
  }

  /** The secret, 32 bytes; a copy. */
  toSecret(): Uint8Array {
    return this.#secret.slice();
  }
}
