/**
 * Encodes values to bytes.
 *
 * @module
 */

import { changedMeanwhile } from "../error.ts";
import { noRoom } from "../failures.ts";
import { type Limits, limitsOf } from "../limits.ts";
import type { Node, Schema } from "../schema/mod.ts";
import { checkOffset } from "../values.ts";
import { FIRST_BYTES, MessageOutput, NO_BYTES, POOL_BLOCK_BYTES, release, type Write } from "./output.ts";
import { compileWrite, writeTraced } from "./write.ts";

/** Options of encoding. */
export interface EncodeOptions {
  /** Bounds on the cost of the message; those not named keep their defaults, see {@link LIMITS}. */
  readonly limits?: Partial<Limits>;
  /**
   * Whether the result gets memory of its own. By default it is a view into memory that it shares with other results:
   * faster by far, but it keeps up to 64 kB (or a few times its own size) alive, and its `buffer` must not be
   * transferred or handed out.
   */
  readonly owned?: boolean;
}

/**
 * The bytes of a value. Every value is checked: nothing wraps, is cut or rounded.
 *
 * @throws CodecError with the path of the value that does not fit
 */
export function encode<T>(schema: Schema<T>, value: NoInfer<T>, options?: EncodeOptions): Uint8Array {
  return encodeNew(schema, compileWrite(schema), value, options);
}

/**
 * Writes the bytes of a value into `target` from `offset` on.
 *
 * @returns the offset after the last byte written
 * @throws CodecError `space` when the target is too small; what was written by then is undefined
 */
export function encodeInto<T>(
  schema: Schema<T>,
  value: NoInfer<T>,
  target: Uint8Array,
  offset = 0,
  options?: EncodeOptions,
): number {
  return encodeAt(schema, compileWrite(schema), value, { target, offset, options });
}

/** The output to be used again. */
let kept: MessageOutput | undefined;

/** The output for a message, busy from now on. */
function begin(isFixed: boolean): MessageOutput {
  if (kept === undefined || kept.isBusy) kept = new MessageOutput();
  kept.isBusy = true;
  kept.isFixed = isFixed;
  return kept;
}

/** {@link encode} with a writer that was made before. */
export function encodeNew(schema: Node, write: Write, value: unknown, options: EncodeOptions | undefined): Uint8Array {
  const output = begin(false);
  output.allocate(FIRST_BYTES);
  try {
    run(output, write, value, options);
  } catch (thrown) {
    release(output.bytes, output.start, output.start, output.end);
    throw explainEncode(schema, value, options, thrown);
  }
  const { bytes, start, pos, end } = output;
  // The block in use is kept anyway, one made for a large message is not.
  if (bytes.length > POOL_BLOCK_BYTES) output.bytes = NO_BYTES;
  output.isBusy = false;
  const message = release(bytes, start, pos, end);
  return options !== undefined && options.owned === true ? message.slice() : message;
}

/** Where {@link encodeInto} writes. */
export interface Target {
  readonly target: Uint8Array;
  readonly offset: number;
  readonly options: EncodeOptions | undefined;
}

/** {@link encodeInto} with a writer that was made before. */
export function encodeAt(schema: Node, write: Write, value: unknown, { target, offset, options }: Target): number {
  checkOffset(offset, target.length);
  const output = begin(true);
  output.bytes = target;
  output.start = output.pos = offset;
  output.end = target.length;
  try {
    run(output, write, value, options);
  } catch (thrown) {
    output.bytes = NO_BYTES;
    throw explainEncode(schema, value, options, thrown, target.length - offset);
  }
  output.bytes = NO_BYTES;
  output.isBusy = false;
  return output.pos;
}

function run(output: MessageOutput, write: Write, value: unknown, options: EncodeOptions | undefined): void {
  output.depth = 0;
  output.elements = 0;
  const limits = limitsOf(options);
  if (output.limits !== limits) output.limits = limits;
  write(output, value, undefined);
}

/** The error for a value that was not written, from a traced writer; `left` is how many bytes there were for it. */
function explainEncode(
  schema: Node,
  value: unknown,
  options: EncodeOptions | undefined,
  thrown: unknown,
  left = Infinity,
): unknown {
  let needed;
  try {
    needed = writeTraced(schema, value, { limits: limitsOf(options) }).length;
    if (needed > left) noRoom(needed, left);
  } catch (error) {
    return error;
  }
  return changedMeanwhile(thrown);
}
