/**
 * The program `warpwire` and its commands.
 *
 * @module
 */

import { VERSION } from "../../codec/text/mod.ts";
import type { ListedCommand, ProgramSpec, Streams } from "./command.ts";
import { COMMAND_GROUPS } from "./commands/mod.ts";
import { run } from "./run.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly ListedCommand[] = Object.values(COMMAND_GROUPS).flat();

/** The program `warpwire`. */
export const WARPWIRE: ProgramSpec = {
  name: "warpwire",
  about: "Share files; read and write binary protocols.",
  version: VERSION,
  groups: COMMAND_GROUPS,
};

/** Runs `warpwire` with arguments; returns the exit status. */
export async function runProgram(argv: readonly string[], streams: Streams): Promise<number> {
  return await run(argv, WARPWIRE, streams);
}
