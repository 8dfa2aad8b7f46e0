/**
 * What single things cost: a newcomer.
 *
 * @module
 */

import { type Scenario, Simulation } from "./scenario.ts";
import type { SimNode } from "./world.ts";

/** How long a newcomer may take to get its values. */
const HANDOVER_MS = 120_000;
const SLICE_MS = 20;

/** What a newcomer cost. */
export interface ArrivalFigures {
  readonly nodes: number;
  readonly values: number;
  /** Values for which the newcomer is one of the nearest, how many of them it has, and stores that were sent. */
  readonly belong: number;
  readonly kept: number;
  readonly stores: number;
  readonly digest: string;
}

/** One node joins a network with values. */
export async function arrival(scenario: Scenario): Promise<ArrivalFigures> {
  const simulation = new Simulation(scenario);
  const { world, invariants } = simulation;
  await simulation.join();
  await simulation.put();
  const [stores, changes] = [world.traffic.stores, invariants.changeStores];
  await world.until(simulation.arrive());
  await world.pass(HANDOVER_MS, SLICE_MS);
  return {
    nodes: scenario.nodes,
    values: scenario.values,
    belong: invariants.changeStores - changes,
    kept: await valuesOf(world.nodes.at(-1)!),
    stores: world.traffic.stores - stores,
    digest: world.network.digest(),
  };
}

async function valuesOf({ engine }: SimNode): Promise<number> {
  let count = 0;
  for await (const _ of engine.values()) count += 1;
  return count;
}
