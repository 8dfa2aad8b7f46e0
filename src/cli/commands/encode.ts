/**
 * `warpwire encode`: JSON as bytes.
 *
 * @module
 */

import { encode, formatHex } from "../../../codec/mod.ts";
import { type CommandSpec, positionals } from "../command.ts";
import { fromJson, parseJson, readText, SCHEMA_HELP, schemaOf } from "../input/mod.ts";

/** Prints the bytes of a value as hex. */
export const encodeCommand: CommandSpec = {
  name: "encode",
  usage: "<schema> <json | @file | ->",
  about: "print the bytes of a value as hex",
  details:
    `${SCHEMA_HELP}\nIn JSON, byte strings are {"hex":"…"}. 64-bit integers that JSON numbers cannot hold are decimal strings.`,
  async run(args, streams) {
    const [name, json] = positionals(args, ["schema", "json | @file | -"]);
    const schema = schemaOf(name);
    const value = fromJson(schema, parseJson(await readText(json, streams)));
    streams.out(`${formatHex(encode(schema, value))}\n`);
  },
};
