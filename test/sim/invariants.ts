/**
 * What must hold at every moment of a simulation, whatever happens in it.
 *
 * @module
 */

import { compareDistances } from "./id-index.ts";
import { K, type SimNode, type World } from "./world.ts";

/** Calls of one node that may be under way. */
const IN_FLIGHT_MAX = 1024;
/** Nodes that are looked at each second; all of them are in turn. */
const SAMPLE = 16;
/** Up to so many nodes, it is known who has ever sent something to whom. */
const PAIRS_NODES_MAX = 2000;
/** What a node may send for joining, and others for it: twice what it should be. */
const JOIN_DATAGRAMS_MAX = 400;
/** The most requests of a lookup; each may be sent three times, and has an answer. */
const LOOKUP_DATAGRAMS_MAX = 200 * 4;
/** What a node may send when nothing is asked of it: so many a second in the long run, and so many more at once. */
const IDLE_PER_SECOND_MAX = 0.25;
const IDLE_AT_ONCE_MAX = 800;
/** No node sends more in any second while it is idle. The nodes of 2016 sent 106 each on average, for ever. */
const IDLE_SECOND_MAX = 400;
/** Nodes that store a value: the nearest, and some that were taken for that before a nearer one was found. */
const PUT_STORES_MAX = K + 6;
/** Who now belongs to the nearest of a value gets it once, now and then from two. */
const CHANGE_STORES_MAX = 1.5;
/** Nobody stores a value anew before it is this old, because an hour has its jitter. */
const REPUBLISH_MS_MIN = 2_700_000;
const HOUR_MS = 3_600_000;
/** So often a value may be stored anew in an hour: two of its holders may begin at the same time. */
const REPUBLISHES_MAX = 2;

/** A value that was put: when, and how far its farthest holder may be. */
interface Placed {
  readonly key: Uint8Array;
  readonly atMs: number;
  farthest: SimNode | undefined;
}

/** What has been asked of the nodes, which explains what they send. */
export interface Demand {
  joins: number;
  lookups: number;
  gets: number;
}

/** Looks at a world after every second of virtual time. */
export class Invariants {
  /** What was asked of the nodes so far. */
  readonly demand: Demand = { joins: 0, lookups: 0, gets: 0 };
  /** Stores that arrivals and departures explain, if who now belongs to the nearest of a value gets it once. */
  changeStores = 0;
  readonly #world: World;
  readonly #placed: Placed[] = [];
  #pairs: Set<number> | null;
  #sentInSecond = new Uint16Array(1024);
  #next = 0;
  #idleSince: { readonly ms: number; readonly datagrams: number } | null = null;
  #nodeSeconds = 0;

  /** @param afterSecond Called after each second, too */
  constructor(world: World, nodes: number, afterSecond: () => void = () => {}) {
    this.#world = world;
    this.#pairs = nodes <= PAIRS_NODES_MAX ? new Set() : null;
    world.onDatagram = (from, to) => this.#onDatagram(from, to);
    world.onSecond = () => {
      this.#second();
      afterSecond();
    };
  }

  /** A node has come: the values that belong to it may be handed to it. */
  joined(node: SimNode): void {
    this.demand.joins += 1;
    for (const value of this.#placed) {
      if (value.farthest !== undefined && compareDistances(node.id, value.farthest.id, value.key) >= 0) continue;
      this.changeStores += 1;
      this.#measure(value);
    }
  }

  /** A node has gone: what it kept may be given to the next one. */
  left(node: SimNode): void {
    for (const value of this.#placed) {
      if (value.farthest !== undefined && compareDistances(node.id, value.farthest.id, value.key) > 0) continue;
      this.changeStores += 1;
      this.#measure(value);
    }
  }

  /** A value is put. */
  placed(key: Uint8Array): void {
    const value: Placed = { key, atMs: this.#world.nowMs, farthest: undefined };
    this.#measure(value);
    this.#placed.push(value);
    this.demand.lookups += 1;
  }

  /** From now on nothing is asked of the nodes, until {@link busy}. */
  idle(): void {
    this.#idleSince = { ms: this.#world.nowMs, datagrams: this.#world.traffic.datagrams };
  }

  /** The nodes have something to do again. */
  busy(): void {
    this.#idleSince = null;
  }

  /** Looks at all nodes, and forgets what only the invariants need. */
  end(): void {
    for (const node of this.#world.living) this.#look(node);
    this.#pairs = null;
  }

  #measure(value: Placed): void {
    value.farthest = this.#world.index.closest(value.key, K)[K - 1];
  }

  #onDatagram(from: number, to: number): void {
    if (from >= this.#sentInSecond.length) {
      const longer = new Uint16Array(2 * from);
      longer.set(this.#sentInSecond);
      this.#sentInSecond = longer;
    }
    this.#sentInSecond[from] += 1;
    this.#pairs?.add(from * 2 ** 24 + to);
  }

  #second(): void {
    const { living } = this.#world;
    this.#nodeSeconds += living.length;
    for (let count = Math.min(SAMPLE, living.length); count > 0; count--) {
      this.#look(living[this.#next++ % living.length]);
    }
    this.#checkTraffic();
    this.#checkStores();
    this.#sentInSecond.fill(0);
  }

  #look(node: SimNode): void {
    const { inFlight } = node.rpc.stats();
    if (inFlight > IN_FLIGHT_MAX) this.#fail(`Node ${node.index} has ${inFlight} calls under way`);
    for (const { contact: { id, address } } of node.engine.contacts()) {
      const host = this.#world.network.find({ peerId: "", addresses: [address] });
      const other = host && this.#world.nodes[host.index];
      if (other === undefined || compareDistances(other.id, id, id) !== 0) {
        this.#fail(`Node ${node.index} has a contact at "${address}" that never was`);
      }
      if (this.#pairs?.has(other!.index * 2 ** 24 + node.index) === false) {
        this.#fail(`Node ${node.index} has node ${other!.index} as a contact and never heard of it`);
      }
    }
  }

  #checkTraffic(): void {
    const { traffic: { datagrams, stores }, nowMs, living } = this.#world;
    const { joins, lookups } = this.demand;
    const explained = joins * JOIN_DATAGRAMS_MAX + lookups * LOOKUP_DATAGRAMS_MAX + 4 * stores +
      this.#nodeSeconds * IDLE_PER_SECOND_MAX;
    if (datagrams > explained) this.#fail(`${datagrams} datagrams were sent, and ${explained} can be explained`);
    if (this.#idleSince === null) return;
    const sent = datagrams - this.#idleSince.datagrams;
    const most = living.length * (IDLE_AT_ONCE_MAX + (nowMs - this.#idleSince.ms) / 1000 * IDLE_PER_SECOND_MAX);
    if (sent > most) this.#fail(`${sent} datagrams were sent by idle nodes, and ${most} would be many`);
    const busiest = this.#sentInSecond.reduce((max, count) => Math.max(max, count), 0);
    if (busiest > IDLE_SECOND_MAX) this.#fail(`An idle node sent ${busiest} datagrams in a second`);
  }

  #checkStores(): void {
    const { traffic: { stores }, nowMs } = this.#world;
    let explained = this.demand.gets + CHANGE_STORES_MAX * this.changeStores;
    for (const { atMs } of this.#placed) {
      const ageMs = nowMs - atMs;
      const times = ageMs < REPUBLISH_MS_MIN ? 0 : REPUBLISHES_MAX * Math.ceil(ageMs / HOUR_MS);
      explained += PUT_STORES_MAX * (1 + times);
    }
    if (stores > explained) this.#fail(`${stores} stores were sent, and ${explained} can be explained`);
  }

  #fail(message: string): never {
    throw new Error(`${message} (after ${Math.round(this.#world.nowMs)} ms of virtual time)`);
  }
}
