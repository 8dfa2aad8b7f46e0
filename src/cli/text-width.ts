/**
 * How many columns of a terminal a text takes.
 *
 * @module
 */

/** Characters that terminals draw two columns wide: CJK, Hangul, full-width forms, most emoji (Unicode annex 11). */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
/** Characters that are drawn over the one before. */
const MARK = /\p{M}/u;

function widthOf(character: string): number {
  return WIDE.test(character) ? 2 : MARK.test(character) ? 0 : 1;
}

/** Columns that a line of text takes. */
export function textWidth(text: string): number {
  let columns = 0;
  for (const character of text) columns += widthOf(character);
  return columns;
}

/** As much of a text as fits into so many columns; an ellipsis stands for the rest. */
export function clipText(text: string, columnsMax: number): string {
  if (textWidth(text) <= columnsMax) return text;
  let [kept, columns] = ["", 0];
  for (const character of text) {
    columns += widthOf(character);
    if (columns >= columnsMax) break;
    kept += character;
  }
  return columnsMax < 1 ? "" : `${kept}…`;
}

/** The text in exactly so many columns. */
export function padText(text: string, columns: number): string {
  const clipped = clipText(text, columns);
  return clipped + " ".repeat(Math.max(0, columns - textWidth(clipped)));
}
