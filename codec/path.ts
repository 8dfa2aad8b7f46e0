/**
 * Paths of values inside a message, as in `files[2].size`.
 *
 * @module
 */

/** One step down: a field's name or an element's index. */
export type PathStep = string | number;

/** The text of a path; empty for the message itself. */
export function formatPath(steps: readonly PathStep[]): string {
  let text = "";
  for (const step of steps) text = joinPath(text, typeof step === "number" ? `[${step}]` : step);
  return text;
}

/** A path followed by another one that starts below it. */
export function joinPath(above: string, below: string): string {
  if (above === "" || below === "" || below.startsWith("[")) return above + below;
  return `${above}.${below}`;
}
