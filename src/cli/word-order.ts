/**
 * Command lines on which options may stand before the command, and `-` and `_` in names are the same.
 *
 * @module
 */

import type { CommandOptions, CommandSpec, ProgramSpec } from "./command.ts";

/**
 * The words of a command line in the order and spelling that the parser knows: the command by its own name, and then
 * everything else. Values stay as they are, and so does what follows `--`.
 */
export function orderedWords(argv: readonly string[], { groups, options = {} }: ProgramSpec): readonly string[] {
  const commands = Object.values(groups).flat();
  const all: CommandOptions = Object.assign({}, ...commands.map((command) => command.options), options);
  const before: string[] = [];
  let at = 0;
  while (at < argv.length && /^-[^]/.test(argv[at]) && argv[at] !== "--") {
    const word = usualOption(argv[at++]);
    const name = word.slice(2).replace(/=[^]*/, "");
    if (word === "--version" || word === "-V") return [word];
    // The parser says what is wrong with it.
    if (!isHelp(word) && !Object.hasOwn(all, name)) return [word];
    before.push(word);
    if (word === `--${name}` && all[name]?.type === "string" && at < argv.length) before.push(argv[at++]);
  }
  if (at === argv.length) return before.find(isHelp) === undefined ? [] : ["--help"];
  const command = usualName(argv[at], commands);
  const rest = argv.slice(at + 1);
  if (command === "help") return [command, ...rest.map((word) => usualName(word, commands))];
  const end = rest.indexOf("--");
  return [command, ...before, ...rest.map((word, index) => end < 0 || index < end ? usualOption(word) : word)];
}

/** The own name of a command, however it was spelt. */
function usualName(word: string, commands: readonly CommandSpec[]): string {
  const same = (name: string) => name.replaceAll("_", "-") === word.replaceAll("_", "-");
  return commands.find(({ name, aliases = [] }) => same(name) || aliases.some(same))?.name ?? word;
}

/** `--udp_port=4653` as `--udp-port=4653`. */
function usualOption(word: string): string {
  const [, name, value = ""] = /^(--[^=]+)(=[^]*)?$/.exec(word) ?? [];
  return name === undefined ? word : name.replaceAll("_", "-") + value;
}

function isHelp(word: string): boolean {
  return word === "--help" || word === "-h";
}
