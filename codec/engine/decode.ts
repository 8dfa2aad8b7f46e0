/**
 * Decodes bytes to values.
 *
 * @module
 */

import { type DecodeState, type Read, startState, traceState } from "./decode-state.ts";
import { compileRead, readTraced } from "./read.ts";
import { changedMeanwhile } from "../error.ts";
import { trailing } from "../failures.ts";
import { LIMITS, type Limits, limitsOf } from "../limits.ts";
import type { Node, Schema } from "../schema/mod.ts";
import { checkOffset } from "../values.ts";

/** Options of decoding. */
export interface DecodeOptions {
  /** Bounds on the cost of the message; those not named keep their defaults, see {@link LIMITS}. */
  readonly limits?: Partial<Limits>;
  /** Whether decoded bytes get memory of their own. By default they are views of the input, which costs nothing. */
  readonly copy?: boolean;
}

/** A decoded value and how many bytes it took. */
export interface Prefix<T> {
  readonly value: T;
  readonly length: number;
}

/**
 * Decodes bytes that hold exactly one message.
 *
 * @throws CodecError with code, path and offset; bytes left after the value are a `trailing` error
 */
export function decode<T>(schema: Schema<T>, bytes: Uint8Array, options?: DecodeOptions): T {
  return decodeWhole(schema, compileRead(schema), bytes, options) as T;
}

/**
 * The value at the beginning of bytes (or at `offset`), and how many bytes it took.
 *
 * @throws CodecError with code, path and offset; the offset counts from the beginning of `bytes`
 */
export function decodePrefix<T>(schema: Schema<T>, bytes: Uint8Array, offset = 0, options?: DecodeOptions): Prefix<T> {
  return decodeStart(schema, compileRead(schema), bytes, offset, options) as Prefix<T>;
}

/** {@link decode} with a reader that was made before. */
export function decodeWhole(schema: Node, read: Read, bytes: Uint8Array, options: DecodeOptions | undefined): unknown {
  const value = decodeFrom(schema, read, bytes, 0, options);
  if (lastEnd !== bytes.length) trailing(bytes.length - lastEnd, lastEnd);
  return value;
}

/** {@link decodePrefix} with a reader that was made before. */
export function decodeStart(
  schema: Node,
  read: Read,
  bytes: Uint8Array,
  offset: number,
  options: DecodeOptions | undefined,
): Prefix<unknown> {
  checkOffset(offset, bytes.length);
  const value = decodeFrom(schema, read, bytes, offset, options);
  return { value, length: lastEnd - offset };
}

/** Where the last successful decoding ended; read at once. */
let lastEnd = 0;
/** A state to be used again. It is away while it is used, since functions of a schema may decode, too. */
let idleDecodeState: DecodeState | undefined;

function decodeFrom(
  schema: Node,
  read: Read,
  bytes: Uint8Array,
  offset: number,
  options: DecodeOptions | undefined,
): unknown {
  if (!(bytes instanceof Uint8Array)) throw new TypeError("Only a Uint8Array can be decoded");
  const state = idleDecodeState ?? startState(NOTHING, 0, 0, LIMITS);
  idleDecodeState = undefined;
  state.bytes = bytes;
  state.buffer = undefined;
  state.pos = offset;
  state.end = bytes.length;
  state.depth = 0;
  state.elements = 0;
  state.copy = options !== undefined && options.copy === true;
  state.limits = limitsOf(options);
  let value;
  try {
    value = read(state, undefined);
  } catch (thrown) {
    throw explainDecode(schema, bytes, offset, options, thrown);
  }
  lastEnd = state.pos;
  state.bytes = NOTHING;
  state.buffer = undefined;
  idleDecodeState = state;
  return value;
}

const NOTHING = new Uint8Array(0);

/** What is wrong, found by reading the same bytes once more. */
function explainDecode(
  schema: Node,
  bytes: Uint8Array,
  offset: number,
  options: DecodeOptions | undefined,
  thrown: unknown,
): unknown {
  try {
    readTraced(schema, traceState(bytes, offset, bytes.length, { limits: limitsOf(options) }));
  } catch (error) {
    return error;
  }
  return changedMeanwhile(thrown);
}
