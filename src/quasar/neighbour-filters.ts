/**
 * What a neighbour has told of its filters: a copy that follows its updates.
 *
 * @module
 */

import {
  type FilterParams,
  type Filters,
  FILTERS_DEPTH_MAX,
  FilterSum,
  type FiltersUpdate,
  unpackPositions,
} from "../../codec/protocols/storj/mod.ts";
import { bitsOf, emptyLevel, type Level, levelOf, toggle } from "./rebuild.ts";

/** The filters of a neighbour. */
export class NeighbourFilters {
  readonly params: FilterParams;
  readonly levels: readonly Level[];
  /** The same for others. */
  readonly filters: Filters;
  #sum: FilterSum | null = null;

  private constructor(params: FilterParams, levels: readonly Level[]) {
    this.params = params;
    this.levels = levels;
    this.filters = levels.map(({ filter }) => filter);
  }

  /** Those that came as a text. */
  static of(filters: Filters): NeighbourFilters {
    return new NeighbourFilters(filters[0], filters.map(levelOf));
  }

  /**
   * Those of an update with all bits; null if it contradicts itself.
   *
   * @throws CodecError for what cannot be read
   */
  static whole(update: FiltersUpdate, params: FilterParams): NeighbourFilters | null {
    const { levels, to } = update;
    if (levels.length === 0 || levels.length > FILTERS_DEPTH_MAX) return null;
    const made = new NeighbourFilters(params, levels.map(() => emptyLevel(params)));
    made.#sum = new FilterSum();
    return made.#apply(levels, to) === "applied" ? made : null;
  }

  /**
   * Takes an update with changes in.
   *
   * @returns of which levels anything has changed, a bit for each; null if all bits are needed
   * @throws CodecError for what cannot be read
   */
  apply({ from, to, levels }: FiltersUpdate): number | null {
    if (this.#sum === null || from === null || levels.length !== this.levels.length) return null;
    if (this.#sum.is(to)) return 0;
    if (!this.#sum.is(from) || this.#apply(levels, to) !== "applied") return null;
    return levels.reduce((mask, { length }, level) => length === 0 ? mask : mask | 1 << level, 0);
  }

  /** Inverts bits, if that leads to the right checksum. */
  #apply(packed: readonly Uint8Array[], to: Uint8Array): "applied" | "wrong" {
    const flips = packed.map((bytes, level) => unpackPositions(bytes, bitsOf(this.levels[level])));
    const sum = this.#sum!.copy();
    for (const [level, positions] of flips.entries()) {
      for (const position of positions) sum.toggle(level, position);
    }
    if (!sum.is(to)) return "wrong";
    this.#sum = sum;
    for (const [level, positions] of flips.entries()) {
      for (const position of positions) toggle(this.levels[level], position);
    }
    return "applied";
  }
}
