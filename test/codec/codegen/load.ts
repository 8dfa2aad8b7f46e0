/**
 * Generated source that is written to a file and loaded. Node 20 reads no TypeScript: there the types are taken out first.
 *
 * @module
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as assert from "uvu/assert";
import { fromSeed } from "../../../codec/arbitrary/random.ts";
import { type GenerateOptions, generateSource } from "../../../codec/codegen/mod.ts";
import { CodecError, type Schema } from "../../../codec/mod.ts";
import type { GeneratedFunctions } from "../../../src/fuzz/mod.ts";
import { root } from "../../../tasks/project.ts";
import { ALL_LANGUAGES, randomSchema } from "../arbitrary-schema.ts";

/** The functions of a generated file by their names, and in `table` those of each schema. */
export type Loaded = Record<string, (...args: unknown[]) => unknown> & {
  readonly table: Readonly<Record<string, Required<GeneratedFunctions>>>;
};

/** The URL of a source file, by its path from the root: what was compiled for Node has compiled files around it. */
export function sourceUrl(path: string): string {
  const extension = import.meta.url.slice(-".ts".length);
  return new URL(`../../../${path.replace(/\.ts$/, extension)}`, import.meta.url).href;
}

/** Writes the source of codecs to a file and loads it. */
export async function loadGenerated(
  schemas: Record<string, Schema>,
  functions: GenerateOptions["functions"] = {},
): Promise<Loaded> {
  const source = generateSource(schemas, {
    support: sourceUrl("codec/codegen/runtime/mod.ts"),
    doors: { json: sourceUrl("codec/json/mod.ts"), msgpack: sourceUrl("codec/msgpack/mod.ts") },
    functions,
    table: "table",
  });
  const folder = mkdtempSync(join(tmpdir(), "warpwire-generated-"));
  try {
    const file = join(folder, "codecs.ts");
    writeFileSync(file, source);
    return await import(pathToFileURL("Deno" in globalThis ? file : withoutTypes(file)).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function withoutTypes(file: string): string {
  const code = file.replace(/\.ts$/, ".mjs");
  const options = ["--format=esm", "--target=es2023", "--log-level=error", `--outfile=${code}`];
  const { status, stderr } = spawnSync(join(root, "node_modules/.bin/esbuild"), [file, ...options]);
  if (status !== 0) throw new Error(`Cannot take the types out of generated source\n${stderr}`);
  return code;
}

/** Random schemas that have source text, by name. */
export function writableSchemas(seed: number, count: number): Record<string, Schema> {
  const schemas: Record<string, Schema> = {};
  for (let index = 0; Object.keys(schemas).length < count; index++) {
    const schema = randomSchema(fromSeed(seed + index), ALL_LANGUAGES);
    if (hasSource(schema)) schemas[`Schema${index}`] = schema;
  }
  return schemas;
}

/** Whether code can be generated: only functions that no module exports, and languages without source text, prevent it. */
export function hasSource(schema: Schema, functions: GenerateOptions["functions"] = {}): boolean {
  try {
    generateSource({ schema }, { functions });
    return true;
  } catch (error) {
    assert.ok(error instanceof CodecError && /cannot be written as source text/.test(error.message), String(error));
    return false;
  }
}
