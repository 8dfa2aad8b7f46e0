/**
 * The tables of the hosts.
 *
 * @module
 */

import { loadNote, measuredOn, NONE, ratio, table } from "../harness/markdown.mjs";

const KIB = 1024;

/**
 * @param {{ date: string, machine: object, outcomes: object[] }} run
 * @returns {string} Markdown
 */
export function hostsReport(run) {
  return [measuredOn(run), ...run.outcomes.flatMap(runtimeSection)].join("\n\n");
}

function runtimeSection({ runtime, rounds, load, hosts }) {
  return [
    `**${runtime}**: medians of ${rounds} rounds; requests and answers of 64 bytes, microseconds, median and 99th ` +
    `percentile. ${loadNote(load)}`,
    table(
      [
        "",
        "MB/s",
        "of `node:net`",
        "open stream, µs",
        "p99",
        "fresh stream, µs",
        "p99",
        "fresh/s",
        "32 at once",
        "failed",
      ],
      hosts.filter(({ open }) => open !== undefined).map(timeRow),
      "right",
    ),
    `Memory of one idle connection, in KiB: growth of the process, and of its heap with what belongs to it.`,
    table(
      ["", "connections", "asks: RSS", "heap", "listens: RSS", "heap", "node: RSS", "heap"],
      hosts.map(memoryRow),
      "right",
    ),
  ];
}

function timeRow({ name, bytesPerSecond, ratio: share, open, fresh, perSecond, failed }) {
  const micros = (nanoseconds) => (nanoseconds / 1000).toFixed(nanoseconds < 99_950 ? 1 : 0);
  return [
    name,
    (bytesPerSecond / 1e6).toFixed(0),
    ratio(share),
    ...[open.median, open.p99, fresh.median, fresh.p99].map(micros),
    ...perSecond.map((value) => value.toFixed(0)),
    String(failed),
  ];
}

function memoryRow({ name, idle, memory: { client, server, node } }) {
  const cells = (memory) => memory === undefined ? [NONE, NONE] : [memory.rss, memory.heap].map(kibibytes);
  return [name, String(idle), ...cells(client), ...cells(server), ...cells(node)];
}

function kibibytes(bytes) {
  return (bytes / KIB).toFixed(1);
}
