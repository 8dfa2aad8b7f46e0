/**
 * Expectations about errors of identities.
 *
 * @module
 */

import * as assert from "uvu/assert";
import { IdentityError, type IdentityErrorCode } from "../../src/identity/error.ts";

/** Runs what must throw an IdentityError with a code, and returns the error. */
export function expectCode(code: IdentityErrorCode, run: () => unknown): IdentityError {
  return checkCode(code, outcomeOf(run));
}

/** Waits for what must fail with an IdentityError with a code, and returns the error. */
export async function expectCodeAsync(code: IdentityErrorCode, run: () => Promise<unknown>): Promise<IdentityError> {
  return checkCode(code, await run().then(() => undefined, (error: unknown) => error));
}

/** What a function throws, or nothing. */
function outcomeOf(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}

function checkCode(code: IdentityErrorCode, error: unknown): IdentityError {
  assert.instance(error, IdentityError, `expected the code ${code}, got ${error}`);
  assert.is((error as IdentityError).code, code, String(error));
  assert.match((error as IdentityError).message, /^[A-Z].*[^.]$/);
  return error as IdentityError;
}
