/**
 * Proofs that the id of a node is its own: the hash of the key that signs a challenge. What is signed, and why nobody in
 * the middle can pass a challenge on, stands in `docs/protocols/storj.md`.
 *
 * @module
 */

import {
  CAPABILITIES,
  CHALLENGE_BYTES,
  type Proof,
  provenBytes,
  type RpcArgs,
} from "../../../codec/protocols/storj/mod.ts";
import type { Random, Timer } from "../../host/host.ts";
import { addressOf, type Caller, type Cancel, wireAddress } from "../../rpc/mod.ts";
import type { Contact } from "../contact.ts";
import type { Peers } from "../peers.ts";
import { extensionsOf } from "../record.ts";
import { sameWords, wordsOf } from "../words.ts";
import { ASKED, callOptions, type Introductions, PROOF_ASKED, PROVEN } from "./introductions.ts";
import { Budget, type Signatures } from "./signatures.ts";

/** Challenges that are answered in a second, for strangers and for those who have answered us: a signature takes 1 ms. */
const PROOFS_PER_SECOND = 16;
/**
 * One contact of the table is asked in this time, what it can and for its proof: four datagrams, 0.13 a second, until all
 * of a table of 150 have been asked, an hour after they came.
 */
const PACE_MS = 30_000;

/** What {@link Proofs} is made of. */
export interface ProofParts {
  readonly peers: Peers;
  readonly introductions: Introductions;
  readonly signatures: Signatures;
  readonly random: Random;
  /** Where others reach this node, or undefined for what its host says. */
  readonly addresses: readonly string[] | undefined;
}

/** Proofs of others, and of this node for others. */
export class Proofs {
  readonly #parts: ProofParts;
  readonly #forStrangers: Budget;
  readonly #forPeers: Budget;
  #timer: Timer | null = null;
  #closed = false;

  constructor(parts: ProofParts) {
    this.#parts = parts;
    this.#forStrangers = new Budget(PROOFS_PER_SECOND, parts.peers.clock);
    this.#forPeers = new Budget(PROOFS_PER_SECOND, parts.peers.clock);
  }

  /** Answers a challenge, if it was sent to an address of this node. */
  answer({ nodeId, address, challenge }: RpcArgs<"warpwire_prove">, from: Caller): Proof | undefined {
    const { peers, signatures: { own }, addresses } = this.#parts;
    const asked = addressOf(address.ip, address.port);
    if (asked === null || !(addresses ?? peers.rpc.host.addresses()).includes(asked)) return undefined;
    if (!(from.verified ? this.#forPeers : this.#forStrangers).take()) return undefined;
    const caller = wireAddress(from.address);
    const message = provenBytes({
      challenge,
      caller: { id: nodeId, ...caller },
      node: { id: peers.id, ...address },
    });
    return { publicKey: own.publicKey, caller, signature: own.sign(message) };
  }

  /** Asks a contact for a proof, and notes it. */
  ask(contact: Contact, settle: (proven: boolean) => void): Cancel {
    const { peers, introductions, random } = this.#parts;
    const challenge = random.bytes(CHALLENGE_BYTES);
    const args = { nodeId: peers.id, address: wireAddress(contact.address), challenge };
    introductions.set(contact, PROOF_ASKED);
    return peers.rpc.call(contact.address, "warpwire_prove", args, (outcome) => {
      const proven = outcome.error === undefined && this.#isProof(contact, challenge, outcome.reply);
      if (proven) introductions.set(contact, PROVEN);
      settle(proven);
    }, callOptions(peers, contact));
  }

  /** Finds out whether a contact can prove its id, and has it do so. */
  prove(contact: Contact, settle: (proven: boolean) => void): Cancel {
    const { introductions } = this.#parts;
    if ((introductions.bits(contact) & PROVEN) !== 0) {
      settle(true);
      return () => {};
    }
    let cancel = () => {};
    const cancelKnow = introductions.know(contact, (bits) => {
      if ((bits & CAPABILITIES.prove) === 0) return settle(false);
      cancel = this.ask(contact, settle);
    });
    return () => {
      cancelKnow();
      cancel();
    };
  }

  /** Begins to ask the contacts of the table one after the other. Does nothing if that is under way. */
  begin(): void {
    if (this.#closed || this.#timer !== null) return;
    this.#timer = this.#parts.peers.clock.setTimer(PACE_MS, () => {
      this.#timer = null;
      const next = this.#next();
      if (next === null) return;
      this.prove(next, () => {});
      this.begin();
    });
  }

  /** Asks nobody any more. */
  close(): void {
    this.#closed = true;
    this.#timer?.clear();
  }

  /** A contact that was not asked yet. */
  #next(): Contact | null {
    let found: Contact | null = null;
    this.#parts.peers.table.forEach((contact, record) => {
      const extensions = extensionsOf(record);
      const canProve = (extensions & CAPABILITIES.prove) !== 0 && (extensions & PROOF_ASKED) === 0;
      if (found === null && ((extensions & ASKED) === 0 || canProve)) found = contact;
    });
    return found;
  }

  #isProof(contact: Contact, challenge: Uint8Array, { publicKey, caller, signature }: Proof): boolean {
    const { peers, signatures, addresses } = this.#parts;
    const seen = addressOf(caller.ip, caller.port);
    // Who knows how it is reached also sees whether the challenge went another way.
    if (seen === null || addresses?.includes(seen) === false) return false;
    const { id, ip, port } = contact;
    const message = provenBytes({ challenge, caller: { id: peers.id, ...caller }, node: { id, ip, port } });
    const signer = signatures.verify(publicKey, message, signature);
    return signer !== null && sameWords(wordsOf(signer.nodeId), contact);
  }
}
