/**
 * What single things cost: a newcomer, many values at once, and storing values anew.
 *
 * @module
 */

import { rounded } from "./report.ts";
import { type Scenario, Simulation } from "./scenario.ts";
import { K, type SimNode, type World } from "./world.ts";

/** How long a newcomer may take to get its values. */
const HANDOVER_MS = 120_000;
/** Values are stored anew an hour after they were put, with some jitter. */
const REPUBLISH_MS = 5_400_000;
const SLICE_MS = 20;

/** What newcomers cost. */
export interface ArrivalFigures {
  readonly nodes: number;
  readonly values: number;
  /** Values for which a newcomer is one of the nearest, how many of them it has, and stores that were sent. */
  readonly belong: number;
  readonly kept: number;
  readonly stores: number;
  readonly digest: string;
}

/** Nodes join a network with values, one after the other. */
export async function arrival(scenario: Scenario, newcomers: number = 1): Promise<ArrivalFigures> {
  const simulation = new Simulation(scenario);
  const { world } = simulation;
  await simulation.join();
  await simulation.put();
  const before = world.traffic.stores;
  let [belong, kept] = [0, 0];
  for (let count = 0; count < newcomers; count++) {
    await world.until(simulation.arrive());
    await world.pass(HANDOVER_MS, SLICE_MS);
    const node = world.nodes.at(-1)!;
    const held = await keysOf(node);
    const due = simulation.keysOf(node).map(String);
    belong += due.length;
    kept += due.filter((key) => held.has(key)).length;
  }
  const stores = world.traffic.stores - before;
  return { nodes: scenario.nodes, values: scenario.values, belong, kept, stores, digest: world.network.digest() };
}

/** What many values cost that one node puts at once. */
export interface PutManyFigures {
  readonly nodes: number;
  readonly values: number;
  /** Values that somebody took, and values that others got. */
  readonly stored: number;
  readonly gets: number;
  readonly found: number;
  /** Requests of any kind, stores included. */
  readonly rpcsPerValue: number;
  readonly digest: string;
}

/** One node puts many values. */
export async function putMany(scenario: Scenario): Promise<PutManyFigures> {
  const simulation = new Simulation(scenario);
  await simulation.join();
  const { world } = simulation;
  const node = world.anybody();
  const before = node.rpc.stats().sent;
  const { stored } = await simulation.putMany(node);
  const sent = node.rpc.stats().sent - before;
  const got = await simulation.get();
  return {
    nodes: scenario.nodes,
    values: scenario.values,
    stored,
    gets: got.length,
    found: got.filter(({ isRight }) => isRight).length,
    rpcsPerValue: rounded(sent / scenario.values, 2),
    digest: world.network.digest(),
  };
}

/** What storing all values anew costs. */
export interface RepublishFigures {
  readonly nodes: number;
  readonly values: number;
  /** Lookups of all nodes for that, and so many regions of nodes there are. */
  readonly lookups: number;
  readonly regions: number;
  readonly storesPerValue: number;
  readonly digest: string;
}

/** An hour after one node has put many values, their holders store them anew. */
export async function republish(scenario: Scenario): Promise<RepublishFigures> {
  const simulation = new Simulation(scenario);
  await simulation.join();
  const { world } = simulation;
  await simulation.putMany(world.anybody());
  const [stores, lookups] = [world.traffic.stores, lookupsOf(world)];
  await world.pass(REPUBLISH_MS, SLICE_MS);
  return {
    nodes: scenario.nodes,
    values: scenario.values,
    lookups: lookupsOf(world) - lookups,
    regions: scenario.nodes / K,
    storesPerValue: rounded((world.traffic.stores - stores) / scenario.values, 2),
    digest: world.network.digest(),
  };
}

function lookupsOf({ living }: World): number {
  return living.reduce((sum, { engine }) => sum + engine.stats().republish.lookups, 0);
}

async function keysOf({ engine }: SimNode): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const { key } of engine.values()) keys.add(String(key));
  return keys;
}
