/**
 * Waiting that can be given up, by an `AbortSignal` or after a time, and waiting for earlier work.
 *
 * @module
 */

import { HostError } from "../error.ts";
import type { Clock, Timer, WaitOptions } from "../host.ts";

/** The longest delay that every runtime can set a timer for, in milliseconds: 24.8 days. */
export const TIMER_MS_MAX = 2 ** 31 - 1;

/** The time limits of hosts by default, in milliseconds. */
export const TIME_LIMITS = Object.freeze({
  /** For opening a stream, or connecting. */
  openMs: 10_000,
  /** For a caller to say what it wants. */
  openingMs: 5000,
  /** For a program to accept or reject a stream. */
  decisionMs: 60_000,
  /** For closing a stream, until what was written has left. */
  closeMs: 5000,
});

/** The ends that something waited for can have; only the first one counts. */
export interface Settle<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** Undoes what was begun, because nobody waits for it any more. */
export type GiveUp = (error: HostError) => void;

/**
 * Begins something and waits for its end, or until the caller gives up.
 *
 * @param action What is done, as the beginning of a message: `Opening "warpdrive"`
 * @throws RangeError for a timeout outside 0 to 2^31 - 1 ms that is not `Infinity`
 */
export function wait<T>(
  clock: Clock,
  action: string,
  options: WaitOptions,
  begin: (settle: Settle<T>) => GiveUp,
): Promise<T> {
  const { signal, timeoutMs = Infinity } = options;
  const bounded = timeoutMs !== Infinity;
  if (bounded && !(timeoutMs >= 0 && timeoutMs <= TIMER_MS_MAX)) {
    return Promise.reject(new RangeError(`Cannot wait for ${timeoutMs} ms`));
  }
  if (signal?.aborted) return Promise.reject(abortedError(action, signal));
  return new Promise((resolve, reject) => {
    let waiting = true;
    let timer: Timer | undefined;
    const stopWaiting = (): boolean => {
      if (!waiting) return false;
      waiting = false;
      timer?.clear();
      signal?.removeEventListener("abort", onAbort);
      return true;
    };
    const end = (error: HostError) => {
      if (!stopWaiting()) return;
      giveUp(error);
      reject(error);
    };
    const onAbort = () => end(abortedError(action, signal!));
    const giveUp = begin({
      resolve: (value) => stopWaiting() && resolve(value),
      reject: (error) => stopWaiting() && reject(error),
    });
    // What has ended by now needs no way to be given up.
    if (!waiting) return;
    signal?.addEventListener("abort", onAbort);
    if (bounded) timer = clock.setTimer(timeoutMs, () => end(timeoutError(action, timeoutMs)));
  });
}

/** What an owner waits for on behalf of its callers, all of which ends when the owner is closed. */
export class OwnedWaits {
  readonly #clock: Clock;
  readonly #closedError: () => HostError;
  /** Null while nobody waits: thousands of owners may be in one process. */
  #open: Set<GiveUp> | null = null;
  #closed = false;

  /** @param closedError What callers get when the owner is closed */
  constructor(clock: Clock, closedError: () => HostError) {
    this.#clock = clock;
    this.#closedError = closedError;
  }

  /**
   * Begins something and waits for its end, see {@link wait}.
   *
   * @param begin Returns how to cancel what was begun
   */
  wait<T>(action: string, options: WaitOptions, begin: (settle: Settle<T>) => () => void): Promise<T> {
    if (this.#closed) return Promise.reject(this.#closedError());
    return wait<T>(this.#clock, action, options, (settle) => {
      let end: GiveUp | null = null;
      let over = false;
      const isOver = () => {
        over = true;
        if (end !== null) this.#open?.delete(end);
        if (this.#open?.size === 0) this.#open = null;
      };
      const cancel = begin({
        resolve: (value) => {
          isOver();
          settle.resolve(value);
        },
        reject: (error) => {
          isOver();
          settle.reject(error);
        },
      });
      end = (error) => {
        isOver();
        cancel();
        settle.reject(error);
      };
      if (!over) (this.#open ??= new Set()).add(end);
      return end;
    });
  }

  /** Ends everything with the error of the owner, and begins nothing more. */
  close(): void {
    this.#closed = true;
    for (const giveUp of [...this.#open ?? []]) giveUp(this.#closedError());
  }
}

/** Does nothing for a time; not at all if that is over. Throws HostError `aborted` when the signal fires. */
export function pause(clock: Clock, pauseMs: number, signal: AbortSignal): Promise<void> {
  return wait<void>(clock, "Pausing", { signal }, ({ resolve }) => {
    const timer = clock.setTimer(Math.max(0, pauseMs), () => resolve());
    return () => timer.clear();
  });
}

/**
 * Makes a function that runs what it is given, such as starting and stopping, one after the other: each when all before
 * are done, whether these failed or not.
 */
export function mutex(): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
}

function abortedError(action: string, signal: AbortSignal): HostError {
  return new HostError("aborted", `${action} was given up`, { cause: signal.reason });
}

function timeoutError(action: string, timeoutMs: number): HostError {
  return new HostError("timeout", `${action} took more than ${timeoutMs} ms`);
}
