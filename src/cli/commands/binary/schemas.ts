/**
 * `warpwire schemas` and `warpwire describe`: the schemas by name, and the byte table of one, or its description for
 * Kaitai Struct.
 *
 * @module
 */

import { kaitaiId, toKaitai } from "../../../../codec/kaitai/mod.ts";
import { describeMarkdown, describeText, type Schema } from "../../../../codec/mod.ts";
import { type Arguments, type CommandBody, positionals, UsageError } from "../../command.ts";
import { SCHEMA_HELP, schemaOf, SCHEMAS } from "../../input/mod.ts";

/** Lists the names of the schemas. */
export const schemasCommand: CommandBody = {
  usage: "[options]",
  run(args, { out }) {
    positionals(args, []);
    for (const name of SCHEMAS.keys()) out(`${name}\n`);
  },
};

/** Prints the byte table of a schema. */
export const describeCommand: CommandBody = {
  usage: "<schema>",
  details: SCHEMA_HELP,
  options: {
    markdown: { type: "boolean", about: "print a Markdown table" },
    kaitai: { type: "boolean", about: "print a .ksy file for Kaitai Struct" },
  },
  run(args, { out }) {
    const [name] = positionals(args, ["schema"]);
    out(describeAs(args, name, schemaOf(name)));
  },
};

function describeAs({ options }: Arguments, name: string, schema: Schema): string {
  if (options.kaitai === true && options.markdown === true) {
    throw new UsageError("Options --kaitai and --markdown exclude each other");
  }
  if (options.kaitai === true) return toKaitai(schema, { id: kaitaiId(name), title: name });
  return `${options.markdown === true ? describeMarkdown(schema) : describeText(schema)}\n`;
}
