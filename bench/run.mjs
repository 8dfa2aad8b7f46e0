/**
 * The benchmark: `npm run bench`, or `node bench/run.mjs`. What it measures stands in the README beside it.
 *
 * @module
 */

import { existsSync, writeFileSync } from "node:fs";
import process from "node:process";
import { installPeers } from "./harness/install.mjs";
import { describeMachine } from "./harness/machine.mjs";
import { parseOptions, USAGE } from "./harness/options.mjs";
import { requireRuntime } from "./harness/runtimes.mjs";
import { formatRun, storeRun } from "./harness/store.mjs";

const BUILD = new URL("../dist/codec/mod.js", import.meta.url);

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
  if (!existsSync(BUILD)) throw new Error("Cannot measure without a build: run npm run build");
  options.runtimes.forEach(requireRuntime);
  installPeers();
  const runs = {};
  for (const measurement of options.measured) {
    const { name, report } = measurement;
    const run = await measureOnAll(measurement, options);
    runs[name] = run;
    const markdown = report(run);
    process.stdout.write(`## ${name}\n\n${markdown}\n\n`);
    if (options.write) storeRun(name, run, markdown);
  }
  if (options.json !== undefined) writeFileSync(options.json, formatRun(runs));
}

/** Runs one measurement on every runtime; where they do not differ, on the first. */
async function measureOnAll({ name, byRuntime, measure }, options) {
  const outcomes = [];
  for (const runtime of byRuntime ? options.runtimes : options.runtimes.slice(0, 1)) {
    process.stderr.write(byRuntime ? `${name} on ${runtime}\n` : `${name}\n`);
    outcomes.push(await measure(runtime, options));
  }
  return { date: new Date().toISOString().slice(0, 10), machine: describeMachine(), outcomes };
}
