/**
 * The extensions of a node, put together.
 *
 * @module
 */

import type { Packed } from "../../../codec/msgpack/mod.ts";
import {
  CAPABILITIES,
  type Capability,
  type Hello,
  packSigned,
  signedEntryBytes,
  signedKey,
} from "../../../codec/protocols/storj/mod.ts";
import type { Random } from "../../host/host.ts";
import type { Answers, Caller, CallOptions, Cancel } from "../../rpc/mod.ts";
import type { Contact } from "../contact.ts";
import type { Peers } from "../peers.ts";
import type { HeldValue } from "../values/mod.ts";
import { callOptions, Introductions, PROVEN } from "./introductions.ts";
import { Proofs } from "./proofs.ts";
import type { Signatures } from "./signatures.ts";
import { keepAt } from "./stores.ts";

/** What {@link Extensions} are made of. */
export interface ExtensionParts {
  readonly peers: Peers;
  readonly random: Random;
  /** Without them the node proves nothing, and keeps signed values like all others. */
  readonly signatures?: Signatures | undefined;
  /** Where others reach this node; by default what its host says. */
  readonly addresses?: readonly string[] | undefined;
  /** What services on the same endpoint can do besides. */
  readonly offers?: readonly Capability[] | undefined;
}

/** Gets to know what a contact can beyond what the originals can, and how to call it. */
export type Introduced = (capabilities: readonly Capability[], options: CallOptions) => void;

/** What a node does beyond what the originals do. */
export class Extensions {
  readonly #parts: ExtensionParts;
  readonly #introductions: Introductions;
  readonly #proofs: Proofs | null;

  constructor(parts: ExtensionParts) {
    const { peers, random, signatures, addresses, offers = [] } = parts;
    this.#parts = parts;
    const own: readonly Capability[] = [
      "repeats",
      "age",
      ...(signatures === undefined ? [] : ["prove", "signed"] as const),
    ];
    this.#introductions = new Introductions(
      peers,
      [...own, ...offers].reduce((bits, name) => bits | CAPABILITIES[name], 0),
    );
    const introductions = this.#introductions;
    this.#proofs = signatures === undefined
      ? null
      : new Proofs({ peers, introductions, signatures, random, addresses });
  }

  /** The answer to a hello. */
  greeted(nodeId: Uint8Array, hello: Hello, from: Caller): Hello {
    return this.#introductions.answer(nodeId, hello, from);
  }

  /** What answers calls for a proof, where there are signatures. */
  get proving(): NonNullable<Answers["warpwire_prove"]> | null {
    const proofs = this.#proofs;
    return proofs === null ? null : (args, from) => proofs.answer(args, from);
  }

  /** To be called when a contact has come into the table. */
  added(): void {
    this.#proofs?.begin();
  }

  /** Gives a value that is kept here to a contact, see {@link keepAt}. */
  keep(to: Contact, held: HeldValue, settle: (stored: boolean | null) => void): Cancel {
    return keepAt({ peers: this.#parts.peers, introductions: this.#introductions }, to, held, settle);
  }

  /** What is known of a contact for a call, see `Kademlia.callOptions`. */
  callOptions(contact: Contact): CallOptions {
    this.#introductions.know(contact, () => {});
    return this.#optionsOf(contact, this.#introductions.bits(contact));
  }

  /** Finds out what a contact can, see `Kademlia.introduce`. */
  introduce(contact: Contact, settle: Introduced): Cancel {
    const told = (bits: number) => settle(saidBy(bits).capabilities, this.#optionsOf(contact, bits));
    return this.#introductions.know(contact, told, true);
  }

  #optionsOf(contact: Contact, bits: number): CallOptions {
    return { ...callOptions(this.#parts.peers, contact), repeats: (bits & CAPABILITIES.repeats) !== 0 };
  }

  /** Has a contact prove its id. */
  prove(contact: Contact, settle: (proven: boolean) => void): Cancel {
    if (this.#proofs === null) throw new TypeError("Cannot check a proof: the node was given no signatures");
    return this.#proofs.prove(contact, settle);
  }

  /**
   * A value signed with the own key, and the key under which it is stored.
   *
   * @throws CodecError for a sequence that is not a whole number from 0 on
   */
  sign(name: string, value: Packed, sequence: number): { readonly key: Uint8Array; readonly packed: Packed } {
    const { signatures } = this.#parts;
    if (signatures === undefined) throw new TypeError("Cannot sign a value: the node was given no signatures");
    const { address, publicKey, sign } = signatures.own;
    const key = signedKey(address, name);
    const entry = { sequence, value, publicKey, name };
    return { key, packed: packSigned({ ...entry, signature: sign(signedEntryBytes(key, entry)) }) };
  }

  /** How signatures are checked. */
  get verify(): Signatures["verify"] {
    const { signatures } = this.#parts;
    if (signatures === undefined) throw new TypeError("Cannot check a value: the node was given no signatures");
    return signatures.verify;
  }

  /** Asks nobody any more. */
  close(): void {
    this.#introductions.close();
    this.#proofs?.close();
  }
}

/** What the bits of a contact say. */
export function saidBy(bits: number): { readonly verified: boolean; readonly capabilities: readonly Capability[] } {
  const names = Object.keys(CAPABILITIES) as Capability[];
  return { verified: (bits & PROVEN) !== 0, capabilities: names.filter((name) => (bits & CAPABILITIES[name]) !== 0) };
}
