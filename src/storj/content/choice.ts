/**
 * Choices of enumerations, which are equal as in Python: `true`, `1` and `1.0` are one choice, and three texts.
 *
 * @module
 */

import { contentText } from "./text.ts";
import { type Content, floatText, isList, isMap, Numeral } from "./value.ts";

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
