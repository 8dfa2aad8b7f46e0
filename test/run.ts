/**
 * Runs every test file under `test/` in this runtime, unchanged on Node (compiled) and on Deno:
 *
 *     node .build/test/run.js [filter...]
 *     deno run -A test/run.ts [filter...]
 *
 * A filter keeps the files whose path contains it; with `--bail` those after one with a failure are not run.
 * `tasks/test.ts` runs both and adds `--result <file>`, into which the totals are written as JSON around every file, so
 * that a crash loses none of them.
 *
 * @module
 */

import { readdirSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import process from "node:process";
import { clearTimeout, setTimeout } from "node:timers";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { root } from "../tasks/project.ts";

/** Totals of one runtime, as `--result` gets them. */
export interface Result {
  passed: number;
  failed: number;
  skipped: number;
  /** Test files with a failure. */
  failedFiles: string[];
  /** What was said of the failed tests of each suite. */
  failures: string[];
  /** The file being run: what a crash or an endless wait is to be blamed on. */
  running: string | null;
  /** False until every file was run and the runtime ended by itself. */
  finished: boolean;
}

/** What uvu queues for a suite: resolves to its report (`true` without a text) and tests passed, skipped, in all. */
type RunSuite = () => Promise<[report: string | true, passed: number, skipped: number, total: number]>;

/** The globals through which uvu talks to whoever runs its suites. */
interface UvuGlobals {
  UVU_DEFER?: number;
  UVU_INDEX?: number;
  UVU_QUEUE: RunSuite[][];
}

/** A file that is still running after this time is stuck. */
const FILE_SECONDS_MAX = 240;
/** What a runtime may take to end by itself after its last test. */
const ENDING_SECONDS_MAX = 10;

const self = fileURLToPath(import.meta.url);
const { values: options, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: { result: { type: "string" }, bail: { type: "boolean", default: false } },
});
const result: Result = {
  passed: 0,
  failed: 0,
  skipped: 0,
  failedFiles: [],
  failures: [],
  running: null,
  finished: false,
};

// Whoever wants the totals is there as long as it waits for them.
if (options.result !== undefined) await import("./end-with-parent.ts");

// With this flag set, uvu leaves it to us to run the suites that the files queue.
const uvu = globalThis as unknown as UvuGlobals;
uvu.UVU_DEFER = 1;
await import("uvu");

// Until the last file is done, an end of the process is a failure: a test may wait for something that never comes.
process.exitCode = 1;
process.once("exit", finish);
// Not awaited: Deno keeps a module that waits for nothing alive as long as a timer is set, even an unreferenced one.
runAll();

async function runAll(): Promise<void> {
  for (const file of testFiles()) {
    if (options.bail && result.failed > 0) break;
    await runFile(file);
  }
  result.finished = true;
  setTimeout(blameLeak, ENDING_SECONDS_MAX * 1000).unref();
}

/** Paths of the test sources from the root, in a fixed order; a compiled file without a source is not run. */
function testFiles(): string[] {
  return readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .map((name) => `test/${name.split(sep).join("/")}`)
    .filter((name) => name.endsWith(".test.ts"))
    .filter((name) => filters.length === 0 || filters.some((filter) => name.includes(filter)))
    .sort();
}

async function runFile(file: string): Promise<void> {
  result.running = file;
  save();
  const failedBefore = result.failed;
  const stuck = setTimeout(() => {
    console.log(`\n${file} is still running after ${FILE_SECONDS_MAX} s`);
    process.exit(1);
  }, FILE_SECONDS_MAX * 1000).unref();
  try {
    for (const suite of await load(file)) await runSuite(suite);
  } catch (error) {
    result.failed += 1;
    console.log(`\n  ${file} failed outside its tests\n`, error);
  } finally {
    clearTimeout(stuck);
  }
  if (result.failed > failedBefore) result.failedFiles.push(file);
  result.running = null;
  save();
}

/** Imports a test file and returns the suites it queued; throws if there is none, as after a forgotten `test.run()`. */
async function load(file: string): Promise<RunSuite[]> {
  const suites: RunSuite[] = [];
  uvu.UVU_QUEUE = [suites];
  uvu.UVU_INDEX = 0;
  const extension = self.endsWith(".js") ? ".js" : ".ts";
  const module = join(dirname(self), "..", file.replace(/\.ts$/, extension));
  await import(pathToFileURL(module).href);
  if (suites.length === 0) throw new Error(`No suite in "${file}" was run: does it end with test.run()?`);
  return suites;
}

async function runSuite(run: RunSuite): Promise<void> {
  const [report, passed, skipped, total] = await withoutDots(run);
  result.passed += passed;
  result.failed += total - passed;
  result.skipped += skipped;
  if (typeof report === "string" && report !== "") {
    console.log(`\n${report}`);
    result.failures.push(report.trim());
  }
  if (total === 0 && skipped === 0) throw new Error("A suite without tests");
  // uvu swallows what a hook throws, and leaves the rest of the suite out.
  if (report === true && passed < total) {
    console.log(`\n  A hook threw after ${passed} of ${total} tests; the others were not run\n`);
  }
}

/** Keeps uvu from printing a dot per passed test: a table of vectors has hundreds of them. */
async function withoutDots<T>(work: () => Promise<T>): Promise<T> {
  const out = process.stdout;
  const write = out.write;
  out.write = ((...args: Parameters<typeof write>) => {
    const text = args[0];
    return typeof text === "string" && text.length < 16 && text.includes("\u2022 ") ? true : write.apply(out, args);
  }) as typeof write;
  try {
    return await work();
  } finally {
    out.write = write;
  }
}

function save(): void {
  if (options.result !== undefined) writeFileSync(options.result, JSON.stringify(result));
}

function blameLeak(): void {
  console.log("Something is still open after the last test: a socket, a timer or a child process");
  result.failed += 1;
  process.exit(1);
}

function finish(): void {
  if (!result.finished) {
    console.log(`\n${result.running ?? "The run"} ended before its tests did`);
    result.failed += 1;
  }
  save();
  if (options.result === undefined) console.log(`${result.passed} passed, ${result.failed} failed`);
  process.exitCode = result.failed === 0 && result.passed > 0 ? 0 : 1;
}
