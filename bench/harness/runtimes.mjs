/**
 * The processes that measure.
 *
 * @module
 */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const WORKER = fileURLToPath(new URL("worker.mjs", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DENO_PACKAGE = join(ROOT, "node_modules", "deno");
const IS_DENO = "Deno" in globalThis;
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Measures in a process of its own.
 *
 * @param {"node" | "deno" | "bun"} runtime
 * @param {import("./worker.mjs").Job} job
 * @returns {import("./worker.mjs").Measurer & object} what it printed
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
  if (runtime === "bun") return [process.env.BENCH_BUN || "bun"];
  if (runtime === "node") return [IS_DENO ? "node" : process.execPath];
  return [...denoProgram(), "run", "--allow-all", "--no-lock", "--node-modules-dir=manual"];
}

/**
 * Lets Deno put files into the project's format.
 *
 * @param {string[]} paths
 * @throws when Deno fails; it has said why on standard error
 */
export function formatFiles(paths) {
  const [command, ...args] = denoProgram();
  const config = ["--config", join(ROOT, "deno.json")];
  execFileSync(command, [...args, "fmt", "--quiet", ...config, ...paths], { cwd: ROOT, stdio: "inherit" });
}

/**
 * Deno itself: this process, the package in the root, or what the PATH has. The script of the package puts the program
 * there when it is first called; to call that each time would add the start of Node to what is measured.
 *
 * @returns {string[]}
 */
function denoProgram() {
  if (IS_DENO) return [process.execPath];
  const program = join(DENO_PACKAGE, process.platform === "win32" ? "deno.exe" : "deno");
  if (existsSync(program)) return [program];
  const script = join(DENO_PACKAGE, "bin.cjs");
  return existsSync(script) ? [process.execPath, script] : ["deno"];
}
