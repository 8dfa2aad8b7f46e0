/**
 * What happens in a simulation: nodes join, put values, come and go, rest, die, and get the values again.
 *
 * @module
 */

import { pack } from "../../codec/msgpack/mod.ts";
import { Invariants } from "./invariants.ts";
import { residentMb } from "./memory.ts";
import { type Figures, rounded, spread } from "./report.ts";
import { K, type Role, type SimNode, World } from "./world.ts";

/** What happens, and how much of it. */
export interface Scenario {
  readonly nodes: number;
  /** Shares from 0 to 1: of datagrams that are lost, of nodes killed right before the gets, of nodes that lie. */
  readonly loss: number;
  readonly dead: number;
  readonly liars: number;
  /** In so many minutes half of the nodes are replaced; 0 for none. */
  readonly churnMinutes: number;
  /** For so many minutes nothing is asked of the nodes. */
  readonly idleMinutes: number;
  /** Nodes with ids nearest to the keys, from three networks. */
  readonly sybils: number;
  readonly values: number;
  readonly gets: number;
  readonly seed: number;
  /** Whether the engine's limits against those hold. */
  readonly diversity: boolean;
}

/** What is simulated unless something else is asked for. */
export const SCENARIO: Scenario = Object.freeze({
  nodes: 1000,
  loss: 0,
  dead: 0,
  liars: 0,
  churnMinutes: 0,
  idleMinutes: 0,
  sybils: 0,
  values: 1000,
  gets: 1000,
  seed: 1,
  diversity: true,
});

/** One node joins after the other, faster when there are many; until all have joined, this long at least. */
const JOIN_GAP_MS = 10;
const FIRST_GAPS_MS = 1000;
/** After which newcomers are known and nothing is under way. */
const SETTLE_MS = 20_000;
/** Answers are kept for a while, for those who repeat their questions. */
const FORGET_MS = 20_000;
/** Between two puts, two gets, two lookups. */
const ASK_GAP_MS = 10;
const MINUTE_MS = 60_000;
/** Promises have to be settled so often while nobody waits for one. */
const IDLE_SLICE_MS = 50;

/** A simulation that runs, for those who want to look at it in between. */
export class Simulation {
  readonly scenario: Scenario;
  readonly world: World;
  readonly invariants: Invariants;
  readonly #startMs = performance.now();
  readonly #keys: Uint8Array[] = [];
  readonly #joined = new Set<SimNode>();
  #rssMb = 0;
  #puts = 0;
  #joinDatagrams = 0;
  #idlePerNodePerS: number | null = null;

  constructor(scenario: Scenario) {
    const { nodes, seed, loss, diversity, churnMinutes, sybils, values } = scenario;
    this.scenario = scenario;
    const total = nodes * (churnMinutes > 0 ? 1.5 : 1) + sybils;
    this.world = new World({ seed, loss, diversity, nodes: total });
    this.invariants = new Invariants(this.world, total, () => this.#rssMb = Math.max(this.#rssMb, residentMb()));
    for (let index = 0; index < values; index++) this.#keys.push(this.world.network.random.bytes(20));
  }

  /** All of it. */
  async run(): Promise<Figures> {
    await this.join();
    await this.put();
    if (this.scenario.churnMinutes > 0) await this.churn(this.scenario.churnMinutes);
    if (this.scenario.idleMinutes > 0) await this.rest(this.scenario.idleMinutes);
    this.killSome();
    const found = await this.get();
    const recall = await this.#recall();
    await this.world.pass(SETTLE_MS + FORGET_MS);
    return this.#figures(found, recall);
  }

  /** All nodes join, one after the other. */
  async join(): Promise<void> {
    const { nodes, liars, sybils } = this.scenario;
    const { world } = this;
    const joins: Promise<unknown>[] = [];
    for (let index = 0; index < nodes; index++) {
      const isLiar = index > 0 && world.network.random.chance(liars);
      joins.push(this.arrive(isLiar ? "liar" : "honest"));
      await world.pass(Math.max(JOIN_GAP_MS, FIRST_GAPS_MS / (index + 1)));
    }
    for (let index = 0; index < sybils; index++) {
      joins.push(this.arrive("sybil", this.#besideKey(index)));
      await world.pass(JOIN_GAP_MS);
    }
    await world.until(Promise.all(joins));
    await world.pass(SETTLE_MS);
    this.#joinDatagrams = world.traffic.datagrams / world.living.length;
  }

  /** A node comes and joins through one that has joined before, if there is any. Returns what becomes of that. */
  arrive(role: Role = "honest", id?: Uint8Array): Promise<unknown> {
    const { world, invariants } = this;
    const via = world.living.length > 0 ? [world.addressOf(world.anybody(this.#joined))] : [];
    const node = world.start(role, id);
    invariants.joined(node);
    return node.engine.bootstrap(via).then(() => void this.#joined.add(node));
  }

  /** Random nodes put all values. */
  async put(): Promise<void> {
    const { world, invariants } = this;
    const outcomes = await world.every(ASK_GAP_MS, this.#keys.length, (index) => {
      const key = this.#keys[index];
      invariants.placed(key);
      return world.anybody().engine.put(key, pack(textOf(index)));
    });
    this.#puts = outcomes.filter(({ stored }) => stored > 0).length;
    await world.pass(SETTLE_MS);
  }

  /** One node puts all values. Returns how many of them somebody took. */
  async putMany(node: SimNode): Promise<{ readonly stored: number }> {
    const { world, invariants } = this;
    const entries = this.#keys.map((key, index) => {
      invariants.placed(key);
      return [key, pack(textOf(index))] as const;
    });
    const putting = async () => {
      for await (const { stored } of node.engine.putMany(entries)) if (stored > 0) this.#puts += 1;
    };
    await world.until(putting());
    await world.pass(SETTLE_MS);
    return { stored: this.#puts };
  }

  /** Half of the nodes are replaced, at random times. */
  async churn(minutes: number): Promise<void> {
    const { world } = this;
    const count = Math.floor(world.living.length / 2);
    const times = Array.from({ length: count }, () => world.network.random.next() * minutes * MINUTE_MS).sort((a, b) =>
      a - b
    );
    const startMs = world.nowMs;
    for (const time of times) {
      await world.pass(startMs + time - world.nowMs, IDLE_SLICE_MS);
      const victim = world.anybody();
      this.#end(victim);
      void this.arrive();
    }
    await world.pass(startMs + minutes * MINUTE_MS - world.nowMs + SETTLE_MS, IDLE_SLICE_MS);
  }

  /** Nothing is asked of the nodes. */
  async rest(minutes: number): Promise<void> {
    const { world, invariants } = this;
    const before = world.traffic.datagrams;
    invariants.idle();
    await world.pass(minutes * MINUTE_MS, IDLE_SLICE_MS);
    invariants.busy();
    this.#idlePerNodePerS = (world.traffic.datagrams - before) / world.living.length / (minutes * 60);
  }

  /** A share of the nodes dies, all at once. */
  killSome(): void {
    const { world } = this;
    for (let count = Math.round(this.scenario.dead * world.living.length); count > 0; count--) {
      this.#end(world.anybody());
    }
  }

  /** The keys of the values for which a node is one of the nearest. */
  keysOf(node: SimNode): readonly Uint8Array[] {
    return this.#keys.filter((key) => this.world.index.closest(key, K).includes(node));
  }

  /** Random nodes get the values, each as often as the others. */
  async get(): Promise<readonly Got[]> {
    const { world, invariants } = this;
    return await world.every(ASK_GAP_MS, this.scenario.gets, async (turn) => {
      const index = turn % this.#keys.length;
      invariants.demand.gets += 1;
      invariants.demand.lookups += 1;
      const found = await world.anybody().engine.get(this.#keys[index]);
      const isRight = found !== null && sameBytes(found.value.bytes, pack(textOf(index)).bytes);
      // Without the value itself, which shares its memory with datagrams.
      return { isRight, rpcs: found?.rpcs ?? 0, hops: found?.hops ?? 0, ms: found?.ms ?? 0 };
    });
  }

  /** The share of the truly nearest living nodes that lookups of random ids find. */
  async #recall(): Promise<number> {
    const { world, invariants, scenario } = this;
    const shares = await world.every(ASK_GAP_MS, scenario.gets, async () => {
      const target = world.network.random.bytes(20);
      const node = world.anybody();
      invariants.demand.lookups += 1;
      const { contacts } = await node.engine.findNodes(target);
      const nearest = world.index.closest(target, K + 1).filter((other) => other !== node).slice(0, K);
      return nearest.filter(({ id }) => contacts.some((contact) => sameBytes(contact.id, id))).length / nearest.length;
    });
    return shares.reduce((sum, share) => sum + share, 0) / shares.length;
  }

  #figures(got: readonly Got[], recall: number): Figures {
    const { world, invariants, scenario } = this;
    const wallS = (performance.now() - this.#startMs) / 1000;
    invariants.end();
    const found = got.filter(({ isRight }) => isRight);
    return {
      nodes: scenario.nodes,
      seed: scenario.seed,
      loss: scenario.loss,
      dead: scenario.dead,
      wallS: rounded(wallS, 1),
      rssMb: Math.round(Math.max(this.#rssMb, residentMb())),
      joinDatagrams: rounded(this.#joinDatagrams, 1),
      puts: this.#puts,
      gets: got.length,
      getsOk: found.length,
      recall: rounded(recall, 5),
      rpcs: spread(found.map(({ rpcs }) => rpcs)),
      hops: spread(found.map(({ hops }) => hops)),
      getMs: spread(found.map(({ ms }) => ms)),
      idlePerNodePerS: this.#idlePerNodePerS === null ? null : rounded(this.#idlePerNodePerS, 3),
      digest: world.network.digest(),
    };
  }

  #end(node: SimNode): void {
    this.world.kill(node);
    this.#joined.delete(node);
    this.invariants.left(node);
  }

  /** An id that differs from a key in its last bits only. */
  #besideKey(index: number): Uint8Array {
    const id = this.#keys[index % this.#keys.length].slice();
    id[19] ^= 1 + Math.floor(index / this.#keys.length);
    return id;
  }
}

interface Got {
  readonly isRight: boolean;
  readonly rpcs: number;
  readonly hops: number;
  readonly ms: number;
}

function textOf(index: number): string {
  return `value ${index}`;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
