/**
 * What an engine needs of keys and signatures: it imports no package, so it is given them. `signatures` of
 * `warpwire/identity` makes one.
 *
 * @module
 */

import type { Clock } from "../../host/host.ts";

/** Whose signature it is. */
export interface Signer {
  /** 20 bytes, the HASH160 of the public key in the form that the signature says. */
  readonly nodeId: Uint8Array;
  /** The node id as a Bitcoin address. */
  readonly address: string;
}

/** Who signs, and how signatures are checked. */
export interface Signatures {
  /** The own key. */
  readonly own: Signer & {
    /** 33 bytes. */
    readonly publicKey: Uint8Array;
    /** Signs a message: 65 bytes. */
    readonly sign: (message: Uint8Array) => Uint8Array;
  };
  /** The owner of a public key if the signature of the message is the owner's, or null; never throws. */
  readonly verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => Signer | null;
}

/**
 * How often something may be done that takes a millisecond: so often a second on the average, and at once. Whoever asks for
 * more is refused, so that strangers cannot keep the machine busy with signatures.
 */
export class Budget {
  readonly #perSecond: number;
  readonly #clock: Clock;
  #left: number;
  #sinceMs: number;

  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#left = perSecond;
    this.#sinceMs = clock.now();
  }

  /** Whether there is something left, of which one is taken. */
  take(): boolean {
    const now = this.#clock.now();
    this.#left = Math.min(this.#perSecond, this.#left + (now - this.#sinceMs) / 1000 * this.#perSecond);
    this.#sinceMs = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
