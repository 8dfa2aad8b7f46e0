/**
 * Text in columns, harmless for a terminal.
 *
 * @module
 */

import stringWidth from "fast-string-width";
import { escapeText } from "../../../codec/mod.ts";

/** Rows with their cells under each other, escaped; each row is a line with two spaces before it. */
export function columns(texts: readonly (readonly string[])[]): string {
  const rows = texts.map((row) => row.map(escapeText));
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => textWidth(row[index]))));
  return rows.map((row) => `  ${row.map((cell, index) => padText(cell, widths[index])).join("  ").trimEnd()}\n`).join(
    "",
  );
}

/** Columns that a line of text takes: two for wide characters and emoji, none for what is drawn over others. */
export function textWidth(text: string): number {
  return stringWidth(text);
}

/** As much of a text as fits into so many columns; an ellipsis replaces the rest. */
export function clipText(text: string, columnsMax: number): string {
  if (textWidth(text) <= columnsMax) return text;
  if (columnsMax < 1) return "";
  let [kept, columns] = ["", 0];
  // What is drawn as one character is kept or left out as a whole.
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text)) {
    columns += textWidth(segment);
    if (columns >= columnsMax) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** The text in exactly so many columns. */
export function padText(text: string, columns: number): string {
  const clipped = clipText(text, columns);
  return clipped + " ".repeat(Math.max(0, columns - textWidth(clipped)));
}
