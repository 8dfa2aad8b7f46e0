/**
 * A neighbour, or somebody who may become one: what was agreed, what each has told the other, and when to tell more.
 *
 * @module
 */

import { type Filter, filterPositions, type Filters } from "../../codec/protocols/storj/mod.ts";
import type { CallOptions, Cancel } from "../rpc/mod.ts";
import type { Neighbour } from "./api.ts";
import type { HomeFilters, Told } from "./home-filters.ts";
import type { NeighbourFilters } from "./neighbour-filters.ts";
import type { KnownNeighbour } from "./neighbours.ts";

const NONE: Filters = Object.freeze([]);

/**
 * Updates that are looked at from one neighbour, at once and in a second. Originals tell each change at once, and forget who
 * does not answer. Each takes 0.1 ms.
 */
const UPDATES_AT_ONCE = 30;
const UPDATES_PER_SECOND = 10;

/** Changes of one neighbour that are told others between two refreshes. */
const CREDITS = 60;

/** What is known of one other node. */
export class Link implements KnownNeighbour {
  readonly id: Uint8Array;
  readonly address: string;
  isOurs = false;
  call: CallOptions = {};
  /** Whether this node has chosen it, and whether it has chosen this node, or tells it its filters as old nodes do. */
  chosen = false;
  wantsUs = false;
  /** Whether it is a neighbour. */
  agreed = false;
  /** Whether it is not asked any more until the next refresh: it has declined, or does not answer. */
  dormant = false;
  /** Whether it is known what it can. */
  introduced = false;
  /** Ends the question or the call that is under way. */
  cancel: Cancel | null = null;
  /** The own filters that it is told, and what it has of them, if it has any. */
  home: HomeFilters;
  told: Told | null = null;
  /** Whether it is to be told all that there is of the last level, too. */
  isRefresh = false;
  /** From when on it is to be told something, and before when it is not. */
  dueMs = Infinity;
  notBeforeMs = -Infinity;
  /** Calls in a row that came to nothing. */
  missed = 0;
  /** Whether somebody was told that it is a neighbour. */
  announced = false;
  /** Changes of its filters that may still be told others before the next refresh. */
  credits = CREDITS;
  #filters: NeighbourFilters | null = null;
  #freshUntilMs = Infinity;
  #allowance = UPDATES_AT_ONCE;
  #allowedMs: number;

  constructor({ id, address }: Neighbour, home: HomeFilters, nowMs: number) {
    this.id = id.slice();
    this.address = address;
    this.home = home;
    this.#allowedMs = nowMs;
  }

  get levels(): Filters {
    return this.#filters?.filters ?? NONE;
  }

  /** Its filters while they are fresh. */
  get filters(): NeighbourFilters | null {
    return this.#filters;
  }

  /** Until when they are; `Infinity` if there are none. */
  get freshUntilMs(): number {
    return this.#freshUntilMs;
  }

  /** Takes its filters in, or forgets them. */
  keep(filters: NeighbourFilters | null, freshUntilMs = Infinity): void {
    this.#filters = filters;
    this.#freshUntilMs = freshUntilMs;
  }

  /** Has it told something at a time. */
  due(atMs: number): void {
    this.dueMs = Math.min(this.dueMs, atMs);
  }

  /** When it is to be told something next; `Infinity` while that is not so. */
  get nextMs(): number {
    return this.dormant || !this.introduced || this.cancel !== null ? Infinity : Math.max(this.dueMs, this.notBeforeMs);
  }

  /** Takes over from another one at the same address what may still be looked at. */
  inherit(before: Link): void {
    this.#allowance = before.#allowance;
    this.#allowedMs = before.#allowedMs;
  }

  /** Whether one more update of it may be looked at. */
  allow(nowMs: number): boolean {
    const more = (nowMs - this.#allowedMs) / 1000 * UPDATES_PER_SECOND;
    this.#allowance = Math.min(UPDATES_AT_ONCE, this.#allowance + more);
    this.#allowedMs = nowMs;
    if (this.#allowance < 1) return false;
    this.#allowance -= 1;
    return true;
  }

  /** What happens to it at a refresh: it is told, and asked again if it was given up. */
  refresh(nowMs: number): void {
    this.credits = CREDITS;
    this.isRefresh = true;
    if (this.dormant) {
      this.dormant = false;
      this.missed = 0;
    }
    this.due(nowMs);
  }

  /** Whether another node is a neighbour of it, as far as it has told. */
  knows(id: Uint8Array): boolean {
    const filter = this.levels[1];
    return filter !== undefined && hasBits(filter, positionsOf(filter, id));
  }
}

/** Where ids are in filters of some size, the last of them. */
const positions = new WeakMap<Uint8Array, { readonly sliceBits: number; readonly positions: readonly number[] }>();

function positionsOf({ sliceCount, sliceBits }: Filter, id: Uint8Array): readonly number[] {
  const found = positions.get(id);
  if (found?.sliceBits === sliceBits) return found.positions;
  const made = { sliceBits, positions: filterPositions({ sliceCount, sliceBits }, id) };
  positions.set(id, made);
  return made.positions;
}

function hasBits({ bits, sliceBits }: Filter, positions: readonly number[]): boolean {
  for (let slice = 0; slice < positions.length; slice++) {
    const bit = slice * sliceBits + positions[slice];
    if ((bits[bit >>> 3] & 1 << (bit & 7)) === 0) return false;
  }
  return true;
}
