/**
 * Generated source that is written to a file and loaded, which Deno can do; Node 20 reads no TypeScript.
 *
 * @module
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as assert from "uvu/assert";
import { fromSeed } from "../../../codec/arbitrary/random.ts";
import { type GenerateOptions, generateSource } from "../../../codec/codegen/mod.ts";
import { CodecError, type Schema } from "../../../codec/mod.ts";
import type { GeneratedFunctions } from "../../../src/fuzz/mod.ts";
import { ALL_LANGUAGES, randomSchema } from "../arbitrary-schema.ts";

const SUPPORT = new URL("../../../codec/codegen/runtime/mod.ts", import.meta.url).href;
const DOORS = {
  json: new URL("../../../codec/json/mod.ts", import.meta.url).href,
  msgpack: new URL("../../../codec/msgpack/mod.ts", import.meta.url).href,
};

/** The functions of a generated file by their names, and in `table` those of each schema. */
export type Loaded = Record<string, (...args: unknown[]) => unknown> & {
  readonly table: Readonly<Record<string, Required<GeneratedFunctions>>>;
};

/** Writes the source of codecs to a file and loads it. */
export async function loadGenerated(
  schemas: Record<string, Schema>,
  functions: GenerateOptions["functions"] = {},
): Promise<Loaded> {
  const folder = mkdtempSync(join(tmpdir(), "warpwire-emit-"));
  try {
    const file = join(folder, "codecs.ts");
    writeFileSync(file, generateSource(schemas, { support: SUPPORT, doors: DOORS, functions, table: "table" }));
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Random schemas that have source text, by name. */
export function writableSchemas(seed: number, count: number): Record<string, Schema> {
  const schemas: Record<string, Schema> = {};
  for (let index = 0; Object.keys(schemas).length < count; index++) {
    const schema = randomSchema(fromSeed(seed + index), ALL_LANGUAGES);
    try {
      generateSource({ schema });
      schemas[`Schema${index}`] = schema;
    } catch (error) {
      // Only functions, and languages without source text, are no reason to worry.
      assert.ok(error instanceof CodecError && /cannot be written as source text/.test(error.message), String(error));
    }
  }
  return schemas;
}
