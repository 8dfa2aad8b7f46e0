/**
 * The commands of the program, errors and exit status.
 *
 * @module
 */

import { CodecError, escapeText } from "../../codec/mod.ts";
import { type CommandSpec, type Streams, UsageError } from "./command.ts";
import { parseCommandLine } from "./command-line.ts";
import {
  aliasCommand,
  askCommand,
  blockCommand,
  cancelCommand,
  cslqCommand,
  decodeCommand,
  describeCommand,
  encodeCommand,
  fixturesCommand,
  generateCommand,
  getCommand,
  inCommand,
  inspectCommand,
  outCommand,
  peerCommand,
  peersCommand,
  pingCommand,
  queryCommand,
  receiveCommand,
  registerCommand,
  rejectCommand,
  rpcCommand,
  schemasCommand,
  sendCommand,
  serveCommand,
  sessionCommand,
  shareCommand,
  statusCommand,
  trustCommand,
  watchCommand,
} from "./commands/mod.ts";
import { demoCommand } from "./demo/mod.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  shareCommand,
  receiveCommand,
  serveCommand,
  sendCommand,
  inCommand,
  outCommand,
  getCommand,
  rejectCommand,
  cancelCommand,
  watchCommand,
  trustCommand,
  blockCommand,
  askCommand,
  aliasCommand,
  inspectCommand,
  decodeCommand,
  encodeCommand,
  cslqCommand,
  sessionCommand,
  rpcCommand,
  schemasCommand,
  describeCommand,
  generateCommand,
  fixturesCommand,
  statusCommand,
  peerCommand,
  peersCommand,
  pingCommand,
  queryCommand,
  registerCommand,
  demoCommand,
];

const EXIT_ERROR = 1;
const EXIT_USAGE = 2;

/** Runs the program with arguments; returns the exit status. */
export async function runProgram(argv: readonly string[], streams: Streams): Promise<number> {
  try {
    const call = parseCommandLine(argv, COMMANDS, streams);
    return call === null ? 0 : await call.command.run(call.args, streams) ?? 0;
  } catch (error) {
    return report(error, COMMANDS.find(({ name }) => name === argv[0]), streams);
  }
}

/** Says what went wrong, on one line; returns the exit status. */
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
