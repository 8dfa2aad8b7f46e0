/**
 * Text in columns, harmless for a terminal.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import { padText, textWidth } from "./text-width.ts";

/** Rows with their cells under each other, escaped; each row is a line with two spaces before it. */
export function columns(texts: readonly (readonly string[])[]): string {
  const rows = texts.map((row) => row.map(escapeText));
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => textWidth(row[index]))));
  return rows.map((row) => `  ${row.map((cell, index) => padText(cell, widths[index])).join("  ").trimEnd()}\n`).join(
    "",
  );
}
