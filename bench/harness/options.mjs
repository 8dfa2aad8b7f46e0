/**
 * Options of the command line.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { candidateFiles } from "../candidates/index.mjs";
import { measurements } from "./suites.mjs";

/** Rounds of a full run: about a minute per runtime. */
const ROUNDS = 100;
/** Rounds of a quick run. */
const ROUNDS_QUICK = 15;

const NAMES = measurements.map(({ name }) => name);

/** Text of `--help`. */
export const USAGE = `Usage: npm run bench -- [all|${NAMES.join("|")}]... [options]

  --runtime node|deno|bun|both   runtimes to measure (both: node and deno)
  --frames F1,F2                 frames to measure (all); for codec only
  --candidates hand,msgpackr     files in bench/candidates to measure (all); the baseline always is; for codec only
  --rounds N                     rounds; each runs every case for one slice (${ROUNDS})
  --quick                        ${ROUNDS_QUICK} rounds, for a first look
  --json FILE                    write all figures to FILE
  --write                        store tables in bench/README.md, figures and the chart in bench/results
  --help                         print this text`;

const RUNTIMES = ["node", "deno", "bun"];
/** What is measured where no runtime is named. */
const BOTH = ["node", "deno"];
const FRAMES = ["F1", "F2", "F3", "F4", "F5"];

/**
 * @typedef {object} Options
 * @property {boolean} help
 * @property {import("./suites.mjs").Measurement[]} measured
 * @property {("node" | "deno" | "bun")[]} runtimes
 * @property {string[] | undefined} frames
 * @property {string[] | undefined} candidates
 * @property {number} rounds
 * @property {string | undefined} json
 * @property {boolean} write
 */

/**
 * Reads the command line.
 *
 * @param {string[]} args
 * @returns {Options}
 * @throws RangeError or TypeError for options that do not exist or values that are not allowed
 */
export function parseOptions(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      runtime: { type: "string", default: "both" },
      frames: { type: "string" },
      candidates: { type: "string" },
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const frames = values.frames?.split(",").map((frame) => oneOf("frame", frame, FRAMES));
  const candidates = values.candidates?.split(",").map((file) => oneOf("candidate", file, candidateFiles));
  const selective = (frames ?? candidates) !== undefined;
  const options = {
    help: values.help,
    measured: chosen(positionals, selective),
    runtimes: values.runtime === "both" ? BOTH : [oneOf("runtime", values.runtime, RUNTIMES)],
    frames,
    candidates,
    rounds: values.rounds === undefined ? (values.quick ? ROUNDS_QUICK : ROUNDS) : count(values.rounds),
    json: values.json,
    write: values.write,
  };
  if (options.write && selective) throw new RangeError("Only a run of all frames and candidates can be stored");
  return options;
}

/** What is named; else what runs by default, or only the frames if a choice among these was made. */
function chosen(names, selective) {
  for (const name of names) oneOf("benchmark", name, ["all", ...NAMES]);
  if (names.includes("all")) return measurements.filter(({ name, inAll }) => inAll || names.includes(name));
  if (names.length === 0) return measurements.filter(({ name, byDefault }) => selective ? name === "codec" : byDefault);
  return measurements.filter(({ name }) => names.includes(name));
}

function oneOf(what, value, allowed) {
  if (!allowed.includes(value)) {
    throw new RangeError(`Unknown ${what} "${value}", there are ${allowed.join(", ")}`);
  }
  return value;
}

function count(text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 10_000) {
    throw new RangeError(`Rounds "${text}" is not an integer from 1 to 10000`);
  }
  return value;
}
