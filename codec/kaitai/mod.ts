/**
 * Schemas as descriptions for Kaitai Struct, from which its compiler makes parsers in many languages and its tools show
 * files.
 *
 * @module
 */

import { checkSchema, type Schema } from "../schema/mod.ts";
import { CodecError } from "../error.ts";
import { KaitaiBuilder } from "./build.ts";
import { snakeCase } from "./names.ts";
import { writeYaml, type Yaml } from "./yaml.ts";

/** Options of {@link toKaitai}. */
export interface KaitaiOptions {
  /** The name of the description, which is also the name of its file: small letters, digits and underscores. */
  readonly id: string;
  /** What the description is about, for people. */
  readonly title?: string;
}

/** The first version of the compiler that knows everything that is used. */
const COMPILER_VERSION = "0.9";

/**
 * A schema as the text of a `.ksy` file. It describes one message and checks what `decode` checks, but for refinements,
 * the limits on what a message costs, valid UTF-8, the inside of documents, and bytes after the message.
 *
 * Fields keep their names in small letters with underscores. What Kaitai has no value for gets an attribute of its own:
 * `x_size` and `x_count` for the length of `x`, `x_present` for the byte that is 1 when it is present. A union is its
 * tag and a `body`, a tuple has `item_0` and so on, and what needs a type of its own without being a struct is called
 * `value` in it. Bools are numbers, and mappings are left out: the value is the one in the bytes.
 *
 * ```ts
 * import { string, struct, u64, u8 } from "warpwire/codec";
 * import { toKaitai } from "warpwire/kaitai";
 *
 * const Download = struct({ offerId: string(u8), index: u64, offset: u64 });
 * console.log(toKaitai(Download, { id: "download" }));
 * ```
 *
 * @throws CodecError `schema` with the path of what Kaitai cannot express: a value in another language (a JSON document)
 * followed by anything of varying size, conditions on optional fields, constants with several encodings
 */
export function toKaitai(schema: Schema, { id, title }: KaitaiOptions): string {
  checkSchema(schema, "describe for Kaitai: the schema");
  if (!/^[a-z][a-z0-9_]*$/.test(id)) {
    throw new CodecError(
      "schema",
      `The id ${JSON.stringify(id)} has other characters than small letters, digits and underscores`,
    );
  }
  const builder = new KaitaiBuilder();
  const root = builder.root(schema, id);
  const types = [...builder.types].filter(([name]) => name !== id).map((
    [name, type],
  ): [string, Yaml] => [name, type.yaml]);
  const enums = builder.enumerations.yaml;
  return writeYaml({
    meta: { id, title, encoding: "UTF-8", "ks-version": COMPILER_VERSION },
    ...root.yaml,
    types: types.length > 0 ? new Map(types) : undefined,
    enums: enums.size > 0 ? enums : undefined,
  });
}

/** A name, as of a schema in a list, as an id: `warpdrive_unified_request` for `warpdrive.unified.request`. */
export function kaitaiId(name: string): string {
  return snakeCase(name, "message");
}
