/**
 * Whether generated readers look at the beginning of an input that goes on, to find out what is wrong with it.
 *
 * @module
 */

import { truncated } from "../../failures.ts";

let partial = false;

/** Whether more bytes follow behind the end of the input. */
export function isPartial(): boolean {
  return partial;
}

/** Runs a function whose readers look at the beginning of an input. */
export function partially(run: () => void): void {
  partial = true;
  try {
    run();
  } finally {
    partial = false;
  }
}

/** The bytes end too early for all elements, unless more bytes follow. */
export function fewItems(path: string, offset: number, needed: number, left: number): void {
  if (!partial) truncated(path, offset, needed, left);
}
