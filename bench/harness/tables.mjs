/**
 * The tables of the frames.
 *
 * @module
 */

import { bullets, duration, measuredOn, NONE, ratio, table } from "./markdown.mjs";

/** @typedef {import("./worker.mjs").Measurer & import("./codec.mjs").CodecOutcome} Outcome */

/** What the ratios are relative to. */
const BASELINE = "hand";
const DIRECTIONS = ["encode", "decode"];

/**
 * The whole report: what was measured where, and the tables of each runtime.
 *
 * @param {{ date: string, machine: import("./machine.mjs").Machine, outcomes: Outcome[] }} run
 * @returns {string}
 */
export function codecReport(run) {
  const { outcomes } = run;
  const [first] = outcomes;
  return [
    measuredOn(run),
    bullets(first.frames.map(({ id, title, bytes }) => `**${id}** ${title}, ${bytes} bytes`)),
    ...outcomes.flatMap(runtimeSection),
    "#### What is refused",
    strictnessTable(first),
    "#### Versions and notes",
    table(
      ["", "version", "note"],
      first.candidates.map(({ name, version, note }) => [name, version || NONE, note]),
      "left",
    ),
    ...first.missing.map((reason) => `Not measured: ${reason}.`),
  ].join("\n\n");
}

/** @returns {string[]} */
function runtimeSection(outcome) {
  const { runtime, version, engine, rounds, sliceMs } = outcome;
  return [
    `#### ${runtime} ${version} (${engine})`,
    `Median nanoseconds per call over ${rounds} rounds of ${sliceMs} ms, and the ratio to \`${BASELINE}\`.`,
    timeTable(outcome, (time, base) => `${duration(time.median)} (${ratio(time.median / base.median)})`),
    "Spread: first and third quartile.",
    timeTable(outcome, ({ p25, p75 }) => `${duration(p25)}–${duration(p75)}`),
  ];
}

/** One row per candidate, two columns per frame. */
function timeTable({ frames, candidates, times }, cell) {
  const find = (candidate, frame, direction) =>
    times.find((time) =>
      time.candidate === candidate && time.frame === frame &&
      time.direction === direction
    );
  const columns = frames.flatMap(({ id }) => DIRECTIONS.map((direction) => ({ id, direction })));
  const rows = candidates.map(({ name }) => [
    name,
    ...columns.map(({ id, direction }) => {
      const time = find(name, id, direction);
      return time === undefined ? NONE : cell(time, find(BASELINE, id, direction));
    }),
  ]);
  const shown = rows.filter((row) => row.slice(1).some((text) => text !== NONE));
  return table(["", ...columns.map(({ id, direction }) => `${id} ${direction}`)], shown, "right");
}

function strictnessTable({ probes, candidates }) {
  return table(["", ...probes], candidates.map(({ name, strictness }) => [name, ...strictness]), "left");
}
