/**
 * Owners of signed values, and values of theirs.
 *
 * @module
 */

import { type MsgpackValue, pack, type Packed } from "../../../codec/msgpack/mod.ts";
import { packSigned, signedEntryBytes, signedKey } from "../../../codec/protocols/storj/mod.ts";
import { Identity, type Signatures, signatures } from "../../../src/identity/mod.ts";
import { SeededRandom } from "../../../src/host/sim/mod.ts";

/** The same identity for the same number. */
export function ownerOf(seed: number, compressed = true): Signatures {
  const random = new SeededRandom(seed);
  return signatures(Identity.generate({ compressed, random: (count) => random.bytes(count) }));
}

/** What is signed, where it is not what it should be. */
export interface SignedParts {
  readonly sequence: number;
  readonly value?: MsgpackValue;
  readonly name?: string;
  /** The key for which it is signed. Default the owner's. */
  readonly key?: Uint8Array;
}

/** A value that its owner has signed. */
export function signedBy({ own }: Signatures, { sequence, value = "value", name = "news", key }: SignedParts): Packed {
  const entry = { sequence, value: pack(value), publicKey: own.publicKey, name };
  const signature = own.sign(signedEntryBytes(key ?? signedKey(own.address, name), entry));
  return packSigned({ ...entry, signature });
}
