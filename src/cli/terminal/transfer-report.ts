/**
 * Shows how transfers go: bars on a terminal, lines for logs and pipes, JSON for programs.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import type { Clock, Timer } from "../../host/mod.ts";
import type { Streams } from "../command.ts";
import { jsonLine } from "../json/mod.ts";
import { LiveLines } from "./live-lines.ts";
import { type Amounts, pace, percentOf, progressBar, SpeedMeter, type TransferView } from "./progress.ts";

/** Without a terminal, people see progress at most this often. */
const LINE_MS_MIN = 5000;
/** Programs get progress at most this often. */
const JSON_MS_MIN = 500;
const COLUMNS = 80;

/** A transfer that is shown. */
export interface Transfer extends Amounts {
  readonly name: string;
  /** Replaces speed and time left. */
  readonly note?: string | undefined;
}

interface Shown extends TransferView {
  readonly entryMeter: SpeedMeter;
  /** When it was last reported, or began. */
  toldMs: number;
  /** Whether something has changed since then. */
  isNews: boolean;
}

/** Where a report goes, and in which form. */
export interface TransferReportOptions {
  readonly streams: Streams;
  readonly clock: Clock;
  readonly json: boolean;
}

/** Shows how transfers go; each of them has a key. */
export class TransferReport implements Disposable {
  readonly #streams: Streams;
  readonly #clock: Clock;
  readonly #json: boolean;
  readonly #live: LiveLines | null;
  readonly #shown = new Map<string, Shown>();
  /** When the last line about progress was printed, or the first transfer began. */
  #lineMs: number | null = null;
  #lineTimer: Timer | null = null;

  constructor({ streams, clock, json }: TransferReportOptions) {
    this.#streams = streams;
    this.#clock = clock;
    this.#json = json;
    this.#live = streams.terminal && !json
      ? new LiveLines({ out: streams.out, clock, render: () => this.#render() })
      : null;
  }

  /** Whether programs read it. */
  get json(): boolean {
    return this.#json;
  }

  /** Something that happened: a line for people, or a value for programs. The text must be escaped already. */
  say(text: string, value: Readonly<Record<string, unknown>>): void {
    const line = this.#json ? jsonLine(value) : text;
    if (this.#live === null) this.#streams.out(`${line}\n`);
    else this.#live.print(line);
  }

  /** As {@link say}, something that must not be overlooked: without a terminal, people read it among the errors. */
  warn(text: string, value: Readonly<Record<string, unknown>>): void {
    if (this.#live === null && !this.#json) this.#streams.err(`${text}\n`);
    else this.say(text, value);
  }

  /** How far a transfer is; the first time it appears. */
  show(key: string, transfer: Transfer): void {
    const nowMs = this.#clock.now();
    const before = this.#shown.get(key);
    // What was there before a transfer begins, or resumes, says nothing about its speed.
    const begins = before?.note !== undefined && transfer.note === undefined;
    const { meter, entryMeter } = before === undefined || begins
      ? { meter: new SpeedMeter(), entryMeter: new SpeedMeter() }
      : before;
    meter.note(transfer.done, nowMs);
    entryMeter.note(transfer.entries?.done ?? 0, nowMs);
    // The start of a transfer is reported elsewhere.
    const isNews = before !== undefined && (before.isNews || isOther(before, transfer));
    const shown = { ...transfer, meter, entryMeter, toldMs: before?.toldMs ?? nowMs, isNews };
    this.#shown.set(key, shown);
    if (this.#json) this.#tellProgram(key, shown, nowMs);
    else if (this.#live === null) this.#tellSoon(nowMs);
    else this.#live.change();
  }

  /** A transfer is over, or interrupted; it is not shown any more. */
  hide(key: string): void {
    if (this.#shown.delete(key)) this.#live?.change();
    if (this.#shown.size === 0) this.#stopTelling();
  }

  /** Takes the bars away while somebody is asked something. */
  async during<T>(ask: () => Promise<T>): Promise<T> {
    this.#live?.pause();
    try {
      return await ask();
    } finally {
      this.#live?.resume();
    }
  }

  [Symbol.dispose](): void {
    this.#live?.[Symbol.dispose]();
    this.#stopTelling();
  }

  #render(): string[] {
    // The last column stays free: some terminals begin a new line as soon as it is used.
    // Terminals that do not know their width say 0.
    const columns = (this.#streams.columns || COLUMNS) - 1;
    const nowMs = this.#clock.now();
    return [...this.#shown.values()].map((shown) => progressBar(shown, nowMs, columns));
  }

  #tellProgram(key: string, shown: Shown, nowMs: number): void {
    if (nowMs - shown.toldMs < JSON_MS_MIN) return;
    shown.toldMs = nowMs;
    const { done, bytes, files, entries, meter } = shown;
    const speed = meter.perSecond(nowMs);
    const value = {
      ...{ type: "progress", key, done, bytes },
      ...(files !== undefined && { filesDone: files.done, files: files.of }),
      ...(entries !== undefined && { entriesDone: entries.done, entries: entries.of }),
      bytesPerSecond: speed === null ? null : Math.round(speed),
    };
    this.#streams.out(`${jsonLine(value)}\n`);
  }

  /** Shows progress to people when it is time. */
  #tellSoon(nowMs: number): void {
    if (this.#lineTimer !== null) return;
    this.#lineMs ??= nowMs;
    const waitMs = this.#lineMs + LINE_MS_MIN - nowMs;
    if (waitMs <= 0) this.#tell();
    else this.#lineTimer = this.#clock.setTimer(waitMs, () => this.#tell());
  }

  /** One line, about the transfer that was not reported for longest. */
  #tell(): void {
    this.#lineTimer = null;
    const news = [...this.#shown.values()].filter(({ isNews }) => isNews).sort((a, b) => a.toldMs - b.toldMs);
    const [shown] = news;
    if (shown === undefined) return;
    const nowMs = this.#clock.now();
    this.#lineMs = shown.toldMs = nowMs;
    shown.isNews = false;
    const { name, note } = shown;
    this.#streams.out(`${escapeText(name)}: ${percentOf(shown)}%, ${escapeText(note ?? pace(shown, nowMs))}\n`);
    if (news.length > 1) this.#tellSoon(nowMs);
  }

  #stopTelling(): void {
    this.#lineTimer?.clear();
    this.#lineTimer = null;
  }
}

function isOther(before: Transfer, now: Transfer): boolean {
  return before.done !== now.done || before.note !== now.note || before.entries?.done !== now.entries?.done;
}
