/**
 * `put` and `get`: values of the hash table.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import type { MsgpackValue } from "../../../codec/msgpack/mod.ts";
import { StorjError } from "../../storj/mod.ts";
import { type CommandSpec, positionals, type Streams, UsageError } from "../command.ts";
import { readBytes } from "../input/mod.ts";
import { jsonLine } from "../json/mod.ts";
import { withNode } from "./node-access.ts";
import { packedForm, plainValue, unpackedForm, valueBytes, valueText } from "./texts.ts";

/** Stores a value. */
export const putCommand: CommandSpec = {
  name: "put",
  usage: "<key> <value | @file | ->",
  about: "store a value in the hash table",
  details:
    `The value is a text, or the bytes of a file (@file) or of the standard input (-): at most 8,116 bytes. Nobody
owns a key: whoever puts another value replaces it. Nodes forget values after a day, unless they are put again.`,
  options: { keep: { type: "boolean", about: "have the node that runs in the data folder put it anew once a day" } },
  async run(args, streams) {
    const [key, text] = positionals(args, ["key", "value"]);
    const value = await valueOf(text, streams);
    const keep = args.options.keep === true;
    return await withNode(args, streams, async ({ call, show, print, checkPeers, config, isRunning }) => {
      if (keep && !isRunning) throw new UsageError("Option --keep needs a node that runs in the data folder");
      show("putting…");
      if (await call("dht_put", [key, packedForm(value), keep]) !== true) {
        await checkPeers();
        throw new StorjError("not-found", "Nobody has stored the value");
      }
      if (config.json) print(`${jsonLine({ key, value: plainValue(value) })}\n`);
      else print(`Put '${escapeText(key)}' => '${escapeText(valueText(value))}'!\n`);
    });
  },
};

/** A value that was typed: text, or the bytes of a file. */
async function valueOf(text: string, streams: Streams): Promise<MsgpackValue> {
  if (text !== "-" && !text.startsWith("@")) return text;
  return await readBytes([text], { positionals: [], options: { raw: true } }, streams);
}

/** Gets a value. */
export const getCommand: CommandSpec = {
  name: "get",
  usage: "<key> [options]",
  about: "get a value from the hash table",
  details: `Bytes that are UTF-8 are shown as text; other values are shown as JSON, in which bytes are {"hex":"..."}.`,
  options: { raw: { type: "boolean", about: "write the bytes of the value alone" } },
  async run(args, streams) {
    const [key] = positionals(args, ["key"]);
    const raw = args.options.raw === true;
    return await withNode(args, streams, async ({ call, show, print, checkPeers, config }) => {
      show("getting…");
      const found = await call("dht_get", [key, true]);
      if (found === null) {
        await checkPeers();
        throw new StorjError("not-found", `Nobody has a value for ${JSON.stringify(key)}`);
      }
      const value = unpackedForm(found);
      if (raw) {
        print("");
        await streams.write(valueBytes(value));
      } else if (config.json) print(`${jsonLine({ key, value: plainValue(value) })}\n`);
      else print(`Got '${escapeText(key)}' => '${escapeText(valueText(value))}'!\n`);
    });
  },
};
