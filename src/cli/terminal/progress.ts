/**
 * How far a transfer is, how fast it goes and how long it will take, in words and as a bar.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import { clipText, padText } from "./columns.ts";

const UNITS = ["kB", "MB", "GB", "TB", "PB"] as const;

/** Bytes in powers of 1000 with three digits, as file managers and vendors of disks count: `999 bytes`, `1.30 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} ${bytes === 1 ? "byte" : "bytes"}`;
  let [value, unit] = [bytes / 1000, 0];
  // From 999.5 on, three digits are rounded up to four.
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${UNITS[unit]}`;
}

/** Seconds as `0:07`, `12:30` or `3:00:00`; from 100 hours on nobody wants to know. */
export function formatSpan(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (!(whole < 360_000)) return "over 99 hours";
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours === 0 ? `${minutes}:${two(rest)}` : `${hours}:${two(minutes)}:${two(rest)}`;
}

/** Dates end at 8.64e15 ms (ECMAScript, "Time Values and Time Range"). */
const DATE_MS_MAX = 8.64e15;

/** A time as in ISO 8601, `2026-11-29T13:27:00.000Z`; `unknown` for one that no date can have. */
export function formatTime(ms: number): string {
  return Math.abs(ms) > DATE_MS_MAX ? "unknown" : new Date(ms).toISOString();
}

/** What was moved in how long: `1.30 GB in 0:12 (105 MB/s)`. */
export function formatMoved(bytes: number, seconds: number): string {
  const speed = bytes > 0 && seconds > 0 ? ` (${formatBytes(bytes / seconds)}/s)` : "";
  return `${formatBytes(bytes)} in ${formatSpan(seconds)}${speed}`;
}

/** Speed is that of the last seconds: long enough to be calm, short enough to follow a line that changes. */
const WINDOW_MS = 5000;
/** Samples closer to each other than this are one, so that memory is bounded. */
const SAMPLE_MS = 100;

interface Sample {
  readonly timeMs: number;
  readonly done: number;
}

/** Measures the speed of one transfer out of what is done at which time: bytes, or files. */
export class SpeedMeter {
  #samples: Sample[] = [];

  /** Takes note of how much is done, at a time in milliseconds that never goes back. */
  note(done: number, timeMs: number): void {
    const last = this.#samples.at(-1);
    // Less than before: it was restarted.
    if (last !== undefined && done < last.done) this.#samples = [];
    const before = this.#samples.at(-2);
    if (before !== undefined && timeMs - before.timeMs < SAMPLE_MS) this.#samples.pop();
    this.#samples.push({ timeMs, done });
    while (this.#samples.length > 2 && this.#samples[1].timeMs <= timeMs - WINDOW_MS) this.#samples.shift();
  }

  /** How much a second at this time; `null` as long as there is nothing to measure. */
  perSecond(nowMs: number): number | null {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined) return null;
    const spanMs = nowMs - first.timeMs;
    return spanMs < SAMPLE_MS ? null : 1000 * (last.done - first.done) / spanMs;
  }

  /** Seconds until so much is done at the present speed; `null` if nobody knows. */
  secondsLeft(all: number, nowMs: number): number | null {
    const speed = this.perSecond(nowMs);
    const done = this.#samples.at(-1)?.done ?? 0;
    return speed === null || speed <= 0 ? null : Math.max(0, all - done) / speed;
  }
}

/** How many are done, of how many. */
export interface Count {
  readonly done: number;
  readonly of: number;
}

/** How much of a transfer is done. */
export interface Amounts {
  /** Bytes that are done, of so many. */
  readonly done: number;
  readonly bytes: number;
  /** Files and folders. Default: only bytes count. */
  readonly entries?: Count | undefined;
  /** Files alone, where they are known: people see these. */
  readonly files?: Count | undefined;
}

/** A transfer on its way. */
export interface TransferView extends Amounts {
  /** What is transferred; text from the network is fine. */
  readonly name: string;
  /** Measures bytes. */
  readonly meter: SpeedMeter;
  /** Measures entries. */
  readonly entryMeter?: SpeedMeter | undefined;
  /** Replaces speed and time left: `waiting for the link`. */
  readonly note?: string | undefined;
}

const BAR_COLUMNS_MAX = 24;
const BAR_COLUMNS_MIN = 6;
const NAME_COLUMNS_MAX = 28;
const NAME_COLUMNS_MIN = 8;
/** What percent, amount, speed and time left need: `  8%  99.9 MB of 99.9 MB, 99.9 MB/s, 10:00 left`. */
const TAIL_COLUMNS = 50;
/** Spaces and the ends of the bar. */
const EDGES_COLUMNS = 4;
/** What name, bar and percent need, and an ellipsis after them; a narrower line has no bar. */
const BAR_LINE_COLUMNS_MIN = NAME_COLUMNS_MIN + EDGES_COLUMNS + BAR_COLUMNS_MIN + 5;
/**
 * Making a file takes about as long as moving so many bytes. Measured between two processes: 5,000 empty files a second,
 * and 100 MB of a large one.
 */
const ENTRY_BYTES = 2 ** 14;
/** Eighths of a block. */
const PARTS = " ▏▎▍▌▋▊▉";

/** Percent that are done, rounded down, so that only what is complete says 100. */
export function percentOf(amounts: Amounts): number {
  return Math.floor(shareOf(amounts, 100));
}

/** How much of `whole` is done. Entries count, too: thousands of empty files take their time. */
function shareOf({ done, bytes, entries = { done: 0, of: 0 } }: Amounts, whole: number): number {
  // The only file is no more done than its bytes.
  const weight = entries.of > 1 || bytes === 0 ? ENTRY_BYTES : 0;
  const all = bytes + weight * entries.of;
  return all === 0 ? whole : clamp(whole * (done + weight * entries.done) / all, 0, whole);
}

/** One line of at most so many columns: name, bar, percent, speed and time left, or percent and name if it is short. */
export function progressBar(view: TransferView, nowMs: number, columns: number): string {
  const { name, note } = view;
  const percent = `${String(percentOf(view)).padStart(3)}%`;
  if (columns < BAR_LINE_COLUMNS_MIN) return clipText(`${percent}  ${escapeText(name)}`, columns);
  const tail = `${percent}  ${note === undefined ? pace(view, nowMs) : escapeText(note)}`;
  const nameColumns = clamp(Math.floor(columns / 5), NAME_COLUMNS_MIN, NAME_COLUMNS_MAX);
  const left = columns - nameColumns - TAIL_COLUMNS - EDGES_COLUMNS;
  const bar = barOf(shareOf(view, 1), clamp(left, BAR_COLUMNS_MIN, BAR_COLUMNS_MAX));
  return clipText(`${padText(escapeText(name), nameColumns)} ▕${bar}▏ ${tail}`, columns);
}

/**
 * What is done, speed, time left, and what else is done: `812 MB of 1.30 GB, 105 MB/s, 0:05 left, 12 of 20 files`. Small
 * files come first where they take most of the time: `1203 of 15000 files, 950 files/s, 0:15 left, 2.41 MB of 30.0 MB`.
 */
export function pace(view: TransferView, nowMs: number): string {
  const { done, bytes, entries, meter, entryMeter } = view;
  const amount = done === bytes ? formatBytes(bytes) : `${formatBytes(done)} of ${formatBytes(bytes)}`;
  const speed = meter.perSecond(nowMs);
  const byBytes = speed === null ? [] : [`${formatBytes(speed)}/s`, ...leftText(meter, done, bytes, nowMs)];
  if (entries === undefined || entries.of < 2) return [amount, ...byBytes].join(", ");
  const [count, unit] = countOf(view, entries);
  if (ENTRY_BYTES * entries.of <= bytes) return [amount, ...byBytes, count].join(", ");
  const entrySpeed = entryMeter?.perSecond(nowMs) ?? null;
  const byEntries = entryMeter === undefined || entrySpeed === null
    ? []
    : [`${Math.round(entrySpeed)} ${unit}/s`, ...leftText(entryMeter, entries.done, entries.of, nowMs)];
  return [count, ...byEntries, ...(bytes === 0 ? [] : [amount])].join(", ");
}

function countOf({ files }: TransferView, entries: Count): readonly [text: string, unit: string] {
  const [{ done, of }, unit] = files === undefined || files.of === 0 ? [entries, "entries"] : [files, "files"];
  return [`${done} of ${of} ${unit}`, unit];
}

function leftText(meter: SpeedMeter, done: number, all: number, nowMs: number): string[] {
  const left = meter.secondsLeft(all, nowMs);
  return left === null || done === all ? [] : [`${formatSpan(left)} left`];
}

function barOf(share: number, columns: number): string {
  const eighths = Math.floor(8 * columns * clamp(share, 0, 1));
  const full = "█".repeat(Math.floor(eighths / 8));
  return eighths % 8 === 0 ? full.padEnd(columns) : `${full}${PARTS[eighths % 8]}`.padEnd(columns);
}

function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(max, value));
}
