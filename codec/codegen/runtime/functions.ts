/**
 * How generated codecs use the functions of a schema's own, which the schema's module exports.
 *
 * @module
 */

import { refused } from "../../error.ts";
import { notPassed } from "../../failures.ts";
import type { MapNode, RefineNode, Schema } from "../../schema/mod.ts";

/** What a mapping makes of a decoded value. */
export function mapped<T>(schema: Schema<T>, value: unknown, path: string, offset: number): T {
  const { name, decode } = schema as MapNode;
  return called(name, () => decode(value as never), path, offset) as T;
}

/** What a mapping makes of a value to encode. */
// deno-lint-ignore no-explicit-any -- whatever it is, it is checked when it is written
export function unmapped<T>(schema: Schema<T>, value: T, path: string, offset: number): any {
  const { name, encode } = schema as MapNode;
  return called(name, () => encode(value as never), path, offset);
}

/** Throws unless a value passes the test of a refinement; a decoded value is a fact of the error. */
export function mustPass(schema: Schema, value: unknown, path: string, offset: number, isDecoded: boolean): void {
  const { name, test } = schema as RefineNode;
  if (called(name, () => test(value as never), path, offset)) return;
  notPassed(path, offset, name, isDecoded ? { value } : {});
}

function called<R>(name: string, run: () => R, path: string, offset: number): R {
  try {
    return run();
  } catch (cause) {
    throw refused(name, cause, path, offset);
  }
}
