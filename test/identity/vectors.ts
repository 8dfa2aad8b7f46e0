/**
 * The rows of `fixtures/identity-vectors.json`, which other libraries made, and the recorded cases of
 * `fixtures/storj-identity.json`.
 *
 * @module
 */

import { fixture } from "../fixture.ts";

/** A secret, and its names in one form. */
export interface KeyRow {
  name: string;
  secret: string;
  compressed: boolean;
  wif: string;
  address: string;
  publicKey: string;
  uncompressed: string;
}

/** A signature of a message that is one byte many times. */
export interface SignatureRow {
  secret: string;
  compressed: boolean;
  byte: number;
  size: number;
  signature: string;
  highS: boolean;
}

/** Who can have signed, or null. */
export interface RecoveryRow {
  message: string;
  signature: string;
  publicKey: string | null;
}

/** A message and the bytes it is sealed into with a nonce. */
export interface SealedRow {
  sender: string;
  compressed: boolean;
  recipient: string;
  recipientPublished: string;
  nonce: string;
  message: string;
  sealed: string;
}

/** All rows that other libraries made. */
export const vectors = fixture("identity-vectors.json") as {
  keys: KeyRow[];
  signatures: SignatureRow[];
  recovery: RecoveryRow[];
  sealed: SealedRow[];
};

/** A key that the original programs read, or refuse. */
export interface RecordedKey {
  label: string;
  key: string;
  address?: string;
  nodeid?: string;
  wif?: string;
  is_hwif?: boolean;
  error?: string;
}

/** An envelope that the original programs signed. */
export interface RecordedEnvelope {
  label: string;
  packed: string;
  packed_len: number;
  first_byte: number;
  signed_hex: string;
  sig_b64: string;
}

/** The length of an envelope whose body has some length. */
export interface RecordedSize {
  label: "size probe";
  body_len: number;
  packed_len: number;
}

const { cases } = fixture("storj-identity.json") as { cases: (RecordedKey | RecordedEnvelope | RecordedSize)[] };

export const recordedKeys: RecordedKey[] = cases.filter((row) => "key" in row);
export const recordedEnvelopes: RecordedEnvelope[] = cases.filter((row) => "packed" in row);
export const recordedSizes: RecordedSize[] = cases.filter((row) => "body_len" in row);

/** The key that signed the recorded envelopes, which the README of storjnode calls Alice's. */
export const ALICE = "Kyh4a6zF1TkBZW6gyzwe7XRVtJ18Y75C2bC2d9axeWZnoUdAVXYc";
