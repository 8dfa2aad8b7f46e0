/**
 * Dumps of bytes read back: those of xxd, hexdump, od, Wireshark and tcpdump, and those of `warpwire inspect`.
 *
 * A line has an offset, groups of hex digits and perhaps a column of text, which must not be taken for digits. Where
 * that begins, what the groups mean (bytes, or words in the order of a machine) and how offsets are counted is found
 * out by trying: the text must fit the bytes, and each offset the number of bytes before it.
 *
 * @module
 */

import { CodecError } from "../../../codec/mod.ts";
import { plural } from "../../../codec/text/mod.ts";
import { type Dump, type Radix, readDump } from "./dump-lines.ts";
import { cutsOf, damaged, hasText, type Layout, type Line, linesOf, readRow } from "./dump-row.ts";
import type { ReadText } from "./hex-text.ts";

/** The dump of `inspect` has a gap, eight bytes a line, and then what they mean. */
const OWN_COLUMNS = 2 + 23;
const OWN_ROW = /^ {2}[0-9a-f]{2}(?: |$)/i;
/** Layouts are compared by this many lines. */
const SAMPLE_LINES = 64;
/**
 * How many digits the offsets of od and of hexdump's words have, if not more; those of od are octal or decimal.
 * Shorter ones are hexadecimal.
 */
const SHORT_OFFSET_DIGITS = 7;
/** How wide groups are that are words in the order of the machine. */
const WORD_DIGITS: readonly number[] = [4, 8, 16];
const OTHER_DUMPS = "xxd, hexdump -C and od -A x -t x1 write dumps that can be read";

/** What is known about a dump before it is read. */
interface Look {
  readonly first: Line;
  readonly layouts: readonly Layout[];
  /** How well the text column fits the bytes in the best layout; 0 without one. */
  readonly fit: number;
  /** Whether the bytes of a group fit in either order. */
  readonly anyOrder: boolean;
}

/**
 * The bytes of a dump.
 *
 * @param sure whether the text must be a dump; else text that may also be hex digits alone is one only if it fits
 * @returns `null` for text that is not a dump
 * @throws CodecError `syntax` with the line for a damaged dump or one of a kind that cannot be read, `limit` for more
 * than `bytesMax` bytes
 */
export function parseDump(text: string, bytesMax: number, sure = false): ReadText | null {
  const look = lookAt(text);
  if (look === null) {
    if (sure) throw new CodecError("syntax", `Text does not begin with the line of a dump; ${OTHER_DUMPS}`);
    return null;
  }
  const marked = sure || isMarked(look);
  try {
    return readBest(text, look, bytesMax, marked);
  } catch (error) {
    if (marked || !(error instanceof CodecError) || error.code !== "syntax") throw error;
    return null;
  }
}

function lookAt(text: string): Look | null {
  const sample: Line[] = [];
  for (const line of linesOf(text)) {
    if (sample.push(line) === SAMPLE_LINES) break;
  }
  const [first] = sample;
  if (first === undefined || first.kind !== "row" || first.rest === "") return null;
  // White space in a text column may be missing at the end of a line: the longest one shows where it begins.
  const longest = sample.reduce((one, other) => one.rest.length >= other.rest.length ? one : other);
  const fits = layoutsOf(first, longest)
    .map((layout) => ({ layout, fit: fitOf(layout, sample) }))
    .sort((one, other) => other.fit - one.fit);
  const [best, second] = fits;
  return {
    first,
    layouts: fits.map(({ layout }) => layout),
    fit: best?.fit ?? 0,
    anyOrder: best?.fit === second?.fit && best?.layout.group !== second?.layout.group && isWide(first),
  };
}

/** Whether the first line can be nothing but the line of a dump. */
function isMarked({ first: { colon, offset, rest }, layouts, fit }: Look): boolean {
  if (layouts[0]?.own && rest.slice(OWN_COLUMNS).startsWith("  ")) return true;
  return colon || offset.length % 2 === 1 || /^[0-9a-f\s]+\s[|>]/i.test(rest) || fit > 0;
}

function readBest(text: string, look: Look, bytesMax: number, marked: boolean): ReadText | null {
  let failure: unknown = null;
  for (const layout of look.layouts) {
    const [best, other] = readings(text, look.first, layout, bytesMax);
    if (best.dump === undefined) {
      failure ??= best.error;
      continue;
    }
    if (!marked && !isLikely(look, layout, best.dump)) return null;
    const assumed = marked
      ? assumedOf(look, layout, best, other)
      : "The first number of each line is taken for an offset";
    return { bytes: best.dump.bytes, assumed };
  }
  throw failure ?? unreadable(look.first);
}

/** Why there is no layout: a wrong digit, or groups that are something else. */
function unreadable(first: Line): CodecError {
  const cut = /[^\s](?=\s{2}|\s[|>])/.exec(first.rest)?.index ?? first.rest.length;
  const wrong = first.colon ? /[^0-9a-f\s]/i.exec(first.rest.slice(0, cut + 1)) : null;
  if (wrong === null) return damaged(first, `has no groups that are bytes in hex; ${OTHER_DUMPS}`);
  return damaged(
    first,
    `has ${JSON.stringify(wrong[0])}, which is not a hex digit`,
    first.whole.length - first.rest.length + wrong.index,
  );
}

/** A dump read with one way to count offsets, or why that was not possible. */
interface Reading {
  readonly radix: Radix;
  readonly dump?: Dump;
  readonly error?: unknown;
}

/** The likeliest reading; after it another, if that gives other bytes. */
function readings(text: string, first: Line, layout: Layout, bytesMax: number): readonly [Reading, Reading?] {
  const all: Reading[] = [];
  for (const radix of radixesOf(first, layout)) {
    // Only where lines are repeated, offsets say how many bytes there are.
    const [found] = all;
    if (found?.dump !== undefined && !(found.dump.repeated && first.offset.length === SHORT_OFFSET_DIGITS)) break;
    try {
      const dump = readDump(text, layout, radix, bytesMax);
      if (found?.dump === undefined) all.unshift({ radix, dump });
      else if (dump.bytes.length !== found.dump.bytes.length) return [found, { radix, dump }];
    } catch (error) {
      if (error instanceof CodecError && error.code === "limit" && found?.dump === undefined) throw error;
      all.push({ radix, error });
    }
  }
  return [all[0]];
}

/** Whether lines that may also be digits alone are a dump. */
function isLikely({ first }: Look, { group }: Layout, { base, rows }: Dump): boolean {
  if (base !== 0) return false;
  if (group === "word") return rows > 1 && first.offset.length >= SHORT_OFFSET_DIGITS - 1;
  return rows > 1 || first.rest.startsWith("  ");
}

function assumedOf(
  { first, anyOrder }: Look,
  { filled, group }: Layout,
  { radix, dump }: Reading,
  other?: Reading,
): string | null {
  if (dump!.base !== 0) return `The dump begins at offset ${first.offset}; the bytes before it are missing`;
  if (anyOrder && group === "bytes") {
    return "The groups of the dump are read from left to right, not as xxd -e writes them";
  }
  if (filled && !dump!.ended) return "The last offset of the dump is missing; its last bytes may be a filling";
  if (other === undefined) return null;
  const [taken, possible] = [dump!, other.dump!].map(({ bytes }) => plural(bytes.length, "byte"));
  return `The offsets of the dump are taken for ${radix} ones: ${taken}; if they are ${other.radix}, ${possible}`;
}

/** How offsets may be counted, the likeliest first. */
function radixesOf({ offset, rest }: Line, { group }: Layout): readonly Radix[] {
  if (offset.length < SHORT_OFFSET_DIGITS) return ["hexadecimal"];
  if (offset.length > SHORT_OFFSET_DIGITS) return ["hexadecimal", "decimal", "octal"];
  // hexdump writes words of two bytes, and od can.
  return group === "word" && /^\s+\S{4}(?:\s|$)/.test(rest)
    ? ["hexadecimal", "octal", "decimal"]
    : ["octal", "decimal"];
}

/** The layouts that the first line allows. */
function layoutsOf({ offset, colon, rest: first }: Line, { rest: longest }: Line): readonly Layout[] {
  const own = !colon && offset.length === 6 && OWN_ROW.test(first);
  const cuts = own ? [OWN_COLUMNS] : new Set([...cutsOf(first), ...cutsOf(longest)]);
  return [...cuts].flatMap((cut) => {
    const groups = first.slice(0, cut).trim().split(/\s+/);
    return groupsOf(groups, colon).map((group) => ({ cut, group, filled: group === "word" && !colon, own }));
  });
}

/** Whether groups are as wide as those of `xxd -e`, and not each the same from either side. */
function isWide({ rest }: Line): boolean {
  return /^\s+\S{8}(?:\s|$)/.test(rest);
}

function groupsOf(groups: readonly string[], colon: boolean): readonly Layout["group"][] {
  if (!groups.every((group) => /^(?:[0-9a-f]{2})+$/i.test(group))) return [];
  const width = groups[0].length;
  if (!colon) return width === 2 ? ["bytes"] : WORD_DIGITS.includes(width) ? ["word"] : [];
  const bits = groups.every((group) => /^[01]{8}$/.test(group));
  return width === 2 ? ["bytes"] : bits ? ["bytes", "word", "bits"] : ["bytes", "word"];
}

/** How well the text column fits the bytes: how many characters do, less those that do not. */
function fitOf(layout: Layout, sample: readonly Line[]): number {
  let fit = 0;
  for (const line of sample) {
    if (line.kind !== "row" || !hasText(layout)) continue;
    try {
      const { bytes, fits } = readRow(line, layout);
      fit += fits ? bytes.length : -bytes.length;
    } catch {
      fit -= line.rest.length;
    }
  }
  return fit;
}
