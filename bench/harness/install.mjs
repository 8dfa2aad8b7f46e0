/**
 * Installs the peers, which the library itself does not need.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL("..", import.meta.url));

const LOCK = new URL("../package-lock.json", import.meta.url);
/** npm writes this file last, so it is missing after an installation that was cut off, too. */
const INSTALLED = new URL("../node_modules/.package-lock.json", import.meta.url);

/** Runs `npm ci` in the folder of the benchmark unless that has been done since the lock file last changed. */
export function installPeers() {
  const installed = statSync(INSTALLED, { throwIfNoEntry: false });
  if (installed !== undefined && installed.mtimeMs >= statSync(LOCK).mtimeMs) return;
  process.stderr.write("The peers are not installed: running npm ci in bench\n");
  // What npm prints goes to standard error: standard output has the tables only.
  execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: HERE,
    stdio: ["ignore", process.stderr, process.stderr],
    shell: process.platform === "win32",
  });
}
