/**
 * One line of a dump: an offset, groups of hex digits and perhaps a column of text.
 *
 * @module
 */

import { CodecError } from "../../../codec/mod.ts";

/** A text column of Wireshark has a space after eight characters. */
const TEXT_HALF = 8;
/** No dump has more gaps in a line before its text, and none with a text has longer lines. */
const CUTS_MAX = 20;
const TEXT_LINE_MAX = 4096;

/** A line of a dump: bytes after an offset, a `*` for lines like the one before, or something else. */
export interface Line {
  readonly number: number;
  /** Where the line begins in the text. */
  readonly at: number;
  readonly whole: string;
  readonly kind: "row" | "repeat" | "other";
  /** The digits of the offset; empty in other kinds. */
  readonly offset: string;
  /** Whether a colon follows the offset. */
  readonly colon: boolean;
  /** What follows the offset and its colon. */
  readonly rest: string;
}

/** How lines are read. */
export interface Layout {
  /** How many characters of the rest are digits. */
  readonly cut: number;
  /** Whether the digits of a group are bytes in their order, a word whose last byte comes first, or bits. */
  readonly group: "bytes" | "word" | "bits";
  /** Whether the last word is filled with zeros: then only the last offset shows the length. */
  readonly filled: boolean;
  /** Whether it is a dump of `inspect`, with rows of no bytes and an error as the last line. */
  readonly own: boolean;
}

const ROW = /^\s*(?:0x)?([0-9a-f]{4,16})(:?)(?=\s|$)(.*)$/i;

/** The lines of a text that are not blank. */
export function* linesOf(text: string): Generator<Line> {
  for (let at = 0, number = 1; at < text.length; number++) {
    const found = text.indexOf("\n", at);
    const end = found < 0 ? text.length : found;
    const whole = text.slice(at, end).trimEnd();
    if (whole !== "") yield lineOf(whole, number, at);
    at = end + 1;
  }
}

function lineOf(whole: string, number: number, at: number): Line {
  const other = { number, at, whole, offset: "", colon: false, rest: "" };
  if (whole.trim() === "*") return { ...other, kind: "repeat" };
  const row = ROW.exec(whole);
  if (row === null) return { ...other, kind: "other" };
  return { ...other, kind: "row", offset: row[1], colon: row[2] !== "", rest: row[3] };
}

/** The bytes of a row, and whether the text column shows the same. */
export interface Row {
  readonly bytes: Uint8Array;
  readonly fits: boolean;
}

/**
 * Reads a row. Where its columns are not those of other rows, as xxd misplaces them in the last one, the text tells
 * where the digits end.
 *
 * @throws CodecError `syntax` with line and column
 */
export function readRow(line: Line, layout: Layout): Row {
  const own = bytesOrNull(line, layout);
  if (!hasText(layout)) return { bytes: own ?? columnBytes(line, layout), fits: false };
  if (own !== null && textFits(own, line.rest.slice(layout.cut))) return { bytes: own, fits: true };
  for (const cut of cutsOf(line.rest)) {
    const bytes = cut === Infinity ? null : bytesOrNull(line, { ...layout, cut });
    if (bytes !== null && textFits(bytes, line.rest.slice(cut))) return { bytes, fits: true };
  }
  return { bytes: own ?? columnBytes(line, layout), fits: false };
}

/** Whether a text column shows the bytes. */
export function hasText({ cut, own }: Layout): boolean {
  return cut !== Infinity && !own;
}

function bytesOrNull(line: Line, layout: Layout): Uint8Array | null {
  try {
    return columnBytes(line, layout);
  } catch {
    return null;
  }
}

function columnBytes(line: Line, { cut, group, filled }: Layout): Uint8Array {
  const { rest } = line;
  const column = line.whole.length - rest.length;
  const beyond = rest[cut] ?? " ";
  if (!/[\s|>]/.test(beyond)) throw damaged(line, "has more digits than fit before its text", column + cut);
  const bytes: number[] = [];
  let width = 0;
  for (const { 0: digits, index } of rest.slice(0, cut).matchAll(/\S+/g)) {
    if (/^(?:…|\.\.\.)/.test(digits)) throw damaged(line, "contains an ellipsis: bytes were left out", column + index);
    const wrong = /[^0-9a-f]/i.exec(digits);
    if (wrong !== null) {
      const what = `has ${JSON.stringify(wrong[0])}, which is not a hex digit`;
      throw damaged(line, what, column + index + wrong.index);
    }
    width ||= digits.length;
    if (digits.length % 2 !== 0 || (filled && digits.length !== width)) {
      throw damaged(line, `has "${digits}", which is not a number of whole bytes`, column + index);
    }
    bytes.push(...groupBytes(digits, group, () => damaged(line, `has "${digits}" among bits`, column + index)));
  }
  return Uint8Array.from(bytes);
}

function groupBytes(digits: string, group: Layout["group"], wrong: () => CodecError): number[] {
  if (group === "bits") {
    if (!/^[01]{8}$/.test(digits)) throw wrong();
    return [parseInt(digits, 2)];
  }
  const bytes = [];
  for (let at = 0; at < digits.length; at += 2) bytes.push(parseInt(digits.slice(at, at + 2), 16));
  return group === "word" ? bytes.reverse() : bytes;
}

/** Where the digits may end and a text may begin: before a delimiter, or at any wider gap, or nowhere. */
export function cutsOf(rest: string): readonly number[] {
  const delimited = /^[0-9a-f\s]*\s(?=[|>])/i.exec(rest)?.[0].length;
  const digits = /^[0-9a-f\s]*/i.exec(rest)![0].length;
  if (rest.length > TEXT_LINE_MAX) return [digits === rest.length ? Infinity : digits];
  const cuts = delimited === undefined ? [] : [delimited];
  for (const { index } of rest.matchAll(/\s{2,}/g)) {
    if (index > digits || cuts.length === CUTS_MAX) break;
    if (index > 0) cuts.push(index);
  }
  // The text may be white space that is missing at the end of the line, or there is none.
  if (digits === rest.length) cuts.push(digits, Infinity);
  return cuts;
}

/** An error about a line, with its number and perhaps a column. */
export function damaged(line: Line, what: string, column?: number): CodecError {
  const place = column === undefined ? "" : `, column ${column + 1},`;
  return new CodecError("syntax", `Line ${line.number}${place} of the dump ${what}`, {
    offset: line.at + (column ?? 0),
  });
}

function textFits(bytes: Uint8Array, column: string): boolean {
  const text = Array.from(bytes, (byte) => byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".").join("");
  const halves = `${text.slice(0, TEXT_HALF)} ${text.slice(TEXT_HALF)}`;
  const shown = column.trimEnd();
  if (shown === `|${text}|` || shown === `>${text}<`) return true;
  return [text, halves].some((each) => {
    const wanted = each.trimEnd();
    return shown.endsWith(wanted) && shown.slice(0, shown.length - wanted.length).trim() === "";
  });
}
