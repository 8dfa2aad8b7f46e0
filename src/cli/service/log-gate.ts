/**
 * Limits how many lines of a log anybody can cause: events beyond that are counted, and summed up once a minute.
 *
 * @module
 */

import type { Clock, Timer } from "../../host/mod.ts";

/** Who caused a line: this node's own user and programs, peers that they know, or anybody else. */
export type LogParty = "own" | "known" | "stranger";

/** A line that may be written. */
export interface GatedLine {
  readonly party: LogParty;
  /** Who has done it. */
  readonly source: string;
  /** Lines of one kind share the room of their party. */
  readonly kind: string;
  /** The line without what is different each time: the same one is written some times, and then only counted. */
  readonly text: string;
  /** What it is called in a sum, a few words. */
  readonly what: string;
  /** Whether it is never written, only counted: strangers who were refused. */
  readonly counted?: boolean;
}

/** What was counted instead of being written. */
export interface LogSum {
  readonly party: LogParty;
  /** The time in which it happened. */
  readonly seconds: number;
  readonly count: number;
  /** Who has done it: how many, or, when they are too many to be remembered, at least how many. */
  readonly sources: number;
  /** Who has done most of it, and how much. */
  readonly most: { readonly source: string; readonly count: number };
  /** What it was, and how often, most first. */
  readonly whats: Readonly<Record<string, number>>;
}

/** Options of {@link LogGate}. */
export interface LogGateOptions {
  readonly clock: Clock;
  /** Called with what was counted, once a minute at most for each party, and at the end. */
  readonly onSum: (sum: LogSum) => void;
}

/** How long is counted before a sum is written, in milliseconds. */
const SUM_MS = 60_000;
/** How many lines may be written in that time: because of one source, and of one kind because of all of a party. */
const LINES_MAX: Readonly<Record<LogParty, { readonly ofSource: number; readonly ofKind: number }>> = {
  own: { ofSource: 100, ofKind: 200 },
  known: { ofSource: 100, ofKind: 200 },
  stranger: { ofSource: 10, ofKind: 20 },
};
/** How many times the same line may be written in that time. */
const REPEATS_MAX = 5;
/** How many sources a sum remembers; if there are more, it has no more than that. */
export const SOURCES_MAX = 1000;
/** How many words a sum has, and the word for further ones. */
const WHATS_MAX = 32;
const OTHER = "others";

/** Counts for one party. */
interface Tally {
  count: number;
  readonly sources: Map<string, number>;
  readonly whats: Map<string, number>;
}

/** Decides which lines are written. */
export class LogGate {
  readonly #options: LogGateOptions;
  /** How many lines were written since the last sum: of each text, source and kind. */
  readonly #counts = new Map<string, number>();
  readonly #tallies = new Map<LogParty, Tally>();
  #timer: Timer | null = null;
  #sinceMs = 0;

  constructor(options: LogGateOptions) {
    this.#options = options;
  }

  /** Whether a line is to be written; otherwise it was counted. */
  pass(line: GatedLine): boolean {
    const { clock } = this.#options;
    if (this.#timer === null) {
      this.#sinceMs = clock.now();
      this.#timer = clock.setTimer(SUM_MS, () => this.end());
    }
    if (line.counted !== true && this.#takesRoom(line)) return true;
    const { party, source, what } = line;
    const tally = this.#tallies.get(party) ?? { count: 0, sources: new Map(), whats: new Map() };
    this.#tallies.set(party, tally);
    tally.count++;
    countIn(tally.sources, source, SOURCES_MAX);
    if (!countIn(tally.whats, what, WHATS_MAX - 1)) countIn(tally.whats, OTHER, WHATS_MAX);
    return false;
  }

  /** Reports what was counted, and starts again. */
  end(): void {
    this.#timer?.clear();
    this.#timer = null;
    this.#counts.clear();
    const tallies = [...this.#tallies];
    this.#tallies.clear();
    const seconds = Math.max(1, Math.round((this.#options.clock.now() - this.#sinceMs) / 1000));
    for (const [party, { count, sources, whats }] of tallies) {
      const [source, most] = sorted(sources)[0];
      this.#options.onSum({
        ...{ party, seconds, count, sources: sources.size },
        most: { source, count: most },
        whats: Object.fromEntries(sorted(whats)),
      });
    }
  }

  #takesRoom({ party, source, kind, text }: GatedLine): boolean {
    const { ofSource, ofKind } = LINES_MAX[party];
    const limits: readonly (readonly [name: string, linesMax: number])[] = [
      [JSON.stringify(["text", party, source, text]), REPEATS_MAX],
      [JSON.stringify(["source", party, source]), ofSource],
      [JSON.stringify(["kind", party, kind]), ofKind],
    ];
    if (limits.some(([name, linesMax]) => (this.#counts.get(name) ?? 0) >= linesMax)) return false;
    for (const [name] of limits) this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    return true;
  }
}

/** Counts one more; `false` if it is new, and there are so many already. */
function countIn(counts: Map<string, number>, name: string, namesMax: number): boolean {
  const count = counts.get(name) ?? 0;
  if (count === 0 && counts.size >= namesMax) return false;
  counts.set(name, count + 1);
  return true;
}

/** The most first. */
function sorted(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].sort(([, a], [, b]) => b - a);
}
