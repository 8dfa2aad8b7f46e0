/**
 * How much strangers and peers may ask, and who is no stranger any more.
 *
 * Nothing of this is kept for an endpoint at rest: addresses are told apart only while all of them together come near
 * what one may have, and beyond a number of them several share an entry.
 *
 * @module
 */

import type { RpcLimits } from "./limits.ts";
import type { RefusedReason } from "./stats.ts";

/** So many sources have an entry of their own; a table of 16 KiB for each endpoint of a simulation would fill a machine. */
const OWN_ENTRIES = 1024;
/** All further ones share so many. */
const SHARED_ENTRIES = 64;
/** The largest answer of find_node: 20 contacts with the longest IPv4 addresses have 865 bytes. */
const USUAL_BYTES = 900;
/** Sources are told apart when all together have taken this part of what one may take. */
const CALM_PART = 1 / 4;
/** The steps in which the span of strangers' bytes slides. */
const SPAN_PARTS = 2;

/** The budgets of strangers and of peers. */
export class CallerBudgets {
  readonly #limits: RpcLimits;
  readonly #strangers = new Group();
  readonly #peers = new Group();
  readonly #notices = new Group();
  /** Bytes of answers to strangers, each and all. */
  #bytes: SourceBudget | null = null;
  #bytesSecond = 0;
  #bytesAll = 0;

  constructor(limits: RpcLimits) {
    this.#limits = limits;
  }

  /** Takes a request. Returns why it is not to be looked at, or null. */
  takeRequest(nowMs: number, source: number, verified: boolean): RefusedReason | null {
    const { requestsPerSecond, peerRequestsPerSecond, strangerRequestsPerSecond } = this.#limits;
    if (verified) return this.#peers.take(nowMs, source, peerRequestsPerSecond, requestsPerSecond);
    // Whoever cannot get a usual answer any more need not be looked at.
    if (this.#bytes?.has(nowMs, source, USUAL_BYTES) === false) return "bytes";
    return this.#strangers.take(nowMs, source, strangerRequestsPerSecond, requestsPerSecond);
  }

  /** Takes a call without an answer from an address that a service has vouched for. */
  takeNotice(nowMs: number, source: number): RefusedReason | null {
    const { noticesPerSecond } = this.#limits;
    return this.#notices.take(nowMs, source, noticesPerSecond, 4 * noticesPerSecond);
  }

  /** Takes the bytes of an answer to a stranger. Returns why it is not to be sent, or null. */
  takeBytes(nowMs: number, source: number, bytes: number): RefusedReason | null {
    const { strangerBytes, strangerSpanMs, strangersBytesPerSecond } = this.#limits;
    const budget = this.#bytes ??= new SourceBudget(strangerBytes, strangerSpanMs, SPAN_PARTS);
    if (!budget.has(nowMs, source, bytes)) return "bytes";
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#bytesSecond) [this.#bytesSecond, this.#bytesAll] = [second, 0];
    if (this.#bytesAll + bytes > strangersBytesPerSecond) return "bytes-all";
    this.#bytesAll += bytes;
    budget.take(source, bytes);
    return null;
  }

  /** Lets go of what doesn't count any more. */
  forget(nowMs: number): void {
    this.#strangers.forget(nowMs);
    this.#peers.forget(nowMs);
    this.#notices.forget(nowMs);
    if (this.#bytes?.isOver(nowMs) === true) this.#bytes = null;
  }
}

/** The requests of a group of callers in the current second. */
class Group {
  #second = 0;
  #all = 0;
  #bySource: SourceBudget | null = null;

  take(nowMs: number, source: number, sourceMax: number, allMax: number): RefusedReason | null {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      if (this.#all <= sourceMax * CALM_PART) this.#bySource = null;
      [this.#second, this.#all] = [second, 0];
    }
    if (this.#all >= sourceMax * CALM_PART) {
      const bySource = this.#bySource ??= new SourceBudget(sourceMax * (1 - CALM_PART), 1000, 1);
      if (!bySource.has(nowMs, source, 1)) return "rate";
      if (this.#all >= allMax) return "rate-all";
      bySource.take(source, 1);
    }
    this.#all += 1;
    return null;
  }

  forget(nowMs: number): void {
    if (Math.floor(nowMs / 1000) !== this.#second) this.#bySource = null;
  }
}

/**
 * How much each source has taken within a span of time, which slides in steps of a part of it: never more than the
 * maximum within any such span.
 */
export class SourceBudget {
  readonly #max: number;
  readonly #stepMs: number;
  readonly #steps: number;
  #step = 0;
  /** What all have taken, by step; the one after the current is the oldest that counts. */
  readonly #totals: number[];
  /** What was taken in each step, by source; null while it is calm. */
  #taken: Map<number, number>[] | null = null;

  constructor(max: number, spanMs: number, parts: number) {
    this.#max = max;
    this.#stepMs = spanMs / parts;
    // With one part, spans begin with the clock and do not slide.
    this.#steps = parts === 1 ? 1 : parts + 1;
    this.#totals = new Array<number>(this.#steps).fill(0);
  }

  /** Whether a source may take `amount` more. */
  has(nowMs: number, source: number, amount: number): boolean {
    this.#advance(Math.floor(nowMs / this.#stepMs));
    const calm = this.#max * CALM_PART;
    if (this.#taken === null) {
      if (sum(this.#totals) + amount <= calm) return true;
      this.#taken = this.#totals.map(() => new Map());
    }
    let taken = 0;
    for (const amounts of this.#taken) taken += amounts.get(entryOf(amounts, source)) ?? 0;
    // What it took before sources were told apart is unknown, but bounded.
    return taken + amount <= this.#max - calm;
  }

  /** Takes it, after {@link has}. */
  take(source: number, amount: number): void {
    const slot = this.#step % this.#steps;
    this.#totals[slot] += amount;
    if (this.#taken === null) return;
    const amounts = this.#taken[slot];
    const entry = entryOf(amounts, source);
    amounts.set(entry, (amounts.get(entry) ?? 0) + amount);
  }

  /** Whether nothing that was taken counts any more. */
  isOver(nowMs: number): boolean {
    this.#advance(Math.floor(nowMs / this.#stepMs));
    return sum(this.#totals) === 0;
  }

  #advance(step: number): void {
    if (step === this.#step) return;
    const passed = Math.min(step - this.#step, this.#steps);
    for (let back = 0; back < passed; back++) {
      const slot = (step - back) % this.#steps;
      this.#totals[slot] = 0;
      this.#taken?.[slot].clear();
    }
    this.#step = step;
    if (sum(this.#totals) === 0) this.#taken = null;
  }
}

/** The entry of a source: its own, or one that it shares with others when there are many. */
function entryOf(amounts: ReadonlyMap<number, number>, source: number): number {
  return amounts.size < OWN_ENTRIES || amounts.has(source) ? source : -1 - source % SHARED_ENTRIES;
}

function sum(numbers: readonly number[]): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

const SLOTS_MIN = 16;

/** Slots that are taken at most: some probes more, a third of the memory less than with half of them. */
const FILL_MAX = 0.85;
const GROWTH = 1.5;

/** A set of 32-bit numbers other than 0, spread by themselves, with open addressing. */
class NumberSet {
  #slots = new Uint32Array(SLOTS_MIN);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(number: number): boolean {
    return this.#slots[this.#find(number)] === number;
  }

  add(number: number): void {
    const at = this.#find(number);
    if (this.#slots[at] === number) return;
    this.#slots[at] = number;
    this.#size += 1;
    if (this.#size > FILL_MAX * this.#slots.length) this.#grow();
  }

  /** Where the number is, or the free slot where it belongs. */
  #find(number: number): number {
    const slots = this.#slots;
    const { length } = slots;
    let at = number % length;
    while (slots[at] !== 0 && slots[at] !== number) at = at + 1 === length ? 0 : at + 1;
    return at;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(GROWTH * old.length);
    for (const number of old) if (number !== 0) this.#slots[this.#find(number)] = number;
  }
}

/** Addresses that have answered lately, as hashes, in two generations. */
export class VerifiedAddresses {
  readonly #max: number;
  readonly #spanMs: number;
  #current: NumberSet | null = null;
  #previous: NumberSet | null = null;
  #sinceMs = 0;

  constructor(max: number, spanMs: number) {
    this.#max = max;
    this.#spanMs = spanMs;
  }

  /** How many are known. */
  get size(): number {
    return (this.#current?.size ?? 0) + (this.#previous?.size ?? 0);
  }

  /** Whether an address has answered lately. */
  has(nowMs: number, source: number): boolean {
    this.#age(nowMs);
    const key = source || 1;
    return this.#current?.has(key) === true || this.#previous?.has(key) === true;
  }

  /** An address has answered. */
  add(nowMs: number, source: number): void {
    this.#age(nowMs);
    if (this.#current === null) this.#sinceMs = nowMs;
    (this.#current ??= new NumberSet()).add(source || 1);
    if (this.#current.size >= this.#max) this.#turn(nowMs);
  }

  #age(nowMs: number): void {
    if (this.#current === null && this.#previous === null) return;
    if (nowMs - this.#sinceMs < this.#spanMs) return;
    if (nowMs - this.#sinceMs >= 2 * this.#spanMs) this.#current = null;
    this.#turn(nowMs);
  }

  #turn(nowMs: number): void {
    this.#previous = this.#current;
    this.#current = null;
    this.#sinceMs = nowMs;
  }
}
