/**
 * Keeps a run in the repository.
 *
 * @module
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const README = new URL("../README.md", import.meta.url);
const RESULTS = new URL("../results/codec.json", import.meta.url);
const START = "<!-- results:start -->";
const END = "<!-- results:end -->";

/**
 * Puts the tables between the markers of the README and all figures beside it.
 *
 * @param {object} run
 * @param {string} markdown
 */
export function storeRun(run, markdown) {
  const text = readFileSync(README, "utf8");
  const start = text.indexOf(START);
  const end = text.indexOf(END);
  if (start < 0 || end < start) {
    throw new Error("The README has lost the markers of the results");
  }
  writeFileSync(README, `${text.slice(0, start + START.length)}\n\n${markdown}\n\n${text.slice(end)}`);
  mkdirSync(new URL(".", RESULTS), { recursive: true });
  writeFileSync(RESULTS, formatRun(run));
}

/** All figures as JSON, with times to a tenth of a nanosecond. */
export function formatRun(run) {
  const rounded = (_key, value) => typeof value === "number" ? Math.round(value * 10) / 10 : value;
  return `${JSON.stringify(run, rounded, 2)}\n`;
}
