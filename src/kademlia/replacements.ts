/**
 * Contacts that have answered but found their bucket full.
 *
 * @module
 */

import { type Contact, sameContact } from "./contact.ts";
import { sharedBits, type Words } from "./words.ts";

/** How many may wait for one bucket: that many of its k would have to go before any was missing. */
const PER_BUCKET_MAX = 4;
/** How many may wait in all. */
const WAITING_MAX = 32;

/** The contacts that wait for a place in a table, those that came last at the end. */
export class Replacements {
  readonly #own: Words;
  #waiting: readonly Contact[] = [];

  constructor(own: Words) {
    this.#own = own;
  }

  /** Lets a contact wait, in place of the one that has waited longest for the same bucket, or of all. */
  add(contact: Contact): void {
    const bits = sharedBits(this.#own, contact);
    const others = this.#waiting.filter((other) => !sameContact(other, contact));
    const same = others.filter((other) => sharedBits(this.#own, other) === bits);
    const out = same.length >= PER_BUCKET_MAX ? same[0] : others.length >= WAITING_MAX ? others[0] : undefined;
    this.#waiting = [...others.filter((other) => other !== out), contact];
  }

  /** Takes out the contact that came last for a bucket of a table with so many. */
  take(bucket: number, lastBucket: number): Contact | null {
    const contact = this.#waiting.findLast((other) => Math.min(sharedBits(this.#own, other), lastBucket) === bucket);
    if (contact === undefined) return null;
    this.drop(contact);
    return contact;
  }

  /** Takes out a contact, if it is there. */
  drop(contact: Contact): void {
    if (this.#waiting.some((other) => sameContact(other, contact))) {
      this.#waiting = this.#waiting.filter((other) => !sameContact(other, contact));
    }
  }
}
