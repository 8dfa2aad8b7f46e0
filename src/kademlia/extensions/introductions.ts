/**
 * What other nodes can do besides what the originals do: asked of each at most once, and remembered.
 *
 * Joins and lookups ask nobody: that would be 300 datagrams more for each node of a network, for nothing that they need.
 * Asked are nodes that are to be given a value on somebody's behalf, because then its age matters and nobody waits for
 * it, and, where there are signatures, the contacts of the table, slowly (see `proofs.ts`).
 *
 * @module
 */

import { CAPABILITIES, EXTENSION_VERSION, type Hello } from "../../../codec/protocols/storj/mod.ts";
import type { Caller, CallOptions, Cancel } from "../../rpc/mod.ts";
import type { Contact } from "../contact.ts";
import type { Peers } from "../peers.ts";
import { isRpcudp, tripOf } from "../record.ts";
import { keyText } from "../values/mod.ts";
import { wordsOf } from "../words.ts";

/**
 * Bits of a contact that say what is known of it. The capabilities are the lowest six, as on the wire; a capability that
 * is not known here is not remembered.
 */
export const KNOWN_BITS = CAPABILITIES.repeats | CAPABILITIES.age | CAPABILITIES.prove | CAPABILITIES.signed |
  CAPABILITIES.window | CAPABILITIES.quasar;
/** It was asked for a proof of its id. */
export const PROOF_ASKED = 0x40;
/** It was asked what it can, so that the capabilities are what it has said. */
export const ASKED = 0x80;
/** It has proven that its id is its own. */
export const PROVEN = 0x100;

/**
 * How long an answer may take, and all that is sent again for it: whoever is taken for an old node by mistake begins the
 * life of a value anew.
 */
const HELLO_MS = 2500;
/** Somebody waits meanwhile: so less than that where the way is known to be short, this and so many round trips. */
const VITAL_MS_MIN = 1000;
const VITAL_TRIPS = 10;
/** Nodes that are not in the table but are given values are remembered up to this number. */
const STRANGERS_MAX = 512;

/** So many old nodes are remembered as such without a doubt. */
const OLD_MAX = 512;

/** What other nodes can do. */
export class Introductions {
  readonly #peers: Peers;
  /** What this node can do. */
  readonly #hello: Hello;
  /** Who is being asked, and who waits for it. */
  #asking: Map<string, ((wasVital: boolean) => void)[]> | null = null;
  /** Bits of those that are not in the table. */
  #strangers: Map<string, number> | null = null;
  /** Those that did not answer however often they were asked. */
  #old: Set<string> | null = null;
  #closed = false;

  /** @param capabilities What this node can do, as a sum of bits */
  constructor(peers: Peers, capabilities: number) {
    this.#peers = peers;
    this.#hello = Object.freeze({ version: EXTENSION_VERSION, capabilities });
  }

  /** Answers a hello, and remembers what the caller says if it is a contact whose address is known to be real. */
  answer(nodeId: Uint8Array, hello: Hello, from: Caller): Hello {
    const contact = this.#peers.table.find(wordsOf(nodeId));
    if (contact?.address === from.address && from.verified) this.#remember(contact, bitsOf(hello));
    return this.#hello;
  }

  /** What is known of a contact: 0 as long as it was not asked. */
  bits(contact: Contact): number {
    return this.#peers.table.extensions(contact) || (this.#strangers?.get(nameOf(contact)) ?? 0);
  }

  /** Sets a bit of a contact. */
  set(contact: Contact, bit: number): void {
    this.#keep(contact, this.bits(contact) | bit);
  }

  /** Takes a capability from a contact that has it, but has not answered the call for it. */
  unset(contact: Contact, bit: number): void {
    this.#keep(contact, this.bits(contact) & ~bit);
  }

  /**
   * Finds out what a contact can, asking it if it was not asked before. Who does not answer is an old node.
   *
   * @param settle Called once, before this returns if it is known; not after the call is cancelled
   * @param isVital Whether it is asked so often that it is an old node for certain, not one whose answers were lost
   */
  know(contact: Contact, settle: (bits: number) => void, isVital = false): Cancel {
    let open = true;
    const settleOrAsk = (wasVital: boolean) => {
      if (!open) return;
      const bits = this.bits(contact);
      const isEnough = wasVital || this.#closed || this.#isKnown(contact, bits, isVital);
      if (!isEnough) return this.#ask(contact, settleOrAsk, isVital);
      open = false;
      settle(bits);
    };
    settleOrAsk(false);
    return () => open = false;
  }

  /** Asks nobody any more; who waits is told that nothing is known. */
  close(): void {
    this.#closed = true;
    this.#asking = null;
    this.#strangers = null;
    this.#old = null;
  }

  #isKnown(contact: Contact, bits: number, isVital: boolean): boolean {
    if ((bits & ASKED) === 0) return false;
    return !isVital || (bits & KNOWN_BITS) !== 0 || this.#old?.has(nameOf(contact)) === true;
  }

  #ask(contact: Contact, tell: (wasVital: boolean) => void, isVital: boolean): void {
    const name = nameOf(contact);
    const asking = this.#asking ??= new Map();
    const waiting = asking.get(name);
    if (waiting !== undefined) return void waiting.push(tell);
    const tellAll = () => {
      const all = this.#asking?.get(name) ?? [];
      this.#asking?.delete(name);
      for (const one of all) one(isVital);
    };
    asking.set(name, [tell]);
    const call = callOptions(this.#peers, contact);
    const options = { ...call, timeoutMs: isVital ? vitalMs(call.roundTrip) : HELLO_MS, insists: isVital };
    const args = { nodeId: this.#peers.id, hello: this.#hello };
    this.#peers.rpc.call(contact.address, "warpwire_hello", args, (outcome) => {
      if (this.#closed) return;
      this.#remember(contact, outcome.error === undefined ? bitsOf(outcome.reply) : 0);
      if (isVital && outcome.error?.code === "timeout") this.#rememberOld(name);
      tellAll();
    }, options);
  }

  #rememberOld(name: string): void {
    const old = this.#old ??= new Set();
    old.add(name);
    if (old.size <= OLD_MAX) return;
    for (const oldest of old) return void old.delete(oldest);
  }

  #remember(contact: Contact, bits: number): void {
    this.#keep(contact, (this.bits(contact) & ~KNOWN_BITS) | bits | ASKED);
  }

  #keep(contact: Contact, bits: number): void {
    if (this.#peers.table.has(contact)) return this.#peers.table.setExtensions(contact, bits);
    const strangers = this.#strangers ??= new Map();
    strangers.delete(nameOf(contact));
    strangers.set(nameOf(contact), bits);
    if (strangers.size <= STRANGERS_MAX) return;
    for (const oldest of strangers.keys()) return void strangers.delete(oldest);
  }
}

/** How long is waited for an answer that must not be missed: for half a dozen of them, where the way is short. */
function vitalMs(roundTrip: CallOptions["roundTrip"]): number {
  return roundTrip ? Math.min(HELLO_MS, VITAL_MS_MIN + VITAL_TRIPS * roundTrip.meanMs) : HELLO_MS;
}

/** An id at an address: what one has proven is not proven of another one there. */
function nameOf({ id, address }: Contact): string {
  return keyText(id) + address;
}

/**
 * What is known of a contact for a call that does not go through {@link Peers}: silence is a way to decline our own calls,
 * and says nothing about whether the contact lives.
 */
export function callOptions({ table }: Peers, contact: Contact): CallOptions {
  const record = table.record(contact);
  const era = isRpcudp(record) ? { era: "rpcudp" as const } : {};
  return { ...era, roundTrip: tripOf(record) };
}

/** The capabilities of a hello that are known here. Its number may have more bits than JavaScript's operators take. */
function bitsOf({ capabilities }: Hello): number {
  return (capabilities % 2 ** 31) & KNOWN_BITS;
}
