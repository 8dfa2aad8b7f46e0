/**
 * `call`: any call of the user API.
 *
 * @module
 */

import { CodecError } from "../../../codec/mod.ts";
import { type ExactJson, exactJson } from "../../../codec/json/mod.ts";
import { type Arguments, type CommandSpec, positionals, textOption, UsageError } from "../command.ts";
import { escapeJson } from "../json/mod.ts";
import { withNode } from "./node-access.ts";
import { jsonArgument } from "./texts.ts";

/** Calls a node, and prints the answer. */
export const callCommand: CommandSpec = {
  name: "call",
  usage: "<name> [<value> …]",
  about: "make a call of the user API, and print the answer as JSON",
  details: `Values are JSON; what is no JSON is a text. Write '"5"' for the text 5. The calls are described in
docs/user-api-calls.md, and by the answer to rpc.discover.`,
  options: {
    params: { type: "string", value: "JSON", about: "all parameters: an array, or an object with their names" },
  },
  async run(args, streams) {
    const [name, ...words] = positionals(args, ["name"], { rest: true });
    const params = paramsOf(args, words);
    return await withNode(args, streams, async ({ callText, print, show }) => {
      show("calling…");
      print(`${escapeJson(await callText(name, params))}\n`);
    }, { alone: true });
  },
};

function paramsOf(args: Arguments, words: readonly string[]): ExactJson {
  const all = textOption(args, "params");
  if (all === undefined) return words.map(jsonArgument);
  if (words.length > 0) throw new UsageError("Parameters are given both as words and with --params");
  try {
    return exactJson(all);
  } catch (error) {
    if (error instanceof CodecError) throw new UsageError(`Option --params: ${error.message}`);
    throw error;
  }
}
