/**
 * Codecs as source text: one TypeScript file with types and functions for each schema. They need no compilation and no
 * `eval` when they run, and only streams carry a schema.
 *
 * @module
 */

import { checkObject, checkSchema, type Schema } from "../schema/mod.ts";
import { SourceFile } from "./file.ts";
import type { GenerateOptions } from "./generation.ts";

export { type FunctionSource, GENERATED_PARTS, type GeneratedPart, type GenerateOptions } from "./generation.ts";

/**
 * The source text of codecs for schemas by name. The same schemas give the same text.
 *
 * For a schema named `Download` the file exports the type `Download` and the functions `encodeDownload`,
 * `encodeDownloadInto`, `decodeDownload`, `decodeDownloadPrefix` and `streamDownload`, which do what the functions of
 * the codec do with the schema, with the default limits: the same bytes, values and errors. `scanDownload` finds where
 * the messages of a stream end, without decoding them.
 *
 * The usual forms of msgpack values are read and written by the file itself; the others, and the errors, are left to
 * `warpwire/msgpack`, which only files with such values import. A function that makes an object of a tuple's elements
 * becomes an object literal; one that makes something else is refused.
 *
 * @throws CodecError `schema` for a name that is not an identifier or is in the way of another, and for functions (of
 * `map`, `refine`) that are exported by no module
 */
export function generateSource(schemas: Readonly<Record<string, Schema>>, options: GenerateOptions = {}): string {
  checkObject(schemas, "generate source: the list of schemas");
  for (const [name, schema] of Object.entries(schemas)) checkSchema(schema, `generate source: ${JSON.stringify(name)}`);
  return new SourceFile(schemas, options).text();
}
