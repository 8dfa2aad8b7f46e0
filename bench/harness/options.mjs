/**
 * Options of the command line.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { candidateFiles } from "../candidates/index.mjs";

/** Rounds of a full run: about 40 seconds per runtime. */
const ROUNDS = 100;
/** Rounds of a quick run. */
const ROUNDS_QUICK = 15;

/** Text of `--help`. */
export const USAGE = `Usage: npm run bench -- [codec|cold] [options]

  --runtime node|deno|both   runtimes to measure (both)
  --frames F1,F2             frames to measure (all)
  --candidates hand,msgpackr files in bench/candidates to measure (all); the baseline always is
  --rounds N                 rounds; each runs every case for one slice (${ROUNDS})
  --quick                    ${ROUNDS_QUICK} rounds, for a first look
  --json FILE                write all figures to FILE
  --write                    store the tables in bench/README.md and the figures in bench/results/codec.json
  --help                     print this text`;

/** What can be measured. */
const SUITES = ["codec", "cold"];
const RUNTIMES = ["node", "deno"];
const FRAMES = ["F1", "F2", "F3", "F4", "F5"];

/**
 * @typedef {object} Options
 * @property {boolean} help
 * @property {"codec" | "cold"} suite
 * @property {("node" | "deno")[]} runtimes
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
  if (positionals.length > 1) throw new RangeError("One benchmark is measured at a time");
  const suite = oneOf("benchmark", positionals[0] ?? "codec", SUITES);
  const frames = values.frames?.split(",").map((frame) => oneOf("frame", frame, FRAMES));
  const options = {
    help: values.help,
    suite,
    runtimes: values.runtime === "both" ? RUNTIMES : [oneOf("runtime", values.runtime, RUNTIMES)],
    frames,
    candidates: values.candidates?.split(",").map((file) => oneOf("candidate", file, candidateFiles)),
    rounds: values.rounds === undefined ? (values.quick ? ROUNDS_QUICK : ROUNDS) : count(values.rounds),
    json: values.json,
    write: values.write,
  };
  if (options.write && (frames ?? options.candidates) !== undefined) {
    throw new RangeError("Only a run of all frames and candidates can be stored");
  }
  return options;
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
