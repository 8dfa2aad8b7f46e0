/**
 * The processes that measure.
 *
 * @module
 */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

const WORKER = fileURLToPath(new URL("worker.mjs", import.meta.url));
const DENO_PACKAGE = fileURLToPath(new URL("../../node_modules/deno/bin.cjs", import.meta.url));
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Measures in a process of its own.
 *
 * @param {"node" | "deno" | "bun"} runtime
 * @param {import("./worker.mjs").Job} job
 * @returns {import("./worker.mjs").Outcome}
 * @throws when the process fails; it has said why on standard error
 */
export function runWorker(runtime, job) {
  const [command, ...args] = commandOf(runtime);
  const { status, error, stdout } = spawnSync(command, [...args, WORKER, JSON.stringify(job)], {
    encoding: "utf8",
    maxBuffer: OUTPUT_BYTES_MAX,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (error !== undefined) {
    throw new Error(`Cannot start ${command}: ${error.message}`);
  }
  if (status !== 0) {
    throw new Error(`The benchmark failed under ${runtime} with status ${status}`);
  }
  return JSON.parse(stdout);
}

/**
 * Makes sure that the runtime can be started.
 *
 * @throws when it cannot
 */
export function requireRuntime(runtime) {
  const [command, ...args] = commandOf(runtime).filter((part) => part !== "run" && !part.startsWith("-"));
  try {
    execFileSync(command, [...args, "--version"], { stdio: "ignore" });
  } catch {
    const remedy = runtime === "bun"
      ? "put it on the PATH, or name the program in BENCH_BUN"
      : "--runtime chooses another";
    throw new Error(`Cannot start "${command}": ${remedy}`);
  }
}

/** The program and its arguments in front of the file. @returns {string[]} */
export function commandOf(runtime) {
  const isDeno = "Deno" in globalThis;
  if (runtime === "bun") return [process.env.BENCH_BUN || "bun"];
  if (runtime === "node") return [isDeno ? "node" : process.execPath];
  const run = ["run", "--allow-all", "--no-lock", "--node-modules-dir=manual"];
  if (isDeno) return [process.execPath, ...run];
  return existsSync(DENO_PACKAGE) ? [process.execPath, DENO_PACKAGE, ...run] : ["deno", ...run];
}
