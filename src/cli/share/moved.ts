/**
 * How much of a transfer lies before a point of it.
 *
 * @module
 */

import type { TransferPoint } from "../../warpdrive/files/mod.ts";
import type { Contents } from "../warpdrive/mod.ts";
import type { Amounts } from "../terminal/mod.ts";

/** What has been moved; what was there before counts, too. */
export interface Moved {
  /** Bytes. */
  readonly done: number;
  readonly filesDone: number;
  /** Files and folders. */
  readonly entriesDone: number;
}

/** Nothing. */
export const NOTHING_MOVED: Moved = { done: 0, filesDone: 0, entriesDone: 0 };

/** Sums up entries once, and tells what lies before a point of them. */
export function movedBefore(
  entries: readonly { readonly size: number; readonly isDirectory: boolean }[],
): (point: TransferPoint) => Moved {
  const bytes = new Float64Array(entries.length + 1);
  const files = new Uint32Array(entries.length + 1);
  entries.forEach(({ size, isDirectory }, index) => {
    bytes[index + 1] = bytes[index] + (isDirectory ? 0 : size);
    files[index + 1] = files[index] + (isDirectory ? 0 : 1);
  });
  return ({ index, offset }) => {
    const entriesDone = Math.min(Math.max(index, 0), entries.length);
    return {
      done: Math.min(bytes[entriesDone] + offset, bytes[entries.length]),
      filesDone: files[entriesDone],
      entriesDone,
    };
  };
}

/** What was moved, of how much. */
export function amountsOf({ done, filesDone, entriesDone }: Moved, { bytes, files, entries }: Contents): Amounts {
  return { done, bytes, entries: { done: entriesDone, of: entries }, files: { done: filesDone, of: files } };
}
