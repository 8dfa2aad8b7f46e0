/**
 * Runs a command of a program: errors and exit status.
 *
 * @module
 */

import { escapeText } from "../../codec/text/mod.ts";
import {
  type CommandHead,
  type CommandSpec,
  type ListedCommand,
  loaded,
  type ProgramSpec,
  type Streams,
  UsageError,
} from "./command.ts";
import { parseCommandLine } from "./command-line.ts";
import { orderedWords } from "./word-order.ts";

const EXIT_ERROR = 1;
const EXIT_USAGE = 2;

/** Runs a program with arguments; returns the exit status. */
export async function run(argv: readonly string[], program: ProgramSpec, streams: Streams): Promise<number> {
  const isHelp = ["help", "--help", "-h"].includes(argv[0]);
  const listed = named(program, argv[isHelp ? 1 : 0]);
  const below = listed && (await loaded(listed)).program;
  if (below !== undefined) return await run(isHelp ? ["help", ...argv.slice(2)] : argv.slice(1), below, streams);
  const words = program.options === undefined ? argv : orderedWords(argv, program);
  try {
    const call = await parseCommandLine(words, program, streams);
    return call === null ? 0 : await call.command.run(call.args, streams) ?? 0;
  } catch (error) {
    return report(error, program, named(program, words[0]), streams);
  }
}

function named({ groups }: ProgramSpec, name: string | undefined): CommandSpec | ListedCommand | undefined {
  return Object.values(groups).flat().find((command) => command.name === name);
}

/** Prints what went wrong on one line; returns the exit status. */
function report(error: unknown, program: ProgramSpec, command: CommandHead | undefined, { err }: Streams): number {
  if (error instanceof UsageError) {
    const help = command === undefined ? `${program.name} --help` : `${program.name} ${command.name} --help`;
    err(`error: usage: ${escapeText(error.message)} (see ${help})\n`);
    return EXIT_USAGE;
  }
  const { code = "internal", message = String(error) } = error as { code?: string; message?: string };
  // The messages of system errors begin with their code already.
  err(`error: ${escapeText(message.startsWith(`${code}: `) ? message : `${code}: ${message}`)}\n`);
  return EXIT_ERROR;
}
