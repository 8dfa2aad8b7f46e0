/**
 * Measures a suite: its results are checked, its programs warmed on other data, its cases timed in interleaved rounds.
 *
 * @module
 */

import { loadSuite } from "../suites/suite.mjs";
import { measure, SLICE_MS } from "./measure.mjs";
import { inQuarters } from "./progress.mjs";

/**
 * @typedef {object} SuiteOutcome
 * @property {string} suite
 * @property {string} title
 * @property {number} sliceMs
 * @property {number} rounds
 * @property {import("../suites/suite.mjs").Row[]} rows
 * @property {import("../suites/suite.mjs").Column[]} columns
 * @property {({ row: string, column: string } & import("./measure.mjs").Spread)[]} times of whole calls
 */

/**
 * @param {import("./worker.mjs").Job} job
 * @param {(message: string) => void} report
 * @returns {Promise<SuiteOutcome>}
 */
export async function measureSuite({ suite, rounds: wanted }, report) {
  const { title, rows, columns, cases, warm, roundsMax = wanted } = await loadSuite(suite);
  const rounds = Math.min(wanted, roundsMax);
  report(`checking ${cases.length} cases`);
  // All results of a case are made before the first is looked at: an encoder must not overwrite what it handed out.
  for (const { run, inputs, check } of cases) check(inputs.map((input) => run(input)));
  report("warming up");
  warm();
  report(`measuring ${cases.length} cases, ${rounds} rounds of ${SLICE_MS} ms each`);
  const spreads = measure(cases, { rounds, progress: inQuarters(report) });
  return {
    ...{ suite, title, sliceMs: SLICE_MS, rounds, rows, columns },
    times: cases.map(({ row, column }, i) => ({ row, column, ...spreads[i] })),
  };
}
