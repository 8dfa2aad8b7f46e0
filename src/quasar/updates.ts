/**
 * When neighbours are told what has changed, and what they are told.
 *
 * A change of the own subscriptions concerns every neighbour. A change of level 1 concerns only those who do not know of it
 * by a shorter way, and of all that could tell them, the one whose id is nearest to theirs does: each node needs to hear
 * once that there is a way. All other changes go along with the next that is told, and with the refresh.
 *
 * @module
 */

import { FILTERS_ANSWERS, REQUEST_BYTES_MAX, sameSizes } from "../../codec/protocols/storj/mod.ts";
import { equalBytes } from "../bytes.ts";
import type { Timer } from "../host/host.ts";
import type { Outcome } from "../rpc/mod.ts";
import type { QuasarOptions } from "./api.ts";
import type { HomeFilters, LevelChange, Told } from "./home-filters.ts";
import type { Link } from "./link.ts";
import type { NeighbourFilters } from "./neighbour-filters.ts";
import type { PropagationStats } from "./stats.ts";

/** What {@link Updates} is made of. */
export interface UpdatesParts
  extends Pick<QuasarOptions, "overlay" | "rpc" | "clock" | "random">, Required<Pick<QuasarOptions, "refreshMs">> {
  readonly links: () => Iterable<Link>;
  readonly homes: readonly HomeFilters[];
  /** Called with a neighbour that has taken the filters. */
  readonly agreed: (link: Link) => void;
  /** Called with one that is none, or does not answer. */
  readonly declined: (link: Link) => void;
  /** Called with one whose filters are too old. */
  readonly stale: (link: Link) => void;
  /** Called at the refresh. */
  readonly refreshed: () => void;
}

/** Changes of this time are told together. */
const GATHER_MS = 200;
/** A neighbour is told something once in this time at most. */
const PACE_MS = 1000;
/** So many calls in a row that come to nothing, and a neighbour is given up. */
const MISSED_MAX = 3;
/** Changes of others that are told between two refreshes. */
const CREDITS = 300;
/**
 * Changes of the last level that go along with others, three subscriptions: the rest waits for its turn, and for the refresh, so
 * that an update stays small.
 */
const LAST_MAX = 30;
/** The refresh comes up to so much of its time earlier, so that not all nodes do it at once. */
const JITTER = 0.15;
/** Bytes of a request around the filters. */
const AROUND_BYTES = 128;
const NOBODY: ReadonlyMap<Link, readonly Uint8Array[]> = new Map();
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Tells the neighbours. */
export class Updates {
  readonly #parts: UpdatesParts;
  /** Neighbours whose filters have changed, and in which levels. */
  readonly #sources = new Map<Link, number>();
  /** Whether own subscriptions have changed, and whether filters are gone. */
  #ownChanged = false;
  #lost = false;
  #dirtySinceMs = Infinity;
  #refreshAtMs: number;
  #credits = CREDITS;
  #timer: Timer | null = null;
  #timerMs = Infinity;
  #sent = { updates: 0, bytes: 0 };
  #closed = false;

  constructor(parts: UpdatesParts) {
    this.#parts = parts;
    // The first one at any time, since many nodes may begin at once.
    this.#refreshAtMs = parts.clock.now() + (0.5 + parts.random.next() / 2) * parts.refreshMs;
  }

  /** Figures. */
  counts(): Pick<PropagationStats, "updatesSent" | "updateBytesSent"> {
    return { updatesSent: this.#sent.updates, updateBytesSent: this.#sent.bytes };
  }

  /** The own subscriptions have changed. */
  ownChanged(): void {
    this.#ownChanged = true;
    this.#dirty();
  }

  /** A neighbour's filters have changed in some levels, a bit for each. */
  changed(link: Link, levels: number): void {
    this.#sources.set(link, (this.#sources.get(link) ?? 0) | levels);
    this.#dirty();
  }

  /** The filters of a neighbour do not count any more. */
  lost(link: Link): void {
    this.#sources.delete(link);
    this.#lost = true;
    this.#dirty();
  }

  /** Has a neighbour told something as soon as that may be. */
  ask(link: Link): void {
    link.due(this.#parts.clock.now());
    this.schedule();
  }

  /** Builds own filters anew if they have to be; returns whether they are others then. */
  rebuild(home: HomeFilters): boolean {
    const { everything } = home;
    if (this.#dirtySinceMs !== Infinity) this.#rebuild();
    return home.hasMoreThan(everything);
  }

  /** To be called when there may be something to do earlier than before. */
  schedule(): void {
    if (this.#closed) return;
    let nextMs = Math.min(this.#refreshAtMs, this.#dirtySinceMs + GATHER_MS);
    for (const link of this.#parts.links()) nextMs = Math.min(nextMs, link.nextMs, link.freshUntilMs);
    if (this.#timer !== null && this.#timerMs <= nextMs) return;
    this.#timer?.clear();
    this.#timerMs = nextMs;
    // Whole milliseconds: what is left of less than a clock counts would be no time at all, again and again.
    const delayMs = Math.min(Math.max(0, Math.ceil(nextMs - this.#parts.clock.now())), TIMER_MS_MAX);
    this.#timer = this.#parts.clock.setTimer(delayMs, () => {
      this.#timer = null;
      this.#turn();
    });
  }

  /** Tells nobody any more. */
  close(): void {
    this.#closed = true;
    this.#timer?.clear();
    this.#sources.clear();
  }

  #dirty(): void {
    if (this.#dirtySinceMs === Infinity) this.#dirtySinceMs = this.#parts.clock.now();
    this.schedule();
  }

  #turn(): void {
    const nowMs = this.#parts.clock.now();
    if (nowMs >= this.#refreshAtMs) this.#refresh(nowMs);
    for (const link of [...this.#parts.links()]) if (link.freshUntilMs <= nowMs) this.#parts.stale(link);
    if (nowMs >= this.#dirtySinceMs + GATHER_MS) this.#rebuild();
    for (const link of [...this.#parts.links()]) if (link.nextMs <= nowMs) this.#tell(link, nowMs);
    this.schedule();
  }

  #refresh(nowMs: number): void {
    const { refreshMs, random, links, refreshed } = this.#parts;
    this.#refreshAtMs = nowMs + (1 - JITTER * random.next()) * refreshMs;
    this.#credits = CREDITS;
    for (const link of links()) link.refresh(nowMs);
    refreshed();
  }

  #rebuild(): void {
    const { homes, links } = this.#parts;
    const dueMs = this.#dirtySinceMs + GATHER_MS;
    const own = this.#ownChanged;
    const sources = [...this.#sources];
    const all = this.#lost ? -1 : 0;
    this.#dirtySinceMs = Infinity;
    this.#ownChanged = this.#lost = false;
    this.#sources.clear();
    const inOrder = [...links()].sort((a, b) => Number(b.isOurs) - Number(a.isOurs));
    let isCredited = false;
    for (const home of homes) {
      const filters = inOrder.flatMap(({ filters }) => filters !== null && isOf(filters, home) ? [filters] : []);
      const changes = home.rebuild(filters, sources.reduce((mask, [, levels]) => mask | levels << 1, all));
      const telling = changes[1] === "set" ? this.#telling(sources, inOrder) : NOBODY;
      for (const link of inOrder) {
        if (link.home !== home || !home.hasMoreThan(link.told)) continue;
        if (own) link.due(dueMs);
        else if (this.#credits > 0 && this.#concerns(link, changes, telling)) {
          isCredited = true;
          link.due(dueMs);
        }
      }
    }
    if (!isCredited) return;
    this.#credits -= 1;
    for (const [link] of sources) link.credits -= 1;
  }

  /** The neighbours whose subscriptions have changed, with those who could tell others of it. */
  #telling(sources: readonly (readonly [Link, number])[], all: readonly Link[]): Map<Link, readonly Uint8Array[]> {
    const telling = new Map<Link, readonly Uint8Array[]>();
    for (const [link, levels] of sources) {
      if ((levels & 1) !== 0 && link.credits > 0) telling.set(link, this.#tellersOf(link, all));
    }
    return telling;
  }

  /** Who could tell others of a change of a neighbour: those who are neighbours of it, as far as is known here. */
  #tellersOf(source: Link, all: readonly Link[]): Uint8Array[] {
    const { overlay } = this.#parts;
    const tellers = all.filter((link) => link.isOurs && link.agreed && link !== source && link.knows(source.id))
      .map(({ id }) => id);
    for (const id of overlay.known?.() ?? []) if (source.knows(id)) tellers.push(id);
    return tellers;
  }

  /** Whether a neighbour is to be told soon that levels behind the first have changed. */
  #concerns(link: Link, changes: readonly LevelChange[], sources: ReadonlyMap<Link, readonly Uint8Array[]>): boolean {
    // Nobody can use the last level alone; and what is not there any more only costs a detour.
    for (let level = 1; level < changes.length - 1; level++) {
      if (changes[level] !== "set") continue;
      if (level > 1) return true;
      for (const [source, tellers] of sources) {
        if (source !== link && !link.knows(source.id) && this.#isTeller(link, source, tellers)) return true;
      }
    }
    return false;
  }

  /** Whether it is this node that tells a neighbour: of those who could, the one whose id is nearest does, mostly. */
  #isTeller(link: Link, source: Link, tellers: readonly Uint8Array[]): boolean {
    const { overlay } = this.#parts;
    const { id } = overlay;
    if (overlay.isDense?.() && tellers.length > 1 && isLeftOut(link.id, source.id)) return false;
    return !tellers.some((other) => isNearer(other, id, link.id) && !equalBytes(other, link.id) && link.knows(other));
  }

  #tell(link: Link, nowMs: number): void {
    if (this.#dirtySinceMs !== Infinity) this.#rebuild();
    link.dueMs = Infinity;
    link.notBeforeMs = nowMs + PACE_MS;
    if (link.isOurs) this.#tellOurs(link);
    else this.#tellOld(link);
  }

  #tellOurs(link: Link): void {
    const { rpc, overlay } = this.#parts;
    const { home, chosen: wanted, isRefresh } = link;
    const { from, to, levels, told } = home.telling(link.told, isRefresh ? Infinity : LAST_MAX);
    const args = { nodeId: overlay.id, wanted, from, to, sizes: from === null ? home.params : null, levels };
    this.#count(levels.reduce((sum, { length }) => sum + length, 0));
    link.cancel = rpc.call(link.address, "warpwire_filters", args, (outcome) => {
      link.cancel = null;
      // It may be told others meanwhile.
      if (link.home === home) this.#answered(link, told, outcome);
      else link.due(this.#parts.clock.now());
      if (isRefresh && outcome.error === undefined) link.isRefresh = false;
      this.schedule();
    }, link.call);
  }

  #answered(link: Link, told: Told, { error, reply }: Outcome<"warpwire_filters">): void {
    const { taken, declined } = FILTERS_ANSWERS;
    if (reply === declined) return this.#parts.declined(link);
    if (reply !== taken) return this.#missed(link, error === undefined);
    link.missed = 0;
    link.told = told;
    this.#parts.agreed(link);
  }

  #tellOld(link: Link): void {
    const { rpc, overlay } = this.#parts;
    const { home } = link;
    const { everything } = home;
    const filters = home.text();
    // The call is not in the other era, nor is there another one for what does not fit into a datagram.
    if (link.call.era === "rpcudp" || filters.length + AROUND_BYTES > REQUEST_BYTES_MAX) {
      return this.#parts.declined(link);
    }
    this.#count(filters.length);
    link.cancel = rpc.call(link.address, "quasar_update", { nodeId: overlay.id, filters }, ({ error }) => {
      link.cancel = null;
      if (error !== undefined) this.#missed(link, false);
      else {
        link.missed = 0;
        if (link.home === home) link.told = everything;
        // It knows the call: whether it takes the filters of this node is its own affair.
        this.#parts.agreed(link);
      }
      this.schedule();
    }, link.call);
  }

  /** Tries again, a few times. */
  #missed(link: Link, isWholeNeeded: boolean): void {
    if (isWholeNeeded) link.told = null;
    link.missed += 1;
    if (link.missed >= MISSED_MAX) return this.#parts.declined(link);
    link.due(this.#parts.clock.now());
  }

  #count(bytes: number): void {
    this.#sent.updates += 1;
    this.#sent.bytes += bytes;
  }
}

/** @throws RangeError for filters that no request has room for */
export function checkRoom(levelBytes: number, depth: number): void {
  if (levelBytes * depth + AROUND_BYTES <= REQUEST_BYTES_MAX) return;
  throw new RangeError(`Cannot tell others ${depth} levels of ${levelBytes} bytes: a request has ${REQUEST_BYTES_MAX}`);
}

function isOf(filters: NeighbourFilters, home: HomeFilters): boolean {
  return sameSizes(filters.params, home.params);
}

/**
 * Whether somebody is not told that there is a way to a node: a lot, the same for all who could tell. In a dense overlay a
 * quarter is told by nobody, because others are told twice by nodes that do not know each other: an event from there goes to
 * one who was told, which is hardly a detour. So 50 nodes send 45 messages for a subscription in place of 54, and events take
 * as many hops. Among 1,000 nodes, where a third is told, it would be a detour.
 */
function isLeftOut(id: Uint8Array, source: Uint8Array): boolean {
  const last = id.length - 1;
  return ((id[last] ^ id[last - 1] ^ source[last]) & 12) === 0;
}

/** Whether an id is nearer to a target than another one. */
function isNearer(id: Uint8Array, than: Uint8Array, target: Uint8Array): boolean {
  for (let at = 0; at < target.length; at++) {
    if (id[at] !== than[at]) return (id[at] ^ target[at]) < (than[at] ^ target[at]);
  }
  return false;
}
