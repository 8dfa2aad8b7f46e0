/**
 * How another language (a JSON document, a msgpack value) takes part in a schema.
 *
 * @module
 */

/** The part of an input that may still be read: `bytes[pos]` up to `bytes[end]`. */
export interface Cursor {
  readonly bytes: Uint8Array;
  pos: number;
  readonly end: number;
}

/** Finds the end of one value in bytes that arrive in pieces. */
export interface Scanner {
  /**
   * Looks at `bytes[start, end)`, which follow what was pushed before.
   *
   * @returns the offset in `bytes` after the value, or -1 when the value goes on
   * @throws CodecError as soon as the bytes cannot be the beginning of a value
   */
  push(bytes: Uint8Array, start: number, end: number): number;
}

/** The functions of a value in another language. */
export interface Extension<T> {
  /** What describe and error messages call it. */
  readonly name: string;
  /** Size in bytes of the smallest value; at least 1. */
  readonly bytesMin: number;
  /** Size in bytes of the largest value, or Infinity. */
  readonly bytesMax: number;
  /** Reads one value and moves `cursor.pos` behind it; throws a CodecError whose offset counts from the first byte read. */
  decode(cursor: Cursor): T;
  /** The bytes of a value; throws a CodecError whose path starts at the value. */
  encode(value: T): Uint8Array;
  /** Finds the end of a value in pieces of input. */
  scanner(): Scanner;
  /** The parts of a value's bytes for annotated dumps, with offsets within `bytes`; whole values need none. */
  spans?(bytes: Uint8Array): readonly ExtensionSpan[];
}

/** One part of the bytes of an extension's value. */
export interface ExtensionSpan {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly value: unknown;
}
