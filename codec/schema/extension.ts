/**
 * How another language (a JSON document, a msgpack value) takes part in a schema.
 *
 * @module
 */

import type { Limits } from "../limits.ts";
import type { SpanSink } from "./spans.ts";

/**
 * Chooses a whole number from 0 to `max`, both included; `max` is at most 2^32-1. 0 is the simplest choice, so that a
 * run of zeros makes the simplest value.
 */
export type RandomSource = (max: number) => number;

/** The part of an input that may still be read: `bytes[pos]` up to `bytes[end]`. */
export interface Cursor {
  readonly bytes: Uint8Array;
  pos: number;
  readonly end: number;
  /** Whether byte strings in the value need memory of their own; otherwise they may be views of `bytes`. */
  readonly copy?: boolean;
  /**
   * Whether the input continues after `end` with bytes that have not come yet. It is set when a scanner has refused the
   * beginning of a value and somebody asks why: nothing that is still to come is missing then.
   */
  readonly partial?: boolean;
}

/** What compiled readers read from: `bytes[pos]` up to `bytes[end]`. */
export interface Input {
  bytes: Uint8Array;
  /** What `bytes` lies in and where, asked for once: small inputs have no buffer until somebody asks. */
  buffer: ArrayBufferLike | undefined;
  bufferStart: number;
  pos: number;
  end: number;
  elements: number;
  copy: boolean;
  limits: Limits;
}

/** Where a value is written: `bytes[pos]` up to `bytes[end]`. */
export interface Output {
  bytes: Uint8Array;
  pos: number;
  end: number;
  /**
   * Gets room for at least `count` bytes from `pos` on, or throws when there is none to get. All members may be others
   * afterwards; what was written before `pos` is before it again.
   */
  grow(count: number): void;
}

/** Finds the end of one value in bytes that arrive in pieces. */
export interface Scanner {
  /**
   * Looks at `bytes[start, end)`, which follow what was pushed before.
   *
   * @returns the offset in `bytes` after the value, or -1 when the value continues
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
  /**
   * Reads one value and moves `cursor.pos` past it; throws a CodecError whose offset counts from the first byte read.
   */
  decode(cursor: Cursor): T;
  /**
   * Reads a value and moves `input.pos` past it, with nothing made around it; `elements` and `limits` are the message's
   * own and stand there again afterwards. It throws anything for a value that does not fit, at once:
   * {@link Extension.decode} is asked for the error.
   */
  read?(input: Input): T;
  /** The bytes of a value; throws a CodecError whose path starts at the value. */
  encode(value: T): Uint8Array;
  /**
   * Writes a value and moves `output.pos` past it, which saves making the bytes first. It throws anything for a value
   * that does not fit, at once: {@link Extension.encode} is asked for the error.
   */
  write?(output: Output, value: T): void;
  /** The value's description as data, for generated code; without it schemas with this extension have none. */
  readonly source?: ExtensionSource;
  /** Finds the end of a value in pieces of input. */
  scanner(): Scanner;
  /**
   * Whether `decode` and `read` never look at what follows a value, and take none that the scanner refuses. Streams
   * read such a value at once when all of it has come, and ask the scanner for others only.
   */
  readonly endsItself?: boolean;
  /**
   * Adds the parts of a value's bytes for annotated dumps, with offsets within `bytes`; whole values need none. Of
   * bytes that break off or do not fit, the parts before the break.
   */
  spans?(bytes: Uint8Array, parts: SpanSink): void;
  /** A valid value made from choices, for generated tests; without it schemas with this extension need values given. */
  generate?(choose: RandomSource): T;
}

/** A value in another language as data. */
export interface ExtensionSource {
  /** The language, as in `json`. */
  readonly language: string;
  /** What the language calls the description of a value. */
  readonly shape: unknown;
  /** Further options of the language, such as limits. */
  readonly options: unknown;
}
