/**
 * Cold start: how long a program takes that decodes one frame and ends.
 *
 * Each program is bundled into one file, so that the number of its modules says nothing. Its process is started again and
 * again, the programs in turns. Two times are taken: of the whole process, and inside it from the first line of the
 * program to the decoded value, which leaves out the start of the runtime.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measuredOn, ratio, table } from "./markdown.mjs";
import { commandOf } from "./runtimes.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** A download request: opcode, offer id, index 2, offset 1048576. */
const FRAME = "65083662303336663461" + "0000000000000002" + "0000000000100000";

/** What each program does with the frame. */
const PROGRAMS = {
  hand: `import { decodeDownload } from ${path("bench/candidates/hand/warpdrive.mjs")};
run(decodeDownload);`,
  generated: `import { decodeDownload } from "./generated.mjs";
run(decodeDownload);`,
  "compiled at run time": `import { decode, string, struct, u64, u8 } from ${path("dist/codec/mod.js")};
const Download = struct({ opcode: u8, offerId: string(u8), index: u64, offset: u64 });
run((bytes) => decode(Download, bytes));`,
};

const HEAD = `const bytes = Uint8Array.from("${FRAME}".match(/../g), (byte) => parseInt(byte, 16));
function run(decode) {
  if (decode(bytes).offset !== 1048576) throw new Error("decoded wrongly");
  console.log(performance.now() - globalThis.startMs);
}
`;

function path(name) {
  return JSON.stringify(join(ROOT, name));
}

/**
 * Measures the cold start under a runtime.
 *
 * @param {"node" | "deno" | "bun"} runtime
 * @param {number} rounds processes of each program
 * @returns {Promise<{ runtime: string, rounds: number, programs: { name: string, processMs: number, insideMs: number }[] }>} medians
 */
export async function measureCold(runtime, rounds) {
  const folder = mkdtempSync(join(tmpdir(), "warpwire-cold-"));
  try {
    const files = await bundlePrograms(folder);
    const times = new Map(files.map(({ name }) => [name, { processMs: [], insideMs: [] }]));
    // The first round only fills the caches.
    for (let round = 0; round <= rounds; round++) {
      for (const { name, file } of files) {
        const { processMs, insideMs } = start(runtime, file);
        if (round === 0) continue;
        times.get(name).processMs.push(processMs);
        times.get(name).insideMs.push(insideMs);
      }
    }
    const programs = Array.from(times, ([name, one]) => ({
      name,
      processMs: median(one.processMs),
      insideMs: median(one.insideMs),
    }));
    return { runtime, rounds, programs };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function bundlePrograms(folder) {
  const { buildSync, transformSync } = await import("esbuild");
  const { string, struct, u64, u8 } = await import("../../dist/codec/mod.js");
  const { generateSource } = await import("../../dist/codec/codegen/mod.js");
  const Download = struct({ opcode: u8, offerId: string(u8), index: u64, offset: u64 });
  const source = generateSource({ Download }, { support: join(ROOT, "dist/codec/codegen/runtime/mod.js") });
  writeFileSync(join(folder, "generated.mjs"), transformSync(source, { loader: "ts" }).code);
  return Object.entries(PROGRAMS).map(([name, text], index) => {
    const entry = join(folder, `program${index}.mjs`);
    const file = join(folder, `bundle${index}.mjs`);
    writeFileSync(entry, text.replace("run(", `${HEAD}run(`));
    buildSync({
      entryPoints: [entry],
      outfile: file,
      bundle: true,
      format: "esm",
      platform: "node",
      banner: { js: "globalThis.startMs = performance.now();" },
      logLevel: "error",
    });
    return { name, file };
  });
}

function start(runtime, file) {
  const [command, ...args] = commandOf(runtime);
  const before = performance.now();
  const { status, stdout, stderr } = spawnSync(command, [...args, file], { encoding: "utf8" });
  const processMs = performance.now() - before;
  if (status !== 0) throw new Error(`A program failed under ${runtime}: ${stderr}`);
  return { processMs, insideMs: Number(stdout) };
}

function median(numbers) {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1];
}

/**
 * The medians as Markdown tables, with ratios to the program written by hand.
 *
 * @param {{ date: string, machine: object, outcomes: object[] }} run
 */
export function coldReport(run) {
  return [measuredOn(run), ...run.outcomes.flatMap(runtimeSection)].join("\n\n");
}

function runtimeSection({ runtime, rounds, programs }) {
  const [hand] = programs;
  const cell = (ms, of) => `${ms.toFixed(1)} ms (${ratio(ms / of)})`;
  const rows = programs.map(({ name, processMs, insideMs }) => [
    name,
    cell(processMs, hand.processMs),
    cell(insideMs, hand.insideMs),
  ]);
  return [
    `**${runtime}**: medians of ${rounds} processes.`,
    table(["program", "whole process", "program to value"], rows, "right"),
  ];
}
