/**
 * The interface of a command: its description, arguments, options and streams.
 *
 * @module
 */

import type { CollisionPolicy } from "../warpdrive/files/mod.ts";

/** Where a command reads and writes. */
export interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Writes bytes unchanged; resolves when there is room for more. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  readonly input: AsyncIterable<Uint8Array | string>;
  /** Whether the output is a terminal, where lines can be redrawn. */
  readonly terminal: boolean;
  /** Whether the output may be coloured. Default no. */
  readonly color?: boolean;
  /** How many characters fit on a line of the terminal. Default 80. */
  readonly columns?: number;
  /** Whether there is a person at a terminal to ask. Default no. */
  readonly interactive?: boolean;
}

/** One option of a command. */
export interface CommandOption {
  /** Whether it takes a value. */
  readonly type: "string" | "boolean";
  /** What the help calls the value. */
  readonly value?: string;
  /** Whether the value may be left out; the option is `true` then. Default no. */
  readonly optional?: boolean;
  /** A letter for it, as `y` for `-y`. */
  readonly short?: string;
  /** Whether it may be repeated. Default no: the last one counts. */
  readonly multiple?: boolean;
  /** One line of help. */
  readonly about: string;
}

/** Options by name. */
export type CommandOptions = Readonly<Record<string, CommandOption>>;

/** The parsed arguments of a command. */
export interface Arguments {
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
}

/** What the list of commands says of one. */
export interface CommandHead {
  readonly name: string;
  /** One line for the list of commands. */
  readonly about: string;
  /** Other names for it. */
  readonly aliases?: readonly string[];
}

/** What a command takes and does. */
export interface CommandBody {
  /** The arguments after the name, as in `<schema> <hex | @file | ->`. */
  readonly usage: string;
  /** More text for the command's own help, which wraps it; a line that ends with a full stop ends a paragraph. */
  readonly details?: string;
  readonly options?: CommandOptions;
  /** The commands below this one, which then has no arguments and no `run` of its own. */
  readonly program?: ProgramSpec;
  /** Runs the command; the result is the exit status, 0 when there is none. */
  run(args: Arguments, streams: Streams): Promise<number | void> | number | void;
}

/** One command of a program. */
export interface CommandSpec extends CommandHead, CommandBody {}

/** A command of which the rest is loaded when it is called. */
export interface ListedCommand extends CommandHead {
  load(): Promise<CommandBody>;
}

/** The whole of a command. */
export async function loaded(command: CommandSpec | ListedCommand): Promise<CommandSpec> {
  if (!("load" in command)) return command;
  const { load, ...head } = command;
  return { ...head, ...await load() };
}

/** A program: commands under one name. */
export interface ProgramSpec {
  /** What people type, as `warpwire`. */
  readonly name: string;
  /** One line of help. */
  readonly about: string;
  /** What `--version` prints. */
  readonly version: string;
  /** Every command, by its group in the help. */
  readonly groups: Readonly<Record<string, readonly (CommandSpec | ListedCommand)[]>>;
  /**
   * Options that all commands have. Where there are some, options may stand before the command, too, and in the names of
   * options and commands `-` and `_` are the same.
   */
  readonly options?: CommandOptions;
}

/** Thrown when a command is called in a way that its help does not describe; the exit status is 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** The positional arguments: as many as there are names, or at least as many with `rest`. */
export function positionals(args: Arguments, names: readonly string[], { rest = false } = {}): readonly string[] {
  const { length } = args.positionals;
  if (length < names.length) throw new UsageError(`Argument <${names[length]}> is missing`);
  if (length > names.length && !rest) {
    throw new UsageError(`Unexpected argument ${JSON.stringify(args.positionals[names.length])}`);
  }
  return args.positionals;
}

/**
 * The positional arguments, each of them a path. An empty path would mean the current folder, so it is rejected:
 * `share "$UNSET"` must not share that.
 */
export function pathArguments(args: Arguments): readonly string[] {
  const paths = positionals(args, ["path"], { rest: true });
  const empty = paths.indexOf("");
  if (empty >= 0) throw new UsageError(paths.length === 1 ? "The path is empty" : `Path ${empty + 1} is empty`);
  return paths;
}

/**
 * A text option.
 *
 * @throws UsageError for an empty value: no option needs one, and an empty path would mean the current folder
 */
export function textOption(args: Arguments, name: string): string | undefined {
  const value = args.options[name];
  if (value === "") throw new UsageError(`Option --${name} has an empty value`);
  return typeof value === "string" ? value : undefined;
}

/** All values of a text option that may be repeated. */
export function textOptions(args: Arguments, name: string): readonly string[] {
  const values = args.options[name];
  if (typeof values !== "object") return [];
  if (values.includes("")) throw new UsageError(`Option --${name} has an empty value`);
  return values;
}

/**
 * A text option that is one of some words, by default the first of them.
 *
 * @throws UsageError
 */
export function choiceOption<T extends string>(
  args: Arguments,
  name: string,
  choices: readonly T[],
  usual: NoInfer<T> = choices[0],
): T {
  const text = textOption(args, name) ?? usual;
  const found = choices.find((one) => one === text);
  if (found === undefined) throw new UsageError(`Option --${name} is one of ${choices.join(", ")}, not "${text}"`);
  return found;
}

/** The numbers that an option allows. */
interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** Whether only whole numbers are allowed. Default false. */
  readonly whole?: boolean;
}

/**
 * A number option.
 *
 * @throws UsageError for text that is not a number in the range
 */
export function numberOption(
  args: Arguments,
  name: string,
  { min, max, whole = false }: NumberRange,
): number | undefined {
  const text = textOption(args, name);
  if (text === undefined) return undefined;
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
  throw new UsageError(
    `Option --${name} must be a ${whole ? "whole " : ""}number from ${min} to ${max}, not "${text}"`,
  );
}

const POLICIES: readonly CollisionPolicy[] = ["rename", "skip", "overwrite"];

/** The help of the option that says what becomes of a file whose name is taken. */
export const COLLISION_OPTION = {
  type: "string",
  value: POLICIES.join(" | "),
  about: `what to do if a name is taken; default ${POLICIES[0]}, as in name (2)`,
} as const;

/** Reads {@link COLLISION_OPTION}. Throws UsageError. */
export function collisionPolicy(args: Arguments): CollisionPolicy {
  return choiceOption(args, "on-collision", POLICIES);
}
