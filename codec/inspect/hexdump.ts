/**
 * Annotated dumps for people: offset, bytes, path and value, line by line.
 *
 * @module
 */

import { escapeText, formatHex, plural } from "../text/mod.ts";
import { inspect, type Inspection, type InspectOptions } from "./inspect.ts";
import type { Schema, Span } from "../schema/mod.ts";

/** How a dump looks. */
export interface DumpOptions {
  /** Whether to colour for a terminal. Default no: the text is the same everywhere. */
  readonly color?: boolean;
  /** Bytes a line, at least 1. Default 8, which leaves room for path and value in 80 columns. */
  readonly width?: number;
  /** Lines of bytes a part may take before the middle is left out, at least 2. Default 4. */
  readonly linesMax?: number;
}

/** Options of {@link hexdump}. */
export interface HexdumpOptions extends InspectOptions, DumpOptions {}

interface Style {
  readonly offset: (text: string) => string;
  readonly path: (text: string) => string;
  readonly error: (text: string) => string;
}

const plain: Style = { offset: (text) => text, path: (text) => text, error: (text) => text };
const coloured: Style = {
  offset: (text) => `\x1b[2m${text}\x1b[22m`,
  path: (text) => `\x1b[36m${text}\x1b[39m`,
  error: (text) => `\x1b[31m${text}\x1b[39m`,
};

/** Parts whose paths decide how wide their column is, so that the first lines need not wait for the last. */
const ALIGNED_PARTS_MAX = 1000;
/** A path of any length can come from the bytes; `inspect` has all of it. */
const LABEL_LENGTH_MAX = 120;

/**
 * The bytes of a message with what each of them means. Broken input is dumped as far as it makes sense; then follow
 * the bytes that are left and the error. Control characters in values are escaped.
 */
export function hexdump<T>(schema: Schema<T>, bytes: Uint8Array, options: HexdumpOptions = {}): string {
  return [...dumpLines(inspect(schema, bytes, options), bytes, options)].join("\n");
}

/**
 * The lines of {@link hexdump} one by one, for messages that were inspected already, and whose dump is not needed in one
 * piece.
 *
 * ```ts
 * import { array, dumpLines, inspect, u8 } from "warpwire/codec";
 *
 * const bytes = Uint8Array.of(2, 7, 8);
 * const inspection = inspect(array(u8, u8), bytes, { spansMax: 2 });
 * for (const line of dumpLines(inspection, bytes)) console.log(line);
 * // 000000  02                       (length)  2
 * // 000001  07                       [0]       7
 * // … stopped after 2 parts: 1 byte was not looked at
 * ```
 *
 * @throws RangeError for a width or linesMax that is too small
 */
export function* dumpLines(
  inspection: Inspection<unknown>,
  bytes: Uint8Array,
  options: DumpOptions = {},
): Generator<string, void, undefined> {
  const { color = false, width = 8, linesMax = 4 } = options;
  if (!(width >= 1 && linesMax >= 2)) throw new RangeError("A dump needs a width from 1 and linesMax from 2");
  const style = color ? coloured : plain;
  const { spans, length, error, stopped } = inspection;
  const first = spans.slice(0, ALIGNED_PARTS_MAX);
  const pathWidth = first.reduce((width, span) => Math.max(width, label(span).length), 0);
  const rows = (start: number, end: number, name: string, value: string) => {
    const note = `${style.path(name.padEnd(pathWidth))}  ${value}`;
    return dumpRows(bytes, start, end, { width, linesMax, note, style }).map((line) => line.trimEnd());
  };
  for (const span of spans) yield* rows(span.start, span.end, label(span), spanText(span));
  const left = bytes.length - length;
  if (stopped) {
    const unseen = `${plural(left, "byte")} ${left === 1 ? "was" : "were"} not looked at`;
    yield style.error(`… stopped after ${plural(spans.length, "part")}: ${unseen}`);
  }
  if (error === undefined) return;
  if (left > 0) yield* rows(length, bytes.length, "", style.error(`not understood: ${error.code}`));
  yield style.error(`error: ${error.code}: ${escapeText(error.message)}`);
}

/** The path of a span, and what it is to the value there. */
function label(span: Span): string {
  const whole = escapeText(span.path);
  const path = whole.length > LABEL_LENGTH_MAX ? `…${whole.slice(1 - LABEL_LENGTH_MAX)}` : whole;
  return span.role === "value" || span.role === "literal" ? path : `${path}${path === "" ? "" : " "}(${span.role})`;
}

/** A longer text says no more to a person who looks at bytes; `inspect` has all of it. */
const TEXT_LENGTH_MAX = 72;

/** What a span says, on one line. */
function spanText(span: Span): string {
  if (span.role === "literal") return "literal";
  const { value } = span;
  if (value instanceof Uint8Array) return plural(value.length, "byte");
  // JSON has no NaN and no infinity.
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  const text = escapeText(JSON.stringify(value, bigintsAsText) ?? "");
  return text.length <= TEXT_LENGTH_MAX ? text : `${text.slice(0, TEXT_LENGTH_MAX - 1)}…`;
}

function bigintsAsText(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return formatHex(value);
  return typeof value === "bigint" ? String(value) : value;
}

interface RowOptions {
  readonly width: number;
  readonly linesMax: number;
  readonly note: string;
  readonly style: Style;
}

function dumpRows(bytes: Uint8Array, start: number, end: number, options: RowOptions): string[] {
  const { width, linesMax, note, style } = options;
  const column = 3 * width - 1;
  const line = (at: number, text: string, right = "") =>
    `${style.offset(at.toString(16).padStart(6, "0"))}  ${text.padEnd(column)}  ${right}`;
  const all = [];
  for (let at = start; at < end; at += width) all.push(at);
  if (all.length === 0) return [line(start, "", note)];
  const hidden = all.length > linesMax ? all.splice(linesMax - 1, all.length - linesMax) : [];
  const rows = all.map((at, index) => {
    const hex = Array.from(bytes.subarray(at, Math.min(at + width, end)), (byte) => byte.toString(16).padStart(2, "0"));
    return line(at, hex.join(" "), index === 0 ? note : "");
  });
  if (hidden.length > 0) rows.splice(-1, 0, line(hidden[0], `… ${hidden.length * width} bytes`));
  return rows;
}
