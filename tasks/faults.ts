/**
 * `npm run faults`: what must not happen to transfers does not happen.
 *
 *     npm run faults                                200 faults: a tree of 2,000 files and one of 2 GB, in turns
 *     npm run faults -- --seed 7 --rounds 20        fewer, from a seed
 *     npm run faults -- --runtime node              the nodes run on Node instead of Deno
 *     npm run faults -- --carrier tls               over TLS, or libp2p, instead of sockets
 *     npm run faults -- hostile                     10,000 hostile offers for each policy of collisions
 *     npm run faults -- flood                       an endpoint of storj's calls under floods of datagrams
 *     npm run faults -- storj                       a storj node that keeps values and messages, killed 20 times
 *
 * In the first three, receiver and sender are processes that are killed without warning, and between them stands a proxy
 * that cuts the link. A moment is given by the bytes that have passed, and chosen from the seed. What the processes do
 * meanwhile is not the same in every run, so that a seed shows the same kinds of moments again, and not the same instants.
 * The first thing that is lost, wrong or stuck ends the run with status 1.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import type { CollisionPolicy } from "../src/warpdrive/mod.ts";
import { makeLarge, makeTree } from "./faults-disk.ts";
import type { FloodKind, FloodReport } from "./faults-flood.ts";
import { runHostile } from "./faults-hostile.ts";
import { CARRIERS } from "./faults-link.ts";
import { runFaults } from "./faults-run.ts";
import { runStorjKills } from "./faults-storj.ts";
import { root, tscPath } from "./project.ts";

const { values: options, positionals: [subject = "transfers"] } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    rounds: { type: "string" },
    runtime: { type: "string", default: "deno" },
    carrier: { type: "string", default: "socket" },
  },
});
const TREE_FILES = 2000;
const LARGE_BYTES = 2e9;
const FAULTS = 200;
/** A transfer with more of them would hardly come to its end. */
const FAULTS_PER_TRANSFER = 20;
const HOSTILE_OFFERS = 10_000;
const STORJ_KILLS = 20;
const POLICIES: readonly CollisionPolicy[] = ["rename", "skip", "overwrite"];

/** What an endpoint must stand, and what must not be exceeded meanwhile. */
const FLOODS: readonly { kind: FloodKind; perSecond: number; seconds: number; drawnBytesMax: number }[] = [
  { kind: "garbage", perSecond: 50_000, seconds: 10, drawnBytesMax: 0 },
  { kind: "requests", perSecond: 20_000, seconds: 3, drawnBytesMax: 256 * 1024 },
  { kind: "answers", perSecond: 10_000, seconds: 3, drawnBytesMax: 0 },
];
const FLOOD_P95_MS_MAX = 50;
const FLOOD_GROWTH_BYTES_MAX = 20e6;

const seed = number("seed", options.seed);
const startMs = performance.now();
print(`Seed ${seed}`);
if (subject === "hostile") await hostile();
else if (subject === "transfers") await transfers();
else if (subject === "flood") floods();
else if (subject === "storj") await storjKills();
else throw new TypeError(`Cannot run "${subject}": there are "transfers", "hostile", "flood" and "storj"`);

/** Prints a line with the time since the start. */
function print(line: string): void {
  console.log(`${((performance.now() - startMs) / 1000).toFixed(1).padStart(7)} s  ${line}`);
}

async function transfers(): Promise<void> {
  const carrier = CARRIERS.find((name) => name === options.carrier);
  if (carrier === undefined) throw new TypeError(`There is no carrier "${options.carrier}": ${CARRIERS.join(", ")}`);
  const report = await runFaults({
    ...{ seed, print, carrier },
    faults: number("rounds", options.rounds ?? String(FAULTS)),
    faultsPerTransfer: FAULTS_PER_TRANSFER,
    cargoes: [
      (folder, choose) => makeTree(folder, choose, TREE_FILES),
      (folder, choose) => makeLarge(folder, choose, LARGE_BYTES),
    ],
    ...(options.runtime === "node" && { command: nodeCommand() }),
  });
  const kinds = Object.entries(report.faults).map(([victim, count]) => `${count} of the ${victim}`);
  print(`Nothing was lost in ${report.transfers} transfers with ${kinds.join(", ")}`);
  // What is encrypted hides requests from the link.
  if (carrier !== "socket") return;
  print(`${report.resumes} requests; at most ${report.repeatedBytesMax} bytes on disk were asked for again`);
}

async function hostile(): Promise<void> {
  const offers = number("rounds", options.rounds ?? String(HOSTILE_OFFERS));
  for (const onCollision of POLICIES) {
    const { answers, stored, heapGrowthBytes } = await runHostile({ seed, offers, onCollision });
    print(
      `${onCollision}: ${offers} offers were answered ${JSON.stringify(answers)}, stored ${JSON.stringify(stored)}`,
    );
    print(`${onCollision}: memory grew by at most ${(heapGrowthBytes / 2 ** 20).toFixed(1)} MiB`);
  }
}

async function storjKills(): Promise<void> {
  const report = await runStorjKills(number("rounds", options.rounds ?? String(STORJ_KILLS)), seed);
  const { kills, values, kept, messages, readyMsMax } = report;
  print(`Nothing was lost in ${kills} kills, of ${values} stores, ${kept} kept puts and ${messages} messages`);
  print(`The node was in its network after ${readyMsMax.toFixed()} ms at most`);
}

/** Deno sends too slowly for this, so the flooder runs on Node. */
function floods(): void {
  const flooder = nodeCommand("faults-flooder.js");
  const own = [Deno.execPath(), "run", "-A", "--no-check", join(root, "tasks/faults-flooder.ts")];
  const command = options.runtime === "node" ? flooder : own;
  for (const { kind, perSecond, seconds, drawnBytesMax } of FLOODS) {
    const args = [...command.slice(1), "run", kind, perSecond, seconds, seed, ...flooder].map(String);
    const { status, stdout } = spawnSync(command[0], args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
    if (status !== 0) throw new Error(`The flood of ${kind} ended with ${status}`);
    const report = JSON.parse(stdout) as FloodReport;
    const { sent, seen, asked, answered, drawnBytes, p50Ms, p95Ms, cpuUs, heapGrowthBytes } = report;
    print(`${kind}: ${seen} of ${sent} datagrams seen, left without an answer: ${JSON.stringify(report.refused)}`);
    print(`${kind}: ${answered} of ${asked} requests answered, p50 ${p50Ms.toFixed(1)} ms, p95 ${p95Ms.toFixed(1)} ms`);
    print(`${kind}: drew ${drawnBytes} bytes; memory grew by ${(heapGrowthBytes / 1e6).toFixed(1)} MB`);
    print(`${kind}: ${cpuUs.toFixed(1)} µs of the processor for each datagram`);
    const isFine = answered === asked && p95Ms <= FLOOD_P95_MS_MAX && heapGrowthBytes <= FLOOD_GROWTH_BYTES_MAX &&
      drawnBytes <= drawnBytesMax;
    if (!isFine) throw new Error(`The flood of ${kind} did more than it may`);
  }
}

/** Compiles the tasks and says how Node runs one of them: the program of a node, unless another is named. */
function nodeCommand(program = "faults-node.js"): string[] {
  const compiled = spawnSync("node", [tscPath, "-p", join(root, "test/tsconfig.json")], { stdio: "inherit" });
  if (compiled.status !== 0) process.exit(1);
  return ["node", join(root, ".build/tasks", program)];
}

function number(name: string, text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new TypeError(`Cannot use "${text}" as --${name}: it is not a whole number`);
}
