/**
 * The log of a service: a line for each event, for people or for programs.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import type { Clock } from "../../host/mod.ts";
import { systemClock } from "../../host/timing/mod.ts";
import { jsonLine } from "../json/mod.ts";
import { attributionOf, levelOf, LOG_LEVELS, type LogEvent, type LogLevel } from "./log-event.ts";
import { LogGate } from "./log-gate.ts";
import { logText } from "./log-text.ts";

export { LOG_LEVELS, type LogEvent, type LogLevel } from "./log-event.ts";

/** Takes events. */
export type Log = (event: LogEvent) => void;

/** The forms of a log. */
export const LOG_FORMATS = ["text", "json"] as const;

/** One of {@link LOG_FORMATS}. */
export type LogFormat = typeof LOG_FORMATS[number];

/** What a log is like. */
export interface LogOptions {
  readonly format: LogFormat;
  /** What matters less is left out. With `debug` every event has its own line, however many they are. */
  readonly level: LogLevel;
  /** Takes the lines. */
  readonly write: (line: string) => void;
  /** The machine's time by default. */
  readonly clock?: Clock | undefined;
}

/** A log that is open. */
export interface OpenLog {
  readonly log: Log;
  /** Writes what was only counted up to now. */
  end(): void;
}

/** Opens a log; `isKnown` returns whether a peer is not a stranger. */
export type LogOpener = (isKnown: (peer: string) => boolean) => OpenLog;

/**
 * A log in which nothing can be obeyed by a terminal, and which nobody can make grow as they like: strangers who are
 * refused are counted and summed up, once a minute; of what others do, so is what is more than some lines a second, and
 * what is the same again. Texts of others are cut.
 */
export function createLog({ format, level, write, clock = systemClock }: LogOptions): LogOpener {
  const put = (event: LogEvent) => {
    const time = new Date(clock.now()).toISOString();
    if (format === "json") write(`${jsonLine({ time, level: levelOf(event), ...event })}\n`);
    else write(`${time} ${escapeText(logText(event))}\n`);
  };
  const matters = (event: LogEvent) => LOG_LEVELS.indexOf(levelOf(event)) <= LOG_LEVELS.indexOf(level);
  return (isKnown) => {
    const gate = new LogGate({ clock, onSum: (sum) => put({ type: "sum", ...sum }) });
    const log = (event: LogEvent) => {
      if (!matters(event)) return;
      const short = shortTexts(event);
      if (
        level === "debug" || gate.pass({ kind: event.type, text: sameText(short), ...attributionOf(short, isKnown) })
      ) {
        put(short);
      }
    };
    return { log, end: () => gate.end() };
  };
}

/** An event without what is different each time. */
function sameText(event: LogEvent): string {
  return JSON.stringify(event, (key, value) => key === "durationMs" ? undefined : value);
}

/** How many characters of a text a log has: names and paths that people give are shorter. */
const TEXT_LENGTH_MAX = 256;
/** Messages hold texts of others and words of this program's own. */
const MESSAGE_LENGTH_MAX = 512;

/** A value whose texts are cut where they are too long, with an ellipsis; those of peers can have any length. */
export function shortTexts<T>(value: T, lengthMax: number = TEXT_LENGTH_MAX): T {
  return shortened(value, lengthMax) as T;
}

function shortened(value: unknown, lengthMax: number): unknown {
  if (typeof value === "string") return value.length <= lengthMax ? value : `${value.slice(0, lengthMax - 1)}…`;
  if (Array.isArray(value)) return value.map((item) => shortened(item, lengthMax));
  if (typeof value !== "object" || value === null) return value;
  const parts = Object.entries(value).map(([name, part]) => {
    return [name, shortened(part, name === "message" ? MESSAGE_LENGTH_MAX : lengthMax)];
  });
  return Object.fromEntries(parts);
}
