/**
 * The command line: commands and their options as commander parses them, and the help.
 *
 * @module
 */

import { Command, CommanderError, type Help, Option } from "commander";
import {
  type Arguments,
  type CommandBody,
  type CommandHead,
  type CommandOption,
  type CommandOptions,
  type CommandSpec,
  loaded,
  type ProgramSpec,
  type Streams,
  UsageError,
} from "./command.ts";

/** How wide the help is without a terminal. */
const COLUMNS = 80;
/** Descriptions narrower than this go under what they describe. */
const DESCRIPTION_COLUMNS_MIN = 30;
const INDENT = 6;

/** What is not loaded. */
const NO_BODY = { usage: "" };

/** A call of one command. */
export interface Call {
  readonly command: CommandSpec;
  readonly args: Arguments;
}

/**
 * Parses a command line. Help and version are printed here.
 *
 * @returns what to run; `null` after help or the version was printed
 * @throws UsageError for what the help does not allow
 */
export async function parseCommandLine(
  argv: readonly string[],
  spec: ProgramSpec,
  streams: Streams,
): Promise<Call | null> {
  const words = argv[0] === "help" || isHelp(argv[0]) ? helpWords(argv.slice(1)) : argv;
  const [first] = words;
  if (first === undefined) throw new UsageError("A command is missing");
  const listed = Object.values(spec.groups).flat().find(({ name }) => name === first);
  const called = listed && await loaded(listed);
  let call: Call | null = null;
  const program = newProgram(spec, streams);
  for (const [heading, commands] of Object.entries(spec.groups)) {
    program.commandsGroup(`${heading}:`);
    for (const head of commands) {
      // Of the others, only names are read.
      if (head !== listed) addCommand(program, head, NO_BODY, {}, words, () => {});
      else addCommand(program, head, called!, spec.options ?? {}, words, (args) => call = { command: called!, args });
    }
  }
  try {
    // An unknown command is reported first, whatever follows it.
    program.parse(listed === undefined && !first.startsWith("-") ? [first] : words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    throw new UsageError(usageText(error, { ...spec.options, ...called?.options }));
  }
  return call;
}

function isHelp(word: string | undefined): boolean {
  return word === "--help" || word === "-h";
}

/** `help share` is `share --help`. */
function helpWords([name]: readonly string[]): readonly string[] {
  return name === undefined || name === "help" || isHelp(name) ? ["--help"] : [name, "--help"];
}

function newProgram({ name, about, version, options = {} }: ProgramSpec, { out, columns = COLUMNS }: Streams): Command {
  const program = new Command(name)
    .description(about)
    .usage(Object.keys(options).length === 0 ? "<command> [arguments]" : "[options] <command> [arguments]")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show this help")
    .commandsGroup("Help:")
    .helpCommand("help [command]", "show the help of a command")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: () => {}, getOutHelpWidth: () => columns })
    .configureHelp({
      minWidthToWrap: INDENT,
      styleUsage,
      subcommandTerm: (command) => [command.name(), ...command.aliases()].join(", "),
      optionTerm: ({ flags }) => flags.replace(/<(.*)>$/, "$1"),
      formatItem,
    });
  // For the help alone: they are options of each command.
  for (const [name, option] of Object.entries(options)) program.addOption(newOption(name, option, []));
  return program;
}

function styleUsage(this: Help, usage: string): string {
  const indent = "Usage: ".length;
  return this.boxWrap(usage, (this.helpWidth ?? COLUMNS) - indent).replaceAll("\n", `\n${" ".repeat(indent)}`);
}

/** A line of the help: the description is beside the term if there is room, otherwise below it. */
function formatItem(this: Help, term: string, termWidth: number, description: string, help: Help): string {
  const width = help.helpWidth ?? COLUMNS;
  const beside = width - termWidth - 4 >= DESCRIPTION_COLUMNS_MIN;
  const text = help.boxWrap(description, beside ? width - termWidth - 4 : width - INDENT);
  const indent = " ".repeat(beside ? termWidth + 4 : INDENT);
  const head = beside ? `  ${term.padEnd(termWidth)}  ` : `  ${term}\n${indent}`;
  return head + text.replaceAll("\n", `\n${indent}`);
}

function addCommand(
  program: Command,
  { name, about, aliases = [] }: CommandHead,
  { usage, details, options: own = {} }: Pick<CommandBody, "usage" | "details" | "options">,
  shared: CommandOptions,
  argv: readonly string[],
  run: (args: Arguments) => void,
): void {
  const named = Object.entries({ ...own, ...shared }).map(([name, option]) => {
    const added = newOption(name, option, argv);
    return { name, option: Object.hasOwn(own, name) ? added : added.helpGroup("Options of all commands:") };
  });
  const command = program.command(name)
    .aliases(aliases)
    .usage(usage)
    .summary(about)
    .description(`${about[0].toUpperCase()}${about.slice(1)}.${details === undefined ? "" : `\n\n${joined(details)}`}`)
    .argument("[arguments...]")
    .action((positionals: readonly string[], values: Readonly<Record<string, unknown>>) => {
      run({ positionals, options: Object.fromEntries(named.map(({ name, option }) => [name, given(option, values)])) });
    });
  for (const { option } of named) command.addOption(option);
}

function newOption(
  name: string,
  { type, value = "VALUE", optional = false, short, multiple, about }: CommandOption,
  argv: readonly string[],
): Option {
  const flags = `${short === undefined ? "" : `-${short}, `}--${name}`;
  if (type === "boolean") return new Option(flags, about);
  const shown = optional ? `[${value}]` : `<${value}>`;
  return new Option(`${flags} ${shown}`, about).argParser<string | readonly string[]>((text, earlier) => {
    // "--key --json" lacks a value much more often than it names a file "--json".
    if (/^--?[a-z]/.test(text) && !argv.includes(`--${name}=${text}`)) {
      throw new UsageError(
        `Option --${name} has no value; for the value ${JSON.stringify(text)} write --${name}=${text}`,
      );
    }
    return multiple === true ? [...(earlier ?? []), text] : text;
  });
}

function given(option: Option, values: Readonly<Record<string, unknown>>): Arguments["options"][string] {
  const value = values[option.attributeName()];
  return option.negate ? value === false : value as Arguments["options"][string];
}

/** Joins lines into paragraphs, which the help wraps; a line that ends with a full stop, colon or semicolon ends one. */
function joined(details: string): string {
  return details.replace(/([^.:;\n])\n(?!\n)/g, "$1 ");
}

/** Says what is wrong with a call, in our words instead of commander's. */
function usageText({ code, message }: CommanderError, options: Readonly<Record<string, CommandOption>>): string {
  const [, text, like] = /^error: ([^]*?)(?:\n\(Did you mean ([^]*)\?\))?$/.exec(message) ?? [, message];
  const hint = like === undefined ? "" : `; did you mean ${like}?`;
  const subject = /'([^]*)'/.exec(text!)?.[1] ?? "";
  switch (code) {
    case "commander.unknownCommand":
      return `Unknown command ${JSON.stringify(subject)}${hint}`;
    case "commander.unknownOption": {
      const name = /^--([^=]+)=/.exec(subject)?.[1] ?? "";
      if (Object.hasOwn(options, name)) return `Option --${name} takes no value`;
      return `Unknown option ${/^[\w-]+$/.test(subject) ? subject : JSON.stringify(subject)}${hint}`;
    }
    case "commander.optionMissingArgument":
      return `Option ${/--[\w-]+/.exec(subject)?.[0]} has no value`;
    default:
      return text!;
  }
}
