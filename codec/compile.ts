/**
 * Encoding and decoding: the functions that most programs use.
 *
 * @module
 */

import { compileRead, type DecodeState, FAIL, type Read } from "./compile-decode.ts";
import { compileWrite, type EncodeState, type Write } from "./compile-encode.ts";
import { CodecError } from "./error.ts";
import { LIMITS, type Limits } from "./limits.ts";
import type { Node, Schema } from "./schema.ts";
import { give, slab, take } from "./slab.ts";
import { plural } from "./values.ts";
import { DecodeWalk } from "./walk-decode.ts";
import { EncodeWalk } from "./walk-encode.ts";

/** Options of decoding. */
export interface DecodeOptions {
  /** Bounds on the cost of the message; those not named keep their defaults, see {@link LIMITS}. */
  readonly limits?: Partial<Limits>;
  /** Whether decoded bytes get memory of their own. By default they are views of the input, which costs nothing. */
  readonly copy?: boolean;
}

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

/** A decoded value and how many bytes it took. */
export interface Prefix<T> {
  readonly value: T;
  readonly length: number;
}

/** A schema with its functions: the same as the free functions, without looking the schema up each time. */
export interface Codec<T> {
  readonly schema: Schema<T>;
  /** See {@link encode}. */
  encode(value: T, options?: EncodeOptions): Uint8Array;
  /** See {@link encodeInto}. */
  encodeInto(value: T, target: Uint8Array, offset?: number, options?: EncodeOptions): number;
  /** See {@link decode}. */
  decode(bytes: Uint8Array, options?: DecodeOptions): T;
  /** See {@link decodePrefix}. */
  decodePrefix(bytes: Uint8Array, offset?: number, options?: DecodeOptions): Prefix<T>;
}

const codecs = new WeakMap<Node, Codec<never>>();

/** The functions of a schema, made once. */
export function compile<T>(schema: Schema<T>): Codec<T> {
  let codec = codecs.get(schema) as Codec<T> | undefined;
  if (codec === undefined) {
    codec = makeCodec(schema);
    codecs.set(schema, codec as unknown as Codec<never>);
  }
  return codec;
}

/**
 * The bytes of a value. Every value is checked: nothing wraps, is cut or rounded.
 *
 * @throws CodecError with the path of the value that does not fit
 */
export function encode<T>(schema: Schema<T>, value: NoInfer<T>, options?: EncodeOptions): Uint8Array {
  return compile(schema).encode(value, options);
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
  return compile(schema).encodeInto(value, target, offset, options);
}

/**
 * The value of bytes that hold exactly one.
 *
 * @throws CodecError with code, path and offset; bytes left after the value are a `trailing` error
 */
export function decode<T>(schema: Schema<T>, bytes: Uint8Array, options?: DecodeOptions): T {
  return compile(schema).decode(bytes, options);
}

/**
 * The value at the beginning of bytes (or at `offset`), and how many bytes it took.
 *
 * @throws CodecError with code, path and offset; the offset counts from the beginning of `bytes`
 */
export function decodePrefix<T>(schema: Schema<T>, bytes: Uint8Array, offset = 0, options?: DecodeOptions): Prefix<T> {
  return compile(schema).decodePrefix(bytes, offset, options);
}

/**
 * The limits that hold for a call.
 *
 * @throws RangeError for a limit that is no number from 0, which no value would exceed
 */
export function limitsOf(options: { readonly limits?: Partial<Limits> } | undefined): Limits {
  const given = options?.limits;
  if (given === undefined) return LIMITS;
  const limits = {
    depthMax: given.depthMax ?? LIMITS.depthMax,
    elementsMax: given.elementsMax ?? LIMITS.elementsMax,
    stringBytesMax: given.stringBytesMax ?? LIMITS.stringBytesMax,
  };
  for (const [name, max] of Object.entries(limits)) {
    if (!(max >= 0)) throw new RangeError(`Limit ${name} is ${max}, which is no number from 0`);
  }
  return limits;
}

function makeCodec<T>(schema: Schema<T>): Codec<T> {
  // Decoders and encoders are made on first use: many programs need one of them.
  let read: Read | undefined;
  let write: Write | undefined;
  return {
    schema,
    encode(value, options) {
      write ??= compileWrite(schema);
      return encodeNew(schema, write, value, options);
    },
    encodeInto(value, target, offset = 0, options) {
      checkOffset(offset, target.length);
      write ??= compileWrite(schema);
      return encodeAt(schema, write, value, { target, offset, options });
    },
    decode(bytes, options) {
      read ??= compileRead(schema);
      return decodeFrom(schema, read, bytes, 0, true, options) as T;
    },
    decodePrefix(bytes, offset = 0, options) {
      checkOffset(offset, bytes.length);
      read ??= compileRead(schema);
      const value = decodeFrom(schema, read, bytes, offset, false, options) as T;
      return { value, length: lastEnd - offset };
    },
  };
}

function checkOffset(offset: number, length: number): void {
  if (!Number.isInteger(offset) || offset < 0 || offset > length) {
    throw new RangeError(`Offset ${offset} is not between 0 and ${length}`);
  }
}

/** Where the last successful decoding ended; read at once by {@link Codec.decodePrefix}. */
let lastEnd = 0;
/** A state to be used again. It is away while it is used, since functions of a schema may decode, too. */
let idleDecodeState: DecodeState | undefined;

function decodeFrom(
  schema: Node,
  read: Read,
  bytes: Uint8Array,
  offset: number,
  whole: boolean,
  options: DecodeOptions | undefined,
): unknown {
  if (!(bytes instanceof Uint8Array)) throw new TypeError("Only a Uint8Array can be decoded");
  const state = idleDecodeState ?? makeDecodeState();
  idleDecodeState = undefined;
  state.bytes = bytes;
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
  idleDecodeState = state;
  if (whole && lastEnd !== bytes.length) throw trailing(bytes.length - lastEnd, lastEnd);
  return value;
}

const NOTHING = new Uint8Array(0);

function makeDecodeState(): DecodeState {
  return { bytes: NOTHING, pos: 0, end: 0, depth: 0, elements: 0, copy: false, limits: LIMITS };
}

/** What is wrong, found by walking over the same bytes once more. */
function explainDecode(
  schema: Node,
  bytes: Uint8Array,
  offset: number,
  options: DecodeOptions | undefined,
  thrown: unknown,
): unknown {
  try {
    new DecodeWalk(bytes, offset, bytes.length, { limits: limitsOf(options) }).read(schema);
  } catch (error) {
    return error;
  }
  return disagreement(thrown);
}

/** The error for bytes that are left after a value. */
export function trailing(left: number, offset: number): CodecError {
  return new CodecError("trailing", `${plural(left, "byte")} left after the value`, { offset, context: { left } });
}

function disagreement(thrown: unknown): unknown {
  return thrown === FAIL ? new Error("The compiled codec and the plain walk disagree") : thrown;
}

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

function encodeNew(schema: Node, write: Write, value: unknown, options: EncodeOptions | undefined): Uint8Array {
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

interface Target {
  readonly target: Uint8Array;
  readonly offset: number;
  readonly options: EncodeOptions | undefined;
}

function encodeAt(schema: Node, write: Write, value: unknown, { target, offset, options }: Target): number {
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
