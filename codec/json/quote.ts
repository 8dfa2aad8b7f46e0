/**
 * Quotes a string as Go's `json.Marshal` does.
 *
 * @module
 */

/** A character that cannot stand as it is. Keys and strings without one need no second look. */
// deno-lint-ignore no-control-regex -- control characters are what it looks for
const SPECIAL = /[\x00-\x1f"\\<>&\u2028\u2029\ud800-\udfff]/;

// deno-lint-ignore no-control-regex -- as above
const ESCAPED = /[\x00-\x1f"\\<>&\u2028\u2029]/g;

/** Also finds pairs of surrogates, which are fine, before single ones. */
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/**
 * The quoted string, or null when it has a lone surrogate, which no UTF-8 text can hold.
 *
 * Control characters other than `\n`, `\r` and `\t` are written as `\u00XX`, also the two for which Go since version
 * 1.22 writes `\b` and `\f`. HTML's `<`, `>` and `&` are escaped, and so are U+2028 and U+2029.
 */
export function quoted(text: string): string | null {
  if (!SPECIAL.test(text)) return `"${text}"`;
  if (LONE_SURROGATE.test(text)) return null;
  return `"${text.replace(ESCAPED, escapeOf)}"`;
}

function escapeOf(char: string): string {
  switch (char) {
    case '"':
      return '\\"';
    case "\\":
      return "\\\\";
    case "\n":
      return "\\n";
    case "\r":
      return "\\r";
    case "\t":
      return "\\t";
    default:
      return "\\u" + char.charCodeAt(0).toString(16).padStart(4, "0");
  }
}
