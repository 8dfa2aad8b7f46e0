/**
 * The tables of a suite.
 *
 * @module
 */

import { bullets, duration, measuredOn, NONE, ratio, table } from "./markdown.mjs";

/** @typedef {import("./worker.mjs").Measurer & import("./measure-suite.mjs").SuiteOutcome} Outcome */

/** Bytes per nanosecond are thousands of these. */
const MB_PER_SECOND = 1000;

/**
 * What one suite measured, on every runtime.
 *
 * @param {{ date: string, machine: import("./machine.mjs").Machine, outcomes: Outcome[] }} run
 * @returns {string}
 */
export function suiteReport(run) {
  const [{ rows, columns }] = run.outcomes;
  return [
    measuredOn(run),
    bullets(columns.map(({ name, about, bytes }) => `**${name}**: ${about}, ${Math.round(bytes)} bytes`)),
    ...run.outcomes.flatMap(runtimeSection),
    bullets(rows.map(({ name, version, note }) => `**${name}**${version === "" ? "" : ` ${version}`}: ${note}`)),
  ].join("\n\n");
}

/** @returns {string[]} */
function runtimeSection(outcome) {
  const { runtime, version, engine, rounds, sliceMs, rows, columns, times } = outcome;
  const find = (row, column) => times.find((time) => time.row === row && time.column === column);
  const unit = columns.some(({ messages }) => messages !== undefined) ? "message" : "call";
  const [baseline] = rows;
  const lines = rows.map(({ name }) => [
    name,
    ...columns.flatMap((column) =>
      cells(column, find(name, column.name), find(column.baseline ?? baseline.name, column.name))
    ),
  ]);
  const head = columns.flatMap(({ name }) => [`${name}, ns`, "quartiles", "MB/s"]);
  return [
    `**${runtime} ${version}** (${engine}): median nanoseconds per ${unit} over ${rounds} rounds of ${sliceMs} ms, the ` +
    `ratio to \`${baseline.name}\`, first and third quartile, and megabytes per second.`,
    table(["", ...head], lines, "right"),
  ];
}

/** @returns {string[]} */
function cells({ bytes, messages = 1 }, time, base) {
  if (time === undefined) return [NONE, NONE, NONE];
  const { median, p25, p75 } = time;
  const times = base === undefined ? "" : ` (${ratio(median / base.median)})`;
  return [
    `${duration(median / messages)}${times}`,
    `${duration(p25 / messages)}–${duration(p75 / messages)}`,
    throughput(bytes / median * MB_PER_SECOND),
  ];
}

function throughput(value) {
  return value.toFixed(value < 100 ? 1 : 0);
}
