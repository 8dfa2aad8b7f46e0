/**
 * The program `warpwire` and its commands.
 *
 * @module
 */

import { VERSION } from "../../codec/codegen/mod.ts";
import type { CommandSpec, ProgramSpec, Streams } from "./command.ts";
import * as commands from "./commands/mod.ts";
import { demoCommand } from "./demo/mod.ts";
import { run } from "./run.ts";

/** Every command, by its group in the help. */
export const COMMAND_GROUPS: Readonly<Record<string, readonly CommandSpec[]>> = {
  "Sharing without a service": [commands.shareCommand, commands.receiveCommand],
  "The service": [commands.serveCommand, commands.statusCommand, demoCommand],
  "Transfers through the service": [
    commands.sendCommand,
    commands.inCommand,
    commands.outCommand,
    commands.getCommand,
    commands.rejectCommand,
    commands.cancelCommand,
    commands.watchCommand,
  ],
  "Peers": [
    commands.peerCommand,
    commands.peersCommand,
    commands.trustCommand,
    commands.blockCommand,
    commands.askCommand,
    commands.aliasCommand,
  ],
  "Programs of other nodes": [commands.pingCommand, commands.queryCommand, commands.registerCommand],
  "The storj network": [commands.storjCommand],
  "Binary messages": [
    commands.inspectCommand,
    commands.decodeCommand,
    commands.encodeCommand,
    commands.cslqCommand,
    commands.schemasCommand,
    commands.describeCommand,
    commands.generateCommand,
    commands.fixturesCommand,
    commands.sessionCommand,
    commands.rpcCommand,
  ],
};

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = Object.values(COMMAND_GROUPS).flat();

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
