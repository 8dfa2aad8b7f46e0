/**
 * Telling how transfers go: bars on a terminal, lines for logs and pipes, JSON for programs.
 *
 * @module
 */

import { escapeText } from "../../codec/mod.ts";
import type { Clock } from "../host/host.ts";
import type { Streams } from "./command.ts";
import { jsonLine } from "./json-values.ts";
import { LiveLines } from "./live-lines.ts";
import { pace, percentOf, progressBar, type TransferView } from "./progress-bar.ts";
import { SpeedMeter } from "./speed-meter.ts";

/** Without a terminal, a transfer has a line for every so many percent. */
const STEP_PERCENT = 10;
/** Programs are told of progress at most this often. */
const JSON_MS_MIN = 500;
const COLUMNS = 80;
/** Narrower than this, lines break; there is no sense in it anyway. */
const COLUMNS_MIN = 20;

/** A transfer that is shown. */
export interface Transfer {
  readonly name: string;
  readonly done: number;
  readonly bytes: number;
  /** What stands in place of speed and time left. */
  readonly note?: string | undefined;
}

interface Shown extends TransferView {
  /** The last step of which a line told, or when programs were told last. */
  told: number;
}

/** Where a report goes, and in which form. */
export interface TransferReportOptions {
  readonly streams: Streams;
  readonly clock: Clock;
  readonly json: boolean;
}

/** Tells how transfers go; each of them has a key. */
export class TransferReport implements Disposable {
  readonly #streams: Streams;
  readonly #clock: Clock;
  readonly #json: boolean;
  readonly #live: LiveLines | null;
  readonly #shown = new Map<string, Shown>();

  constructor({ streams, clock, json }: TransferReportOptions) {
    this.#streams = streams;
    this.#clock = clock;
    this.#json = json;
    this.#live = streams.terminal && !json
      ? new LiveLines({ out: streams.out, clock, render: () => this.#render() })
      : null;
  }

  /** Something that happened: a line for people, or a value for programs. The text must be escaped already. */
  say(text: string, value: Readonly<Record<string, unknown>>): void {
    const line = this.#json ? jsonLine(value) : text;
    if (this.#live === null) this.#streams.out(`${line}\n`);
    else this.#live.print(line);
  }

  /** How far a transfer is; the first time it appears. */
  show(key: string, transfer: Transfer): void {
    const nowMs = this.#clock.now();
    const before = this.#shown.get(key);
    // What was there before a transfer begins, or goes on, says nothing of its speed.
    const begins = before?.note !== undefined && transfer.note === undefined;
    const meter = before === undefined || begins ? new SpeedMeter() : before.meter;
    meter.note(transfer.done, nowMs);
    const shown: Shown = { ...transfer, meter, told: before?.told ?? firstTold(transfer, nowMs, this.#json) };
    this.#shown.set(key, shown);
    if (this.#json) this.#tellProgram(key, shown, nowMs);
    else if (this.#live === null) this.#tellStep(shown, nowMs);
    else this.#live.change();
  }

  /** A transfer is over, or does not go on at present; it is shown no more. */
  hide(key: string): void {
    if (this.#shown.delete(key)) this.#live?.change();
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
  }

  #render(): string[] {
    // The last column stays free: some terminals begin a new line as soon as it is used.
    const columns = Math.max(COLUMNS_MIN, this.#streams.columns ?? COLUMNS) - 1;
    const nowMs = this.#clock.now();
    return [...this.#shown.values()].map((shown) => progressBar(shown, nowMs, columns));
  }

  #tellProgram(key: string, shown: Shown, nowMs: number): void {
    if (nowMs - shown.told < JSON_MS_MIN) return;
    shown.told = nowMs;
    const { done, bytes, meter } = shown;
    const speed = meter.bytesPerSecond(nowMs);
    this.#streams.out(
      `${
        jsonLine({ type: "progress", key, done, bytes, bytesPerSecond: speed === null ? null : Math.round(speed) })
      }\n`,
    );
  }

  #tellStep(shown: Shown, nowMs: number): void {
    const step = stepOf(shown);
    // That everything is done is told by what ends the transfer.
    if (step <= shown.told || shown.done >= shown.bytes) return;
    shown.told = step;
    const { name, note } = shown;
    this.#streams.out(`${escapeText(name)}: ${percentOf(shown)}%, ${escapeText(note ?? pace(shown, nowMs))}\n`);
  }
}

/** Where a transfer begins is told by what begins it. */
function firstTold(transfer: Transfer, nowMs: number, json: boolean): number {
  return json ? nowMs : stepOf(transfer);
}

/** How many steps are done. */
function stepOf(transfer: Transfer): number {
  return Math.floor(percentOf(transfer) / STEP_PERCENT);
}
