/**
 * Keeps runs in the repository.
 *
 * @module
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ratioChart } from "./chart.mjs";
import { formatFiles } from "./runtimes.mjs";

const README = new URL("../README.md", import.meta.url);
const RESULTS = new URL("../results/", import.meta.url);
/** The measurement that has a picture. */
const CHARTED = "codec";

/**
 * Puts tables between the markers of a measurement in the README and all its figures into a file; those of the frames
 * into a picture, too.
 *
 * @param {string} name of the measurement
 * @param {object} run
 * @param {string} markdown
 * @throws when the README has no such markers
 */
export function storeRun(name, run, markdown) {
  const text = readFileSync(README, "utf8");
  const [opening, closing] = [`<!-- results:${name}:start -->`, `<!-- results:${name}:end -->`];
  const start = text.indexOf(opening);
  const end = text.indexOf(closing);
  if (start < 0 || end < start) throw new Error(`The README has lost the markers of the results of "${name}"`);
  writeFileSync(README, `${text.slice(0, start + opening.length)}\n\n${markdown}\n\n${text.slice(end)}`);
  mkdirSync(RESULTS, { recursive: true });
  const figures = formatRun(run);
  writeFileSync(new URL(`${name}.json`, RESULTS), figures);
  // Drawn from what is stored, so that the picture can be made again from it.
  if (name === CHARTED) writeFileSync(new URL(`${name}.svg`, RESULTS), ratioChart(JSON.parse(figures)));
  formatFiles([fileURLToPath(README), fileURLToPath(RESULTS)]);
}

/** All figures as JSON, with times to a tenth of a nanosecond, and ratios to a thousandth. */
export function formatRun(run) {
  const rounded = (_key, value) => typeof value === "number" ? Number(value.toFixed(value < 10 ? 3 : 1)) : value;
  return `${JSON.stringify(run, rounded, 2)}\n`;
}
