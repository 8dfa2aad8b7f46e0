/**
 * Expecting a CodecError.
 *
 * @module
 */

import * as assert from "uvu/assert";
import { CodecError, type CodecErrorCode } from "../../codec/mod.ts";

/** Runs what must throw a CodecError with this code, path and offset, and returns the error. */
export function fails(
  run: () => unknown,
  code: CodecErrorCode,
  details: { readonly path?: string; readonly offset?: number } = {},
): CodecError {
  const error = thrown(run);
  if (!(error instanceof CodecError)) throw new Error(`Expected a CodecError "${code}"`, { cause: error });
  assert.is(error.code, code, error.message);
  if (details.path !== undefined) assert.is(error.path, details.path, error.message);
  if (details.offset !== undefined) assert.is(error.offset, details.offset, error.message);
  return error;
}

/** What a function throws, or `undefined`. */
export function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
