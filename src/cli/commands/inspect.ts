/**
 * `warpwire inspect`: what the bytes of a message mean.
 *
 * @module
 */

import { CodecError, hexdump, inspect } from "../../../codec/mod.ts";
import { type CommandSpec, positionals } from "../command.ts";
import { INPUT_HELP, INPUT_OPTIONS, readBytes } from "../input.ts";
import { jsonLine } from "../json-values.ts";
import { SCHEMA_HELP, schemaOf } from "../schema-names.ts";

/** Dumps a message with what each byte means; broken bytes as far as they make sense, then the error. */
export const inspectCommand: CommandSpec = {
  name: "inspect",
  usage: "<schema> <hex | @file | ->",
  about: "prints the bytes of a message with what they mean",
  details: `${SCHEMA_HELP}\n${INPUT_HELP}`,
  options: {
    json: { type: "boolean", about: "prints the spans as JSON" },
    ...INPUT_OPTIONS,
  },
  async run(args, streams) {
    const [name, ...input] = positionals(args, ["schema", "hex | @file | -"], { rest: true });
    const schema = schemaOf(name);
    const bytes = await readBytes(input, args, streams);
    const { spans, value, error } = inspect(schema, bytes);
    if (args.options.json === true) {
      const result = error === undefined ? { value } : { error: errorJson(error) };
      streams.out(`${jsonLine({ spans, ...result })}\n`);
    } else {
      const dump = hexdump(schema, bytes, { color: streams.color === true });
      if (dump !== "") streams.out(`${dump}\n`);
    }
    if (error !== undefined) throw error;
  },
};

function errorJson({ code, message, path, offset }: CodecError) {
  return { code, message, path, offset };
}
