/**
 * `npm run fuzz`: inputs made up from the schemas themselves, every way of decoding held against the others.
 *
 *     npm run fuzz                                        everything, for 10 seconds
 *     npm run fuzz -- --seconds 600 --seed 7              longer, from a seed
 *     npm run fuzz -- --schema warpdrive.sessions         one subject; a name without its end stands for several
 *     npm run fuzz -- --schema "cslq:[c]c q" --rounds 9   any pattern, a number of rounds
 *     npm run fuzz -- --schema cslq --input 635d00        one input once more
 *     npm run fuzz -- --runtime node                      on Node instead of Deno
 *     npm run fuzz -- --list                              the subjects by name
 *
 * The first failure ends the run with status 1, and is told with the commands that show it again.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { parseHex } from "../codec/mod.ts";
import { failureText, fuzz, type FuzzOptions, outcomesText } from "../src/fuzz/fuzz.ts";
import type { Subject } from "../src/fuzz/mod.ts";
import { SUBJECTS, subjectsOf } from "./fuzz-subjects.ts";
import { root, tscPath } from "./project.ts";

const COMMAND = "npm run fuzz --";
const SECONDS = 10;

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string" },
    seed: { type: "string" },
    schema: { type: "string", multiple: true },
    rounds: { type: "string" },
    inputs: { type: "string" },
    input: { type: "string" },
    runtime: { type: "string", default: "deno" },
    list: { type: "boolean", default: false },
  },
});

process.exitCode = main();

function main(): number {
  if (options.runtime === "node" && "Deno" in globalThis) return runOnNode();
  const subjects = options.schema?.flatMap(subjectsOf) ?? SUBJECTS;
  if (options.list) console.log(subjects.map(({ name }) => name).join("\n"));
  else if (options.input !== undefined) replay(subjects[0], parseHex(options.input));
  else return run(subjects);
  return 0;
}

/** Compiles for Node and does the same there. */
function runOnNode(): number {
  const compiled = spawnSync("node", [tscPath, "-p", join(root, "test/tsconfig.json")], { stdio: "inherit" });
  if (compiled.status !== 0) return 1;
  const main = join(root, ".build/tasks/fuzz.js");
  return spawnSync("node", [main, ...process.argv.slice(2)], { stdio: "inherit" }).status ?? 1;
}

/** Time of the processor: what other programs of the machine take is not the input's. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function run(subjects: readonly Subject[]): number {
  const seed = options.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : number("seed", options.seed);
  console.log(`Seed ${seed}`);
  const start = performance.now();
  const { fuzzOptions, end } = limits(start);
  const report = fuzz(subjects, {
    seed,
    ...fuzzOptions,
    now: processorMs,
    goesOn: () => performance.now() < end,
  });
  const seconds = (performance.now() - start) / 1000;
  console.log(outcomesText(report));
  console.log(
    `${report.inputs} inputs in ${report.rounds} rounds, ${seconds.toFixed(1)} s, ` +
      `${Math.round(report.inputs / seconds)} inputs per second`,
  );
  if (report.failure === undefined) return 0;
  console.log(`\n${failureText(report.failure, COMMAND)}`);
  return 1;
}

/** When the run ends: after a time unless rounds or inputs are given. */
function limits(start: number): { readonly fuzzOptions: Partial<FuzzOptions>; readonly end: number } {
  const { rounds, inputs, seconds } = options;
  const counted = rounds !== undefined || inputs !== undefined;
  const secondsMax = seconds !== undefined ? number("seconds", seconds) : counted ? Infinity : SECONDS;
  return {
    end: start + 1000 * secondsMax,
    fuzzOptions: {
      ...(rounds !== undefined && { roundsMax: number("rounds", rounds) }),
      ...(inputs !== undefined && { inputsMax: number("inputs", inputs) }),
    },
  };
}

function replay(subject: Subject, input: Uint8Array): void {
  console.log(`${subject.name}: ${subject.check(input)}`);
}

function number(name: string, text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new TypeError(`Cannot use "${text}" as --${name}: it is not a whole number`);
}
