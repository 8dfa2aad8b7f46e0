/**
 * `npm run faults`: transfers in which the receiver, the sender and the link fail at random moments.
 *
 *     npm run faults                                200 faults: a tree of 2,000 files and one of 2 GB, in turns
 *     npm run faults -- --seed 7 --rounds 20        fewer, from a seed
 *     npm run faults -- --runtime node              the nodes run on Node instead of Deno
 *
 * Both nodes are processes that are killed without warning; between them stands a proxy that cuts the link. A moment is
 * given by the bytes that have passed, and chosen from the seed. What the processes do meanwhile is not the same in every
 * run, so that a seed shows the same kinds of moments again, and not the same instants.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { makeLarge, makeTree } from "./faults-disk.ts";
import { runFaults } from "./faults-run.ts";
import { root, tscPath } from "./project.ts";

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    rounds: { type: "string", default: "200" },
    runtime: { type: "string", default: "deno" },
  },
});
const TREE_FILES = 2000;
const LARGE_BYTES = 2e9;
/** A transfer with more of them would hardly come to its end. */
const FAULTS_PER_TRANSFER = 20;

await faults();

async function faults(): Promise<void> {
  const seed = number("seed", options.seed);
  console.log(`Seed ${seed}`);
  const startMs = performance.now();
  const report = await runFaults({
    seed,
    faults: number("rounds", options.rounds),
    faultsPerTransfer: FAULTS_PER_TRANSFER,
    cargoes: [
      (folder, choose) => makeTree(folder, choose, TREE_FILES),
      (folder, choose) => makeLarge(folder, choose, LARGE_BYTES),
    ],
    ...(options.runtime === "node" && { command: nodeCommand() }),
    print: (line) => console.log(`${((performance.now() - startMs) / 1000).toFixed(1)} s  ${line}`),
  });
  console.log(JSON.stringify(report));
}

/** Compiles the program of a node, and says how Node runs it. */
function nodeCommand(): string[] {
  const compiled = spawnSync("node", [tscPath, "-p", join(root, "test/tsconfig.json")], { stdio: "inherit" });
  if (compiled.status !== 0) process.exit(1);
  return ["node", join(root, ".build/tasks/faults-node.js")];
}

function number(name: string, text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new TypeError(`Cannot use "${text}" as --${name}: it is no whole number`);
}
