/**
 * Generated code for the messages of all protocols.
 *
 * @module
 */

import type { Schema } from "../../codec/mod.ts";
import { OBJECT_TYPES } from "../../codec/protocols/astral/mod.ts";
import { SCHEMAS } from "../../src/cli/input/schemas.ts";
import type { GeneratedFunctions } from "../../src/fuzz/mod.ts";
import { hasSource, loadGenerated, sourceUrl } from "../codec/codegen/load.ts";
import * as functions from "./functions.ts";

/** A schema and the functions that were generated for it. */
export interface ProtocolCodec {
  /** The name of the schema, as in `storj.rpcudp.ping.request`. */
  readonly name: string;
  readonly schema: Schema;
  readonly functions: Required<GeneratedFunctions>;
}

/** Generates and loads code for every schema of the protocols that has source text. */
export async function loadProtocolCodecs(): Promise<ProtocolCodec[]> {
  const from = sourceUrl("test/protocols/functions.ts");
  const sources = Object.fromEntries(Object.entries(functions).map(([name, schema]) => [name, { schema, from }]));
  const objects = Object.entries<{ readonly schema: Schema }>(OBJECT_TYPES)
    .map(([type, { schema }]) => [`astral.2026.${type === "" ? "blob" : type}`, schema] as const);
  const schemas = [...SCHEMAS, ...objects].filter(([, schema]) => hasSource(schema, sources));
  const { table } = await loadGenerated(
    Object.fromEntries(schemas.map(([name, schema]) => [identifierOf(name), schema])),
    sources,
  );
  return schemas.map(([name, schema]) => ({ name, schema, functions: table[identifierOf(name)] }));
}

function identifierOf(name: string): string {
  return name.replace(/[._](\w)/g, (_, letter: string) => letter.toUpperCase());
}
