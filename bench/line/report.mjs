/**
 * The tables of transfers over distance.
 *
 * @module
 */

import { loadNote, measuredOn, table } from "../harness/markdown.mjs";
import { median } from "../harness/spread.mjs";

const MIB = 2 ** 20;

/**
 * @param {{ date: string, machine: object, outcomes: object[] }} run
 * @returns {string} Markdown
 */
export function lineReport(run) {
  return [measuredOn(run), ...run.outcomes.flatMap(runtimeSection)].join("\n\n");
}

function runtimeSection({ runtime, rounds, load, transfers }) {
  return [
    `**${runtime}**: medians of ${rounds} rounds. ${loadNote(load)}`,
    table(["", "round trip, ms", "loss", "MiB", "seconds", "MB/s", "CPU s"], transfers.map(row), "right"),
  ];
}

function row({ name, roundTripMs, loss, bytes, ms, cpuMs }) {
  const seconds = median(ms) / 1000;
  return [
    name,
    String(roundTripMs),
    `${loss * 100} %`,
    (bytes / MIB).toFixed(0),
    seconds.toFixed(2),
    (bytes / seconds / 1e6).toFixed(1),
    (median(cpuMs) / 1000).toFixed(2),
  ];
}
