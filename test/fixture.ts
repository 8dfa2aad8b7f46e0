/**
 * Access to the recorded bytes and tables in `fixtures/`, the same from the sources (Deno) and from `.build/` (Node).
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../tasks/project.ts";

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
