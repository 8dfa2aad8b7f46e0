/**
 * Texts of a map, which come from strangers.
 *
 * @module
 */

/** More than any id or address has. */
const CHARS_MAX = 64;

/** A text without what is no visible character of ASCII, or ellipsis, and not longer than any id or address. */
export function plainText(text: string): string {
  const short = text.length > CHARS_MAX ? `${text.slice(0, CHARS_MAX - 1)}…` : text;
  return short.replace(/[^ -~…]/g, "?");
}

/** The same as content or attribute of XML. */
export function xmlText(text: string): string {
  return plainText(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
