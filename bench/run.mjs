/**
 * The benchmark: `npm run bench`, or `node bench/run.mjs`. What it measures stands in the README beside it.
 *
 * @module
 */

import { writeFileSync } from "node:fs";
import process from "node:process";
import { coldTable, measureCold } from "./harness/cold.mjs";
import { installPeers } from "./harness/install.mjs";
import { describeMachine } from "./harness/machine.mjs";
import { parseOptions, USAGE } from "./harness/options.mjs";
import { hasRuntime, runWorker } from "./harness/runtimes.mjs";
import { formatRun, storeRun } from "./harness/store.mjs";
import { report } from "./harness/tables.mjs";

/** Processes of each program: a start takes a tenth of a second. */
const COLD_ROUNDS = 25;

try {
  await main(parseOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** @param {import("./harness/options.mjs").Options} options */
async function main(options) {
  if (options.help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  if (options.suite === "cold") return await cold(options);
  const { frames, candidates, rounds } = options;
  installPeers();
  const outcomes = [];
  for (const runtime of options.runtimes) {
    if (!hasRuntime(runtime)) {
      throw new Error(`There is no ${runtime} here; --runtime chooses another`);
    }
    process.stderr.write(`${runtime}\n`);
    outcomes.push(runWorker(runtime, { frames, candidates, rounds }));
  }
  const run = { date: new Date().toISOString().slice(0, 10), machine: describeMachine(), outcomes };
  const markdown = report(run);
  process.stdout.write(`${markdown}\n`);
  if (options.json !== undefined) writeFileSync(options.json, formatRun(run));
  if (options.write) storeRun(run, markdown);
}

/** @param {import("./harness/options.mjs").Options} options */
async function cold({ runtimes, rounds }) {
  for (const runtime of runtimes) {
    process.stdout.write(`${coldTable(await measureCold(runtime, Math.min(rounds, COLD_ROUNDS)))}\n\n`);
  }
}
