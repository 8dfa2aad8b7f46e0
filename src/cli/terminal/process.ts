/**
 * The process: the signals that stop it, and its exit status.
 *
 * @module
 */

import { constants } from "node:os";
import process from "node:process";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** The exit status of a command that was interrupted before it was done: that of shells for Ctrl-C. */
export const INTERRUPTED_STATUS = 130;

/** The exit status of commands that did what they could, while something was left out: neither success nor failure. */
export const LEFT_OUT_STATUS = 3;

/** Waits for the signals that ask a program to stop. */
export interface StopSignal extends Disposable {
  /** Fires at the first signal. A second one ends the process at once. */
  readonly signal: AbortSignal;
}

/** Catches the signals until it is disposed of. */
export function stopSignal(): StopSignal {
  const controller = new AbortController();
  const handlers = SIGNALS.map((name) => {
    const handle = () => {
      // The status that shells use for a program that a signal has ended.
      if (controller.signal.aborted) process.exit(128 + constants.signals[name]);
      controller.abort(new Error(`The program got ${name}`));
    };
    process.on(name, handle);
    return [name, handle] as const;
  });
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => handlers.forEach(([name, handle]) => process.off(name, handle)),
  };
}

/** Resolves when a signal fires. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
