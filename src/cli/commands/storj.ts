/**
 * `warpwire storj`: the commands of `storjnode`.
 *
 * @module
 */

import { type CommandBody, UsageError } from "../command.ts";
import { STORJNODE } from "../storj/mod.ts";

/** Commands of the storj node. */
export const storjCommand: CommandBody = {
  usage: "[options] <command> [arguments]",
  program: { ...STORJNODE, name: "warpwire storj" },
  run() {
    throw new UsageError("A command is missing");
  },
};
