/**
 * `warpwire decode`: bytes as JSON.
 *
 * @module
 */

import { decode } from "../../../codec/mod.ts";
import { type CommandSpec, positionals } from "../command.ts";
import { INPUT_HELP, INPUT_OPTIONS, jsonLine, readBytes, SCHEMA_HELP, schemaOf } from "../input/mod.ts";

/** Prints the value of a message as JSON. */
export const decodeCommand: CommandSpec = {
  name: "decode",
  usage: "<schema> <hex | @file | ->",
  about: "print the value of a message as JSON",
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
