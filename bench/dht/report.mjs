/**
 * The tables of the hash tables.
 *
 * @module
 */

import { loadNote, measuredOn, NONE, ratio, table } from "../harness/markdown.mjs";
import { STOPPED_SHARE } from "./work.mjs";

const OURS = "warpwire";

/**
 * @param {{ date: string, machine: object, outcomes: object[] }} run
 * @returns {string} Markdown
 */
export function dhtReport(run) {
  return [measuredOn(run), ...run.outcomes.flatMap(runtimeSection)].join("\n\n");
}

function runtimeSection({ runtime, rounds, load, valueBytes, figures }) {
  const networks = [...new Set(figures.map(({ nodes }) => nodes))];
  return networks.flatMap((nodes) => {
    const rows = figures.filter((one) => one.nodes === nodes);
    return [
      `**${runtime}**, ${nodes} nodes: ${rounds} rounds, values of ${valueBytes} bytes; milliseconds, median and 95th ` +
      `percentile, and the median's ratio to the best peer's. ${loadNote(load)}`,
      table(
        ["", "put", "ratio", "p95", "get", "ratio", "p95", `get, ${STOPPED_SHARE * 100} % stopped`, "p95", "found"],
        rows.map((row) => timesRow(row, rows)),
        "right",
      ),
      table(
        ["", "join: datagrams", "ms", "put: datagrams", "CPU ms", "get: datagrams", "CPU ms", "MiB a node", "heap"],
        rows.map(costRow),
        "right",
      ),
    ];
  });
}

function timesRow({ name, put, get, after, before, afterwards }, rows) {
  const peers = rows.filter((row) => row.name !== OURS);
  const toBest = (property, value) =>
    peers.length === 0 ? NONE : ratio(value / Math.min(...peers.map((row) => row[property].median)));
  return [
    name,
    ...[millis(put.median), toBest("put", put.median), millis(put.p95)],
    ...[millis(get.median), toBest("get", get.median), millis(get.p95)],
    ...[millis(after.median), millis(after.p95)],
    `${before.found + afterwards.found} of ${before.asked + afterwards.asked}`,
  ];
}

function costRow({ name, join, put, get, memory: { rss, heap } }) {
  return [
    name,
    ...[join.datagrams.toFixed(0), millis(join.ms)],
    ...[put.datagrams.toFixed(1), millis(put.cpuMs), get.datagrams.toFixed(1), millis(get.cpuMs)],
    ...[rss.toFixed(3), heap.toFixed(3)],
  ];
}

function millis(ms) {
  return ms.toFixed(ms < 9.995 ? 2 : ms < 99.95 ? 1 : 0);
}
