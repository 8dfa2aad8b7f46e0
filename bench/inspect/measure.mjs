/**
 * What `inspect` costs for messages with millions of parts, beside the same walk that keeps no parts: time, CPU time and
 * memory, each in a process of its own.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measuredOn, ratio, table } from "../harness/markdown.mjs";
import { commandOf } from "../harness/runtimes.mjs";
import { median } from "../harness/spread.mjs";

const PROGRAM = fileURLToPath(new URL("program.mjs", import.meta.url));
const MIB = 2 ** 20;
const MESSAGES = ["rows", "msgpack"];
/** The first is what the ratios are relative to. */
const WAYS = {
  walk: "the walk without parts",
  inspect: "`inspect`",
  look: "`inspect`, every part looked at",
  screenful: "`inspect`, stopped after 40 parts",
};

/**
 * @typedef {object} Figures medians
 * @property {string} message
 * @property {string} way
 * @property {number} ms
 * @property {number} cpuMs of all threads
 * @property {number} peakBytes by how much the process grew at most
 * @property {number} parts
 * @property {number} bytes of the message
 */

/**
 * Measures under a runtime; memory is what Linux says.
 *
 * @param {"node" | "deno" | "bun"} runtime
 * @param {number} rounds processes of each way
 * @returns {{ runtime: string, rounds: number, figures: Figures[] }}
 */
export function measureInspect(runtime, rounds) {
  const folder = mkdtempSync(join(tmpdir(), "warpwire-inspect-"));
  const file = (message) => join(folder, message);
  const cases = MESSAGES.flatMap((message) => Object.keys(WAYS).map((way) => ({ message, way, runs: [] })));
  try {
    for (const message of MESSAGES) {
      run(runtime, [message, "make", file(message)]);
    }
    for (let round = 0; round < rounds; round++) {
      for (const { message, way, runs } of cases) {
        runs.push(JSON.parse(run(runtime, [message, way, file(message)])));
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const figures = cases.map(({ message, way, runs }) => {
    const of = (name) => median(runs.map((one) => one[name]));
    return {
      message,
      way,
      ms: of("ms"),
      cpuMs: of("cpuMs"),
      peakBytes: of("peakBytes"),
      parts: of("parts"),
      bytes: of("bytes"),
    };
  });
  return { runtime, rounds, figures };
}

/** What the program printed. */
function run(runtime, programArgs) {
  const [command, ...args] = commandOf(runtime);
  const { status, stdout, stderr } = spawnSync(command, [
    ...args,
    PROGRAM,
    ...programArgs,
  ], { encoding: "utf8" });
  if (status !== 0) {
    throw new Error(`A program failed under ${runtime}: ${stderr}`);
  }
  return stdout;
}

/**
 * @param {{ date: string, machine: object, outcomes: object[] }} run
 * @returns {string} Markdown
 */
export function inspectReport(run) {
  return [measuredOn(run), ...run.outcomes.flatMap(runtimeSection)].join(
    "\n\n",
  );
}

function runtimeSection({ runtime, rounds, figures }) {
  return MESSAGES.flatMap((message) => {
    const own = figures.filter((one) => one.message === message);
    const [walk, { parts, bytes }] = own;
    const cell = (value, of, unit) => `${value.toFixed(0)} ${unit} (${ratio(value / of)})`;
    const rows = own.map(({ way, ms, cpuMs, peakBytes }) => [
      WAYS[way],
      cell(ms, walk.ms, "ms"),
      cell(cpuMs, walk.cpuMs, "ms"),
      cell(peakBytes / MIB, walk.peakBytes / MIB, "MiB"),
    ]);
    return [
      `**${runtime}**, ${message}: ${(bytes / 1e6).toFixed(1)} MB in ${
        parts.toLocaleString("en")
      } parts, medians of ${rounds} processes.`,
      table(["", "time", "CPU time", "peak growth"], rows, "right"),
    ];
  });
}
