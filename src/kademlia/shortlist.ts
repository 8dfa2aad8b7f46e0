/**
 * The candidates of a lookup, the nearest first: whom to ask next, and whether the nearest have answered.
 *
 * @module
 */

import type { Cancel } from "../rpc/mod.ts";
import { type Contact, sameContact } from "./contact.ts";
import { countOfNetwork, EXEMPT } from "./diversity.ts";
import { distance, isCloser, type Words } from "./words.ts";

/** How many candidates a lookup has at most: three times as many as it ends with. */
export const CANDIDATES_MAX = 60;
/** One answer may name so many nodes that turn out to be silent before what else it names comes last. */
const BAD_MAX = 3;
/** Candidates of the own table, or named by several, of which so many keep their place. */
const SEEDS_KEPT = 10;
/**
 * So many times as far away as usual, the k nearest are not all there are: of random ids, one of a hundred lookups would
 * find them there. Then many others are asked.
 */
const SUSPICIOUS = 1.6;
const SUSPICIOUS_PROBES = 32;
/** A lookup of which only a few have to answer needs no probes. */
const PROBED_K_MIN = 8;
/** An id may be at so many addresses, because one of them may be a lie. */
const ADDRESSES_MAX = 2;

/** Where a candidate is. */
export const CANDIDATE = Object.freeze({ fresh: 0, asked: 1, late: 2, answered: 3, dropped: 4 });

/** A contact that a lookup may ask, or has asked. */
export class Candidate {
  readonly contact: Contact;
  /** How many answers led to it; 1 for contacts of the own table. */
  readonly hops: number;
  /** Who named it; null for the own table, and once a second one has named it. */
  referrer: Candidate | null;
  state: number = CANDIDATE.fresh;
  /** Whether its answer is late, or was. */
  isLate = false;
  /** The nearest of those who have named it; null for the own table. */
  witness: Candidate | null;
  /** Whether it is asked though the k nearest have answered. */
  isProbe = false;
  /** Of those that it named: how many were late or silent, and how many have answered. */
  bad = 0;
  good = 0;
  /** Gives the request up. */
  cancel: Cancel | null = null;
  /** When something that it named was met last, for {@link Shortlist}. */
  markedAt = 0;

  constructor(contact: Contact, referrer: Candidate | null) {
    this.contact = contact;
    this.hops = referrer === null ? 1 : referrer.hops + 1;
    this.referrer = referrer;
    this.witness = referrer;
  }

  /** Whether it was named by somebody who named several that are silent. */
  get isDubious(): boolean {
    const { referrer } = this;
    return referrer !== null && referrer.bad >= BAD_MAX && referrer.bad > referrer.good;
  }
}

/** What a lookup should do next. */
export type Next = Candidate | "wait" | "late" | "done";

/** The candidates of one path of a lookup. */
export class Shortlist {
  readonly #target: Words;
  readonly #k: number;
  /** How many of the k may be of one network. */
  readonly #networkMax: number;
  readonly #probesMax: number;
  /** From this distance of the farthest of the k on, others are hidden. */
  readonly #suspicious: number;
  /** The nearest first. */
  readonly #candidates: Candidate[] = [];
  /** Those that were silent: they are not taken in again. */
  #dead: Contact[] | null = null;
  /** How many were asked beyond the k nearest since these are who they are, which the farthest of them says. */
  #probes = 0;
  #probedAt: Contact | null = null;
  /** How often candidates have been marked. */
  #marks = 0;
  /** The nearest of those. */
  #probed: Contact | null = null;

  /**
   * @param probesMax When the k nearest have answered, so many others are asked whether they know nearer ones
   * @param usual How far away the farthest of the k is usually, as a part of the space
   */
  constructor(target: Words, k: number, networkMax: number, probesMax: number, usual: number) {
    this.#suspicious = SUSPICIOUS * usual;
    this.#target = target;
    this.#k = k;
    this.#probesMax = k < PROBED_K_MIN ? 0 : probesMax;
    this.#networkMax = networkMax;
  }

  /** Those that are not to be asked. */
  leaveOut(contacts: readonly Contact[]): void {
    this.#dead = [...contacts];
  }

  /** All that were asked and are still known, or are left out. */
  get met(): Contact[] {
    const asked = this.#candidates.filter(({ state }) => state !== CANDIDATE.fresh);
    return [...asked.map(({ contact }) => contact), ...this.#dead ?? []];
  }

  /** Whether a contact is a candidate, or was a silent one. */
  has(contact: Contact): boolean {
    const candidates = this.#candidates;
    for (let at = this.#place(contact); at < candidates.length; at++) {
      const other = candidates[at].contact;
      if (isCloser(this.#target, contact, other)) break;
      if (other.address === contact.address) return true;
    }
    return this.#dead?.some((dead) => sameContact(dead, contact)) ?? false;
  }

  /** Takes in a contact; returns null if it is there already, was silent, or is farther than all there may be. */
  add(contact: Contact, referrer: Candidate | null): Candidate | null {
    const candidates = this.#candidates;
    const place = this.#place(contact);
    let addresses = 0;
    for (let at = place; at < candidates.length; at++) {
      const other = candidates[at];
      if (isCloser(this.#target, contact, other.contact)) break;
      if (other.contact.address === contact.address) {
        this.#confirm(other, referrer);
        return null;
      }
      addresses += 1;
    }
    if (addresses >= ADDRESSES_MAX || (place >= CANDIDATES_MAX && candidates.length >= CANDIDATES_MAX)) return null;
    if (this.#dead !== null && this.#dead.some((dead) => sameContact(dead, contact))) return null;
    if (!this.#hasRoomForNetwork(contact, place)) return null;
    const candidate = new Candidate(contact, referrer);
    putIn(candidates, place, candidate);
    if (candidates.length > CANDIDATES_MAX) this.#dropOne();
    return candidate.state === CANDIDATE.dropped ? null : candidate;
  }

  /** Notes that a candidate has answered. */
  answered(candidate: Candidate): void {
    const { referrer } = candidate;
    if (referrer !== null) {
      referrer.good += 1;
      if (candidate.state === CANDIDATE.late) referrer.bad -= 1;
    }
    candidate.state = CANDIDATE.answered;
  }

  /** Notes that a candidate is being asked, which {@link next} has named. */
  asked(candidate: Candidate): void {
    candidate.state = CANDIDATE.asked;
    const last = this.#probedAt;
    if (last === null || !isCloser(this.#target, last, candidate.contact)) return;
    candidate.isProbe = true;
    // One that a probe has brought nearer goes on where that led, which is a way past those who lie.
    const leadsOn = this.#probed !== null && isCloser(this.#target, candidate.contact, this.#probed);
    if (!leadsOn) this.#probes += 1;
    if (this.#probed === null || leadsOn) this.#probed = candidate.contact;
  }

  /** Notes that a candidate's answer is late. */
  late(candidate: Candidate): void {
    candidate.state = CANDIDATE.late;
    candidate.isLate = true;
    if (candidate.referrer !== null) candidate.referrer.bad += 1;
  }

  /** Notes that a candidate is silent. */
  silent(candidate: Candidate): void {
    if (candidate.state !== CANDIDATE.late && candidate.referrer !== null) candidate.referrer.bad += 1;
    candidate.state = CANDIDATE.dropped;
    (this.#dead ??= []).push(candidate.contact);
    const at = this.#candidates.indexOf(candidate);
    if (at >= 0) takeOut(this.#candidates, at);
  }

  /**
   * What to do: ask a candidate; wait for one of the k nearest; wait for a late one, if at all; nothing more.
   *
   * The k nearest are those that are neither silent nor late. A late one may yet be alive, but the others don't wait.
   * Dubious ones don't count either, and are asked last.
   */
  next(): Next {
    const candidates = this.#candidates;
    let dubious: Candidate | null = null;
    let last: Contact | null = null;
    let [at, inWindow, isWaiting, isLate, isNamed] = [0, 0, false, false, false];
    for (; at < candidates.length && inWindow < this.#k; at++) {
      const candidate = candidates[at];
      const { state } = candidate;
      if (state === CANDIDATE.late) {
        isLate = true;
        continue;
      }
      if (!this.#counts(at)) continue;
      if (state === CANDIDATE.fresh) {
        if (!candidate.isDubious) return candidate;
        dubious ??= candidate;
        continue;
      }
      inWindow += 1;
      last = candidate.contact;
      if (candidate.hops > 1) isNamed = true;
      if (state === CANDIDATE.asked) isWaiting = true;
    }
    if (dubious !== null) return dubious;
    if (isWaiting) return "wait";
    return this.#nextProbe(at, last, isNamed) ?? (isLate ? "late" : "done");
  }

  /**
   * One who names nothing but its own kind, of whom there are enough nearby, would have the last word: all that it names
   * are nearer than what was named before, and name each other. So some are asked that none of the k nearest has named,
   * unless all of the k nearest are of the own table.
   *
   * @param from Where the candidates begin that are farther than the k nearest
   * @param last The farthest of the k nearest
   * @param isNamed Whether any of them is known only because others named it
   */
  #nextProbe(from: number, last: Contact | null, isNamed: boolean): Candidate | "wait" | null {
    if (last === null || this.#probesMax === 0) return null;
    if (last !== this.#probedAt) [this.#probedAt, this.#probed, this.#probes] = [last, null, 0];
    const isSuspicious = distance(this.#target, last) > this.#suspicious;
    const probesMax = isSuspicious ? SUSPICIOUS_PROBES : isNamed ? this.#probesMax : 0;
    let isWaiting = false;
    for (let at = from; at < this.#candidates.length; at++) {
      const candidate = this.#candidates[at];
      const { state, witness, isProbe } = candidate;
      if (isProbe && state === CANDIDATE.asked) isWaiting = true;
      if (state !== CANDIDATE.fresh || this.#probes >= probesMax || candidate.isDubious || !this.#counts(at)) {
        continue;
      }
      if (witness !== null && !isCloser(this.#target, last, witness.contact)) continue;
      return candidate;
    }
    return isWaiting ? "wait" : null;
  }

  /** The nearest that have answered, k at most, not too many of one network. */
  nearest(): Candidate[] {
    const nearest: Candidate[] = [];
    for (let at = 0; at < this.#candidates.length && nearest.length < this.#k; at++) {
      const candidate = this.#candidates[at];
      if (candidate.state === CANDIDATE.answered && this.#counts(at)) nearest.push(candidate);
    }
    return nearest;
  }

  /** The place of a contact: behind all that are nearer. */
  #place(contact: Contact): number {
    const candidates = this.#candidates;
    let [low, high] = [0, candidates.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isCloser(this.#target, candidates[middle].contact, contact)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whoever is named by two is not the invention of one. */
  #confirm(candidate: Candidate, referrer: Candidate | null): void {
    const { witness } = candidate;
    if (referrer !== null && (witness === null || isCloser(this.#target, referrer.contact, witness.contact))) {
      candidate.witness = referrer;
    }
    const first = candidate.referrer;
    if (first === null || first === referrer) return;
    candidate.referrer = null;
  }

  /** Whether a candidate is among those of its network that count: the nearest ones that are not late. */
  #counts(at: number): boolean {
    const { network } = this.#candidates[at].contact;
    if (network === EXEMPT) return true;
    let nearer = 0;
    for (let other = 0; other < at; other++) {
      const { contact, state } = this.#candidates[other];
      if (contact.network === network && state !== CANDIDATE.late) nearer += 1;
    }
    return nearer < this.#networkMax;
  }

  /**
   * Whether a candidate may come in beside those of its network: twice as many as count, since some may be silent. A
   * nearer one takes the place of the farthest that was not asked yet.
   */
  #hasRoomForNetwork({ network }: Contact, place: number): boolean {
    if (network === EXEMPT) return true;
    const candidates = this.#candidates;
    const max = 2 * this.#networkMax;
    let [count, last] = [0, -1];
    for (let at = 0; at < candidates.length; at++) {
      if (candidates[at].contact.network !== network) continue;
      count += 1;
      if (candidates[at].state === CANDIDATE.fresh) last = at;
    }
    const dead = this.#dead === null ? 0 : countOfNetwork(network, this.#dead, 0, this.#dead.length);
    if (count + dead < max) return true;
    if (last < place || dead >= max) return false;
    this.#drop(last);
    return true;
  }

  /**
   * Makes room: the farthest that was not asked yet goes. But of what each one named, the nearest stays, and of the own
   * contacts some do, so that those who invent near nodes don't crowd out what others say.
   */
  #dropOne(): void {
    const candidates = this.#candidates;
    const mark = ++this.#marks;
    let [worst, seeds] = [-1, 0];
    for (let at = 0; at < candidates.length; at++) {
      const { state, referrer } = candidates[at];
      if (state !== CANDIDATE.fresh) continue;
      if (referrer === null ? seeds++ >= SEEDS_KEPT : referrer.markedAt === mark) worst = at;
      else if (referrer !== null) referrer.markedAt = mark;
    }
    // All are asked: the farthest has done its part.
    this.#drop(worst < 0 ? candidates.length - 1 : worst);
  }

  #drop(at: number): void {
    const candidate = takeOut(this.#candidates, at);
    if (candidate.state === CANDIDATE.fresh) candidate.state = CANDIDATE.dropped;
  }
}

/** As `splice(at, 0, candidate)`, which makes an array each time. */
function putIn(candidates: Candidate[], at: number, candidate: Candidate): void {
  candidates.push(candidate);
  for (let place = candidates.length - 1; place > at; place--) candidates[place] = candidates[place - 1];
  candidates[at] = candidate;
}

/** As `splice(at, 1)`. */
function takeOut(candidates: Candidate[], at: number): Candidate {
  const candidate = candidates[at];
  for (let place = at + 1; place < candidates.length; place++) candidates[place - 1] = candidates[place];
  candidates.pop();
  return candidate;
}
