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

/** So many changes of bits are remembered: to tell more takes about as many bytes as to tell all. */
const JOURNAL_MAX = 2048;

/** What has changed in filters. */
export interface FilterChanges {
  /** The checksum of what they were. */
  readonly from: Uint8Array;
  /** The bits of each level that have become others. */
  readonly levels: readonly Uint8Array[];
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
  readonly #scratch: Uint32Array;
  /** The positions of the own id, and of each subscription in the order in which they came. */
  readonly #idPositions: readonly number[];
  readonly #own = new Map<string, readonly number[]>();
  /** Changes of bits, each as its level times the bits of a level, plus its position; the first are forgotten. */
  #journal: number[] = [];
  #forgotten = 0;
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
    this.#scratch = new Uint32Array(this.#levels[0].words.length);
    this.#idPositions = filterPositions(params, id);
    this.#leftOut = this.#levels.map(() => new Set());
    this.#rebuildOwn();
  }

  /** How many bits have changed so far: what a neighbour was told is known by this number. */
  get version(): number {
    return this.#forgotten + this.#journal.length;
  }

  /** How many keys and neighbours were left out, because a level would have been full. */
  get leftOut(): number {
    const neighbours = new Set(this.#leftOut.flatMap((indexes) => [...indexes]));
    return this.#ownLeftOut + neighbours.size;
  }

  /** The checksum. */
  get sum(): Uint8Array {
    return this.#sum.bytes();
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

  /** What has changed since a version; null if that is too long ago. */
  since(version: number): FilterChanges | null {
    if (version < this.#forgotten) return null;
    const flips = new Set<number>();
    for (let at = version - this.#forgotten; at < this.#journal.length; at++) {
      const flip = this.#journal[at];
      if (!flips.delete(flip)) flips.add(flip);
    }
    const positions: number[][] = this.#levels.map(() => []);
    const sum = this.#sum.copy();
    for (const flip of [...flips].sort((a, b) => a - b)) {
      const level = Math.floor(flip / this.#bitCount);
      positions[level].push(flip % this.#bitCount);
      sum.toggle(level, flip % this.#bitCount);
    }
    return { from: sum.bytes(), levels: positions.map(packPositions) };
  }

  /** All bits that are set, of each level. */
  whole(): readonly Uint8Array[] {
    return this.#whole ??= this.#levels.map((level) => packPositions(positionsOf(level)));
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
    let change: LevelChange = "none";
    replaceBits(this.#levels[level], this.#scratch, (position, isSet) => {
      if (isSet) change = "set";
      else if (change === "none") change = "cleared";
      this.#sum.toggle(level, position);
      this.#journal.push(level * this.#bitCount + position);
    });
    if ((change as LevelChange) === "none") return change;
    this.#whole = this.#text = null;
    if (this.#journal.length > 2 * JOURNAL_MAX) {
      this.#forgotten += this.#journal.length - JOURNAL_MAX;
      this.#journal = this.#journal.slice(-JOURNAL_MAX);
    }
    return change;
  }
}
