/**
 * How far a transfer is, as one line.
 *
 * @module
 */

import { escapeText } from "../../codec/mod.ts";
import { formatBytes, formatSpan } from "./quantities.ts";
import type { SpeedMeter } from "./speed-meter.ts";
import { clipText, padText } from "./text-width.ts";

/** A transfer on its way. */
export interface TransferView {
  /** What is transferred; text from the network is fine. */
  readonly name: string;
  readonly done: number;
  readonly bytes: number;
  readonly meter: SpeedMeter;
  /** What stands in place of speed and time left, where that is something else: `waiting for the link`. */
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
/** Eighths of a block. */
const PARTS = " ▏▎▍▌▋▊▉";

/** Percent that are done, rounded down, so that only what is complete says 100. */
export function percentOf({ done, bytes }: { readonly done: number; readonly bytes: number }): number {
  return bytes === 0 ? 100 : Math.floor(100 * Math.min(1, done / bytes));
}

/** One line of at most so many columns: name, bar, percent, speed and time left. */
export function progressBar(view: TransferView, nowMs: number, columns: number): string {
  const { name, done, bytes, note } = view;
  const tail = `${String(percentOf(view)).padStart(3)}%  ${note === undefined ? pace(view, nowMs) : escapeText(note)}`;
  const nameColumns = clamp(Math.floor(columns / 5), NAME_COLUMNS_MIN, NAME_COLUMNS_MAX);
  const left = columns - nameColumns - TAIL_COLUMNS - EDGES_COLUMNS;
  const bar = barOf(bytes === 0 ? 1 : done / bytes, clamp(left, BAR_COLUMNS_MIN, BAR_COLUMNS_MAX));
  return clipText(`${padText(escapeText(name), nameColumns)} ▕${bar}▏ ${tail}`, columns);
}

/** Bytes done, speed and time left: `812 MB of 1.30 GB, 105 MB/s, 0:05 left`. */
export function pace({ done, bytes, meter }: TransferView, nowMs: number): string {
  const speed = meter.bytesPerSecond(nowMs);
  const left = meter.secondsLeft(bytes, nowMs);
  const amount = done === bytes ? formatBytes(bytes) : `${formatBytes(done)} of ${formatBytes(bytes)}`;
  return [
    amount,
    ...(speed === null ? [] : [`${formatBytes(speed)}/s`]),
    ...(left === null || done === bytes ? [] : [`${formatSpan(left)} left`]),
  ].join(", ");
}

function barOf(share: number, columns: number): string {
  const eighths = Math.floor(8 * columns * clamp(share, 0, 1));
  const full = "█".repeat(Math.floor(eighths / 8));
  return eighths % 8 === 0 ? full.padEnd(columns) : `${full}${PARTS[eighths % 8]}`.padEnd(columns);
}

function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(max, value));
}
