/**
 * Values for a log, with texts that are not too long for it.
 *
 * @module
 */

/** How many characters of a text a log has: names and paths that people give are shorter. */
const TEXT_LENGTH_MAX = 256;
/** Messages hold texts of others and words of this program's own. */
const MESSAGE_LENGTH_MAX = 512;

/** A value whose texts are cut where they are too long, with an ellipsis; those of peers can have any length. */
export function shortTexts<T>(value: T, lengthMax: number = TEXT_LENGTH_MAX): T {
  return shortened(value, lengthMax) as T;
}

function shortened(value: unknown, lengthMax: number): unknown {
  if (typeof value === "string") return value.length <= lengthMax ? value : `${value.slice(0, lengthMax - 1)}…`;
  if (Array.isArray(value)) return value.map((item) => shortened(item, lengthMax));
  if (typeof value !== "object" || value === null) return value;
  const parts = Object.entries(value).map(([name, part]) => {
    return [name, shortened(part, name === "message" ? MESSAGE_LENGTH_MAX : lengthMax)];
  });
  return Object.fromEntries(parts);
}
