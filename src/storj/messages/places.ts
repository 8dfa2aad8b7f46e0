/**
 * The places of a queue, and how many of them somebody may take: what a message says about its sender is a claim, so
 * nobody may fill a queue for others by saying different things.
 *
 * @module
 */

import { EXEMPT, networkOf } from "../../kademlia/mod.ts";
import { type Caller, wireAddress } from "../../rpc/mod.ts";

/** This part of the places is for addresses that have answered us: a sender's address can be forged, too. */
const RESERVED_PART = 1 / 8;

/** What is remembered of a place that is taken. */
export interface Place {
  readonly sender: string;
  readonly source: string;
}

/**
 * The places of a queue. One sender gets no more than its bound. Senders of one network get as many together, and more
 * only as long as they have less than what is still free: so each network after the first gets half of what is left.
 */
export class Places {
  readonly #max: number;
  readonly #ofSender: number;
  readonly #taken = { senders: new Map<string, number>(), sources: new Map<string, number>() };
  #size = 0;

  /** @param ofSender What one sender may take; as many as there are for no such bound */
  constructor(max: number, ofSender: number) {
    this.#max = max;
    this.#ofSender = ofSender;
  }

  /** How many are taken. */
  get size(): number {
    return this.#size;
  }

  /**
   * Takes a place, or returns null.
   *
   * @param name Who it is for, by its own account
   * @param caller Whose request brought it; null for what comes from this node itself
   */
  take(name: string, caller: Caller | null): Place | null {
    const free = this.#max - this.#size;
    if (free <= (caller === null || caller.verified ? 0 : this.#max * RESERVED_PART)) return null;
    const source = caller === null ? "" : sourceOf(caller.address);
    const place: Place = { sender: `${name} ${source}`, source };
    const ofSource = this.#taken.sources.get(source) ?? 0;
    if ((this.#taken.senders.get(place.sender) ?? 0) >= this.#ofSender) return null;
    if (caller !== null && ofSource >= this.#ofSender && ofSource >= free) return null;
    this.#count(place, 1);
    return place;
  }

  /** Takes a place for a message of an earlier run, which had one then. */
  takeAgain(name: string): Place {
    const place: Place = { sender: `${name} `, source: "" };
    this.#count(place, 1);
    return place;
  }

  /** Gives a place back. */
  free(place: Place): void {
    this.#count(place, -1);
  }

  #count({ sender, source }: Place, change: number): void {
    this.#size += change;
    add(this.#taken.senders, sender, change);
    add(this.#taken.sources, source, change);
  }
}

/**
 * Who is behind an address, as far as that is known: everybody of its network. A house has as many private addresses as it
 * likes, and a machine as many programs: these count one by one.
 */
function sourceOf(address: string): string {
  const { ip } = wireAddress(address);
  const network = networkOf(ip);
  if (network === null) return address;
  if (network !== EXEMPT) return String(network);
  return ip.startsWith("127.") || ip === "::1" ? address : ip;
}

function add(counts: Map<string, number>, name: string, change: number): void {
  const count = (counts.get(name) ?? 0) + change;
  if (count === 0) counts.delete(name);
  else counts.set(name, count);
}
