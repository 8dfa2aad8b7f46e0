/**
 * Who is neighbour of whom, and what each knows of the other's filters.
 *
 * Neighbours of ours agree: the first update asks, and who takes it tells its own filters in turn. One that neither side
 * has chosen any more is none. Old nodes do not know of that: they tell their filters whom they like, and are told ours.
 *
 * @module
 */

import { formatHex } from "../../codec/mod.ts";
import {
  filterBits,
  type FilterKey,
  filterKeyBytes,
  type FilterParams,
  filterParams,
  type Filters,
  FILTERS_ANSWERS,
  type FiltersUpdate,
  layoutOf,
  parseFilters,
  type RpcArgs,
  sameSizes,
} from "../../codec/protocols/storj/mod.ts";
import { equalBytes } from "../bytes.ts";
import type { Caller, Cancel } from "../rpc/mod.ts";
import type { Neighbour, QuasarOptions } from "./api.ts";
import { HomeFilters } from "./home-filters.ts";
import { quasarLimits } from "./limits.ts";
import { Link } from "./link.ts";
import { NeighbourFilters } from "./neighbour-filters.ts";
import type { KnownNeighbour, Neighbours } from "./neighbours.ts";
import { sameMeaning } from "./rebuild.ts";
import type { PropagationStats } from "./stats.ts";
import { checkRoom, Updates } from "./updates.ts";

/** What {@link Propagation} is made of. */
export type PropagationParts =
  & Pick<QuasarOptions, "overlay" | "rpc" | "clock" | "random">
  & Partial<
    Pick<
      QuasarOptions,
      "depth" | "capacity" | "errorRate" | "layout" | "refreshMs" | "freshnessMs" | "limits" | "onEvent"
    >
  >;

const DEPTH = 3;
const REFRESH_MS = 600_000;
const FRESHNESS_MS = 660_000;
/** Strangers of ours who ask to be neighbours and whose addresses are being checked, at most. */
const CHECKED_MAX = 40;
/** Nodes that become neighbours by themselves, at once and in a second: who comes and goes makes work for all neighbours. */
const JOINS_AT_ONCE = 40;
const JOINS_PER_SECOND = 1;

/** The neighbours and their filters. */
export class Propagation implements Neighbours {
  readonly #parts: PropagationParts;
  readonly #depth: number;
  readonly #freshnessMs: number;
  readonly #limit: number;
  readonly #params: FilterParams;
  /** The own filters by layout: neighbours of one layout are united among themselves. The first is our own. */
  readonly #homes: HomeFilters[];
  readonly #topics = new Map<string, FilterKey>();
  /** By address: an address is one neighbour, whatever ids it says it has. */
  readonly #links = new Map<string, Link>();
  readonly #checked = new Map<string, Cancel>();
  readonly #updates: Updates;
  readonly #overlayChange: Disposable;
  readonly #unhandle: () => void;
  #all: readonly KnownNeighbour[] | null = null;
  #received = { updates: 0, bytes: 0, refused: 0 };
  /** How many may come by themselves now, and since when that is known. */
  #joins = JOINS_AT_ONCE;
  #joinsMs: number;
  #closed = false;

  /** @throws RangeError for options that make no filters, or such that do not fit into a datagram */
  constructor(parts: PropagationParts) {
    this.#parts = parts;
    const { overlay, rpc, depth = DEPTH, capacity, errorRate, layout } = parts;
    const { refreshMs = REFRESH_MS, freshnessMs = FRESHNESS_MS } = parts;
    this.#depth = depth;
    this.#joinsMs = parts.clock.now();
    this.#freshnessMs = freshnessMs;
    this.#limit = quasarLimits(parts.limits).neighbours;
    this.#params = filterParams({
      ...(capacity === undefined ? {} : { capacity }),
      ...(errorRate === undefined ? {} : { errorRate }),
      ...(layout === undefined ? {} : { layout }),
    });
    checkRoom(Math.ceil(filterBits(this.#params) / 8), depth);
    this.#homes = [new HomeFilters(this.#params, depth, overlay.id)];
    this.#updates = new Updates({
      ...parts,
      refreshMs,
      links: () => this.#links.values(),
      homes: this.#homes,
      agreed: (link) => this.#agree(link),
      declined: (link) => this.#give(link),
      refreshed: () => this.#choose(),
      stale: (link) => this.#stale(link),
    });
    this.#unhandle = rpc.handle({
      quasar_update: (args, from) => this.#onUpdate(args, from),
      quasar_filters: (args, from) => this.#onPull(args, from),
      warpwire_filters: (args, from) => this.#onFilters(args, from),
    });
    this.#overlayChange = overlay.onChange(() => this.#choose());
    this.#choose();
  }

  all(): readonly KnownNeighbour[] {
    return this.#all ??= [...this.#links.values()].filter(({ agreed }) => agreed);
  }

  /** The own filters, in the own layout. */
  own(): Filters {
    this.#updates.rebuild(this.#homes[0]);
    return this.#homes[0].filters;
  }

  /** Adds a topic to level 0; twice is once. */
  subscribe(topic: FilterKey): void {
    const name = nameOf(topic);
    if (this.#topics.has(name)) return;
    this.#topics.set(name, topic);
    for (const home of this.#homes) home.add(name, topic);
    this.#updates.ownChanged();
  }

  /** Takes a topic out of level 0; false if it is not there. */
  unsubscribe(topic: FilterKey): boolean {
    const name = nameOf(topic);
    if (!this.#topics.delete(name)) return false;
    for (const home of this.#homes) home.delete(name);
    this.#updates.ownChanged();
    return true;
  }

  /**
   * To be called when a neighbour has left something without an answer: it is asked at once whether it is there, and given up
   * if it is not.
   */
  silent(neighbour: KnownNeighbour): void {
    const link = this.#links.get(neighbour.address);
    if (link === neighbour) this.#updates.ask(link as Link);
  }

  stats(): PropagationStats {
    const known = this.all().filter(({ levels }) => levels.length > 0).length;
    return {
      neighbours: this.all().length,
      known,
      ...this.#updates.counts(),
      updatesReceived: this.#received.updates,
      updateBytesReceived: this.#received.bytes,
      updatesRefused: this.#received.refused,
      leftOut: this.#homes.reduce((sum, { leftOut }) => sum + leftOut, 0),
    };
  }

  /** Ends all calls, and answers no more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unhandle();
    this.#overlayChange[Symbol.dispose]();
    this.#updates.close();
    for (const cancel of this.#checked.values()) cancel();
    for (const link of this.#links.values()) link.cancel?.();
    this.#links.clear();
    this.#all = [];
  }

  /** Takes over whom the overlay chooses now. */
  #choose(): void {
    if (this.#closed) return;
    const chosen = new Map<string, Neighbour>();
    for (const neighbour of this.#parts.overlay.neighbours()) {
      if (chosen.size < this.#limit) chosen.set(neighbour.address, neighbour);
    }
    for (const link of [...this.#links.values()]) {
      const wanted = chosen.get(link.address);
      if (wanted !== undefined && !equalBytes(wanted.id, link.id)) this.#drop(link);
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
    if (!chosen && (!link.agreed || (!link.isOurs && !link.wantsUs))) return this.#drop(link);
    // A neighbour of ours is told whether it is still wanted; if it does not want either, it declines.
    this.#updates.ask(link);
  }

  #add(neighbour: Neighbour): Link {
    const link = new Link(neighbour, this.#homes[0], this.#parts.clock.now());
    this.#links.set(link.address, link);
    let settled = false;
    const cancel = this.#parts.overlay.introduce(link, (can, options) => {
      settled = true;
      link.cancel = null;
      link.introduced = true;
      link.call = options;
      if (can.includes("quasar")) link.isOurs = true;
      else if (!link.isOurs && link.chosen) this.#agree(link);
      this.#updates.schedule();
    });
    if (!settled) link.cancel = cancel;
    return link;
  }

  /** Somebody who comes by itself; null while too many do. */
  #join(neighbour: Neighbour): Link | null {
    const nowMs = this.#parts.clock.now();
    this.#joins = Math.min(JOINS_AT_ONCE, this.#joins + (nowMs - this.#joinsMs) / 1000 * JOINS_PER_SECOND);
    this.#joinsMs = nowMs;
    if (this.#joins < 1) return null;
    this.#joins -= 1;
    const before = this.#links.get(neighbour.address);
    if (before !== undefined) this.#drop(before);
    const link = this.#add(neighbour);
    if (before !== undefined) link.inherit(before);
    return link;
  }

  /** Whether there is room for one more, if need be in the place of one that was not chosen, the last of the old ones first. */
  #makeRoom(forChosen: boolean): boolean {
    if (this.#links.size < this.#limit) return true;
    const others = [...this.#links.values()].filter(({ chosen }) => !chosen).reverse();
    const given = others.find((link) => !link.isOurs) ?? (forChosen ? others[0] : undefined);
    if (given === undefined) return false;
    this.#drop(given);
    return true;
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
    if (link.filters !== null) this.#keep(link, null);
    if (link.agreed) this.#all = null;
    link.agreed = false;
    link.told = null;
    if (!link.announced) return;
    link.announced = false;
    this.#parts.onEvent?.({ type: "neighbour-gone", neighbour: { id: link.id, address: link.address } });
  }

  #drop(link: Link): void {
    link.cancel?.();
    this.#links.delete(link.address);
    this.#end(link);
  }

  /** Gives up one that has declined or is silent: the overlay may know another one, else it is asked again later. */
  #give(link: Link): void {
    link.wantsUs = false;
    if (!link.chosen) return this.#drop(link);
    link.dormant = true;
    this.#end(link);
    this.#parts.overlay.refused?.({ id: link.id, address: link.address });
  }

  #stale(link: Link): void {
    this.#keep(link, null);
    if (link.isOurs) return;
    link.wantsUs = false;
    if (!link.chosen) this.#drop(link);
  }

  /** Takes in what a neighbour has told, or forgets it. */
  #keep(link: Link, filters: NeighbourFilters | null, levels = -1): void {
    const before = link.filters;
    const freshUntilMs = filters === null ? Infinity : this.#parts.clock.now() + this.#freshnessMs;
    link.keep(filters, freshUntilMs);
    if (filters === null) this.#updates.lost(before);
    else if (levels !== 0) this.#updates.changed(link, levels);
    this.#announce(link);
    this.#updates.schedule();
  }

  /** The call of our own. */
  #onFilters(args: FiltersUpdate, from: Caller): number | undefined {
    const { nodeId, wanted } = args;
    this.#parts.overlay.seen(nodeId, from);
    const { taken, whole, declined } = FILTERS_ANSWERS;
    if (equalBytes(nodeId, this.#parts.overlay.id)) return declined;
    if (!from.verified) return this.#check(nodeId, from, wanted);
    const known = this.#links.get(from.address);
    if (known !== undefined && !equalBytes(known.id, nodeId)) {
      // Another node at the address of a neighbour: if that is gone, it is going to be noticed now.
      this.#updates.ask(known);
      return this.#refuse(declined);
    }
    if (known?.allow(this.#parts.clock.now()) === false) return this.#refuse(undefined);
    if (!wanted && known?.chosen !== true) {
      if (known !== undefined) this.#drop(known);
      return declined;
    }
    let filters: NeighbourFilters | null = known?.filters ?? null;
    let levels: number | null = -1;
    try {
      if (args.from !== null) levels = filters?.apply(args) ?? null;
      else if (args.sizes === null || !this.#fits(args.sizes)) return this.#refuse(declined);
      else filters = NeighbourFilters.whole(args, args.sizes);
    } catch {
      return this.#refuse(undefined);
    }
    if (known === undefined && !this.#makeRoom(false)) return declined;
    const link = known ?? this.#join({ id: nodeId, address: from.address });
    if (link === null) return this.#refuse(undefined);
    this.#accept(link, wanted);
    if (filters === null || levels === null) return whole;
    this.#count(args.levels.reduce((sum, { length }) => sum + length, 0));
    this.#keep(link, filters, levels);
    return taken;
  }

  /** Makes somebody who asks to be one a neighbour. */
  #accept(link: Link, wanted: boolean): void {
    link.isOurs = true;
    link.wantsUs = wanted;
    if (link.dormant) {
      link.dormant = false;
      link.missed = 0;
    }
    if (!link.agreed) this.#updates.ask(link);
    this.#agree(link);
  }

  /** Has somebody answer first, so that its address is not forged; it is to try again. */
  #check(nodeId: Uint8Array, { address }: Caller, wanted: boolean): number {
    if (!wanted) return FILTERS_ANSWERS.declined;
    if (this.#checked.size < CHECKED_MAX && !this.#checked.has(address)) {
      let settled = false;
      const cancel = this.#parts.overlay.introduce({ id: nodeId.slice(), address }, () => {
        settled = true;
        this.#checked.delete(address);
      });
      if (!settled) this.#checked.set(address, cancel);
    }
    return FILTERS_ANSWERS.whole;
  }

  /** The update of the originals. */
  #onUpdate({ nodeId, filters: text }: RpcArgs<"quasar_update">, from: Caller): boolean | undefined {
    this.#parts.overlay.seen(nodeId, from);
    if (!from.verified || equalBytes(nodeId, this.#parts.overlay.id)) return this.#refuse(false);
    const known = this.#links.get(from.address);
    if (known?.allow(this.#parts.clock.now()) === false) return this.#refuse(undefined);
    const isOther = known !== undefined && !equalBytes(known.id, nodeId);
    if (isOther && (known.isOurs || known.chosen)) {
      this.#updates.ask(known);
      return this.#refuse(false);
    }
    if (known === undefined && this.#links.size >= this.#limit) return this.#refuse(false);
    const filters = readText(text);
    if (filters === null) return this.#refuse(undefined);
    if (!this.#fits(filters.params)) return this.#refuse(false);
    const link = known !== undefined && !isOther ? known : this.#join({ id: nodeId, address: from.address });
    if (link === null) return this.#refuse(undefined);
    this.#count(text.length);
    link.home = this.#homeOf(filters.params);
    link.wantsUs = true;
    if (link.dormant) {
      link.dormant = false;
      link.missed = 0;
    }
    if (link.told === null) this.#updates.ask(link);
    this.#agree(link);
    this.#keep(link, filters);
    return this.#updates.rebuild(link.home);
  }

  /** The call of the time when filters were pulled. */
  #onPull({ nodeId }: RpcArgs<"quasar_filters">, from: Caller): string {
    this.#parts.overlay.seen(nodeId, from);
    const home = this.#links.get(from.address)?.home ?? this.#homes[0];
    this.#updates.rebuild(home);
    return home.text();
  }

  /** The own filters of the layout of others; made when somebody has it. */
  #homeOf(params: FilterParams): HomeFilters {
    const found = this.#homes.find((home) => sameSizes(home.params, params));
    if (found !== undefined) return found;
    const home = new HomeFilters(params, this.#depth, this.#parts.overlay.id);
    for (const [name, topic] of this.#topics) home.add(name, topic);
    this.#homes.push(home);
    return home;
  }

  /** Whether filters of these sizes can be used: those of either layout for the same capacity and error rate. */
  #fits(params: FilterParams): boolean {
    return sameMeaning(params, this.#params) && layoutOf(params) !== undefined;
  }

  #count(bytes: number): void {
    this.#received.updates += 1;
    this.#received.bytes += bytes;
  }

  #refuse<A>(answer: A): A {
    this.#received.refused += 1;
    return answer;
  }
}

/** The filters of a text, or null for what is none. */
function readText(text: string): NeighbourFilters | null {
  try {
    return NeighbourFilters.of(parseFilters(text));
  } catch {
    return null;
  }
}

/** What a topic is known by: `5` and `"5"` are one. */
function nameOf(topic: FilterKey): string {
  return formatHex(filterKeyBytes(topic));
}
