/**
 * The neighbours that a node of the hash table chooses: its nearest contacts, and one of each part of the network that is
 * farther away. The nearest alone fall into groups that know nobody else; with the others, nearly every node is within three
 * hops of each other.
 *
 * @module
 */

import { sharedBits } from "../bytes.ts";
import type { Clock, Timer } from "../host/host.ts";
import { type Contact, ContactCache, type Kademlia, sameContact } from "../kademlia/mod.ts";
import { type Cancel, wireAddress } from "../rpc/mod.ts";
import type { Neighbour, Overlay } from "./api.ts";

/** Nearest contacts that are neighbours. */
const NEAR = 10;
/** Farther parts of the network that have a neighbour: with the nearest, 40 in all. */
const FAR_MAX = 30;
/** Changes of the table of this time are told together. */
const GATHER_MS = 1000;
/** Who has declined or was silent is not chosen for this time. */
const REFUSED_MS = 600_000;
/** So many of them are remembered. */
const REFUSED_MAX = 256;
/** Contacts that are kept for those who are not in the table. */
const CONTACTS = 64;
/** In a network of fewer nodes than this, which is how many a bucket of a table takes, all know each other. */
const KNOWN_TO_ALL = 20;
/** Who has more contacts is in a network of more than about 100 nodes. */
const DENSE = 40;

/** Options of {@link kademliaOverlay}. */
export interface KademliaOverlayOptions {
  readonly clock: Clock;
}

/** The overlay of a node of the hash table. */
export interface KademliaOverlay extends Overlay {
  /** To be called when a contact has come into the table or is gone. */
  changed(): void;
  /** Tells nobody any more. */
  close(): void;
}

/** The neighbours of a node of the hash table. */
export function kademliaOverlay(dht: Kademlia, { clock }: KademliaOverlayOptions): KademliaOverlay {
  return new DhtOverlay(dht, clock);
}

class DhtOverlay implements KademliaOverlay {
  readonly #dht: Kademlia;
  readonly #clock: Clock;
  readonly #cache = new ContactCache(CONTACTS);
  readonly #listeners = new Set<() => void>();
  /** Until when somebody is not chosen, by address. */
  readonly #refused = new Map<string, number>();
  /** By how many bits its members share with the own id: who was chosen of each part. */
  readonly #far = new Map<number, Contact>();
  #chosen: readonly Contact[];
  #known: readonly Uint8Array[] = [];
  #timer: Timer | null = null;
  #closed = false;

  constructor(dht: Kademlia, clock: Clock) {
    this.#dht = dht;
    this.#clock = clock;
    this.#chosen = this.#choose();
  }

  get id(): Uint8Array {
    return this.#dht.id;
  }

  neighbours(): readonly Neighbour[] {
    return this.#chosen;
  }

  onChange(run: () => void): Disposable {
    this.#listeners.add(run);
    return { [Symbol.dispose]: () => void this.#listeners.delete(run) };
  }

  introduce({ id, address }: Neighbour, settle: Parameters<Overlay["introduce"]>[1]): Cancel {
    const { ip, port } = wireAddress(address);
    const contact = this.#cache.intern(id, ip, port);
    if (contact !== null) return this.#dht.introduce(contact, settle);
    settle([], {});
    return () => {};
  }

  known(): readonly Uint8Array[] {
    return this.#known;
  }

  isDense(): boolean {
    const { length } = this.#known;
    return length >= KNOWN_TO_ALL && length < DENSE;
  }

  refused({ address }: Neighbour): void {
    this.#refused.delete(address);
    this.#refused.set(address, this.#clock.now() + REFUSED_MS);
    if (this.#refused.size > REFUSED_MAX) {
      for (const oldest of this.#refused.keys()) {
        this.#refused.delete(oldest);
        break;
      }
    }
    this.changed();
  }

  seen(id: Uint8Array, from: Parameters<Overlay["seen"]>[1]): void {
    this.#dht.seen(id, from);
  }

  changed(): void {
    if (this.#closed || this.#timer !== null) return;
    this.#timer = this.#clock.setTimer(GATHER_MS, () => {
      this.#timer = null;
      const before = this.#chosen;
      this.#chosen = this.#choose();
      const isSame = before.length === this.#chosen.length &&
        this.#chosen.every((contact, index) => sameContact(contact, before[index]));
      if (!isSame) { for (const run of [...this.#listeners]) run(); }
    });
  }

  close(): void {
    this.#closed = true;
    this.#timer?.clear();
    this.#listeners.clear();
  }

  #choose(): readonly Contact[] {
    const nowMs = this.#clock.now();
    const isFree = ({ address }: Contact) => (this.#refused.get(address) ?? 0) <= nowMs;
    const contacts = this.#dht.contacts().map(({ contact }) => contact);
    this.#known = contacts.map(({ id }) => id);
    const near = this.#dht.closest(this.id, contacts.length).filter(isFree).slice(0, NEAR);
    const bits = near.length < NEAR ? 0 : sharedBits(this.id, near[NEAR - 1].id);
    const parts = new Map<number, Contact[]>();
    for (const contact of contacts) {
      const shared = sharedBits(this.id, contact.id);
      if (shared >= Math.min(bits, FAR_MAX) || !isFree(contact)) continue;
      const part = parts.get(shared);
      if (part === undefined) parts.set(shared, [contact]);
      else part.push(contact);
    }
    for (const part of this.#far.keys()) if (!parts.has(part)) this.#far.delete(part);
    for (const [part, members] of parts) {
      const before = this.#far.get(part);
      if (before !== undefined && members.some((contact) => sameContact(contact, before))) continue;
      this.#far.set(part, members.reduce((a, b) => draw(this.id, a.id) <= draw(this.id, b.id) ? a : b));
    }
    return [...near, ...this.#far.values()];
  }
}

/** A lot that one node draws for another: so that not all nodes of a part choose the same one of another part. */
function draw(a: Uint8Array, b: Uint8Array): number {
  let hash = 0;
  for (let at = 0; at < a.length; at++) hash = Math.imul(hash ^ a[at] << 8 ^ b[at], 0x9e3779b1) ^ hash >>> 15;
  return hash;
}
