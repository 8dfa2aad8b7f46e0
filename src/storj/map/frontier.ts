/**
 * Whom a crawl has heard of, and whom it asks next. Ids and addresses come from strangers, who can invent as many as they
 * like: so each of them can name so many only, and all get their turn.
 *
 * @module
 */

import { formatHex } from "../../../codec/mod.ts";
import { type Contact, EXEMPT } from "../../kademlia/mod.ts";

/** Nodes that somebody (a network, or an address where networks say nothing) can add: a whole table has 400. */
const NAMED_MAX = 1000;
/** Addresses of one network that are asked: nobody can have a house or a data centre flooded. */
const OF_NETWORK_MAX = 256;
/** Places at which a node is looked for, each named by somebody else, before it counts as unreachable. */
const PLACES_MAX = 4;

/** Who has named a node: a network, or an address. */
export type Source = number | string;

/** A node that was heard of. */
export interface Entry {
  address: string;
  roundTripMs: number | null;
  /** When it answered; null as long as it has not. */
  seen: number | null;
  readonly peers: Set<string>;
  /** Whether it answered where somebody said that it would. */
  isNamed: boolean;
  /** Who has named the places at which it is looked for. */
  readonly sources: Source[];
}

/** Who names nodes when a contact does. */
export function sourceOf({ network, address }: Contact): Source {
  return network === EXEMPT ? address : network;
}

/** Whom a crawl has heard of. */
export class Frontier {
  readonly nodes = new Map<string, Entry>();
  /** Whether nobody was left out. */
  isComplete = true;
  /** How many are to be asked. */
  waiting = 0;
  /** How many have answered. */
  answers = 0;
  readonly #nodesMax: number;
  /** Contacts to ask, by who has named them; whose turn was last is last. */
  readonly #queues = new Map<Source, Contact[]>();
  /** Addresses that were or will be asked. */
  readonly #places = new Set<string>();
  readonly #networks = new Map<number, number>();
  readonly #named = new Map<Source, number>();

  constructor(nodesMax: number) {
    this.#nodesMax = nodesMax;
  }

  /** Notes a node that somebody names. False if there is no room for it. */
  add(contact: Contact, source: Source): boolean {
    const id = formatHex(contact.id);
    const known = this.nodes.get(id);
    if (known !== undefined && !isSoughtFor(known, source)) return true;
    const isNewPlace = !this.#places.has(contact.address);
    if (known !== undefined && !isNewPlace) return true;
    if (!this.#hasRoomFor(contact, source, known !== undefined)) {
      this.isComplete = false;
      return known !== undefined;
    }
    this.#named.set(source, (this.#named.get(source) ?? 0) + 1);
    const { sources } = known ?? this.#enter(id, contact.address);
    sources.push(source);
    if (isNewPlace) this.#ask(contact, source);
    return true;
  }

  /** The next one to ask: of everybody who has named some in turn. */
  next(): Contact | null {
    for (const [source, queue] of this.#queues) {
      this.#queues.delete(source);
      this.waiting -= 1;
      const contact = queue.shift()!;
      if (queue.length > 0) this.#queues.set(source, queue);
      return contact;
    }
    return null;
  }

  /**
   * Notes that somebody has answered where a contact should be.
   *
   * @param id Who it says it is
   * @returns null for a node that has answered before: it is asked once
   */
  answered(contact: Contact, id: Uint8Array, { seen, roundTripMs }: Pick<Entry, "seen" | "roundTripMs">): Entry | null {
    const name = formatHex(id);
    const isNamed = name === formatHex(contact.id);
    let entry = this.nodes.get(name);
    if (entry === undefined) {
      this.isComplete &&= this.nodes.size < this.#nodesMax;
      if (this.nodes.size >= this.#nodesMax) return null;
      entry = this.#enter(name, contact.address);
    }
    // Anybody can say that it is somebody: where the others say that it is, counts more.
    if (entry.seen !== null && (entry.isNamed || !isNamed)) return null;
    if (entry.seen === null) this.answers += 1;
    entry.peers.clear();
    return Object.assign(entry, { address: contact.address, seen, roundTripMs, isNamed });
  }

  #hasRoomFor({ network, address }: Contact, source: Source, isKnown: boolean): boolean {
    const isCrowded = network !== EXEMPT && (this.#networks.get(network) ?? 0) >= OF_NETWORK_MAX &&
      !this.#places.has(address);
    return !isCrowded && (this.#named.get(source) ?? 0) < NAMED_MAX && (isKnown || this.nodes.size < this.#nodesMax);
  }

  #enter(id: string, address: string): Entry {
    const entry: Entry = { address, roundTripMs: null, seen: null, peers: new Set(), isNamed: false, sources: [] };
    this.nodes.set(id, entry);
    return entry;
  }

  #ask(contact: Contact, source: Source): void {
    const { network, address } = contact;
    this.waiting += 1;
    this.#places.add(address);
    this.#networks.set(network, (this.#networks.get(network) ?? 0) + 1);
    const queue = this.#queues.get(source);
    if (queue === undefined) this.#queues.set(source, [contact]);
    else queue.push(contact);
  }
}

/** Whether a node is worth another place that somebody names. */
function isSoughtFor({ seen, isNamed, sources }: Entry, source: Source): boolean {
  return (seen === null || !isNamed) && sources.length < PLACES_MAX && !sources.includes(source);
}
