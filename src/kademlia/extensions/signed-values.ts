/**
 * Signed values: what a node keeps of them, and which one a reader takes.
 *
 * @module
 */

import type { Packed } from "../../../codec/msgpack/mod.ts";
import { signedEntryBytes, signedKey, type SignedValue, unpackSigned } from "../../../codec/protocols/storj/mod.ts";
import { equalBytes } from "../../bytes.ts";
import type { Clock } from "../../host/host.ts";
import type { Admit } from "../values/mod.ts";
import { Budget, type Signatures } from "./signatures.ts";

/** Signatures of offered values that are checked in a second: each takes 1 ms, so that strangers cost 5 % of a core. */
const CHECKS_PER_SECOND = 50;

/**
 * Decides whether an offered value may be kept: true for a signed value that is the newer one, whatever the ages; false
 * for one that has the form of a signed value and a wrong signature, a lower sequence than the one that is kept, or the
 * same sequence and another value (the first one stays), and for any other value in place of a signed one; undefined
 * where signatures have no say.
 */
export function signedAdmission({ verify }: Pick<Signatures, "verify">, clock: Clock): Admit {
  const budget = new Budget(CHECKS_PER_SECOND, clock);
  return (key, value, held, { source }) => {
    const offered = unpackSigned(value);
    const kept = held === null ? null : unpackSigned(held);
    if (offered === null && kept === null) return undefined;
    const isSame = offered !== null && kept !== null && isOfSame(offered, kept);
    if (isSame && offered.sequence <= kept.sequence) return false;
    // What cannot be checked does not come in. The user of this node is no stranger.
    if (source !== "" && !budget.take()) return false;
    if (offered !== null) {
      const signer = verify(offered.publicKey, signedEntryBytes(key, offered), offered.signature);
      if (signer === null) return false;
      if (isSame || equalBytes(signedKey(signer.address, offered.name), key)) return true;
    }
    // Whatever has the form was checked before it was kept, but under a key that may be somebody else's.
    return kept !== null && isOwn(verify, key, kept) ? false : undefined;
  };
}

/** Whether a value is signed by the one to whom the key belongs. */
function isOwn(verify: Signatures["verify"], key: Uint8Array, value: SignedValue): boolean {
  const signer = verify(value.publicKey, signedEntryBytes(key, value), value.signature);
  return signer !== null && equalBytes(signedKey(signer.address, value.name), key);
}

function isOfSame(one: SignedValue, other: SignedValue): boolean {
  return one.name === other.name && equalBytes(one.publicKey, other.publicKey);
}

/** The newest of the values that were found under a signed key. What is not signed by its owner is left out. */
export class NewestSigned {
  readonly #key: Uint8Array;
  readonly #verify: Signatures["verify"];
  /** Values that were checked, by their bytes as text: most nodes have the same. */
  readonly #checked = new Map<string, SignedValue | null>();
  #newest: { readonly packed: Packed; readonly value: SignedValue } | null = null;

  constructor(key: Uint8Array, verify: Signatures["verify"]) {
    this.#key = key;
    this.#verify = verify;
  }

  /** Adds a value that somebody has under the key; returns its sequence, -1 if it is none of the owner's. */
  add(packed: Packed): number {
    const text = String.fromCharCode(...packed.bytes);
    let value = this.#checked.get(text);
    if (value === undefined) {
      const found = unpackSigned(packed);
      value = found !== null && isOwn(this.#verify, this.#key, found) ? found : null;
      this.#checked.set(text, value);
    }
    if (value === null) return -1;
    if (this.#newest === null || value.sequence > this.#newest.value.sequence) this.#newest = { packed, value };
    return value.sequence;
  }

  /** The newest one; of those with the same sequence, the first that was added. */
  get newest(): { readonly packed: Packed; readonly value: SignedValue } | null {
    return this.#newest;
  }
}
