/**
 * The JSON form of the values of patterns: JSON has neither bytes nor 64-bit integers.
 *
 * @module
 */

import { CodecError } from "../error.ts";
import { mistyped } from "../failures.ts";
import { formatHex, parseHex, readText, show, textBytes } from "../text/mod.ts";

/** A value of `v`: the pattern of its bytes, and its values. */
export interface ValueJson {
  readonly v: { readonly pattern: string; readonly values: readonly unknown[] };
}

/** How deep values of `v` may be nested. */
export const VALUE_DEPTH_MAX = 16;

/** The pattern that a `v` has unless another is given: an identity, the compressed public key of 33 bytes. */
export const VALUE_PATTERN = "[33]c";

/** The offset of an error where there are no bytes. */
const NOWHERE = -1;

/** No number of more digits has 64 bits. */
const DIGITS_MAX = 20;

/** The integer of a decimal string or of a safe JSON number. Whether it has 64 bits is left to the encoder. */
export function parseDecimal(value: unknown): bigint {
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value !== "string" || !/^-?[0-9]+$/.test(value)) {
    failForm("decimal digits as a string, or a safe integer", value);
  }
  if (value.length > DIGITS_MAX) throw new CodecError("range", `Integer ${show(value)} has more than 64 bits`);
  return BigInt(value);
}

/** The bytes of a text, or of `{"hex": "…"}`. */
export function parseChars(value: unknown): Uint8Array {
  if (typeof value === "string") {
    const bytes = textBytes(value);
    if (bytes === undefined) throw new CodecError("utf8", "String has a lone surrogate");
    return bytes;
  }
  const hex = onlyProperty(value, "hex");
  if (typeof hex !== "string") failForm(`a string or {"hex": "…"}`, value);
  return parseHex(hex);
}

/** Bytes as text where they are text that can be read, else as `{"hex": "…"}`. */
export function formatChars(bytes: Uint8Array): string | { readonly hex: string } {
  const text = readText(bytes, 0, bytes.length);
  return text === undefined || /\p{Cc}/u.test(text) ? { hex: formatHex(bytes) } : text;
}

/** The parts of `{"v": {"pattern": "…", "values": […]}}`. */
export function parseValue(value: unknown): ValueJson["v"] {
  const v = onlyProperty(value, "v");
  if (typeof v === "object" && v !== null && Object.keys(v).length === 2) {
    const { pattern, values } = v as Record<string, unknown>;
    if (typeof pattern === "string" && Array.isArray(values)) return { pattern, values };
  }
  failForm(`{"v": {"pattern": "…", "values": […]}}`, value);
}

/** A JSON value has another form than the pattern says. */
function failForm(expected: string, value: unknown): never {
  mistyped("", NOWHERE, expected, value);
}

function onlyProperty(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 1) return undefined;
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
