/**
 * Generates codecs for the frames and loads them. Node 20 reads no TypeScript, so that the types are taken out first.
 *
 * They get a copy of the library to themselves: a program uses generated codecs or compiled ones, and what the engine
 * learns of a function that serves both is not what it learns in either.
 *
 * @module
 */

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { transformSync } from "esbuild";
import { generateSource } from "../../../dist/codec/codegen/mod.js";

const CODEC = fileURLToPath(new URL("../../../dist/codec", import.meta.url));
/** Inside of the project, so that the packages are found that the library needs. */
const COPIES = fileURLToPath(new URL("../../../.build/bench", import.meta.url));

/** The functions of a generated file for schemas by name. */
export async function loadGenerated(schemas) {
  const doors = { msgpack: "./codec/msgpack/mod.js" };
  const source = generateSource(schemas, { support: "./codec/codegen/runtime/mod.js", doors });
  const { code } = transformSync(source, { loader: "ts", target: "es2022" });
  mkdirSync(COPIES, { recursive: true });
  const folder = mkdtempSync(join(COPIES, "codec-"));
  try {
    cpSync(CODEC, join(folder, "codec"), { recursive: true });
    const file = join(folder, "frames.mjs");
    writeFileSync(file, code);
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
