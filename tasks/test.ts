/**
 * `npm test`: compiles the tests, runs the one suite on Node and on Deno side by side, and ends with the totals of both
 * on a line of their own, `N passed, N failed`. Each takes little more than one core, and much of its time it waits.
 *
 *     npm test                          everything
 *     npm test -- codec/ json           only files whose path contains one of these
 *     npm test -- --runtime deno        one runtime
 *
 * @module
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import type { Result } from "../test/run.ts";
import { root, tscPath } from "./project.ts";

const RUNTIMES = ["node", "deno"] as const;
type Runtime = typeof RUNTIMES[number];

/** A disk of memory, as Linux has it, and the room that the tests want there. */
const MEMORY_FOLDER = "/dev/shm";
const MEMORY_BYTES_MIN = 2 * 2 ** 30;

const { values: options, positionals: filters } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: { runtime: { type: "string", multiple: true, default: [...RUNTIMES] } },
});
const runtimes = options.runtime.map(parseRuntime);
const folder = mkdtempSync(join(temporaryFolder(), "warpwire-test-"));
try {
  Deno.exitCode = await testAll() ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function parseRuntime(text: string): Runtime {
  const runtime = RUNTIMES.find((name) => name === text);
  if (runtime === undefined) throw new TypeError(`Cannot run the tests on "${text}": the runtimes are node and deno`);
  return runtime;
}

async function testAll(): Promise<boolean> {
  const lines: string[] = [];
  let passed = 0;
  let failed = 0;
  // Where types are wrong the code is still emitted, so that one broken file doesn't hide what the others do.
  if (runtimes.includes("node") && !await run("node", [tscPath, "-p", "test/tsconfig.json"])) {
    failed += 1;
    lines.push("build: the tests do not compile without errors");
  }
  const runs = runtimes.map((runtime, index) => testOn(runtime, index === 0 ? "inherit" : outputOf(runtime)));
  for (const [index, runtime] of runtimes.entries()) {
    console.log(`\n=== ${runtime} ===\n`);
    const result = await runs[index];
    if (index > 0) console.log(readFileSync(outputOf(runtime), "utf8"));
    passed += result.passed;
    failed += result.failed;
    const skipped = result.skipped === 0 ? "" : `, ${result.skipped} skipped`;
    lines.push(`${runtime}: ${result.passed} passed, ${result.failed} failed${skipped}`);
    for (const file of result.failedFiles) lines.push(`  ${runtime} failed in ${file}`);
    // Once more: a log may be kept from its end only.
    for (const failure of result.failures) lines.push(`    ${failure}`);
  }
  console.log(`\n${lines.join("\n")}`);
  if (passed + failed === 0) console.log(`No test ran${filters.length === 0 ? "" : ": no path contains the filter"}`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0;
}

/** Where a runtime writes that runs beside another one: it is shown afterwards, so that the two do not mix. */
function outputOf(runtime: Runtime): string {
  return join(folder, `${runtime}.txt`);
}

async function testOn(runtime: Runtime, output: string): Promise<Result> {
  const file = join(folder, `${runtime}.json`);
  const args = runtime === "node" ? [".build/test/run.js"] : ["run", "-A", "test/run.ts"];
  const command = runtime === "node" ? "node" : Deno.execPath();
  await run(command, [...args, "--result", file, "--", ...filters], output);
  const result = readResult(file);
  if (!result.finished) {
    // The runtime died, or a test waits for something that never comes; it may not have been able to count that itself.
    result.failed = Math.max(result.failed, 1);
    result.failedFiles.push(result.running ?? "test/run.ts");
  }
  return result;
}

function readResult(file: string): Result {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { passed: 0, failed: 0, skipped: 0, failedFiles: [], failures: [], running: null, finished: false };
  }
}

/** @param output A file for all that it writes, or `inherit` */
async function run(command: string, args: string[], output = "inherit"): Promise<boolean> {
  const target = output === "inherit" ? output : openSync(output, "w");
  const env = { ...process.env, TMPDIR: folder };
  const [code] = await once(spawn(command, args, { cwd: root, env, stdio: ["ignore", target, target] }), "exit");
  if (typeof target === "number") closeSync(target);
  return code === 0;
}

/**
 * Where the tests make their files: in memory, if there is room. What they cannot see is whether a disk keeps what was
 * synced, for which `power-cut.test.ts` has a disk of its own; waiting for the disk took longer than many tests.
 */
function temporaryFolder(): string {
  if (Deno.env.get("TMPDIR") !== undefined) return tmpdir();
  try {
    const { bavail, bsize } = statfsSync(MEMORY_FOLDER);
    return bavail * bsize < MEMORY_BYTES_MIN ? tmpdir() : MEMORY_FOLDER;
  } catch {
    return tmpdir();
  }
}
