/**
 * Contacts sorted by their ids, among which the nearest to a key are found quickly.
 *
 * @module
 */

import type { Contact } from "../contact.ts";
import { ID_BITS, isCloser, sameWords, type Words } from "../words.ts";

const WORDS = ["w0", "w1", "w2", "w3", "w4"] as const;
const ZERO: Words = Object.freeze({ w0: 0, w1: 0, w2: 0, w3: 0, w4: 0 });

/** Contacts, each id once. */
export class ContactPool {
  #contacts: Contact[] = [];
  /** What came since they were sorted last. */
  #added: Contact[] = [];

  /** Adds contacts; one with an id that is there already takes its place. */
  add(contacts: Iterable<Contact>): void {
    for (const contact of contacts) this.#added.push(contact);
  }

  /** How many there are. */
  get size(): number {
    this.#sort();
    return this.#contacts.length;
  }

  /** The contacts nearest to a key, the nearest first. */
  nearest(key: Words, count: number): Contact[] {
    this.#sort();
    // All contacts that share more bits with the key are nearer to it than any other.
    let [start, end] = [0, this.#contacts.length];
    for (let bit = 0; bit < ID_BITS && end - start > count; bit++) {
      const middle = this.#firstOne(start, end, bit);
      const half = bitAt(key, bit) === 1 ? [middle, end] as const : [start, middle] as const;
      if (half[1] - half[0] < count) break;
      [start, end] = half;
    }
    const found = this.#contacts.slice(start, end);
    return found.sort((a, b) => isCloser(key, a, b) ? -1 : 1).slice(0, count);
  }

  /** The first of the contacts from `start` to `end`, which have all bits before in common, that has this bit set. */
  #firstOne(start: number, end: number, bit: number): number {
    while (start < end) {
      const middle = (start + end) >>> 1;
      if (bitAt(this.#contacts[middle], bit) === 1) end = middle;
      else start = middle + 1;
    }
    return start;
  }

  #sort(): void {
    if (this.#added.length === 0) return;
    const latestFirst = [...this.#contacts, ...this.#added].reverse();
    this.#added = [];
    // Sorting keeps the order of equal ones, so the latest comes first.
    latestFirst.sort((a, b) => sameWords(a, b) ? 0 : isCloser(ZERO, a, b) ? -1 : 1);
    this.#contacts = latestFirst.filter((contact, index) => index === 0 || !sameWords(contact, latestFirst[index - 1]));
  }
}

function bitAt(words: Words, bit: number): number {
  return (words[WORDS[bit >>> 5]] >>> (31 - (bit & 31))) & 1;
}
