/**
 * What is expected of calls that fail.
 *
 * @module
 */

import * as assert from "uvu/assert";
import { StorjError, type StorjErrorCode } from "../../src/storj/mod.ts";

/** Waits until work fails with a code. */
export async function rejects(work: Promise<unknown>, code: StorjErrorCode): Promise<StorjError> {
  const outcome = await work.then((value) => ({ value }), (error: unknown) => ({ error }));
  return failed(outcome, code);
}

/** Expects that a function throws an error with a code. */
export function throws(run: () => unknown, code: StorjErrorCode): StorjError {
  try {
    return failed({ value: run() }, code);
  } catch (error) {
    return failed({ error }, code);
  }
}

function failed(outcome: { readonly error?: unknown; readonly value?: unknown }, code: StorjErrorCode): StorjError {
  if (!("error" in outcome)) assert.unreachable(`Expected "${code}", and got ${JSON.stringify(outcome.value)}`);
  const { error } = outcome;
  if (!(error instanceof StorjError)) throw error;
  assert.is(error.code, code, error.message);
  return error;
}
