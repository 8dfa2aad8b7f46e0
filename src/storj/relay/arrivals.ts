/**
 * Messages that have come to their destination.
 *
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { CodecError, formatHex } from "../../../codec/mod.ts";
import { Packed } from "../../../codec/msgpack/mod.ts";
import {
  type Envelope,
  readRelayed,
  type Relayed,
  RELAYED_TOKEN,
  tokenText,
} from "../../../codec/protocols/storj/mod.ts";
import { equalBytes } from "../../bytes.ts";
import { IdentityError, unseal } from "../../identity/mod.ts";
import type { Caller } from "../../rpc/mod.ts";
import type { Ground } from "../ground.ts";
import type { Inbox } from "../messages/mod.ts";
import type { RelayStats } from "../stats.ts";
import type { Calls } from "./calls.ts";
import type { PeersInfo } from "./peers-info.ts";
import { Recent } from "../recent.ts";
import type { Repeats } from "./repeat-relay.ts";
import { envelopeIn, messageDigest, messageName, type SignedMessages } from "./signed-messages.ts";

/**
 * A signed message that is older is not taken, nor one from farther in the future: so long its digest is remembered,
 * which keeps it from being delivered twice.
 */
const SIGNED_MS = 6 * 3_600_000;
const AHEAD_MS = 3_600_000;
const SIGNED_MAX = 16_384;
/** A message is confirmed each time it comes, up to this number: it is sent eleven times at most. */
const CONFIRMATIONS_MAX = 12;
/** So long a message without a signature is known again that another node brings. */
const PLAIN_MS = 100_000;
const PLAIN_MAX = 4096;

/** What became of messages for this node, see `RelayStats`. */
type ArrivalCounts = {
  -readonly [N in "delivered" | "repeated" | "forged" | "ignored" | "refused" | "confirmed"]: RelayStats[N];
};

/** What {@link Arrivals} are made of. */
export interface ArrivalParts {
  readonly ground: Ground;
  readonly inbox: Inbox;
  readonly signed: SignedMessages;
  readonly repeats: Repeats;
  readonly info: PeersInfo;
  readonly calls: Calls;
  /** Tells a sender that its message has come; `taken` has the addresses that took the confirmation before. */
  readonly confirm: (sender: Uint8Array, digest: Uint8Array, taken: Set<string>) => void;
}

/** A signed message that was delivered. */
interface Delivered {
  confirmations: number;
  /** Made when it is confirmed: a confirmation that was lost is sent another way. */
  taken: Set<string> | null;
}

/** Takes messages for this node. */
export class Arrivals {
  readonly counts: ArrivalCounts = { delivered: 0, repeated: 0, forged: 0, ignored: 0, refused: 0, confirmed: 0 };
  readonly #parts: ArrivalParts;
  readonly #delivered: Recent<Delivered>;
  /** Who brought each message without a signature. */
  readonly #plain: Recent<string>;

  constructor(parts: ArrivalParts) {
    this.#parts = parts;
    const { clock } = parts.ground.host;
    this.#delivered = new Recent(clock, SIGNED_MAX, SIGNED_MS + AHEAD_MS);
    this.#plain = new Recent(clock, PLAIN_MAX, PLAIN_MS);
  }

  /** Takes a message; false if it has to be refused, so that it may come again. */
  take(message: Packed, from: Caller): boolean {
    const envelope = envelopeIn(message);
    const isTaken = envelope === null ? this.#takePlain(message, from) : this.#takeEnvelope(envelope, message, from);
    if (!isTaken) this.counts.refused += 1;
    return isTaken;
  }

  /**
   * The same message from the same node is sent on purpose, since nobody sends a request again that is not recognised;
   * from another node it is the first one once more, passed on twice because an answer was lost.
   */
  #takePlain(message: Packed, from: Caller): boolean {
    const name = formatHex(sha256(message.bytes));
    const broughtBy = this.#plain.get(name);
    if (broughtBy !== undefined && broughtBy !== from.address) {
      this.counts.repeated += 1;
      return true;
    }
    if (this.#deliver(null, message, from) === false) return false;
    this.#plain.set(name, from.address);
    return true;
  }

  #takeEnvelope(envelope: Envelope, message: Packed, from: Caller): boolean {
    const token = tokenText(envelope);
    if (token === RELAYED_TOKEN) return this.#takeOwn(envelope, message, from);
    if (token === "signal" || token === "info" || token === "peers") {
      if (!this.#parts.info.wants(token, envelope)) return this.#ignore();
      return this.#checked(envelope, message, from, () => {
        this.#parts.info.take(envelope);
        return true;
      });
    }
    return this.#checked(envelope, message, from, (signer) => {
      const name = formatHex(messageDigest(envelope));
      if (this.#delivered.has(name)) {
        this.counts.repeated += 1;
        return true;
      }
      const delivered = this.#deliver(signer, message, from);
      if (delivered === true) this.#delivered.set(name, { confirmations: 0, taken: null });
      return delivered !== false;
    });
  }

  #takeOwn(envelope: Envelope, message: Packed, from: Caller): boolean {
    const relayed = readRelayed(envelope);
    const { dht, host: { clock } } = this.#parts.ground;
    if (relayed === undefined || !equalBytes(relayed.destination, dht.id)) return this.#ignore();
    if (relayed.kind === "seen") return this.#takeConfirmation(relayed, envelope, message, from);
    if (relayed.kind === "call" || relayed.kind === "called") return this.#takeCall(relayed, envelope, message, from);
    const digest = messageDigest(envelope);
    const name = formatHex(digest);
    const nowMs = clock.now();
    const isKnown = this.#delivered.has(name);
    // Of what was forgotten for lack of room nobody knows whether it was delivered.
    const sinceMs = Math.max(nowMs - SIGNED_MS, this.#delivered.droppedMs);
    if (!isKnown && (relayed.time <= sinceMs || relayed.time > nowMs + AHEAD_MS)) return this.#ignore();
    return this.#checked(envelope, message, from, (signer) => {
      if (isKnown) this.counts.repeated += 1;
      else {
        const content = this.#content(relayed, signer);
        if (content === null) return this.#ignore();
        const delivered = this.#deliver(signer, content, from);
        if (delivered !== true) return delivered === null;
        this.#delivered.set(name, { confirmations: 0, taken: null });
      }
      if (relayed.confirm) this.#confirm(name, signer, digest);
      return true;
    });
  }

  #takeCall(relayed: Relayed, envelope: Envelope, message: Packed, from: Caller): boolean {
    const { calls } = this.#parts;
    if (!calls.wants(relayed, envelope.sender)) return this.#ignore();
    return this.#checked(envelope, message, from, (signer) => {
      calls.take(relayed, signer, from);
      return true;
    });
  }

  #takeConfirmation(relayed: Relayed, envelope: Envelope, message: Packed, from: Caller): boolean {
    const { repeats } = this.#parts;
    // Only whom it was for confirms a message, and then nothing more is to be checked.
    const name = messageName(envelope.sender, relayed.content);
    if (!repeats.has(name)) return this.#ignore();
    return this.#checked(envelope, message, from, () => {
      this.counts.confirmed += 1;
      repeats.confirm(name);
      return true;
    });
  }

  #checked(envelope: Envelope, message: Packed, from: Caller, take: (signer: Uint8Array) => boolean): boolean {
    const checked = this.#parts.signed.check(envelope, message.bytes, from);
    if (checked === "busy") return false;
    if (checked !== "forged") return take(checked.signer);
    this.counts.forged += 1;
    return true;
  }

  /** The msgpack in a signed message, or null if it is not for this node to read. */
  #content({ kind, content }: Relayed, signer: Uint8Array): Packed | null {
    try {
      if (kind === "message") return new Packed(content);
      const { sender, bytes } = unseal(this.#parts.ground.identity, content);
      // Somebody may have signed what somebody else has sealed.
      return equalBytes(sender.nodeId, signer) ? new Packed(bytes) : null;
    } catch (error) {
      if (error instanceof IdentityError || error instanceof CodecError) return null;
      throw error;
    }
  }

  /** Puts a message into the inbox: false if that is full, null if nobody can read it. */
  #deliver(source: Uint8Array | null, message: Packed, from: Caller): boolean | null {
    try {
      if (!this.#parts.inbox.relayed(source, message, from)) return false;
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      this.counts.ignored += 1;
      return null;
    }
    this.counts.delivered += 1;
    return true;
  }

  #confirm(name: string, sender: Uint8Array, digest: Uint8Array): void {
    const delivered = this.#delivered.get(name);
    if (delivered === undefined || delivered.confirmations >= CONFIRMATIONS_MAX) return;
    delivered.confirmations += 1;
    this.#parts.confirm(sender, digest, delivered.taken ??= new Set());
  }

  #ignore(): true {
    this.counts.ignored += 1;
    return true;
  }
}
