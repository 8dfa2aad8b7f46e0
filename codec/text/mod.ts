/**
 * Text: UTF-8, hexadecimal, and the words of error messages.
 *
 * @module
 */

export { formatHex, parseHex } from "./hex.ts";
export { readText, textBytes, writeText } from "./utf8.ts";
export { escapeText, plural, show } from "./words.ts";
