/**
 * The tables of the transfers.
 *
 * @module
 */

import { loadNote, measuredOn, NONE, ratio, table } from "../harness/markdown.mjs";
import { median } from "../harness/spread.mjs";

const MIB = 2 ** 20;

/**
 * @param {{ date: string, machine: object, outcomes: object[] }} run
 * @returns {string} Markdown
 */
export function transferReport(run) {
  return [measuredOn(run), ...run.outcomes.flatMap(runtimeSection)].join("\n\n");
}

function runtimeSection({ runtime, rounds, load, transfers }) {
  const sources = [...new Set(transfers.map(({ source }) => source))];
  return sources.flatMap((source) => {
    const rows = transfers.filter((one) => one.source === source);
    const many = rows[0].files > 1;
    return [
      `**${runtime}**, ${source}: medians of ${rounds} rounds. ${loadNote(load)}`,
      table(
        ["", "seconds", "least–most", many ? "files/s" : "MB/s", "speed", "CPU s", "growth, MiB", "peak, MiB"],
        rows.map(row),
        "right",
      ),
    ];
  });
}

function row({ name, files, bytes, ms, cpuMs, betweenMs, ratio: share, growthBytes, peakBytes }) {
  const seconds = median(ms) / 1000;
  const text = (value) => (value / 1000).toFixed(2);
  return [
    name,
    seconds.toFixed(2),
    `${text(Math.min(...ms))}–${text(Math.max(...ms))}`,
    (files > 1 ? files / seconds : bytes / seconds / 1e6).toFixed(0),
    ratio(share),
    cpuMs === undefined ? NONE : text(median(cpuMs)) + (betweenMs === undefined ? "" : ` + ${text(median(betweenMs))}`),
    ...[growthBytes, peakBytes].map((value) => value === undefined ? NONE : (value / MIB).toFixed(0)),
  ];
}
