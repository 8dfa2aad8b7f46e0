/**
 * Who is neighbour of whom.
 *
 * Neighbours of ours agree: the first update asks, and who takes it tells its own filters in turn. One that neither side
 * has chosen any more is none. Old nodes do not know of that: they tell their filters whom they like, and are told ours.
 *
 * @module
 */

import { equalBytes } from "../bytes.ts";
import type { Neighbour, QuasarOptions } from "./api.ts";
import type { HomeFilters } from "./home-filters.ts";
import { Link } from "./link.ts";
import type { NeighbourFilters } from "./neighbour-filters.ts";
import type { KnownNeighbour } from "./neighbours.ts";
import { Updates } from "./updates.ts";

/** What a {@link Membership} is made of. */
export interface MembershipParts
  extends
    Pick<QuasarOptions, "overlay" | "rpc" | "clock" | "random" | "onEvent">,
    Required<Pick<QuasarOptions, "refreshMs" | "freshnessMs">> {
  /** Neighbours at most. */
  readonly limit: number;
  /** The own filters by layout, the own one first. */
  readonly homes: readonly HomeFilters[];
}

/**
 * Nothing is sent again to neighbours before this time: an event has all nodes busy at once, and more so if it is sent
 * again. Of 50 nodes in one process, whose answers take a millisecond else, each third one did.
 */
const RETRY_MS_MIN = 100;
/** Nodes that become neighbours by themselves, at once and in a second: who comes and goes makes work for all neighbours. */
const JOINS_AT_ONCE = 40;
const JOINS_PER_SECOND = 1;

/** The neighbours. */
export class Membership {
  readonly #parts: MembershipParts;
  /** By address: an address is one neighbour, whatever ids it says it has. */
  readonly #links = new Map<string, Link>();
  readonly updates: Updates;
  readonly #overlayChange: Disposable;
  #all: readonly KnownNeighbour[] | null = null;
  /** How many may come by themselves now, and since when that is known. */
  #joins = JOINS_AT_ONCE;
  #joinsMs: number;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
    this.#joinsMs = parts.clock.now();
    this.updates = new Updates({
      ...parts,
      links: () => this.#links.values(),
      agreed: (link) => this.#agree(link),
      declined: (link) => this.#give(link),
      refreshed: () => this.#choose(),
      stale: (link) => this.#stale(link),
    });
    this.#overlayChange = parts.overlay.onChange(() => this.#choose());
    this.#choose();
  }

  /** Those who are neighbours, the same list until that changes. */
  all(): readonly KnownNeighbour[] {
    return this.#all ??= [...this.#links.values()].filter(({ agreed }) => agreed);
  }

  /** Who is known at an address. */
  at(address: string): Link | undefined {
    return this.#links.get(address);
  }

  /** Whether there is room for one more of ours, if need be in the place of an old one. */
  makeRoom(): boolean {
    return this.#makeRoom(false);
  }

  /** Whether there is room for one more without giving up another one. */
  get hasRoom(): boolean {
    return this.#links.size < this.#parts.limit;
  }

  /** Ends everything. */
  close(): void {
    this.#overlayChange[Symbol.dispose]();
    this.updates.close();
    for (const link of this.#links.values()) link.cancel?.();
    this.#links.clear();
    this.#all = [];
  }

  /** Takes over whom the overlay chooses now. */
  #choose(): void {
    const chosen = new Map<string, Neighbour>();
    for (const neighbour of this.#parts.overlay.neighbours()) {
      if (chosen.size < this.#parts.limit) chosen.set(neighbour.address, neighbour);
    }
    for (const link of [...this.#links.values()]) {
      const wanted = chosen.get(link.address);
      if (wanted !== undefined && !equalBytes(wanted.id, link.id)) this.drop(link);
      else if (link.chosen !== (wanted !== undefined)) this.#want(link, wanted !== undefined);
    }
    for (const neighbour of chosen.values()) {
      if (this.#links.has(neighbour.address)) continue;
      if (!this.#makeRoom(true)) break;
      this.#want(this.#add(neighbour), true);
    }
  }

  #want(link: Link, chosen: boolean): void {
    link.chosen = chosen;
    if (!chosen && (!link.agreed || (!link.isOurs && !link.wantsUs))) return this.drop(link);
    // A neighbour of ours is told whether it is still wanted; if it does not want either, it declines.
    this.updates.ask(link);
  }

  #add(neighbour: Neighbour): Link {
    const link = new Link(neighbour, this.#parts.homes[0], this.#parts.clock.now());
    this.#links.set(link.address, link);
    let settled = false;
    const cancel = this.#parts.overlay.introduce(link, (can, options) => {
      settled = true;
      link.cancel = null;
      link.introduced = true;
      link.call = { ...options, retryMsMin: RETRY_MS_MIN };
      if (can.includes("quasar")) link.isOurs = true;
      this.updates.schedule();
    });
    if (!settled) link.cancel = cancel;
    return link;
  }

  /** Somebody who comes by itself; null while too many do. */
  join(neighbour: Neighbour): Link | null {
    const nowMs = this.#parts.clock.now();
    this.#joins = Math.min(JOINS_AT_ONCE, this.#joins + (nowMs - this.#joinsMs) / 1000 * JOINS_PER_SECOND);
    this.#joinsMs = nowMs;
    if (this.#joins < 1) return null;
    this.#joins -= 1;
    const before = this.#links.get(neighbour.address);
    if (before !== undefined) this.drop(before);
    const link = this.#add(neighbour);
    if (before !== undefined) link.inherit(before);
    return link;
  }

  /** Whether there is room for one more, if need be in the place of one that was not chosen, the last of the old ones first. */
  #makeRoom(forChosen: boolean): boolean {
    if (this.#links.size < this.#parts.limit) return true;
    const others = [...this.#links.values()].filter(({ chosen }) => !chosen).reverse();
    const given = others.find((link) => !link.isOurs) ?? (forChosen ? others[0] : undefined);
    if (given === undefined) return false;
    this.drop(given);
    return true;
  }

  /** Takes somebody who asks to be one, or who tells its filters, as a neighbour that is told the filters of some home. */
  accept(link: Link, home: HomeFilters): void {
    if (link.dormant) {
      link.dormant = false;
      link.missed = 0;
    }
    if (link.home !== home) {
      link.home = home;
      link.told = null;
    }
    if (link.told === null) this.updates.ask(link);
    this.#agree(link);
  }

  #agree(link: Link): void {
    if (link.agreed) return;
    link.agreed = true;
    this.#all = null;
    this.#announce(link);
  }

  #announce(link: Link): void {
    if (!link.agreed || link.filters === null || link.announced) return;
    link.announced = true;
    this.#parts.onEvent?.({ type: "neighbour-added", neighbour: { id: link.id, address: link.address } });
  }

  /** Ends being neighbours. */
  #end(link: Link): void {
    if (link.filters !== null) this.keep(link, null);
    if (link.agreed) this.#all = null;
    link.agreed = false;
    link.told = null;
    if (!link.announced) return;
    link.announced = false;
    this.#parts.onEvent?.({ type: "neighbour-gone", neighbour: { id: link.id, address: link.address } });
  }

  /** Has it be none, and forgets it. */
  drop(link: Link): void {
    link.cancel?.();
    this.#links.delete(link.address);
    this.#end(link);
  }

  /** Gives up one that has declined or is silent: the overlay may know another one, else it is asked again later. */
  #give(link: Link): void {
    link.wantsUs = false;
    if (!link.chosen) return this.drop(link);
    link.dormant = true;
    this.#end(link);
    this.#parts.overlay.refused?.({ id: link.id, address: link.address });
  }

  #stale(link: Link): void {
    this.keep(link, null);
    if (link.isOurs) return void (link.told = null);
    link.wantsUs = false;
    if (!link.chosen) this.drop(link);
  }

  /** Takes in what a neighbour has told, or forgets it. */
  keep(link: Link, filters: NeighbourFilters | null, levels = -1): void {
    const { filters: before } = link;
    const freshUntilMs = filters === null ? Infinity : this.#parts.clock.now() + this.#parts.freshnessMs;
    link.keep(filters, freshUntilMs);
    if (filters !== null) {
      if (levels !== 0) this.updates.changed(link, levels);
    } else if (before !== null) this.updates.lost(link);
    this.#announce(link);
    this.updates.schedule();
  }
}
