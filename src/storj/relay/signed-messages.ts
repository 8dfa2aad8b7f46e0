/**
 * Signed messages: made, and checked within a budget.
 *
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { CodecError, formatHex } from "../../../codec/mod.ts";
import { pack, Packed } from "../../../codec/msgpack/mod.ts";
import {
  decodeEnvelope,
  type Envelope,
  ENVELOPE_VERSION,
  type MessageBody,
  type Relayed,
  RELAYED_TOKEN,
  relayedBody,
  type RelayedKind,
  signedBytes,
  signedParts,
} from "../../../codec/protocols/storj/mod.ts";
import { joinBytes } from "../../bytes.ts";
import type { Clock } from "../../host/mod.ts";
import { type Identity, openEnvelope, type RandomBytes, signEnvelope } from "../../identity/mod.ts";
import type { Caller } from "../../rpc/mod.ts";
import { Places } from "../messages/mod.ts";
import { StorjError } from "../error.ts";
import type { Ground } from "../ground.ts";
import { Recent } from "../recent.ts";

/** Signatures that are checked in a second: each takes 1 to 2 ms, so that strangers cost a fifth of a core at most. */
const CHECKS_PER_S = 100;
/** Those that each network may cause in any case; more only while that is less than what is left of the second. */
const CHECKS_OF_NETWORK = 5;
const WINDOW_MS = 1000;
/** Forged envelopes that are known again without being checked, and for how long. */
const FORGED_MAX = 2048;
const FORGED_MS = 600_000;
/** The head of an array of five. */
const ARRAY_OF_FIVE = 0x95;

/** A message that is to be signed: each time with another signature, since nodes pass on the same bytes only once. */
export interface Draft {
  /** What it is known by: see {@link messageName}. */
  readonly name: string;
  /** @throws StorjError `too-large` */
  readonly sign: () => Packed;
}

/** Who signed an envelope; or `forged`; or `busy`, when too many have come to check one more. */
export type Checked = { readonly signer: Uint8Array } | "forged" | "busy";

/** The digest of a message by its sender and what is signed of it: it is the same whatever the signature. */
export function messageDigest({ sender, signedBytes }: Pick<Envelope, "sender" | "signedBytes">): Uint8Array {
  return sha256(joinBytes([sender, signedBytes]));
}

/** What a message is known by that was sent to somebody: who has to confirm it, and its digest. */
export function messageName(destination: Uint8Array, digest: Uint8Array): string {
  return `${formatHex(destination)} ${formatHex(digest)}`;
}

/** The envelope in a message, or null if it is something else; the signature is not checked. */
export function envelopeIn({ bytes }: Packed): Envelope | null {
  if (bytes[0] !== ARRAY_OF_FIVE) return null;
  try {
    return decodeEnvelope(bytes);
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}

/** Signs as a node, and checks what others have signed. */
export class SignedMessages {
  readonly #identity: Identity;
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #forged: Recent<true>;
  #lastTime = 0;
  #checked = 0;
  #window: { readonly endMs: number; readonly places: Places } = { endMs: -Infinity, places: new Places(0, 0) };

  constructor({ identity, host: { clock, random } }: Pick<Ground, "identity" | "host">) {
    this.#identity = identity;
    this.#clock = clock;
    this.#random = (count) => random.bytes(count);
    this.#forged = new Recent(clock, FORGED_MAX, FORGED_MS);
  }

  /** How many signatures were checked. */
  get checked(): number {
    return this.#checked;
  }

  /** A message of our own kind. */
  draft(kind: RelayedKind, destination: Uint8Array, content: Uint8Array, confirm: boolean): Draft {
    // Two messages may have the same content: the time tells them apart.
    this.#lastTime = Math.max(Math.floor(this.#clock.now()), this.#lastTime + 1);
    const relayed: Relayed = { kind, destination, time: this.#lastTime, confirm, content };
    return this.#draft(destination, RELAYED_TOKEN, relayedBody(relayed));
  }

  /** A message of the originals' kinds. */
  draftBody(destination: Uint8Array, body: MessageBody): Draft {
    const parts = signedParts(body);
    return this.#draft(destination, parts.token, parts.body);
  }

  /** Checks the signature of an envelope. */
  check(envelope: Envelope, bytes: Uint8Array, caller: Caller): Checked {
    const name = formatHex(sha256(bytes));
    if (this.#forged.has(name)) return "forged";
    if (!this.#mayCheck(caller)) return "busy";
    this.#checked += 1;
    if (openEnvelope(bytes).ok) return { signer: envelope.sender.slice() };
    this.#forged.set(name, true);
    return "forged";
  }

  #draft(destination: Uint8Array, token: string | Packed, body: Packed): Draft {
    const parts = { version: ENVELOPE_VERSION, token: packedToken(token), body };
    const digest = messageDigest({ sender: this.#identity.nodeId, signedBytes: signedBytes(parts) });
    return { name: messageName(destination, digest), sign: () => this.#sign(parts.token, body) };
  }

  #sign(token: Packed, body: Packed): Packed {
    try {
      return new Packed(signEnvelope(this.#identity, token, body, { random: this.#random }));
    } catch (cause) {
      if (!(cause instanceof CodecError && cause.code === "limit")) throw cause;
      throw new StorjError("too-large", `Cannot sign the message: ${cause.message}`, { cause });
    }
  }

  #mayCheck(caller: Caller): boolean {
    const nowMs = this.#clock.now();
    if (nowMs >= this.#window.endMs) {
      this.#window = { endMs: nowMs + WINDOW_MS, places: new Places(CHECKS_PER_S, CHECKS_OF_NETWORK) };
    }
    return this.#window.places.take(String(this.#checked), caller) !== null;
  }
}

function packedToken(token: string | Packed): Packed {
  return token instanceof Packed ? token : pack(token);
}
