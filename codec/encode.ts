/**
 * From values to bytes.
 *
 * @module
 */

import { disagreement, FAIL } from "./fail.ts";
import { compileWrite } from "./compile-encode.ts";
import type { EncodeState, Write } from "./encode-state.ts";
import { CodecError } from "./error.ts";
import { LIMITS, type Limits, limitsOf } from "./limits.ts";
import type { Node, Schema } from "./schema.ts";
import { give, slab, take } from "./slab.ts";
import { checkOffset, plural } from "./values.ts";
import { EncodeWalk } from "./walk-encode.ts";

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

const NOTHING = new Uint8Array(0);

/** Room that a message gets before it asks for more. */
const ROOM_BYTES = 1024;

class Output implements EncodeState {
  bytes: Uint8Array = NOTHING;
  pos = 0;
  end = 0;
  depth = 0;
  elements = 0;
  start = 0;
  limits = LIMITS;
  /** Whether the bytes were given by the caller, so that there is no other room. */
  given = false;

  grow(count: number): void {
    if (this.given) throw FAIL;
    const { bytes, start, end } = this;
    const used = this.pos - start;
    const room = 2 * (used + count);
    if (slab.bytes === bytes && slab.at === end && start + room <= bytes.length) {
      slab.at = this.end = start + room;
      return;
    }
    this.#open(room);
    this.bytes.set(bytes.subarray(start, start + used), this.start);
    this.pos += used;
  }

  /** Begins a message in the shared memory. */
  open(): void {
    this.given = false;
    this.#open(ROOM_BYTES);
  }

  #open(room: number): void {
    this.start = this.pos = take(room);
    this.bytes = slab.bytes;
    this.end = this.start + room;
  }
}

let idleOutput: Output | undefined;

/** {@link encode} with a writer that was made before. */
export function encodeNew(schema: Node, write: Write, value: unknown, options: EncodeOptions | undefined): Uint8Array {
  const output = idleOutput ?? new Output();
  idleOutput = undefined;
  output.open();
  try {
    run(output, write, value, options);
  } catch (thrown) {
    give(output.bytes, output.start, output.start, output.end);
    throw explainEncode(schema, value, options, thrown);
  }
  const { bytes, start, pos, end } = output;
  output.bytes = NOTHING;
  idleOutput = output;
  const message = give(bytes, start, pos, end);
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
  const output = idleOutput ?? new Output();
  idleOutput = undefined;
  output.bytes = target;
  output.start = output.pos = offset;
  output.end = target.length;
  output.given = true;
  try {
    run(output, write, value, options);
  } catch (thrown) {
    throw explainEncode(schema, value, options, thrown, target.length - offset);
  }
  output.bytes = NOTHING;
  idleOutput = output;
  return output.pos;
}

function run(output: Output, write: Write, value: unknown, options: EncodeOptions | undefined): void {
  output.depth = 0;
  output.elements = 0;
  output.limits = limitsOf(options);
  write(output, value, undefined);
}

/** What is wrong, found by walking over the same value once more; `left` is the room there was for it. */
function explainEncode(
  schema: Node,
  value: unknown,
  options: EncodeOptions | undefined,
  thrown: unknown,
  left = Infinity,
): unknown {
  const walk = new EncodeWalk(limitsOf(options));
  try {
    walk.write(schema, value);
  } catch (error) {
    return error;
  }
  const needed = walk.bytes.length;
  if (needed <= left) return disagreement(thrown);
  return new CodecError("space", `Needs ${plural(needed, "byte")}, the target has room for ${left}`, {
    offset: left,
    context: { needed, left },
  });
}
