/**
 * Lookups that a node makes for itself: its neighbours when it joins, a few contacts of each part of the network that is
 * farther away, and from time to time those parts of which it has heard nothing.
 *
 * @module
 */

import type { Clock, Random, Timer } from "../host/host.ts";
import type { Cancel } from "../rpc/mod.ts";
import type { Contact } from "./contact.ts";
import type { LookupPlan } from "./lookup.ts";
import type { Peers } from "./peers.ts";
import { distance, sharedBits } from "./words.ts";

/** A bucket gets a lookup when there was none inside it for this time, more or less a tenth. */
const REFRESH_MS = 3_600_000;
const REFRESH_JITTER = 0.1;
/** At least this long after one bucket comes the next, so that they don't all come at once. */
const REFRESH_PAUSE_MS = 5000;
/**
 * How many of the nearest have to answer when a node joins. Those that are farther hear of it from others, and so do the
 * rest of the k: with 20, joining took 115 datagrams at 200 nodes instead of 74, and nothing was found more often.
 */
export const NEIGHBOURS = 12;
/** A node that joins looks for more contacts in buckets that have fewer than this: a choice for each step of a lookup. */
const JOIN_FILL = 2;
/** How many nodes near the middle of a bucket have to answer then. */
const JOIN_K = 2;
/** Between these lookups, so many milliseconds at random. */
const JOIN_PAUSE_MS = 500;
/**
 * Who finds fewer neighbours looks for them so often again, after pauses that begin with this and double: perhaps
 * the node that was asked had just come itself.
 */
const AGAIN_MAX = 3;
const AGAIN_MS = 1000;
/**
 * After joining, a node looks whether it knows its neighbours: after so long, up to twice that, each time. Those whom it
 * met first may all be of one kind, who name their own kind only, so that nobody else hears of it: then its neighbours
 * are farther apart than those of others.
 */
const SECOND_LOOKS_MS = Object.freeze([5000, 30_000]);
/** So many times as far away as usual, others are hidden: of random ids, the twelfth is once in a thousand times. */
const SPARSE = 2.2;

/** How many of the contacts that are farthest away are asked for theirs. */
const REFERRERS = 5;

/** What {@link Upkeep} needs of its node. */
export interface UpkeepParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly peers: Peers;
  /** The own id. */
  readonly id: Uint8Array;
  /** Looks for the nodes nearest to a target until `k` have answered, asking `alpha` at a time. */
  readonly lookup: (
    target: Uint8Array,
    how: Pick<LookupPlan, "k"> & Partial<Pick<LookupPlan, "alpha" | "nodes">>,
    settle: (nearest: readonly Contact[]) => void,
  ) => Cancel;
}

/** The lookups of a node for itself. */
export class Upkeep {
  readonly #parts: UpkeepParts;
  /** When there was a lookup inside each bucket. */
  #touchedMs: number[] = [];
  #timer: Timer | null = null;
  #cancel: Cancel | null = null;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  /** Looks for the own neighbours; `settle` is called then. What is farther away comes afterwards, if that is wanted. */
  join(settle: () => void): Cancel {
    const { id, peers: { table }, lookup } = this.#parts;
    return lookup(id, { k: this.#neighbours }, (nearest) => {
      settle();
      if (table.size > 0) this.#afterJoining(nearest.length, 0);
    });
  }

  /** Begins to look after the buckets, unless that is so already: there is somebody in them now. */
  begin(): void {
    if (this.#timer === null && this.#cancel === null) this.#schedule();
  }

  /** Notes that a lookup for a target was made, which has filled its bucket. */
  touch(target: { readonly bucket: number }): void {
    this.#touchedMs[target.bucket] = this.#parts.clock.now();
  }

  /** Ends everything. */
  stop(): void {
    this.#timer?.clear();
    this.#timer = null;
    this.#cancel?.();
    this.#cancel = null;
  }

  get #neighbours(): number {
    return Math.min(NEIGHBOURS, this.#parts.peers.table.k);
  }

  #afterJoining(found: number, again: number): void {
    const { id, lookup } = this.#parts;
    if (found >= this.#neighbours || again === AGAIN_MAX) return this.#spread(0);
    this.#after(AGAIN_MS * 2 ** again, () => {
      this.#cancel = lookup(id, { k: this.#neighbours }, (nearest) => {
        this.#cancel = null;
        this.#afterJoining(nearest.length, again + 1);
      });
    });
  }

  /** After joining, fills one bucket after the other as far as they have hardly anybody. */
  #spread(from: number): void {
    const { table } = this.#parts.peers;
    let bucket = from;
    while (bucket < this.#depth() && table.countAt(bucket) >= JOIN_FILL) bucket += 1;
    if (bucket >= this.#depth()) return this.#lookAgain(0);
    this.#after(JOIN_PAUSE_MS * this.#parts.random.next(), () => {
      this.#lookInside(bucket, JOIN_K, () => this.#spread(bucket + 1));
    });
  }

  /** Looks for the own neighbours once more if they are farther apart than those of others. */
  #lookAgain(turn: number): void {
    const { id, random, peers, lookup } = this.#parts;
    if (turn === SECOND_LOOKS_MS.length) return this.#schedule();
    this.#after(SECOND_LOOKS_MS[turn] * (1 + random.next()), () => {
      const next = () => {
        this.#cancel = null;
        this.#lookAgain(turn + 1);
      };
      if (peers.table.size === 0) return next();
      this.#cancel = secondLook(peers, (nodes) => {
        if (!this.#isSparse(nodes)) return next();
        this.#cancel = lookup(id, { k: this.#neighbours, nodes }, next);
      });
    });
  }

  /** Whether the own neighbours are much farther away than usual, if there are so many nodes. */
  #isSparse(nodes: number): boolean {
    const { table } = this.#parts.peers;
    const nearest = table.closest(table.own, this.#neighbours);
    return nodes > nearest.length && distance(table.own, nearest[nearest.length - 1]) * nodes > SPARSE * nearest.length;
  }

  /** Sets the timer for the bucket whose lookup is due next. */
  #schedule(): void {
    const { clock, random } = this.#parts;
    const now = clock.now();
    let first = Infinity;
    for (let bucket = 0; bucket <= this.#depth(); bucket++) {
      first = Math.min(first, this.#touchedMs[bucket] ??= now);
    }
    const jitter = 1 + REFRESH_JITTER * (2 * random.next() - 1);
    this.#after(Math.max(first + REFRESH_MS * jitter - now, REFRESH_PAUSE_MS), () => this.#refresh());
  }

  #refresh(): void {
    const { table } = this.#parts.peers;
    table.holdAges();
    if (table.size === 0) return this.#schedule();
    const depth = this.#depth();
    let oldest = 0;
    for (let bucket = 1; bucket <= depth; bucket++) {
      if ((this.#touchedMs[bucket] ?? 0) < (this.#touchedMs[oldest] ?? 0)) oldest = bucket;
    }
    this.#lookInside(oldest, table.k, () => this.#schedule());
  }

  #lookInside(bucket: number, k: number, done: () => void): void {
    const { clock, id, lookup } = this.#parts;
    this.#touchedMs[bucket] = clock.now();
    const target = bucket >= this.#depth() ? id : this.#randomInside(bucket);
    // One at a time, because nobody waits for it, and that takes the fewest requests.
    this.#cancel = lookup(target, { k, alpha: 1 }, () => {
      this.#cancel = null;
      done();
    });
  }

  /** A random id that shares as many bits with the own one as those of a bucket do. */
  #randomInside(bucket: number): Uint8Array {
    const { id, random } = this.#parts;
    const target = random.bytes(id.length);
    const whole = bucket >> 3;
    target.set(id.subarray(0, whole));
    const mask = 0xff >> (bucket & 7);
    const flipped = id[whole] ^ (0x80 >> (bucket & 7));
    target[whole] = (flipped & ~(mask >> 1)) | (target[whole] & (mask >> 1));
    return target;
  }

  /** How many bits the farthest of the own neighbours share with the own id: what shares fewer is farther away. */
  #depth(): number {
    const { table } = this.#parts.peers;
    const nearest = table.closest(table.own, this.#neighbours);
    return nearest.length === 0 ? 0 : sharedBits(table.own, nearest[nearest.length - 1]);
  }

  #after(delayMs: number, run: () => void): void {
    this.#timer?.clear();
    this.#timer = this.#parts.clock.setTimer(delayMs, () => {
      this.#timer = null;
      run();
    });
  }
}

/**
 * Asks some contacts that are far away for their own neighbours.
 *
 * @param settle Called once with how many nodes there are where these are closest together, unless it is given up. As that
 * is not proven, it is a reason to look, and no more
 */
function secondLook(peers: Peers, settle: (nodes: number) => void): Cancel {
  const { table } = peers;
  const referrers = table.closest(table.own, table.size).slice(-REFERRERS);
  const cancels = new Set<Cancel>();
  let nodes = 0;
  for (const referrer of referrers) {
    const cancel = peers.near(referrer, referrer, (named) => {
      cancels.delete(cancel);
      const count = named?.length ?? 0;
      if (count > 1) nodes = Math.max(nodes, (count - 1) / distance(referrer, named![count - 1]));
      if (cancels.size === 0) settle(nodes);
    });
    cancels.add(cancel);
  }
  return () => cancels.forEach((cancel) => cancel());
}
