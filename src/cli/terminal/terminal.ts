/**
 * What the output can show.
 *
 * @module
 */

/** What the output can show. */
export interface TerminalAbilities {
  /** Lines can be drawn anew. */
  readonly terminal: boolean;
  readonly color: boolean;
}

/** What an output can show, and is wanted to by the environment. NO_COLOR (no-color.org) is about colours alone. */
export function terminalAbilities(
  isTTY: boolean | undefined,
  { TERM, NO_COLOR = "" }: Readonly<Record<string, string | undefined>>,
): TerminalAbilities {
  const terminal = isTTY === true && TERM !== "dumb";
  return { terminal, color: terminal && NO_COLOR === "" };
}
