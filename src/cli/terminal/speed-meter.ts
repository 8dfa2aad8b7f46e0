/**
 * How fast something goes, and how long it will take.
 *
 * @module
 */

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
    // Less than before: it was begun anew.
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
