/**
 * What a fuzzing run has to say, as text.
 *
 * @module
 */

import { escapeText, formatHex } from "../../codec/mod.ts";
import type { FuzzFailure, FuzzReport } from "./fuzz.ts";

/** What became of the inputs of each subject, a line each. */
export function outcomesText({ outcomes }: FuzzReport): string {
  const width = Math.max(...[...outcomes.keys()].map(({ length }) => length));
  return [...outcomes].map(([name, counts]) => {
    const list = [...counts].sort(([, a], [, b]) => b - a).map(([word, count]) => `${word} ${count}`).join(", ");
    return `${name.padEnd(width)}  ${list === "" ? "no inputs" : list}\n`;
  }).join("");
}

/**
 * A failure with all that is needed to see it again.
 *
 * @param command what runs the fuzzer, as in `npm run fuzz --`
 */
export function failureText({ subject, seed, error, input, shrunk }: FuzzFailure, command: string): string {
  const quoted = `"${subject}"`;
  const lines = [
    `Failure in ${subject}, seed ${seed}`,
    escapeText(error instanceof Error ? `${error}` : String(error)),
  ];
  if (input !== undefined) lines.push(`Input: ${formatHex(input)}`);
  if (shrunk !== undefined) {
    lines.push(`Smaller input: ${formatHex(shrunk)}`);
    lines.push(`To replay it: ${command} --schema ${quoted} --input ${formatHex(shrunk)}`);
  }
  lines.push(`To replay its round: ${command} --schema ${quoted} --seed ${seed} --rounds 1`);
  const stack = error instanceof Error ? error.stack?.split("\n").slice(1, 9).join("\n") : undefined;
  return `${[...lines, ...(stack === undefined ? [] : [stack])].join("\n")}\n`;
}
