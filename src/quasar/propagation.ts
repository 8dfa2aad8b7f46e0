/**
 * What the neighbours tell of their filters, and what they are answered.
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
import type { QuasarOptions } from "./api.ts";
import { HomeFilters } from "./home-filters.ts";
import { quasarLimits } from "./limits.ts";
import type { Link } from "./link.ts";
import { Membership } from "./membership.ts";
import { NeighbourFilters } from "./neighbour-filters.ts";
import type { KnownNeighbour, Neighbours } from "./neighbours.ts";
import { sameMeaning } from "./rebuild.ts";
import type { PropagationStats } from "./stats.ts";
import { checkRoom } from "./updates.ts";

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
/** The neighbours and their filters. */
export class Propagation implements Neighbours {
  readonly #parts: PropagationParts;
  readonly #depth: number;
  readonly #params: FilterParams;
  /** The own filters by layout: neighbours of one layout are united among themselves. The first is our own. */
  readonly #homes: HomeFilters[];
  readonly #topics = new Map<string, FilterKey>();
  readonly #checked = new Map<string, Cancel>();
  readonly #members: Membership;
  readonly #unhandle: () => void;
  #received = { updates: 0, bytes: 0, refused: 0 };
  #closed = false;

  /** @throws RangeError for options that make no filters, or such that do not fit into a datagram */
  constructor(parts: PropagationParts) {
    this.#parts = parts;
    const { overlay, rpc, depth = DEPTH, capacity, errorRate, layout } = parts;
    const { refreshMs = REFRESH_MS, freshnessMs = FRESHNESS_MS } = parts;
    this.#depth = depth;
    this.#params = filterParams({
      ...(capacity === undefined ? {} : { capacity }),
      ...(errorRate === undefined ? {} : { errorRate }),
      ...(layout === undefined ? {} : { layout }),
    });
    checkRoom(Math.ceil(filterBits(this.#params) / 8), depth);
    this.#homes = [new HomeFilters(this.#params, depth, overlay.id)];
    const { neighbours: limit } = quasarLimits(parts.limits);
    this.#members = new Membership({ ...parts, refreshMs, freshnessMs, limit, homes: this.#homes });
    this.#unhandle = rpc.handle({
      quasar_update: (args, from) => this.#onUpdate(args, from),
      quasar_filters: (args, from) => this.#onPull(args, from),
      warpwire_filters: (args, from) => this.#onFilters(args, from),
    });
  }

  all(): readonly KnownNeighbour[] {
    return this.#members.all();
  }

  /** The own filters, in the own layout. */
  own(): Filters {
    this.#members.updates.rebuild(this.#homes[0]);
    return this.#homes[0].filters;
  }

  /** Adds a topic to level 0; twice is once. */
  subscribe(topic: FilterKey): void {
    const name = nameOf(topic);
    if (this.#topics.has(name)) return;
    this.#topics.set(name, topic);
    for (const home of this.#homes) home.add(name, topic);
    this.#members.updates.ownChanged();
  }

  /** Takes a topic out of level 0; false if it is not there. */
  unsubscribe(topic: FilterKey): boolean {
    const name = nameOf(topic);
    if (!this.#topics.delete(name)) return false;
    for (const home of this.#homes) home.delete(name);
    this.#members.updates.ownChanged();
    return true;
  }

  /**
   * To be called when a neighbour has left something without an answer: it is asked at once whether it is there, and given up
   * if it is not.
   */
  silent(neighbour: KnownNeighbour): void {
    const link = this.#members.at(neighbour.address);
    if (link === neighbour) this.#members.updates.ask(link as Link);
  }

  stats(): PropagationStats {
    const known = this.all().filter(({ levels }) => levels.length > 0).length;
    return {
      neighbours: this.all().length,
      known,
      ...this.#members.updates.counts(),
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
    for (const cancel of this.#checked.values()) cancel();
    this.#members.close();
  }

  /** The call of our own. */
  #onFilters(args: FiltersUpdate, from: Caller): number | undefined {
    const { nodeId, wanted } = args;
    this.#parts.overlay.seen(nodeId, from);
    const { taken, whole, declined } = FILTERS_ANSWERS;
    if (equalBytes(nodeId, this.#parts.overlay.id)) return declined;
    if (!from.verified) return this.#check(nodeId, from, wanted);
    const known = this.#members.at(from.address);
    if (known !== undefined && !equalBytes(known.id, nodeId)) {
      // Another node at the address of a neighbour: if that is gone, it is going to be noticed now.
      this.#members.updates.ask(known);
      return this.#refuse(declined);
    }
    if (known?.allow(this.#parts.clock.now()) === false) return this.#refuse(undefined);
    if (!wanted && known?.chosen !== true) {
      if (known !== undefined) this.#members.drop(known);
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
    if (known === undefined && !this.#members.makeRoom()) return declined;
    const link = known ?? this.#members.join({ id: nodeId, address: from.address });
    if (link === null) return this.#refuse(undefined);
    link.isOurs = true;
    link.wantsUs = wanted;
    this.#members.accept(link, this.#homeForOurs(link, filters));
    // Who tells all bits once more may have begun anew, and then has none of ours: it is asked.
    if (args.from === null && known?.filters) this.#members.updates.ask(link);
    if (filters === null || levels === null) return whole;
    this.#count(args.levels.reduce((sum, { length }) => sum + length, 0));
    this.#members.keep(link, filters, levels);
    return taken;
  }

  /** Has somebody answer first, so that its address is not forged; it is to try again. */
  #check(nodeId: Uint8Array, { address }: Caller, wanted: boolean): number {
    const { whole, declined } = FILTERS_ANSWERS;
    if (!wanted) return declined;
    if (this.#checked.size >= CHECKED_MAX || this.#checked.has(address)) return whole;
    const { rpc, overlay } = this.#parts;
    const over = () => void this.#checked.delete(address);
    this.#checked.set(address, () => {});
    const cancel = overlay.introduce({ id: nodeId.slice(), address }, over);
    if (this.#checked.has(address)) this.#checked.set(address, cancel);
    // What it can is known, but not any more where it is.
    else this.#checked.set(address, rpc.call(address, "ping", { nodeId: overlay.id }, over));
    return whole;
  }

  /** The update of the originals. */
  #onUpdate({ nodeId, filters: text }: RpcArgs<"quasar_update">, from: Caller): boolean | undefined {
    this.#parts.overlay.seen(nodeId, from);
    if (!from.verified || equalBytes(nodeId, this.#parts.overlay.id)) return this.#refuse(false);
    const known = this.#members.at(from.address);
    if (known?.allow(this.#parts.clock.now()) === false) return this.#refuse(false);
    const isOther = known !== undefined && !equalBytes(known.id, nodeId);
    if (isOther && (known.isOurs || known.chosen)) {
      this.#members.updates.ask(known);
      return this.#refuse(false);
    }
    if (known === undefined && !this.#members.hasRoom) return this.#refuse(false);
    const filters = readText(text);
    if (filters === null) return this.#refuse(undefined);
    if (!this.#fits(filters.params)) return this.#refuse(false);
    const link = known !== undefined && !isOther ? known : this.#members.join({ id: nodeId, address: from.address });
    if (link === null) return this.#refuse(false);
    this.#count(text.length);
    link.wantsUs = true;
    this.#members.accept(link, this.#homeOf(filters.params));
    this.#members.keep(link, filters);
    return this.#members.updates.rebuild(link.home);
  }

  /** The call of the time when filters were pulled. */
  #onPull({ nodeId }: RpcArgs<"quasar_filters">, from: Caller): string {
    this.#parts.overlay.seen(nodeId, from);
    const home = this.#members.at(from.address)?.home ?? this.#homes[0];
    this.#members.updates.rebuild(home);
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

  /** Between nodes of ours of which one has the newer layout, both use the other one, which all of them read. */
  #homeForOurs(link: Link, filters: NeighbourFilters | null): HomeFilters {
    const isOlder = filters !== null && layoutOf(filters.params) === "1.1" && layoutOf(this.#params) !== "1.1";
    return isOlder ? this.#homeOf(filters.params) : link.home;
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
