/**
 * Makes the declarations of `dist/` say which library they need: `AsyncDisposable` and `Symbol.asyncDispose` are in none
 * of the libraries that users name by a year. Sources cannot say it, because JSR forbids the directive.
 *
 *     deno run -A tasks/declarations.ts
 *
 * @module
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./project.ts";

const DIRECTIVE = '/// <reference lib="esnext.disposable" />\n';

/** A declaration file with the directive, if it needs one and has none. */
export function withLibrary(text: string): string {
  const needsIt = /\b(Async)?Disposable\b|\[Symbol\.(asyncD|d)ispose\]/.test(text);
  return needsIt && !text.startsWith(DIRECTIVE) ? DIRECTIVE + text : text;
}

// The types of Node 20 do not know `main`.
if ((import.meta as { main?: boolean }).main) {
  const dist = join(root, "dist");
  for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".d.ts")) continue;
    const text = readFileSync(join(dist, name), "utf8");
    if (withLibrary(text) !== text) writeFileSync(join(dist, name), withLibrary(text));
  }
}
