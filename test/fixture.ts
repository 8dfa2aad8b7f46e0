/**
 * Access to the recorded bytes and tables in `fixtures/`, the same from the sources (Deno) and from `.build/` (Node).
 *
 * @module
 */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute path of the repository's folder. */
export const root: string = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Absolute path of the file `fixtures/<name>`. */
export function fixturePath(name: string): string {
  return join(root, "fixtures", name);
}

/** Text of the file `fixtures/<name>`; throws if there is none. */
export function fixtureText(name: string): string {
  return readFileSync(fixturePath(name), "utf8");
}

/** Parsed content of the JSON file `fixtures/<name>`; throws if there is none, or if it is not JSON. */
export function fixture(name: string): unknown {
  return JSON.parse(fixtureText(name));
}

/** The nearest folder upwards that has a `package.json`: compiled tests lie one level deeper than their sources. */
function findRoot(start: string): string {
  for (let folder = start;;) {
    if (existsSync(join(folder, "package.json"))) return folder;
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`No package.json above "${start}"`);
    folder = parent;
  }
}
