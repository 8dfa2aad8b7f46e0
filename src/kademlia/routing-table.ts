/**
 * The contacts that a node knows, in buckets by how many bits of their ids they share with its own.
 *
 * Bucket `i` has the contacts that share exactly `i` bits, the last one those that share that many or more: a bucket of
 * contacts is split only if it is the one around the own id. All buckets lie in one list, one after the other, and what is
 * known of their contacts in one array of numbers beside it (see `record.ts`).
 *
 * @module
 */

import type { Clock } from "../host/host.ts";
import { nextRoundTrip } from "../rpc/mod.ts";
import type { Admission, LeaveOut } from "./admission.ts";
import { addressTag, type Contact } from "./contact.ts";
import { type DiversityLimits, EXEMPT } from "./diversity.ts";
import {
  extensionsOf,
  RECORD_WORDS,
  strikesOf,
  tripOf,
  withExtensions,
  withRpcudp,
  withStrikes,
  withTrip,
} from "./record.ts";
import { Replacements } from "./replacements.ts";
import { ID_BITS, isCloser, sameWords, sharedBits, type Words } from "./words.ts";

/** So many requests in a row without an answer and a contact goes: one may be lost on its way, with all its repeats. */
export const STRIKES_MAX = 2;
/** A contact that was heard of within this time is not asked whether it lives, to make room for another. */
export const FRESH_MS = 15 * 60_000;
/** Times are counted modulo 2^32 ms (50 days); an age is held down to this, so that none seems young again. */
const AGE_MS_MAX = 2 ** 31;
/** How many places a table gets at a time. */
const GROWTH = 16;
const NOBODY: LeaveOut = Object.freeze({});

/** The contacts that a node knows, all of which have answered it. */
export class RoutingTable {
  readonly own: Words;
  readonly k: number;
  readonly #clock: Clock;
  readonly #limits: DiversityLimits;
  /** Bucket by bucket, without gaps; the rest is room for more. Most buckets are far from full. */
  #contacts: (Contact | null)[];
  #records: Uint32Array;
  #fills = [0];
  #size = 0;
  #replacements: Replacements | null = null;

  constructor(own: Words, k: number, limits: DiversityLimits, clock: Clock) {
    this.own = own;
    this.k = k;
    this.#limits = limits;
    this.#clock = clock;
    this.#contacts = new Array<Contact | null>(GROWTH).fill(null);
    this.#records = new Uint32Array(GROWTH * RECORD_WORDS);
  }

  /** How many contacts there are. */
  get size(): number {
    return this.#size;
  }

  /** How many contacts each bucket has, by the bits that they share with the own id. */
  get fills(): readonly number[] {
    return this.#fills;
  }

  /** The number of the bucket in which an id belongs. */
  bucketOf(id: Words): number {
    return Math.min(sharedBits(this.own, id), this.#fills.length - 1);
  }

  /** How many contacts share exactly so many bits with the own id, whether they have a bucket to themselves or not. */
  countAt(bits: number): number {
    if (bits < this.#fills.length - 1) return this.#fills[bits];
    let count = 0;
    for (let row = this.#size - this.#fills[this.#fills.length - 1]; row < this.#size; row++) {
      if (sharedBits(this.own, this.#contacts[row]!) === bits) count += 1;
    }
    return count;
  }

  /** The contact of an id. */
  find(id: Words): Contact | null {
    const row = this.#row(id);
    return row < 0 ? null : this.#contacts[row];
  }

  /** The contact at an address. */
  at(address: string): Contact | null {
    return this.#contacts.find((contact) => contact?.address === address) ?? null;
  }

  /** How long ago a contact was heard of, in milliseconds; `Infinity` if it is not in the table. */
  ageMs(contact: Contact): number {
    const row = this.#rowOf(contact);
    return row < 0 ? Infinity : this.#ageMs(row);
  }

  /** Whether the same id is there at the same address. */
  has(contact: Contact): boolean {
    return this.#rowOf(contact) >= 0;
  }

  /** Takes in a contact that has answered, after some time, or notes that it has. */
  admit(contact: Contact, roundTripMs?: number): Admission {
    if (sameWords(contact, this.own)) return "own";
    const row = this.#row(contact);
    if (row >= 0) {
      if (this.#contacts[row]!.address !== contact.address) return "moved";
      this.#answered(row, roundTripMs);
      return "known";
    }
    if (!this.#hasRoom(contact)) return "full";
    const refusal = this.#refusal(contact);
    if (refusal !== null) return refusal;
    this.#answered(this.#add(contact), roundTripMs);
    return "added";
  }

  /** Whether a contact that is not in the table would get in at once if it answered. */
  hasRoomFor(contact: Contact): boolean {
    return !sameWords(contact, this.own) && this.#row(contact) < 0 && this.#hasRoom(contact) &&
      this.#refusal(contact) === null;
  }

  /**
   * Notes that a contact left a request without an answer.
   *
   * @returns whether it is gone therefore
   */
  strike(contact: Contact): boolean {
    const row = this.#rowOf(contact);
    if (row < 0) return false;
    const record = this.#records[row * RECORD_WORDS + 1];
    const strikes = strikesOf(record) + 1;
    if (strikes < STRIKES_MAX) {
      this.#records[row * RECORD_WORDS + 1] = withStrikes(record, strikes);
      return false;
    }
    this.#remove(row);
    return true;
  }

  /** Takes a contact out. */
  remove(contact: Contact): void {
    const row = this.#rowOf(contact);
    if (row >= 0) this.#remove(row);
  }

  /**
   * The contact that would have to go for another one in its bucket, if it is silent: one that left the last request
   * without an answer, or the one that was seen least recently, unless that is not long ago.
   */
  doubtful(newcomer: Words): Contact | null {
    const bucket = this.bucketOf(newcomer);
    const start = this.#start(bucket);
    let found = -1;
    for (let row = start; row < start + this.#fills[bucket]; row++) {
      if (found < 0 || this.#isMoreDoubtful(row, found)) found = row;
    }
    if (found < 0) return null;
    if (this.#ageMs(found) <= FRESH_MS && strikesOf(this.#records[found * RECORD_WORDS + 1]) === 0) return null;
    return this.#contacts[found];
  }

  /** Keeps a contact that has answered but found its bucket full, until another one of the bucket is gone. */
  keepWaiting(contact: Contact): void {
    this.#replacements ??= new Replacements(this.own);
    this.#replacements.add(contact);
  }

  /** Takes out the contact that has waited least for the place of another one. */
  nextWaiting(gone: Words): Contact | null {
    return this.#replacements?.take(this.bucketOf(gone), this.#fills.length - 1) ?? null;
  }

  /**
   * The contacts closest to a target, the closest first: of all in the table, and truly.
   *
   * @param into Gets them; it should be empty
   */
  closest(target: Words, count: number, leaveOut: LeaveOut = NOBODY, into: Contact[] = []): Contact[] {
    const last = this.#fills.length - 1;
    const own = Math.min(sharedBits(this.own, target), last);
    // Those of the target's own bucket are nearest; of all beyond, any may be next; each bucket before is farther away.
    this.#collect(own, own, target, count, leaveOut, into);
    if (into.length < count) this.#collect(own + 1, last, target, count, leaveOut, into);
    for (let bucket = own - 1; bucket >= 0 && into.length < count; bucket--) {
      this.#collect(bucket, bucket, target, count, leaveOut, into);
    }
    return into;
  }

  /** A contact of each bucket: the one that has been there longest, or nearly so. */
  oneOfEach(): Contact[] {
    return this.#fills.flatMap((fill, bucket) => fill === 0 ? [] : [this.#contacts[this.#start(bucket)]!]);
  }

  /** Calls a function with every contact, and with what is known of it for the functions of `record.ts`. */
  forEach(visit: (contact: Contact, record: number) => void): void {
    for (let row = 0; row < this.#size; row++) visit(this.#contacts[row]!, this.#records[row * RECORD_WORDS + 1]);
  }

  /** What is known of a contact, for the functions of `record.ts`; 0 if it is not in the table. */
  record(contact: Contact): number {
    const row = this.#rowOf(contact);
    return row < 0 ? 0 : this.#records[row * RECORD_WORDS + 1];
  }

  /** Notes that a contact was heard of, from its own address and in an era. Only an answer takes its strikes away. */
  seen(contact: Contact, rpcudp: boolean): void {
    const row = this.#rowOf(contact);
    if (row < 0) return;
    const at = row * RECORD_WORDS;
    this.#records[at] = this.#now();
    this.#records[at + 1] = withRpcudp(this.#records[at + 1], rpcudp);
  }

  /** Nine bits that belong to extensions; 0 for a contact that is not in the table. */
  extensions(contact: Contact): number {
    return extensionsOf(this.record(contact));
  }

  /** Sets the bits of extensions of a contact, if it is in the table. */
  setExtensions(contact: Contact, bits: number): void {
    const row = this.#rowOf(contact);
    const at = row * RECORD_WORDS + 1;
    if (row >= 0) this.#records[at] = withExtensions(this.#records[at], bits);
  }

  /** To be called once a day or more often: keeps the ages of contacts within what can be counted. */
  holdAges(): void {
    const now = this.#now();
    for (let row = 0; row < this.#contacts.length; row++) {
      if (this.#ageMs(row) > AGE_MS_MAX) this.#records[row * RECORD_WORDS] = now - AGE_MS_MAX;
    }
  }

  /** Why a contact may not come in, other than a full bucket. */
  #refusal(contact: Contact): "renamed" | "crowded" | null {
    const { network, tag, address } = contact;
    const contacts = this.#contacts;
    const bucket = this.bucketOf(contact);
    const first = this.#start(bucket);
    const end = first + this.#fills[bucket];
    let [inTable, inBucket] = [0, 0];
    for (let row = 0; row < contacts.length; row++) {
      const known = contacts[row];
      if (known === null || known.network !== network) continue;
      if (known.tag === tag && known.address === address) return "renamed";
      inTable += 1;
      if (row >= first && row < end) inBucket += 1;
    }
    if (network === EXEMPT) return null;
    return inTable < this.#limits.table && inBucket < this.#limits.bucket ? null : "crowded";
  }

  /** Whether there is room for a contact, splitting the own bucket as far as that makes room. */
  #hasRoom(contact: Contact): boolean {
    for (;;) {
      const last = this.#fills.length - 1;
      const bucket = this.bucketOf(contact);
      if (this.#fills[bucket] < this.k) return true;
      if (bucket < last || last === ID_BITS - 1) return false;
      this.#split();
    }
  }

  /** Splits the last bucket: what shares more bits with the own id than it must goes behind what does not. */
  #split(): void {
    const last = this.#fills.length - 1;
    const start = this.#start(last);
    const end = start + this.#fills[last];
    const contacts = this.#contacts;
    const records = this.#records;
    const [going, goingRecords]: [Contact[], number[]] = [[], []];
    let stay = start;
    for (let row = start; row < end; row++) {
      const at = row * RECORD_WORDS;
      if (sharedBits(this.own, contacts[row]!) > last) {
        going.push(contacts[row]!);
        goingRecords.push(records[at], records[at + 1]);
        continue;
      }
      contacts[stay] = contacts[row];
      records.copyWithin(stay * RECORD_WORDS, at, at + RECORD_WORDS);
      stay += 1;
    }
    for (let index = 0; index < going.length; index++) contacts[stay + index] = going[index];
    records.set(goingRecords, stay * RECORD_WORDS);
    // Not a spread, which leaves room for sixteen more.
    this.#fills = this.#fills.slice(0, last).concat([stay - start, going.length]);
  }

  /** Where a bucket begins. */
  #start(bucket: number): number {
    let start = 0;
    for (let before = 0; before < bucket; before++) start += this.#fills[before];
    return start;
  }

  #add(contact: Contact): number {
    const bucket = this.bucketOf(contact);
    const row = this.#start(bucket) + this.#fills[bucket];
    if (this.#size === this.#contacts.length) {
      this.#contacts = this.#contacts.concat(new Array<Contact | null>(GROWTH).fill(null));
      const records = new Uint32Array(this.#contacts.length * RECORD_WORDS);
      records.set(this.#records);
      this.#records = records;
    }
    this.#move(row, row + 1, this.#size - row);
    this.#fills[bucket] += 1;
    this.#size += 1;
    this.#contacts[row] = contact;
    this.#records[row * RECORD_WORDS + 1] = 0;
    this.#replacements?.drop(contact);
    return row;
  }

  #remove(row: number): void {
    let bucket = 0;
    while (this.#start(bucket + 1) <= row) bucket += 1;
    this.#fills[bucket] -= 1;
    this.#move(row + 1, row, this.#size - row - 1);
    this.#size -= 1;
    this.#contacts[this.#size] = null;
  }

  /** Moves some rows. */
  #move(from: number, to: number, count: number): void {
    const contacts = this.#contacts;
    // By hand: engines have no fast `copyWithin` for lists of objects.
    const [first, step] = to < from ? [0, 1] : [count - 1, -1];
    for (let at = first; at >= 0 && at < count; at += step) contacts[to + at] = contacts[from + at];
    this.#records.copyWithin(to * RECORD_WORDS, from * RECORD_WORDS, (from + count) * RECORD_WORDS);
  }

  #answered(row: number, roundTripMs: number | undefined): void {
    const at = row * RECORD_WORDS;
    const record = withStrikes(this.#records[at + 1], 0);
    this.#records[at] = this.#now();
    this.#records[at + 1] = roundTripMs === undefined
      ? record
      : withTrip(record, nextRoundTrip(tripOf(record), roundTripMs));
  }

  #isMoreDoubtful(row: number, than: number): boolean {
    const strikes = strikesOf(this.#records[row * RECORD_WORDS + 1]);
    const others = strikesOf(this.#records[than * RECORD_WORDS + 1]);
    return strikes === others ? this.#ageMs(row) > this.#ageMs(than) : strikes > others;
  }

  #now(): number {
    return Math.floor(this.#clock.now()) >>> 0;
  }

  #ageMs(row: number): number {
    return (this.#now() - this.#records[row * RECORD_WORDS]) >>> 0;
  }

  #row(id: Words): number {
    const bucket = this.bucketOf(id);
    const first = this.#start(bucket);
    const end = first + this.#fills[bucket];
    for (let row = first; row < end; row++) {
      if (sameWords(this.#contacts[row]!, id)) return row;
    }
    return -1;
  }

  #rowOf(contact: Contact): number {
    const row = this.#row(contact);
    return row >= 0 && this.#contacts[row]!.address === contact.address ? row : -1;
  }

  /** Adds the contacts of some buckets to a list, sorted after what is in it. */
  #collect(from: number, to: number, target: Words, count: number, leaveOut: LeaveOut, into: Contact[]): void {
    const { id, address, struck } = leaveOut;
    const tag = address === undefined ? 0 : addressTag(address);
    const start = into.length;
    const end = this.#start(to + 1);
    for (let row = this.#start(from); row < end; row++) {
      const contact = this.#contacts[row]!;
      if (into.length === count && !isCloser(target, contact, into[count - 1])) continue;
      if (id !== undefined && sameWords(contact, id)) continue;
      if (contact.tag === tag && contact.address === address) continue;
      if (struck === true && strikesOf(this.#records[row * RECORD_WORDS + 1]) > 0) continue;
      if (into.length < count) into.push(contact);
      let at = into.length - 1;
      for (; at > start && isCloser(target, contact, into[at - 1]); at--) into[at] = into[at - 1];
      into[at] = contact;
    }
  }
}
