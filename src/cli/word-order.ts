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
  // Without its value, an unknown option looks more like the one that was meant.
  const usualOption = (word: string): string => {
    const [, name, value = ""] = /^(--[^=]+)(=[^]*)?$/.exec(word) ?? [];
    if (name === undefined) return word;
    const usual = name.replaceAll("_", "-");
    return Object.hasOwn(all, usual.slice(2)) ? usual + value : usual;
  };
  const before: string[] = [];
  let [at, wrong] = [0, ""];
  while (at < argv.length && /^-[^]/.test(argv[at]) && argv[at] !== "--") {
    const word = usualOption(argv[at++]);
    const name = word.slice(2).replace(/=[^]*/, "");
    before.push(word);
    if (Object.hasOwn(all, name)) {
      if (word === `--${name}` && all[name].type === "string" && at < argv.length) before.push(argv[at++]);
    } else if (!isHelp(word)) wrong ||= word;
  }
  const command = usualName(argv[at] ?? "", commands);
  const rest = argv.slice(at + 1);
  const end = rest.indexOf("--");
  const after = rest.map((word, index) => end < 0 || index < end ? usualOption(word) : word);
  if (command === "help") return [command, ...rest.map((word) => usualName(word, commands))];
  // Help wins over everything else.
  const known = commands.some(({ name }) => name === command) ? [command] : [];
  if ([...before, ...after.slice(0, end < 0 ? after.length : end)].some(isHelp)) return [...known, "--help"];
  // The parser says what is wrong with it.
  if (wrong !== "") return [wrong];
  return at === argv.length ? [] : [command, ...before, ...after];
}

/** The own name of a command, however it was spelt. */
function usualName(word: string, commands: readonly CommandSpec[]): string {
  const same = (name: string) => name.replaceAll("_", "-") === word.replaceAll("_", "-");
  return commands.find(({ name, aliases = [] }) => same(name) || aliases.some(same))?.name ?? word;
}

function isHelp(word: string): boolean {
  return word === "--help" || word === "-h";
}
