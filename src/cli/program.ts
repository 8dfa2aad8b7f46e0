/**
 * The commands of the program: help, arguments, errors and exit status.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { CodecError, escapeText } from "../../codec/mod.ts";
import { type CommandSpec, type Streams, UsageError } from "./command.ts";
import { cslqCommand } from "./commands/cslq.ts";
import { decodeCommand } from "./commands/decode.ts";
import { demoCommand } from "./commands/demo.ts";
import { describeCommand } from "./commands/describe.ts";
import { encodeCommand } from "./commands/encode.ts";
import { cancelCommand, rejectCommand } from "./commands/end-offer.ts";
import { fixturesCommand } from "./commands/fixtures.ts";
import { generateCommand } from "./commands/generate.ts";
import { getCommand } from "./commands/get.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { inCommand, outCommand } from "./commands/offers.ts";
import { aliasCommand, askCommand, blockCommand, trustCommand } from "./commands/peer-rules.ts";
import { peersCommand } from "./commands/peers.ts";
import { pingCommand } from "./commands/ping.ts";
import { queryCommand } from "./commands/query.ts";
import { receiveCommand } from "./commands/receive.ts";
import { registerCommand } from "./commands/register.ts";
import { rpcCommand } from "./commands/rpc.ts";
import { schemasCommand } from "./commands/schemas.ts";
import { sendCommand } from "./commands/send.ts";
import { serveCommand } from "./commands/serve.ts";
import { sessionCommand } from "./commands/session.ts";
import { shareCommand } from "./commands/share.ts";
import { statusCommand } from "./commands/status.ts";
import { watchCommand } from "./commands/watch.ts";

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
  const [name, ...rest] = argv;
  if (name === "--help" || name === "-h" || name === "help") {
    streams.out(programHelp());
    return 0;
  }
  const command = COMMANDS.find((one) => one.name === name);
  try {
    if (name === undefined) throw new UsageError("A command is missing");
    if (command === undefined) throw new UsageError(`There is no command "${name}"`);
    return await runCommand(command, rest, streams);
  } catch (error) {
    return report(error, command, streams);
  }
}

async function runCommand(command: CommandSpec, argv: readonly string[], streams: Streams): Promise<number> {
  const { values, positionals } = parse(command, argv);
  if (values.help === true) {
    streams.out(commandHelp(command));
    return 0;
  }
  return await command.run({ positionals, options: values }, streams) ?? 0;
}

function parse(command: CommandSpec, argv: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries(command.options ?? {}).map(([name, { about: _, value: __, ...option }]) => [name, option]),
  );
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { ...options, help: { type: "boolean", short: "h" } },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split("\n")[0] : String(error));
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

function programHelp(): string {
  const rows = COMMANDS.map(({ name, usage, about }) => [`${name} ${usage}`.trimEnd(), about]);
  return `warpwire: shares files, and reads and writes binary protocols

usage: warpwire <command> [arguments]

${columns(rows)}

warpwire <command> --help says more about a command.
`;
}

function commandHelp({ name, usage, about, details, options = {} }: CommandSpec): string {
  const rows = Object.entries({ ...options, help: { about: "says this", value: undefined, short: "h" } }).map(
    ([option, { about, value }]) => [`--${option}${value === undefined ? "" : ` ${value}`}`, about],
  );
  const more = details === undefined ? "" : `\n${details}\n`;
  return `usage: warpwire ${`${name} ${usage}`.trimEnd()}\n\n${about}.\n${more}\n${columns(rows)}\n`;
}

function columns(rows: readonly (readonly string[])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
