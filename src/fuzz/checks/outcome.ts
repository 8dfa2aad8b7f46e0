/**
 * The outcome of one way of decoding, and how outcomes are compared.
 *
 * @module
 */

import { CodecError } from "../../../codec/mod.ts";
import { show } from "../../../codec/text/mod.ts";

/** What may come of an input: a value, or a {@link CodecError}. */
export type Outcome<T = unknown> = { readonly value: T; readonly error?: undefined } | { readonly error: CodecError };

/** Thrown when two ways that must agree do not. */
export class Discrepancy extends Error {
  override readonly name: string = "Discrepancy";
  /** Which ways, and about what; the same for every input that shows the same mistake. */
  readonly what: string;

  constructor(what: string, detail = "") {
    super(detail === "" ? what : `${what}: ${detail}`);
    this.what = what;
  }
}

/** The outcome of a function; other errors than CodecError are passed on. */
export function attempt<T>(run: () => T): Outcome<T> {
  try {
    return { value: run() };
  } catch (error) {
    if (error instanceof CodecError) return { error };
    throw error;
  }
}

/** Throws a {@link Discrepancy} unless something holds. */
export function expect(holds: boolean, what: string, detail: () => string = () => ""): asserts holds {
  if (!holds) throw new Discrepancy(what, detail());
}

/** What a refused input is refused for: `truncated at files[2] (offset 17)`. */
export function placeOf({ code, path, offset }: CodecError): string {
  return `${code} at ${path === "" ? "the message" : path} (offset ${offset})`;
}

/** An outcome as text. */
export function showOutcome(outcome: Outcome): string {
  return outcome.error === undefined ? show(outcome.value) : placeOf(outcome.error);
}

/**
 * Holds two outcomes against each other: the same value, or errors with the same code and path, and with offsets that
 * differ by `shift`.
 */
export function expectSameOutcome(what: string, left: Outcome, right: Outcome, shift = 0): void {
  const same = left.error === undefined || right.error === undefined
    ? left.error === undefined && right.error === undefined && sameValue(left.value, right.value)
    : left.error.code === right.error.code && left.error.path === right.error.path &&
      left.error.offset + shift === right.error.offset;
  expect(same, what, () => `${showOutcome(left)}, and ${showOutcome(right)}`);
}

/**
 * Whether two values are the same: -0 is not 0, a list with holes is none, objects have the same prototype. The order
 * of keys is free.
 */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Uint8Array) return sameBytes(a, b as Uint8Array);
  if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime());
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length &&
    keys.every((key) =>
      Object.hasOwn(b, key) && sameValue((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])
    );
}

/** Whether bytes are the same. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
