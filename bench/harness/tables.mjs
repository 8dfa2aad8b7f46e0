/**
 * The report in Markdown.
 *
 * @module
 */

/** @typedef {import("./worker.mjs").Outcome} Outcome */

/** What the ratios are relative to. */
const BASELINE = "hand";
const NONE = "–";
const DIRECTIONS = ["encode", "decode"];

/**
 * The whole report: what was measured where, and the tables of each runtime.
 *
 * @param {{ date: string, machine: import("./machine.mjs").Machine, outcomes: Outcome[] }} run
 * @returns {string}
 */
export function report({ date, machine, outcomes }) {
  const { cpu, cores, memoryGib, platform } = machine;
  const [first] = outcomes;
  return [
    `Measured on ${date}: ${cpu}, ${cores} cores, ${memoryGib} GiB, ${platform}.`,
    bullets(first.frames.map(({ id, title, bytes }) => `**${id}** ${title}, ${bytes} bytes`)),
    ...outcomes.flatMap(runtimeSection),
    "### What is refused",
    strictnessTable(first),
    "### Versions and notes",
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
  const { runtime, version, v8, rounds, sliceMs } = outcome;
  return [
    `### ${runtime} ${version} (V8 ${v8})`,
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

/** A table padded as `deno fmt` pads it. */
function table(head, rows, align) {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => row[i].length)));
  const pad = (text, i) => i > 0 && align === "right" ? text.padStart(widths[i]) : text.padEnd(widths[i]);
  const line = (row) => `| ${row.map(pad).join(" | ")} |`;
  const rule = widths.map((width, i) => i > 0 && align === "right" ? `${"-".repeat(width - 1)}:` : "-".repeat(width));
  return [line(head), `| ${rule.join(" | ")} |`, ...rows.map(line)].join("\n");
}

function bullets(items) {
  return items.map((item) => `- ${item}`).join("\n");
}

/** 73, 4.35k, 12.6k: three digits are more than the spread warrants. */
function duration(nanoseconds) {
  if (nanoseconds < 1000) return String(Math.round(nanoseconds));
  const thousands = nanoseconds / 1000;
  return `${thousands.toFixed(thousands < 10 ? 2 : 1)}k`;
}

function ratio(value) {
  return `${value.toFixed(value < 10 ? 2 : 1)}×`;
}
