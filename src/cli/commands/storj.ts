/**
 * `warpwire storj`: the commands of `storjnode`.
 *
 * @module
 */

import { type CommandSpec, UsageError } from "../command.ts";
import { STORJNODE } from "../storj/mod.ts";

/** Commands of the storj node. */
export const storjCommand: CommandSpec = {
  name: "storj",
  usage: "[options] <command> [arguments]",
  about: "run a node of the storj network: put and get values, find nodes, send messages",
  program: { ...STORJNODE, name: "warpwire storj" },
  run() {
    throw new UsageError("A command is missing");
  },
};
