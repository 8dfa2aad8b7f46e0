/**
 * `warpwire encode` and `warpwire decode`: JSON as bytes, and bytes as JSON.
 *
 * @module
 */

import { decode, encode, formatHex } from "../../../../codec/mod.ts";
import { type CommandBody, positionals } from "../../command.ts";
import { INPUT_HELP, INPUT_OPTIONS, readBytes, readText, SCHEMA_HELP, schemaOf } from "../../input/mod.ts";
import { fromJson, jsonLine, parseJson } from "../../json/mod.ts";

/** Prints the bytes of a value as hex. */
export const encodeCommand: CommandBody = {
  usage: "<schema> <json | @file | ->",
  details:
    `${SCHEMA_HELP}\nIn JSON, byte strings are {"hex":"…"}. 64-bit integers that JSON numbers cannot hold are decimal strings.`,
  async run(args, streams) {
    const [name, json] = positionals(args, ["schema", "json | @file | -"]);
    const schema = schemaOf(name);
    const value = fromJson(schema, parseJson(await readText(json, streams)));
    streams.out(`${formatHex(encode(schema, value))}\n`);
  },
};

/** Prints the value of a message as JSON. */
export const decodeCommand: CommandBody = {
  usage: "<schema> <hex | @file | ->",
  details:
    `${SCHEMA_HELP}\n${INPUT_HELP}\nIn JSON, byte strings are {"hex":"…"}. 64-bit integers that JSON numbers cannot hold are decimal strings.`,
  options: INPUT_OPTIONS,
  async run(args, streams) {
    const [name, ...input] = positionals(args, ["schema", "hex | @file | -"], { rest: true });
    const schema = schemaOf(name);
    const bytes = await readBytes(input, args, streams);
    streams.out(`${jsonLine(decode(schema, bytes))}\n`);
  },
};
