/**
 * Where the project's own files are, the same from the sources (Deno) and from `.build/` (Node).
 *
 * @module
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute path of the repository's folder. */
export const root: string = findRoot(dirname(fileURLToPath(import.meta.url)));

/** The TypeScript compiler, from the root; run with `node`, so that no shell or `.bin` link is needed. */
export const tscPath = "node_modules/typescript/bin/tsc";

/** Files and folders that hold TypeScript sources of the project. */
const SOURCE_PATHS = ["mod.ts", "codec", "src", "test", "tasks", "examples"];

/** All TypeScript sources by their path from the root, with slashes, in a fixed order. */
export function readSources(): Map<string, string> {
  const paths = SOURCE_PATHS.filter((path) => existsSync(join(root, path))).flatMap(filesUnder).sort();
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), "utf8")]));
}

/** Parsed content of a JSON file, by its path from the root. */
export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}

function filesUnder(path: string): string[] {
  if (path.endsWith(".ts")) return [path];
  return readdirSync(join(root, path), { recursive: true, encoding: "utf8" })
    .map((name) => `${path}/${name.split(sep).join("/")}`)
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));
}

/** The nearest folder upwards that has a `package.json`: compiled files lie one level deeper than their sources. */
function findRoot(start: string): string {
  for (let folder = start;;) {
    if (existsSync(join(folder, "package.json"))) return folder;
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`No package.json above "${start}"`);
    folder = parent;
  }
}
