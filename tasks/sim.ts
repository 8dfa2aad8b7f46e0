/**
 * `npm run sim`: a network of thousands of nodes in one process, with virtual time.
 *
 *     npm run sim                                             1,000 nodes, 1,000 values, 1,000 gets
 *     npm run sim -- --nodes 10000 --seed 1 --json            more of them; the figures as one line of JSON
 *     npm run sim -- --nodes 10000 --loss 0.05 --dead 0.3     datagrams get lost, and nodes die before the gets
 *     npm run sim -- --nodes 2000 --churn 60                  half of the nodes are replaced within an hour
 *     npm run sim -- --idle 60                                an hour in which nothing is asked of the nodes
 *     npm run sim -- --liars 0.2                              a fifth of the nodes names liars only
 *     npm run sim -- --sybils 100 [--no-diversity]            nodes around a key, from three networks; 300 others
 *     npm run sim -- arrival                                  what one newcomer costs where 1,000 values are
 *     npm run sim -- put-many                                 1,000 values at once, by one node
 *     npm run sim -- republish --values 10000                 what storing them anew after an hour costs
 *     npm run sim -- relay --loss 0.05 --nat 0.4              1,000 relayed messages, sent again until confirmed; so
 *                                                             many of the nodes are behind NATs (--liars: pass none on)
 *     npm run sim -- --pubsub --subscribers half              publish/subscribe; tasks/sim-pubsub.ts has its options
 *     npm run sim -- --record "1,000 nodes"                   keeps the figures of docs/dht.md, with a chart
 *     npm run sim -- --runtime deno                           on Deno instead of Node, with the same digest
 *
 * Invariants are checked after every second of virtual time. A run in which one of them or a value is lost prints its
 * seed and ends with status 1.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { usedBytes } from "../test/sim/memory.ts";
import { relayed, type RelayFigures } from "../test/sim/relay.ts";
import { type FiguresWithHeap, tableText } from "../test/sim/report.ts";
import { SCENARIO, type Scenario, Simulation } from "../test/sim/scenario.ts";
import {
  arrival,
  type ArrivalFigures,
  putMany,
  type PutManyFigures,
  republish,
  type RepublishFigures,
} from "../test/sim/studies.ts";
import { type NumberTexts, shareOption, wholeOf } from "./numbers.ts";
import { root, tscPath } from "./project.ts";
import { DHT_CHART, record } from "./sim-chart.ts";
import { simPubsub } from "./sim-pubsub.ts";

const { values: options, positionals: [subject = "network"] } = parseArgs({
  allowPositionals: true,
  options: {
    nodes: { type: "string" },
    loss: { type: "string" },
    dead: { type: "string" },
    liars: { type: "string" },
    churn: { type: "string" },
    idle: { type: "string" },
    sybils: { type: "string" },
    nat: { type: "string" },
    "no-diversity": { type: "boolean", default: false },
    values: { type: "string" },
    gets: { type: "string" },
    seed: { type: "string" },
    pubsub: { type: "boolean", default: false },
    subscribers: { type: "string" },
    topics: { type: "string" },
    old: { type: "string" },
    "old-depth": { type: "string" },
    json: { type: "boolean", default: false },
    record: { type: "string" },
    // It takes a third less memory there.
    runtime: { type: "string", default: "node" },
  },
});
/**
 * Nodes around each key: five times as many as keep a value; and honest ones for each of them. In a network of 1,000, most
 * gets find the value all the same, because one that has found nothing goes on among nodes that were not asked.
 */
const SYBILS_PER_KEY = 100;
const NODES_PER_SYBIL = 3;
/** The share of the gets that must bring the value, where nodes lie, and where nodes or datagrams are lost. */
const FOUND_AMONG_LIARS = 0.99;
const FOUND_WITH_LOSSES = 0.999;
/** What a newcomer may cost for each value that belongs to it. */
const STORES_PER_VALUE = 1.5;
/** The share of its values that it gets at once; others follow when they are stored anew. */
const KEPT_AT_ONCE = 0.99;
/** The share of relayed messages that arrive. */
const ARRIVED = 0.99;
/** Requests for each of many values that are put at once, and lookups for each region when they are stored anew. */
const RPCS_PER_VALUE = 24;
const LOOKUPS_PER_REGION = 3;

/**
 * Memory for young objects, four times what Node gives them: fewer datagrams on their way and answers kept for a while are
 * copied to where old objects are, so that less time is spent on looking there for garbage, and less memory on keeping it.
 */
const YOUNG_MIB = 64;

process.exitCode = options.runtime === "node" && "Deno" in globalThis
  ? runOnNode()
  : options.pubsub
  ? await simPubsub(options)
  : await run();

/** Compiles for Node and does the same there. */
function runOnNode(): number {
  const compiled = spawnSync("node", [tscPath, "-p", join(root, "test/tsconfig.json")], { stdio: "inherit" });
  if (compiled.status !== 0) return 1;
  const main = join(root, ".build/tasks/sim.js");
  return spawnSync("node", [`--max-semi-space-size=${YOUNG_MIB}`, main, ...process.argv.slice(2)], { stdio: "inherit" })
    .status ?? 1;
}

async function run(): Promise<number> {
  const scenario = scenarioOf();
  try {
    if (subject === "arrival") return print(await arrival(scenario), isThrifty);
    if (subject === "put-many") return print(await putMany(scenario), isShared);
    if (subject === "republish") return print(await republish(scenario), isGrouped);
    if (subject === "relay") {
      return print(await relayed({ ...scenario, messages: scenario.values, nat: share("nat") }), isDelivered);
    }
    if (subject !== "network") throw new TypeError(`Cannot simulate "${subject}"`);
    const figures = await runAlone(scenario);
    console.log(options.json ? JSON.stringify(figures) : tableText(figures));
    if (options.record !== undefined) record(DHT_CHART, options.record, figures);
    const least = Math.ceil(shareOf(scenario) * figures.gets);
    if (figures.getsOk >= least && figures.puts === scenario.values) return 0;
    console.error(`Seed ${scenario.seed}: ${figures.getsOk} of ${figures.gets} gets brought their value`);
  } catch (error) {
    console.error(`Seed ${scenario.seed}:`, error);
  }
  return 1;
}

/** The figures of a simulation, and the memory that its nodes keep. */
async function runAlone(scenario: Scenario): Promise<FiguresWithHeap> {
  const bareBytes = usedBytes();
  const simulation = new Simulation(scenario);
  const figures = await simulation.run();
  return { ...figures, heapPerNodeBytes: Math.round((usedBytes() - bareBytes) / simulation.world.living.length) };
}

/** Prints figures, and returns the status: whether they are as they should be. */
function print<T extends object>(figures: T, isGood: (figures: T) => boolean): number {
  console.log(JSON.stringify(figures));
  return isGood(figures) ? 0 : 1;
}

/** Whether a newcomer got its values, and hardly anything else. */
function isThrifty({ belong, kept, stores }: ArrivalFigures): boolean {
  return kept >= KEPT_AT_ONCE * belong && stores <= STORES_PER_VALUE * belong;
}

/** Whether values that are put together share their lookups, and are found. */
function isShared({ values, stored, found, gets, rpcsPerValue }: PutManyFigures): boolean {
  return stored === values && found === gets && rpcsPerValue <= RPCS_PER_VALUE;
}

/** Whether almost all messages arrived, and none twice. */
function isDelivered({ messages, arrived, doubled, confirmed }: RelayFigures): boolean {
  return arrived >= ARRIVED * messages && doubled === 0 && confirmed <= arrived;
}

/** Whether one lookup serves all values of a region. */
function isGrouped({ lookups, regions, storesPerValue }: RepublishFigures): boolean {
  return lookups <= LOOKUPS_PER_REGION * regions && storesPerValue >= 1;
}

/** The share of the gets that must bring the value. */
function shareOf({ loss, dead, liars, sybils, diversity }: Scenario): number {
  if (!diversity) return 0;
  if (liars + sybils > 0) return FOUND_AMONG_LIARS;
  return loss + dead > 0 ? FOUND_WITH_LOSSES : 1;
}

function scenarioOf(): Scenario {
  const sybils = whole("sybils", SCENARIO.sybils);
  return {
    nodes: whole("nodes", sybils > 0 ? NODES_PER_SYBIL * sybils : SCENARIO.nodes),
    loss: share("loss"),
    dead: share("dead"),
    liars: share("liars"),
    churnMinutes: whole("churn", SCENARIO.churnMinutes),
    idleMinutes: whole("idle", SCENARIO.idleMinutes),
    sybils,
    // As many keys as they can surround.
    values: whole("values", sybils > 0 ? Math.ceil(sybils / SYBILS_PER_KEY) : SCENARIO.values),
    gets: whole("gets", SCENARIO.gets),
    seed: whole("seed", SCENARIO.seed),
    diversity: !options["no-diversity"],
  };
}

function whole(name: keyof NumberTexts, otherwise: number): number {
  return wholeOf(options, name, otherwise);
}

function share(name: keyof NumberTexts): number {
  return shareOption(options, name, 0);
}
