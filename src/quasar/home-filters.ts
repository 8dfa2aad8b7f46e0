/**
 * The own filters: level 0 has the own subscriptions and the own id, each other level what the neighbours have in theirs
 * before. What has changed is remembered for a while, so that each neighbour can be told the changes since it was told last.
 *
 * @module
 */

import {
  filterBits,
  type FilterKey,
  type FilterParams,
  filterPositions,
  type Filters,
  FilterSum,
  formatFilters,
  packPositions,
} from "../../codec/protocols/storj/mod.ts";
import type { NeighbourFilters } from "./neighbour-filters.ts";
import { emptyLevel, type Level, positionsOf, replaceBits, unite } from "./rebuild.ts";

/** So many changes of a level are remembered: to tell more takes about as many bytes as to tell all. */
const JOURNAL_MAX = 4096;

/** What a neighbour was told. */
export interface Told {
  /** How many changes of each level there had been. */
  readonly counts: readonly number[];
  /** The checksum of what it has. */
  readonly sum: FilterSum;
}

/** What a neighbour is to be told. */
export interface Telling {
  /** The checksum of what it has; null for all bits that are set. */
  readonly from: Uint8Array | null;
  /** The checksum of what it has then. */
  readonly to: Uint8Array;
  /** The bits of each level, packed. */
  readonly levels: readonly Uint8Array[];
  readonly told: Told;
}

/** What a rebuild has changed in a level: nothing, bits that are cleared now, or also such that are set. */
export type LevelChange = "none" | "cleared" | "set";

/** The own filters, of one size. */
export class HomeFilters {
  readonly params: FilterParams;
  readonly #levels: readonly Level[];
  readonly filters: Filters;
  readonly #bitCount: number;
  readonly #sum = new FilterSum();
  readonly #scratch: Int32Array;
  /** The positions of the own id, and of each subscription in the order in which they came. */
  readonly #idPositions: readonly number[];
  readonly #own = new Map<string, readonly number[]>();
  /** The positions of bits that have changed, of each level; the first are forgotten, so many. */
  readonly #journals: number[][];
  readonly #forgotten: number[];
  #whole: readonly Uint8Array[] | null = null;
  #text: string | null = null;
  /** Neighbours that are left out of a level each. */
  readonly #leftOut: Set<number>[];
  #ownLeftOut = 0;

  constructor(params: FilterParams, depth: number, id: Uint8Array) {
    this.params = params;
    this.#levels = Array.from({ length: depth }, () => emptyLevel(params));
    this.filters = this.#levels.map(({ filter }) => filter);
    this.#bitCount = filterBits(params);
    this.#scratch = new Int32Array(this.#levels[0].words.length);
    this.#idPositions = filterPositions(params, id);
    this.#leftOut = this.#levels.map(() => new Set());
    this.#journals = this.#levels.map(() => []);
    this.#forgotten = this.#levels.map(() => 0);
    this.#rebuildOwn();
  }

  /** What somebody has who was told everything. */
  get everything(): Told {
    return {
      counts: this.#journals.map(({ length }, level) => this.#forgotten[level] + length),
      sum: this.#sum.copy(),
    };
  }

  /** How many keys and neighbours were left out, because a level would have been full. */
  get leftOut(): number {
    const neighbours = new Set(this.#leftOut.flatMap((indexes) => [...indexes]));
    return this.#ownLeftOut + neighbours.size;
  }

  /** Adds a subscription, under a name that no other one has. */
  add(name: string, topic: FilterKey): void {
    this.#own.set(name, filterPositions(this.params, topic));
    this.#rebuildOwn();
  }

  /** Takes a subscription out. */
  delete(name: string): void {
    this.#own.delete(name);
    this.#rebuildOwn();
  }

  /**
   * Builds levels anew of what the neighbours have.
   *
   * @param dirty Which levels, a bit for each; level 0 follows from {@link add} and {@link delete}
   */
  rebuild(neighbours: readonly NeighbourFilters[], dirty: number): readonly LevelChange[] {
    return this.#levels.map((_, level) => {
      if (level === 0 || (dirty >>> level & 1) === 0) return "none";
      const parts: Level[] = [];
      const indexes: number[] = [];
      for (const [index, { levels }] of neighbours.entries()) {
        // Fewer levels than here count as far as they go.
        if (levels.length < level) continue;
        parts.push(levels[level - 1]);
        indexes.push(index);
      }
      this.#scratch.fill(0);
      this.#leftOut[level].clear();
      unite(this.#scratch, parts, this.#bitCount, (part) => this.#leftOut[level].add(indexes[part]));
      return this.#replace(level);
    });
  }

  /** Whether there is anything that somebody was not told. */
  hasMoreThan(told: Told | null): boolean {
    return told === null ||
      this.#journals.some(({ length }, level) => this.#forgotten[level] + length !== told.counts[level]);
  }

  /**
   * What a neighbour is to be told: what has changed since it was told last, or all bits if that is too long ago.
   *
   * @param lastMax Changes of the last level at most, the first ones; the others are left for later
   */
  telling(before: Told | null, lastMax: number): Telling {
    if (before === null || before.counts.some((count, level) => count < this.#forgotten[level])) {
      this.#whole ??= this.#levels.map((level) => packPositions(positionsOf(level)));
      const told = this.everything;
      return { from: null, to: told.sum.bytes(), levels: this.#whole, told };
    }
    const sum = before.sum.copy();
    const counts: number[] = [];
    const levels = this.#journals.map((journal, level) => {
      const start = before.counts[level] - this.#forgotten[level];
      const isLast = level > 0 && level === this.#levels.length - 1;
      const end = isLast ? Math.min(journal.length, start + lastMax) : journal.length;
      counts.push(this.#forgotten[level] + end);
      const flips = oddOnes(journal.slice(start, end));
      for (const position of flips) sum.toggle(level, position);
      return packPositions(flips);
    });
    return { from: before.sum.bytes(), to: sum.bytes(), levels, told: { counts, sum } };
  }

  /** The text of the filters. */
  text(): string {
    return this.#text ??= formatFilters(this.filters);
  }

  #rebuildOwn(): void {
    this.#scratch.fill(0);
    const bits = new Uint8Array(this.#scratch.buffer, 0, this.#levels[0].filter.bits.length);
    let count = 0;
    this.#ownLeftOut = 0;
    for (const positions of [this.#idPositions, ...this.#own.values()]) {
      // As pybloom: room for one key more than the capacity says.
      if (this.#has(bits, positions)) continue;
      if (count > this.params.capacity) {
        this.#ownLeftOut += 1;
        continue;
      }
      count += 1;
      for (const [slice, position] of positions.entries()) {
        const bit = slice * this.params.sliceBits + position;
        bits[bit >>> 3] |= 1 << (bit & 7);
      }
    }
    this.#levels[0].filter.count = count;
    this.#replace(0);
  }

  #has(bits: Uint8Array, positions: readonly number[]): boolean {
    return positions.every((position, slice) => {
      const bit = slice * this.params.sliceBits + position;
      return (bits[bit >>> 3] & 1 << (bit & 7)) !== 0;
    });
  }

  /** Gives a level the bits that were made, and writes down which are others. */
  #replace(level: number): LevelChange {
    const journal = this.#journals[level];
    let change: LevelChange = "none";
    replaceBits(this.#levels[level], this.#scratch, (position, isSet) => {
      if (isSet) change = "set";
      else if (change === "none") change = "cleared";
      this.#sum.toggle(level, position);
      journal.push(position);
    });
    if ((change as LevelChange) === "none") return change;
    this.#whole = this.#text = null;
    if (journal.length > 2 * JOURNAL_MAX) {
      this.#forgotten[level] += journal.length - JOURNAL_MAX;
      this.#journals[level] = journal.slice(-JOURNAL_MAX);
    }
    return change;
  }
}

/** The numbers that are there an odd number of times, ascending: a bit that has changed twice is what it was. */
function oddOnes(numbers: readonly number[]): number[] {
  const sorted = Int32Array.from(numbers).sort();
  const odd: number[] = [];
  for (let at = 0; at < sorted.length; at++) {
    if (sorted[at] === sorted[at + 1]) at += 1;
    else odd.push(sorted[at]);
  }
  return odd;
}
