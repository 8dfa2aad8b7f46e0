/**
 * Schemas: those that the program knows by name, and those that modules of users export.
 *
 * @module
 */

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CodecError, type Schema } from "../../../codec/mod.ts";
import { cslq } from "../../../codec/cslq/mod.ts";
import {
  answer,
  APPHOST_2022,
  APPHOST_2023,
  type ApphostDialect,
  astralObject,
  authAnswer,
  authRequest,
  commandNames,
  commandRequest,
  identity,
  inboundAnswer,
  inboundQuery,
} from "../../../codec/protocols/astral/mod.ts";
import { requestSchema, responseSchema, RPC_NAMES, rpcs } from "../../../codec/protocols/storj/mod.ts";
import { answerSchemas, dialects, dialectSchemas } from "../../../codec/protocols/warpdrive/mod.ts";

/** The prefix of a pattern instead of a schema's name. */
const PATTERN_PREFIX = "cslq:";

/** Every schema by its name. */
export const SCHEMAS: ReadonlyMap<string, Schema> = new Map(
  Object.entries({
    ...dialectSchemas(dialects.unified),
    ...dialectSchemas(dialects.draft),
    ...answerSchemas(),
    ...storjSchemas(),
    "astral.identity": identity,
    "astral.object": astralObject,
    "astral.2023.auth": authRequest,
    "astral.2023.auth.answer": authAnswer,
    ...apphostSchemas("astral.2023", APPHOST_2023),
    ...apphostSchemas("astral.2022", APPHOST_2022),
    "astral.inbound": inboundQuery,
    "astral.inbound.answer": inboundAnswer,
  }),
);

/** Requests and responses of every call in every era that knows it; a call with two names has two requests. */
function storjSchemas(): Record<string, Schema> {
  const schemas: Record<string, Schema> = {};
  for (const rpc of RPC_NAMES) {
    for (const era of rpcs[rpc].eras) {
      for (const wireName of [rpc, ...rpcs[rpc].aliases]) {
        schemas[`storj.${era}.${wireName}.request`] = requestSchema(rpc, { era, wireName });
      }
      schemas[`storj.${era}.${rpc}.response`] = responseSchema(rpc, { era });
    }
  }
  return schemas;
}

function apphostSchemas(prefix: string, dialect: ApphostDialect): Record<string, Schema> {
  const schemas: Record<string, Schema> = { [`${prefix}.command`]: commandRequest(dialect) };
  for (const name of commandNames(dialect)) schemas[`${prefix}.${name}.answer`] = answer(name, dialect);
  return schemas;
}

/** Help for arguments that name a schema. */
export const SCHEMA_HELP = `A schema is a name from "warpwire schemas", or a pattern as in "cslq:[c]c q".`;

/**
 * The schema of a name, or of a pattern.
 *
 * @throws CodecError `syntax` when there is no such schema
 */
export function schemaOf(name: string): Schema {
  if (name.startsWith(PATTERN_PREFIX)) return cslq(name.slice(PATTERN_PREFIX.length));
  const schema = SCHEMAS.get(name);
  if (schema !== undefined) return schema;
  throw new CodecError("syntax", `Unknown schema "${name}"`);
}

/**
 * What a module exports.
 *
 * @throws CodecError `schema` for what is not a module; what the module itself throws
 */
export async function importModule(file: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(resolve(file)).href) as Record<string, unknown>;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    // In a folder whose package.json is of CommonJS, Node takes a .js file for that.
    const hint = file.endsWith(".js") ? "; name the file .mjs, or set the type in package.json" : "";
    throw new CodecError("schema", `Module ${JSON.stringify(file)} cannot be read: ${cause.message}${hint}`, { cause });
  }
}
