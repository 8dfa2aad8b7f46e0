/**
 * Paths of values inside a message, as in `files[2].size`, and inside a JSON document.
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

/** A key that comes from a document can be of any length. */
const KEY_CHARS_MAX = 64;

/** Steps at each end that are shown of a longer path. */
const STEPS_MAX = 16;

/**
 * The path of a value inside a JSON document: `Files[0].Uri`, `[2].Size`, `["other key"]`; the middle of a very long one is
 * left out.
 */
export function formatJsonPath(steps: readonly PathStep[]): string {
  const shown = steps.length <= 2 * STEPS_MAX
    ? formatSteps(steps)
    : `${formatSteps(steps.slice(0, STEPS_MAX))}…${formatSteps(steps.slice(-STEPS_MAX))}`;
  return shown.startsWith(".") ? shown.slice(1) : shown;
}

function formatSteps(steps: readonly PathStep[]): string {
  return steps.map((step) => {
    if (typeof step === "number") return `[${step}]`;
    if (step.length <= KEY_CHARS_MAX && /^[A-Za-z_$][\w$]*$/.test(step)) return `.${step}`;
    const short = step.length <= KEY_CHARS_MAX ? step : step.slice(0, KEY_CHARS_MAX) + "…";
    return `[${JSON.stringify(short)}]`;
  }).join("");
}
