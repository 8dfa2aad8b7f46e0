/**
 * Values compared, and shown in error messages.
 *
 * @module
 */

import { escapeText } from "./escape.ts";

/** Whether two decoded values are the same. */
export function equalValues(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  // A mapping may make dates, which have no properties to compare.
  if (a instanceof Date || b instanceof Date) {
    return a instanceof Date && b instanceof Date && Object.is(a.getTime(), b.getTime());
  }
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && a.length === b.length &&
      a.every((byte, index) => byte === b[index]);
  }
  const keys = Object.keys(a);
  return Array.isArray(a) === Array.isArray(b) && keys.length === Object.keys(b).length &&
    keys.every((key) =>
      Object.hasOwn(b, key) && equalValues((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])
    );
}

/** The most characters that {@link show} gives to a value. */
const SHOWN_MAX = 60;

/** A value in an error message: on one line, short, and at little cost, whatever it is. */
export function show(value: unknown): string {
  let text;
  try {
    text = escapeText(showInside(value, 2));
  } catch {
    // Only a getter or a proxy can throw here; the error to tell about is another one.
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

/** Throws where an offset is outside of the bytes. */
export function checkOffset(offset: number, length: number): void {
  if (!Number.isInteger(offset) || offset < 0 || offset > length) {
    throw new RangeError(`Offset ${offset} is not between 0 and ${length}`);
  }
}
