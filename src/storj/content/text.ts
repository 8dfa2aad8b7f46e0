/**
 * The text of a value, as `json.dumps(value, sort_keys=True)` of Python 2.7 writes it: what digests are made of. Choices of
 * enumerations are equal as in Python: `true`, `1` and `1.0` are one choice, and three texts.
 *
 * @module
 */

import { compareCodePoints } from "../../../codec/json/mod.ts";
import { type Content, floatText, isList, isMap, Numeral } from "./value.ts";

/** The text of a value. Values whose texts are equal have the same digests. */
export function contentText(value: Content): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return quoted(value);
  if (value instanceof Numeral) return value.text;
  if (!isMap(value)) return `[${value.map(contentText).join(", ")}]`;
  const keys = [...value.keys()].sort(compareCodePoints);
  return `{${keys.map((key) => `${quoted(key)}: ${contentText(value.get(key)!)}`).join(", ")}}`;
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

/** What equal choices have in common; null for what is no choice: arrays and objects. */
export function choiceKey(value: Content): string | null {
  if (typeof value === "boolean") return value ? "1" : "0";
  if (value instanceof Numeral && Number.isInteger(value.float)) return BigInt(value.float!).toString();
  return isList(value) || isMap(value) ? null : contentText(value);
}

/** The texts of all values that are equal to a choice. Each has a digest of its own, since events keep their forms. */
export function choiceTexts(key: string): string[] {
  if (!/^-?\d+$/.test(key)) return [key];
  const texts = [key];
  const float = Number(key);
  if (Number.isFinite(float) && BigInt(float).toString() === key) texts.push(floatText(float));
  if (key === "0") texts.push("-0.0", "false");
  if (key === "1") texts.push("true");
  return texts;
}
