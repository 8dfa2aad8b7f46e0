/**
 * Text in columns.
 *
 * @module
 */

/** Rows with their cells under each other; each row is a line with two spaces before it. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => row[index].length)));
  return rows.map((row) => `  ${row.map((cell, index) => cell.padEnd(widths[index])).join("  ").trimEnd()}\n`).join("");
}
