/**
 * `warpwire describe`: the byte table of a schema.
 *
 * @module
 */

import { describeMarkdown, describeText } from "../../../codec/mod.ts";
import { type CommandSpec, positionals } from "../command.ts";
import { SCHEMA_HELP, schemaOf } from "../schema-names.ts";

/** Prints the byte table of a schema. */
export const describeCommand: CommandSpec = {
  name: "describe",
  usage: "<schema>",
  about: "prints the byte table of a schema",
  details: SCHEMA_HELP,
  options: { markdown: { type: "boolean", about: "prints a Markdown table" } },
  run(args, { out }) {
    const [name] = positionals(args, ["schema"]);
    const schema = schemaOf(name);
    out(`${args.options.markdown === true ? describeMarkdown(schema) : describeText(schema)}\n`);
  },
};
