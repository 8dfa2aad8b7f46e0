/**
 * Lines at the bottom of a terminal that are redrawn, with permanent lines above them.
 *
 * @module
 */

import type { Clock, Timer } from "../../host/mod.ts";

/** More often than this nobody sees a change. */
const DRAW_MS_MIN = 100;
/** Without news, speeds and times are still brought up to date this often. */
const TICK_MS = 1000;
/** Clears from the cursor to the end of the screen (ECMA-48, 8.3.39 ED). */
const CLEAR_BELOW = "\x1b[J";

/** What live lines need. */
export interface LiveLinesOptions {
  readonly out: (text: string) => void;
  readonly clock: Clock;
  /** The lines as they should be now. No line may be longer than the terminal is wide. */
  readonly render: () => readonly string[];
}

/** Redraws lines when something changes. */
export class LiveLines implements Disposable {
  readonly #options: LiveLinesOptions;
  /** How many lines are drawn at present. */
  #drawn = 0;
  #drawnMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | null = null;
  #paused = false;
  /** Lasting lines that wait until nobody is asked any more. */
  #held: string[] = [];

  constructor(options: LiveLinesOptions) {
    this.#options = options;
  }

  /** Something has changed: the lines are drawn now, or soon. */
  change(): void {
    if (this.#paused) return;
    const { clock } = this.#options;
    const waitMs = this.#drawnMs + DRAW_MS_MIN - clock.now();
    if (waitMs <= 0) this.#draw();
    else this.#after(waitMs);
  }

  /** Prints a line that stays, above the others. While somebody is asked something, it waits. */
  print(line: string): void {
    this.#held.push(line);
    if (this.#paused) return;
    this.#erase();
    this.#release();
    this.#draw();
  }

  /** Takes the lines away and draws none until {@link resume}: somebody is asked something. */
  pause(): void {
    this.#paused = true;
    this.#timer?.clear();
    this.#timer = null;
    this.#erase();
  }

  /** Resumes after {@link pause}. */
  resume(): void {
    this.#paused = false;
    this.#release();
    this.#draw();
  }

  /** Takes the lines away for good. */
  [Symbol.dispose](): void {
    this.pause();
    this.#release();
  }

  #release(): void {
    for (const line of this.#held.splice(0)) this.#options.out(`${line}\n`);
  }

  #draw(): void {
    const { out, render, clock } = this.#options;
    const lines = render();
    this.#erase();
    if (lines.length > 0) out(`${lines.join("\n")}\n`);
    this.#drawn = lines.length;
    this.#drawnMs = clock.now();
    this.#timer?.clear();
    this.#timer = null;
    if (lines.length > 0) this.#after(TICK_MS);
  }

  #after(delayMs: number): void {
    this.#timer?.clear();
    this.#timer = this.#options.clock.setTimer(delayMs, () => this.#draw());
  }

  #erase(): void {
    if (this.#drawn > 0) this.#options.out(`\x1b[${this.#drawn}A\r${CLEAR_BELOW}`);
    this.#drawn = 0;
  }
}
