/**
 * Retrying downloads: after which failures, how often, and with what pauses.
 *
 * @module
 */

import { CodecError } from "../../../codec/mod.ts";
import { type Clock, HostError } from "../../host/mod.ts";
import { pause } from "../../host/timing/mod.ts";
import { WarpdriveError } from "../error.ts";
import { FilesError } from "../files/mod.ts";

/** The first pause, and the longest, between two attempts. */
const PAUSE_MS_MIN = 500;
const PAUSE_MS_MAX = 60_000;
/**
 * How often a sender may be reached without giving a byte: one that has not stored its offer yet needs about a second,
 * and one that never will, such as an original node that was restarted, should not be asked for ever.
 */
const FRUITLESS_MAX = 8;
/** How often a file may arrive with another hash: once may be chance. */
const MISMATCHES_MAX = 2;

/** Failures of the disk that pass. */
const PASSING: ReadonlySet<string> = new Set(["too-many-open", "busy", "no-folder"]);
/** Failures of the network in which the sender was not even reached: it is asked for ever. */
const UNREACHED: ReadonlySet<string> = new Set(["unreachable", "busy", "unknown-protocol", "rejected"]);

/** How the attempts at one download went so far. */
export class Attempts {
  #pauseMs = PAUSE_MS_MIN;
  #fruitless = 0;
  #mismatches = 0;

  /** Takes note of an attempt. Returns whether there should be another one. */
  failed(error: unknown, progressed: boolean): boolean {
    if (progressed) {
      this.#pauseMs = PAUSE_MS_MIN;
      this.#fruitless = 0;
    }
    if (error instanceof FilesError) {
      if (error.code === "hash-mismatch") return ++this.#mismatches < MISMATCHES_MAX;
      if (error.code === "truncated") return progressed || ++this.#fruitless < FRUITLESS_MAX;
      return PASSING.has(error.code);
    }
    if (error instanceof HostError) {
      return UNREACHED.has(error.code) || progressed || ++this.#fruitless < FRUITLESS_MAX;
    }
    const other = error instanceof WarpdriveError || error instanceof CodecError;
    return other && (progressed || ++this.#fruitless < FRUITLESS_MAX);
  }

  /** Waits, longer each time. */
  async pause(clock: Clock, signal: AbortSignal): Promise<void> {
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(PAUSE_MS_MAX, 2 * pauseMs);
    await pause(clock, pauseMs, signal);
  }
}

/** How a download is tried again and again. */
export interface RetryOptions<T> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Throws when the download folder is gone. */
  readonly ensureFolder: () => Promise<unknown>;
  readonly attempt: () => Promise<T>;
  /**
   * Called after an attempt has failed. `mayRetry` counts the attempt, and returns whether another one makes sense. Throws
   * when there is to be none; otherwise returns when it begins.
   */
  readonly onFailure: (
    error: unknown,
    mayRetry: (progressed: boolean) => boolean,
  ) => Promise<"now" | "later"> | "now" | "later";
}

/** Tries a download until it succeeds. Throws what `onFailure` throws, and the signal's reason during a pause. */
export async function retryDownload<T>(options: RetryOptions<T>): Promise<T> {
  const { clock, signal, ensureFolder, attempt, onFailure } = options;
  const attempts = new Attempts();
  for (;;) {
    let error: unknown;
    try {
      return await attempt();
    } catch (failure) {
      error = await causeOf(failure, ensureFolder);
    }
    const next = await onFailure(error, (progressed) => attempts.failed(error, progressed));
    if (next === "later") await attempts.pause(clock, signal);
  }
}

/** Why an attempt has failed: whatever the disk says, a download folder that is gone is the reason. */
async function causeOf(error: unknown, ensureFolder: () => Promise<unknown>): Promise<unknown> {
  if (!(error instanceof FilesError)) return error;
  return await ensureFolder().then(() => error, (reason) => reason instanceof FilesError ? reason : error);
}
