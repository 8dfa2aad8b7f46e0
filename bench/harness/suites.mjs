/**
 * Everything that can be measured, and how it is measured and reported.
 *
 * @module
 */

import { suiteNames } from "../suites/suite.mjs";
import { coldReport, measureCold } from "./cold.mjs";
import { runWorker } from "./runtimes.mjs";
import { measureSizes, sizeReport } from "./size.mjs";
import { suiteReport } from "./suite-tables.mjs";
import { codecReport } from "./tables.mjs";

/** Processes of each program: a start takes a tenth of a second. */
const COLD_ROUNDS = 25;

/**
 * @typedef {object} Measurement
 * @property {string} name
 * @property {boolean} byDefault whether it runs where nothing is named
 * @property {boolean} byRuntime whether runtimes differ in it
 * @property {(runtime: string, options: import("./options.mjs").Options) => object | Promise<object>} measure
 * @property {(run: { date: string, machine: object, outcomes: object[] }) => string} report Markdown
 */

const codec = {
  name: "codec",
  byDefault: true,
  byRuntime: true,
  measure: (runtime, { frames, candidates, rounds }) =>
    runWorker(runtime, { suite: "codec", frames, candidates, rounds }),
  report: codecReport,
};

const timed = suiteNames.map((name) => ({
  name,
  byDefault: true,
  byRuntime: true,
  measure: (runtime, { rounds }) => runWorker(runtime, { suite: name, rounds }),
  report: suiteReport,
}));

const cold = {
  name: "cold",
  byDefault: false,
  byRuntime: true,
  measure: (runtime, { rounds }) => measureCold(runtime, Math.min(rounds, COLD_ROUNDS)),
  report: coldReport,
};

const size = {
  name: "size",
  byDefault: false,
  byRuntime: false,
  measure: measureSizes,
  report: sizeReport,
};

/** @type {Measurement[]} */
export const measurements = [codec, ...timed, size, cold];
