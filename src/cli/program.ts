/**
 * The commands of the program, errors and exit status.
 *
 * @module
 */

import { CodecError, escapeText } from "../../codec/mod.ts";
import { type CommandSpec, type Streams, UsageError } from "./command.ts";
import { parseCommandLine } from "./command-line.ts";
import * as commands from "./commands/mod.ts";
import { demoCommand } from "./demo/mod.ts";

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

const EXIT_ERROR = 1;
const EXIT_USAGE = 2;

/** Runs the program with arguments; returns the exit status. */
export async function runProgram(argv: readonly string[], streams: Streams): Promise<number> {
  try {
    const call = parseCommandLine(argv, COMMAND_GROUPS, streams);
    return call === null ? 0 : await call.command.run(call.args, streams) ?? 0;
  } catch (error) {
    return report(error, COMMANDS.find(({ name }) => name === argv[0]), streams);
  }
}

/** Prints what went wrong on one line; returns the exit status. */
function report(error: unknown, command: CommandSpec | undefined, { err }: Streams): number {
  if (error instanceof UsageError) {
    const help = command === undefined ? "warpwire --help" : `warpwire ${command.name} --help`;
    err(`error: usage: ${escapeText(error.message)} (see ${help})\n`);
    return EXIT_USAGE;
  }
  if (error instanceof CodecError) {
    err(`error: ${error.code}: ${escapeText(error.message)}\n`);
    return EXIT_ERROR;
  }
  const { code = "internal", message = String(error) } = error as { code?: string; message?: string };
  // The messages of system errors begin with their code already.
  err(`error: ${escapeText(message.startsWith(`${code}: `) ? message : `${code}: ${message}`)}\n`);
  return EXIT_ERROR;
}
