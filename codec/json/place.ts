/**
 * How error messages name a value inside a document.
 *
 * @module
 */

/** Keys on the way to a value (strings) and positions in arrays (numbers). */
export type JsonTrail = readonly (string | number)[];

/** A key that comes from the document can be of any length. */
const KEY_CHARS_MAX = 64;

/** Steps at each end that are shown of a longer trail. */
const STEPS_MAX = 16;

/** A trail as text: `Files[0].Uri`, `[2].Size`, `["other key"]`; the middle of a very long one is left out. */
export function placeOf(trail: JsonTrail): string {
  const shown = trail.length <= 2 * STEPS_MAX
    ? stepsOf(trail)
    : `${stepsOf(trail.slice(0, STEPS_MAX))}…${stepsOf(trail.slice(-STEPS_MAX))}`;
  return shown.startsWith(".") ? shown.slice(1) : shown;
}

function stepsOf(trail: JsonTrail): string {
  return trail.map((step) => {
    if (typeof step === "number") return `[${step}]`;
    if (step.length <= KEY_CHARS_MAX && /^[A-Za-z_$][\w$]*$/.test(step)) return `.${step}`;
    const short = step.length <= KEY_CHARS_MAX ? step : step.slice(0, KEY_CHARS_MAX) + "…";
    return `[${JSON.stringify(short)}]`;
  }).join("");
}
