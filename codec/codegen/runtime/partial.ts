/**
 * Whether generated readers look at the beginning of an input that goes on, to find out what is wrong with it.
 *
 * @module
 */

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
