/**
 * Command lines on which options may stand before the command, and `-` and `_` in names are the same.
 *
 * @module
 */

import type { CommandHead, CommandOptions, ProgramSpec } from "./command.ts";

/**
 * The words of a command line in the order and spelling that the parser knows: the command by its own name, and then
 * everything else. Values stay as they are, and so does what follows `--`.
 */
export function orderedWords(argv: readonly string[], { groups, options = {} }: ProgramSpec): readonly string[] {
  const commands = Object.values(groups).flat();
  const all: CommandOptions = Object.assign(
    {},
    ...commands.map((command) => "options" in command ? command.options : {}),
    options,
  );
  const { before, unknown } = leadingOptions(argv, all);
  const command = usualName(argv[before.length] ?? "", commands);
  const rest = argv.slice(before.length + 1);
  if (command === "help") return [command, ...rest.map((word) => usualName(word, commands))];
  const end = rest.indexOf("--");
  const after = rest.map((word, index) => end < 0 || index < end ? usualOption(word, all) : word);
  // Help wins over everything else.
  const known = commands.some(({ name }) => name === command) ? [command] : [];
  if ([...before, ...after.slice(0, end < 0 ? after.length : end)].some(isHelp)) return [...known, "--help"];
  // The parser says what is wrong with it.
  if (unknown !== null) return [unknown];
  return before.length === argv.length ? [] : [command, ...before, ...after];
}

/** The options before the command with their values, and the first of them that is none of the options. */
function leadingOptions(
  argv: readonly string[],
  all: CommandOptions,
): { readonly before: readonly string[]; readonly unknown: string | null } {
  const before: string[] = [];
  let unknown: string | null = null;
  while (before.length < argv.length && /^-[^]/.test(argv[before.length]) && argv[before.length] !== "--") {
    const word = usualOption(argv[before.length], all);
    const name = word.slice(2).replace(/=[^]*/, "");
    before.push(word);
    if (!Object.hasOwn(all, name)) unknown ??= isHelp(word) ? null : word;
    else if (word === `--${name}` && all[name].type === "string" && before.length < argv.length) {
      before.push(argv[before.length]);
    }
  }
  return { before, unknown };
}

/** `--udp_port=4653` as `--udp-port=4653`. Without its value, an unknown option looks more like the one that was meant. */
function usualOption(word: string, all: CommandOptions): string {
  const [, name, value = ""] = /^(--[^=]+)(=[^]*)?$/.exec(word) ?? [];
  if (name === undefined) return word;
  const usual = name.replaceAll("_", "-");
  return Object.hasOwn(all, usual.slice(2)) ? usual + value : usual;
}

/** The own name of a command, however it was spelt. */
function usualName(word: string, commands: readonly CommandHead[]): string {
  const same = (name: string) => name.replaceAll("_", "-") === word.replaceAll("_", "-");
  return commands.find(({ name, aliases = [] }) => same(name) || aliases.some(same))?.name ?? word;
}

function isHelp(word: string): boolean {
  return word === "--help" || word === "-h";
}
