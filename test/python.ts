/**
 * Python, with packages.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../tasks/project.ts";

/** A Python that has what was asked for. */
export interface Python {
  readonly command: string;
  /** What `PYTHONPATH` has to be. */
  readonly packages: string;
}

/** What Python should have. */
export interface PythonNeeds {
  /** The file that says which packages, with their hashes. */
  readonly requirements: string;
  /** A module: if Python has it already, in whatever version, nothing is installed. */
  readonly module?: string;
}

/** A machine without a network is not waited for. */
const PIP_OPTIONS = ["--quiet", "--disable-pip-version-check", "--retries", "0", "--timeout", "5"];
const PIP_TIMEOUT_MS = 60_000;

/** Python with packages, which are installed below `.build` the first time; or why there is none. */
export function pythonWith({ requirements, module }: PythonNeeds): Python | string {
  const command = ["python3", "python"].find((name) => runs(name, ["--version"]));
  if (command === undefined) return "there is no Python";
  if (module !== undefined && runs(command, ["-c", `import ${module}`])) return { command, packages: "" };
  const version = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const packages = join(root, ".build", `python-${version}`);
  if (existsSync(packages)) return { command, packages };
  mkdirSync(join(root, ".build"), { recursive: true });
  const folder = mkdtempSync(`${packages}-`);
  try {
    const args = ["-m", "pip", "install", ...PIP_OPTIONS, "--target", folder, "--require-hashes", "-r", requirements];
    execFileSync(command, args, { stdio: "pipe", timeout: PIP_TIMEOUT_MS });
    // All of it or nothing: an installation that was cut off is not found.
    renameSync(folder, packages);
    return { command, packages };
  } catch (error) {
    // The other runtime's tests were faster.
    if (existsSync(packages)) return { command, packages };
    const lines = String((error as { stderr?: unknown }).stderr ?? error).trim().split("\n");
    return `pip cannot install the packages: ${lines.at(-1)}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether there is a program, and it says that all is well. */
export function runs(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
