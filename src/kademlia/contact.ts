/**
 * Contacts: nodes and where they are reached. One object serves all tables and lookups that know the node.
 *
 * @module
 */

import { networkOf } from "./diversity.ts";
import { sameWords, wordAt, type Words } from "./words.ts";

/**
 * A node and where it is reached. It never changes, and is shared: compare contacts with {@link sameContact}, because one
 * node at one address may have several objects.
 */
export class Contact implements Words {
  /** 20 bytes. */
  readonly id: Uint8Array;
  readonly ip: string;
  readonly port: number;
  /** The host's text for ip and port, as in `udp:10.0.0.1:4653`. */
  readonly address: string;
  /** The {@link addressTag} of the address. */
  readonly tag: number;
  /** The id as words. */
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly w4: number;
  /** The network of the address, see `networkOf`. */
  readonly network: number;

  /** @param id Kept, so nobody may write to it */
  constructor(id: Uint8Array, ip: string, port: number, network: number) {
    this.id = id;
    this.ip = ip;
    this.port = port;
    this.address = ip.includes(":") ? `udp:[${ip}]:${port}` : `udp:${ip}:${port}`;
    this.tag = addressTag(this.address);
    this.w0 = wordAt(id, 0);
    this.w1 = wordAt(id, 4);
    this.w2 = wordAt(id, 8);
    this.w3 = wordAt(id, 12);
    this.w4 = wordAt(id, 16);
    this.network = network;
  }
}

/**
 * A number for an address. Addresses with different ones are different, which is known without looking at the texts: in a
 * large network each of them costs a way to memory.
 */
export function addressTag(address: string): number {
  let tag = 0;
  for (let at = 0; at < address.length; at++) tag = (Math.imul(tag, 31) + address.charCodeAt(at)) | 0;
  return tag;
}

/** Whether two contacts are the same node at the same address. */
export function sameContact(a: Contact, b: Contact): boolean {
  return a === b || (sameWords(a, b) && a.address === b.address);
}

/** How many objects share a place: when all of them are taken, a newer contact takes the place of one. */
const WAYS = 4;
/** Contacts that a cache of one engine keeps: two tables full. */
const SLOTS = 512;
/** Ids of contacts lie together in memory, because an `ArrayBuffer` of its own takes ten times what an id does. */
const SLAB_IDS = 50;

/**
 * Gives out contacts, the same object for the same node at the same address where it still has it. Its size is fixed:
 * contacts that nobody uses are overwritten in time, and what a stranger invents only costs others their places here,
 * not their places in tables.
 */
export class ContactCache {
  readonly #slots: (Contact | null)[];
  /** A word of each one's id: in a large network most contacts are far away in memory, and need not be looked at. */
  readonly #words: Int32Array;
  readonly #mask: number;
  #slab = new Uint8Array(0);
  #slabAt = 0;
  #victim = 0;

  /** @param slots How many contacts it keeps, rounded up to a power of two; for engines that share one, the nodes there are */
  constructor(slots: number = SLOTS) {
    const length = Math.max(WAYS, 2 ** Math.ceil(Math.log2(slots)));
    this.#slots = new Array<Contact | null>(length).fill(null);
    this.#words = new Int32Array(length);
    this.#mask = length / WAYS - 1;
  }

  /**
   * The contact of an id, an IP address and a port.
   *
   * @param id Not kept: the contact has a copy
   * @returns null for what cannot be a contact: an id of another length, port 0, no address, or one of no single machine
   */
  intern(id: Uint8Array, ip: string, port: number): Contact | null {
    if (id.length !== 20) return null;
    const w0 = wordAt(id, 0);
    const w1 = wordAt(id, 4);
    const first = this.#place(w0, w1);
    for (let at = first; at < first + WAYS; at++) {
      if (this.#words[at] !== w1) continue;
      const contact = this.#slots[at];
      if (contact === null) break;
      if (contact.w0 === w0 && contact.port === port && hasId(contact, id) && contact.ip === ip) return contact;
    }
    const network = networkOf(ip);
    if (network === null || port === 0 || port !== (port & 0xffff)) return null;
    const contact = new Contact(this.#copy(id), ip, port, network);
    const at = this.#free(first);
    this.#slots[at] = contact;
    this.#words[at] = w1;
    return contact;
  }

  #place(w0: number, w1: number): number {
    return ((w0 ^ Math.imul(w1, 0x9e3779b1)) & this.#mask) * WAYS;
  }

  #free(first: number): number {
    for (let at = first; at < first + WAYS; at++) {
      if (this.#slots[at] === null) return at;
    }
    this.#victim = (this.#victim + 1) % WAYS;
    return first + this.#victim;
  }

  #copy(id: Uint8Array): Uint8Array {
    const { length } = id;
    if (this.#slabAt + length > this.#slab.length) {
      this.#slab = new Uint8Array(SLAB_IDS * length);
      this.#slabAt = 0;
    }
    const copy = this.#slab.subarray(this.#slabAt, this.#slabAt + length);
    copy.set(id);
    this.#slabAt += length;
    return copy;
  }
}

function hasId(contact: Contact, id: Uint8Array): boolean {
  return contact.w2 === wordAt(id, 8) && contact.w3 === wordAt(id, 12) && contact.w4 === wordAt(id, 16);
}
