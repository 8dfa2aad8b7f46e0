/**
 * Generates codecs for the frames and loads them. Node 20 reads no TypeScript, so that the types are taken out first.
 *
 * @module
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { transformSync } from "esbuild";
import { generateSource } from "../../../dist/codec/emit/mod.js";

const SUPPORT = new URL("../../../dist/codec/generated.js", import.meta.url).href;
const DOORS = { msgpack: new URL("../../../dist/codec/msgpack/mod.js", import.meta.url).href };

/** The functions of a generated file for schemas by name. */
export async function loadGenerated(schemas) {
  const source = generateSource(schemas, { support: SUPPORT, doors: DOORS });
  const { code } = transformSync(source, { loader: "ts", target: "es2022" });
  const folder = mkdtempSync(join(tmpdir(), "warpwire-bench-"));
  try {
    const file = join(folder, "frames.mjs");
    writeFileSync(file, code);
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
