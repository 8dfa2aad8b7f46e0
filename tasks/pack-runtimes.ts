/**
 * The runtimes on which the npm packages must work: the Node that is installed, the newest Node with long-term support,
 * and Deno.
 *
 * @module
 */

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { print } from "./command.ts";
import { root } from "./project.ts";

/** How scripts are run. */
export interface Runtime {
  readonly name: string;
  /** The program and its arguments before those of a script. */
  readonly command: readonly [program: string, ...args: string[]];
}

/** Where the newest Node is kept from one check to the next. */
const FOLDER = join(root, "node_modules", ".cache", "newest-node");

/** All runtimes; says which cannot be had. */
export async function runtimes(): Promise<Runtime[]> {
  const own = (await print("node", ["--version"])).trim();
  const found: Runtime[] = [
    { name: `node-${own}`, command: ["node"] },
    { name: "deno", command: ["deno", "run", "-A", "--no-check"] },
  ];
  try {
    const newest = await newestNode();
    const version = (await print(newest, ["--version"])).trim();
    if (version === own) console.log(`pack: Node ${own} is the newest with long-term support`);
    else found.push({ name: `node-${version}`, command: [newest] });
  } catch (error) {
    const reason = String(error).replace(/\s+/g, " ").slice(0, 300);
    console.log(`pack: skipped the newest Node, which cannot be had: ${reason}`);
  }
  return found;
}

/** The program of the newest Node with long-term support: of the newest even major version. Installs it from npm. */
async function newestNode(): Promise<string> {
  const platform = process.platform === "win32" ? "win" : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const quick = ["--prefer-offline", "--fetch-retries=1"];
  const listed = await print("npm", ["view", ...quick, name, "versions", "--json"]);
  const version = newestEven(JSON.parse(listed));
  const program = join(FOLDER, "node_modules", name, "bin", platform === "win" ? "node.exe" : "node");
  if (!existsSync(program) || (await print(program, ["--version"])).trim() !== `v${version}`) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(join(FOLDER, "package.json"), JSON.stringify({ private: true }));
    const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix", FOLDER];
    await print("npm", ["install", ...quick, ...options, `${name}@${version}`]);
  }
  return program;
}

/** The newest release of the newest even major version: these get long-term support. */
export function newestEven(versions: readonly string[]): string {
  const releases = versions.filter((version) => /^\d+\.\d+\.\d+$/.test(version))
    .map((version) => version.split(".").map(Number))
    .filter(([major]) => major % 2 === 0)
    .sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  const newest = releases.at(-1);
  if (newest === undefined) throw new Error("No release with an even major version");
  return newest.join(".");
}
