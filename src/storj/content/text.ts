/**
 * The text of a value, as `json.dumps(value, sort_keys=True)` of Python 2.7 writes it: what digests are made of.
 *
 * @module
 */

import { compareCodePoints } from "../../../codec/json/mod.ts";
import { type Content, isMap, Numeral } from "./value.ts";

/** The text of a value. Values whose texts are equal have the same digests. */
export function contentText(value: Content): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return quoted(value);
  if (value instanceof Numeral) return value.text;
  if (!isMap(value)) return `[${value.map(contentText).join(", ")}]`;
  const keys = [...value.keys()].sort(compareCodePoints);
  return `{${keys.map((key) => `${quoted(key)}: ${contentText(value.get(key)!)}`).join(", ")}}`;
}

/** Characters of a value that messages show. */
const SHOWN_MAX = 60;

/** The text of a value for a message. */
export function shown(value: Content): string {
  const text = contentText(value);
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}…`;
}

/** The escapes that are not the number of a code unit. */
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** A text in quotes, in printable ASCII: also 0x7f is escaped, and each half of a surrogate pair. */
function quoted(text: string): string {
  return `"${text.replace(/[^ !#-[\]-~]/g, (unit) => ESCAPES.get(unit) ?? escapeOf(unit))}"`;
}

function escapeOf(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
