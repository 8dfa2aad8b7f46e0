/**
 * The schemas that the program knows by name.
 *
 * @module
 */

import { CodecError, type Schema } from "../../codec/mod.ts";
import { cslq } from "../../codec/cslq/mod.ts";
import { answerSchemas, dialects, dialectSchemas } from "../../codec/protocols/warpdrive/mod.ts";

/** What stands before a pattern in place of a schema's name. */
const PATTERN_PREFIX = "cslq:";

/** Every schema by its name. */
export const SCHEMAS: ReadonlyMap<string, Schema> = new Map(
  Object.entries({
    ...dialectSchemas(dialects.unified),
    ...dialectSchemas(dialects.draft),
    ...answerSchemas(),
  }),
);

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
  throw new CodecError("syntax", `There is no schema "${name}"`);
}
