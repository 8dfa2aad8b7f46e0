/**
 * A node with the publish/subscribe of the originals, as they do it, faults included: neighbours are the 20 nearest,
 * filters go out whole to all of them, history is by event alone, the own id is in no filter, and a ttl of 0 is one of 64.
 * It stands on the codec alone.
 *
 * @module
 */

import { formatHex } from "../../codec/mod.ts";
import type { Packed } from "../../codec/msgpack/mod.ts";
import {
  type Contact,
  createFilters,
  type Filter,
  filterHas,
  type FilterKey,
  type Filters,
  filterWith,
  formatFilters,
  parseFilters,
  type RpcArgs,
  sameFilter,
  sameSizes,
} from "../../codec/protocols/storj/mod.ts";
import type { SimNetwork } from "../../src/host/sim/mod.ts";
import { compareDistances } from "../sim/id-index.ts";
import { OldNode } from "../storj/old-node.ts";

const NEIGHBOURS = 20;
const TTL = 64;
const REFRESH_MS = 600_000;
const FRESHNESS_MS = 660_000;
/** Changes that are told at once between two refreshes. */
const EXTRA_PROPAGATIONS = 300;
const HISTORY_MAX = 65_536;
/** After which it gives up waiting for an answer. */
const SILENCE_MS = 5000;
/** Rounds of the lookup of the own id, by which it learns of its neighbours. */
const ROUNDS_MAX = 8;

/** What makes one. */
export interface OriginalOptions {
  readonly id?: Uint8Array;
  readonly at?: string;
  /** Levels of its filters. Default 3; the swarm of 50 that the originals were tested with had 1. */
  readonly depth?: number;
  /** Called with each event of a topic that is subscribed to. */
  readonly received?: (topic: FilterKey, event: Packed) => void;
}

interface Heard {
  readonly filters: Filters;
  readonly atMs: number;
}

/** The text that was read last, by any of the nodes. */
let lastRead: { readonly text: string; readonly filters: Filters } = { text: "", filters: [] };

/** A node of 2016. */
export class OriginalNode {
  readonly node: OldNode;
  readonly subscriptions = new Set<FilterKey>();
  readonly #depth: number;
  readonly #received: (topic: FilterKey, event: Packed) => void;
  /** The last filters of each neighbour, by its id. */
  readonly #heard = new Map<string, Heard>();
  readonly #history = new Set<string>();
  #filters: Filters;
  #text: string;
  #credits = EXTRA_PROPAGATIONS;

  constructor(network: SimNetwork, { id, at, depth = 3, received = () => {} }: OriginalOptions = {}) {
    this.#depth = depth;
    this.#received = received;
    this.#filters = createFilters({ depth });
    this.#text = formatFilters(this.#filters);
    this.node = new OldNode(network, {
      ...(id && { id }),
      ...(at !== undefined && { at }),
      answers: {
        quasar_update: ({ nodeId, filters }) => this.#update(formatHex(nodeId), filters),
        quasar_notify: (args) => this.#notify(args),
      },
    });
    this.#refreshLater();
  }

  /** Learns of its neighbours through a node, by looking for its own id. */
  async join(through: string): Promise<void> {
    await this.node.join(through);
    const asked = new Set<string>();
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const next = this.neighbours().filter(({ id }) => !asked.has(formatHex(id)));
      if (next.length === 0) return;
      for (const contact of next) asked.add(formatHex(contact.id));
      await Promise.all(next.map((contact) => this.#lookAround(contact)));
    }
  }

  /** The nearest of those that it knows. */
  neighbours(): readonly Contact[] {
    return [...this.node.known.values()].sort((a, b) => compareDistances(a.id, b.id, this.node.id)).slice(
      0,
      NEIGHBOURS,
    );
  }

  subscribe(topic: FilterKey): void {
    this.subscriptions.add(topic);
    this.#rebuild(false);
  }

  publish(topic: FilterKey, event: Packed): void {
    this.#route(topic, event, [], TTL);
  }

  async #lookAround({ ip, port, id }: Contact): Promise<void> {
    const { node } = this;
    const found = await node.request(addressOf({ ip, port, id }), "find_node", { nodeId: node.id, key: node.id }) ?? [];
    const unknown = found.filter((contact) => !node.known.has(formatHex(contact.id)));
    await Promise.all(unknown.map(async (contact) => {
      const answer = await node.request(addressOf(contact), "ping", { nodeId: node.id });
      if (answer !== null) node.known.set(formatHex(contact.id), contact);
    }));
  }

  #refreshLater(): void {
    this.node.host.clock.setTimer(REFRESH_MS, () => {
      const near = new Set(this.neighbours().map(({ id }) => formatHex(id)));
      for (const name of this.#heard.keys()) if (!near.has(name)) this.#heard.delete(name);
      this.#rebuild(true);
      this.#refreshLater();
    });
  }

  /** Silence where the original has an exception. */
  #update(name: string, text: string): boolean | undefined {
    if (!this.neighbours().some(({ id }) => formatHex(id) === name)) return false;
    try {
      this.#heard.set(name, { filters: this.#parse(text), atMs: this.#nowMs() });
      return this.#rebuild(false);
    } catch {
      return undefined;
    }
  }

  /** All neighbours of a node get the same text. */
  #parse(text: string): Filters {
    if (lastRead.text !== text) lastRead = { text, filters: parseFilters(text) };
    return lastRead.filters;
  }

  /** The first algorithm of the paper, without the own id. */
  #rebuild(isRefresh: boolean): boolean {
    const levels: Filter[] = createFilters({ depth: this.#depth }).map((level) => ({
      ...level,
      bits: level.bits.slice(),
    }));
    levels[0] = filterWith(levels[0], this.subscriptions, { full: "leaveOut" });
    for (const { id } of this.neighbours()) {
      const heard = this.#heard.get(formatHex(id));
      if (heard === undefined || this.#nowMs() - heard.atMs > FRESHNESS_MS) continue;
      for (let level = 1; level < levels.length; level++) unite(levels, level, heard.filters[level - 1]);
    }
    const changed = levels.some((level, index) => !sameFilter(level, this.#filters[index]));
    if (changed) this.#text = formatFilters(levels);
    this.#filters = levels;
    if (isRefresh) this.#credits = EXTRA_PROPAGATIONS;
    else if (!changed || this.#credits === 0) return changed;
    else this.#credits -= 1;
    for (const contact of this.neighbours()) this.#ask(contact, "quasar_update", { filters: this.#text });
    return changed;
  }

  #notify({ topic, event, publishers, ttl }: RpcArgs<"quasar_notify">): null | undefined {
    try {
      this.#route(topic as FilterKey, event, publishers, ttl === 0 ? TTL : ttl);
      return null;
    } catch {
      return undefined;
    }
  }

  /** The second algorithm of the paper, with what the original makes of it. */
  #route(topic: FilterKey, event: Packed, publishers: readonly Uint8Array[], ttl: number): void {
    const name = formatHex(event.bytes);
    if (this.#history.has(name)) return;
    this.#history.add(name);
    if (this.#history.size > HISTORY_MAX) this.#history.delete(this.#history.values().next().value!);
    if (this.subscriptions.has(topic)) {
      this.#received(topic, event);
      const with_ = [...publishers, this.node.id];
      for (const contact of this.neighbours()) this.#send(contact, topic, event, with_, ttl);
      return;
    }
    if (ttl - 1 === 0) return;
    const next = this.#next(topic, publishers);
    if (next !== undefined) this.#send(next, topic, event, publishers, ttl - 1);
  }

  /** The first neighbour behind whom the topic is, and no publisher; or else any. Also by filters that are old. */
  #next(topic: FilterKey, publishers: readonly Uint8Array[]): Contact | undefined {
    const neighbours = this.neighbours();
    for (let level = 0; level < this.#depth; level++) {
      for (const contact of neighbours) {
        const filter = this.#heard.get(formatHex(contact.id))?.filters[level];
        if (filter === undefined || !filterHas(filter, topic)) continue;
        if (!publishers.some((id) => filterHas(filter, id))) return contact;
      }
    }
    return neighbours[Math.floor(this.node.host.random.next() * neighbours.length)];
  }

  #send(contact: Contact, topic: FilterKey, event: Packed, publishers: readonly Uint8Array[], ttl: number): void {
    this.#ask(contact, "quasar_notify", { topic, event, publishers: [...publishers], ttl });
  }

  /** A contact that does not answer is one no more. */
  #ask<N extends "quasar_update" | "quasar_notify">(to: Contact, rpc: N, args: Omit<RpcArgs<N>, "nodeId">): void {
    const { node } = this;
    const sentMs = this.#nowMs();
    void node.request(addressOf(to), rpc, { nodeId: node.id, ...args } as RpcArgs<N>).then(() => {
      // Nil is an answer, too.
      if (this.#nowMs() - sentMs >= SILENCE_MS) node.known.delete(formatHex(to.id));
    });
  }

  #nowMs(): number {
    return this.node.host.clock.now();
  }
}

function addressOf({ ip, port }: Contact): string {
  return `udp:${ip}:${port}`;
}

/** Adds what a neighbour has to a level, whose bits are nobody else's. As pybloom, fails for other sizes. */
function unite(levels: readonly Filter[], level: number, other: Filter): void {
  if (!sameSizes(levels[level], other)) throw new RangeError("Filters of different sizes have no union");
  const { bits } = levels[level];
  for (let at = 0; at < bits.length; at++) bits[at] |= other.bits[at];
}
