/**
 * Text: UTF-8, hexadecimal, values and counts in error messages, what came from the network made safe for a terminal, and
 * the version.
 *
 * @module
 */

export { formatHex, parseHex } from "./hex.ts";
export { readText, textBytes, writeText } from "./utf8.ts";

/** The version of warpwire, as in its package. */
export const VERSION = "0.1.0";

/** Controls, invisible and direction-changing characters, line and paragraph separators, lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** The text with every character that a terminal could obey, or that a person could not see, written as `\uXXXX`. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0)!.toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
  });
}

/** The most characters that {@link show} gives to a value. */
const SHOWN_MAX = 60;

/** A value in an error message: on one line, short, and at little cost, whatever it is. */
export function show(value: unknown): string {
  let text;
  try {
    text = escapeText(showInside(value, 2));
  } catch {
    // Only a getter or a proxy can throw here; the error to report is another one.
    text = "an object";
  }
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX - 3)}...`;
}

/** A value down to some levels, and of each no more than could be shown. */
function showInside(value: unknown, levels: number): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.slice(0, SHOWN_MAX));
    case "bigint":
      return `${value}n`;
    case "function":
      return "a function";
    case "object":
      if (value === null) return "null";
      if (value instanceof Uint8Array) return plural(value.length, "byte");
      if (value instanceof Date) return JSON.stringify(value);
      return levels === 0 ? "..." : showParts(value, levels - 1);
    default:
      return Object.is(value, -0) ? "-0" : String(value);
  }
}

function showParts(value: object, levels: number): string {
  if (Array.isArray(value)) {
    return `[${value.slice(0, SHOWN_MAX).map((part) => showInside(part, levels)).join(",")}]`;
  }
  const keys = Object.keys(value).slice(0, SHOWN_MAX);
  const parts = keys.map((key) =>
    `${JSON.stringify(key)}:${showInside((value as Record<string, unknown>)[key], levels)}`
  );
  return `{${parts.join(",")}}`;
}

/** A count with its noun: `1 byte`, `2 bytes`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
