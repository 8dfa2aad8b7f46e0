/**
 * Messages of a schema from bytes that arrive in chunks of any size.
 *
 * A message whose bytes have all arrived is read at once, without a copy. Only a message that a chunk cuts off goes
 * through a scanner, which looks at every byte once and remembers its position; it is decoded when its end has arrived.
 *
 * @module
 */

import { CodecError, relocated } from "../error.ts";
import type { Limits } from "../limits.ts";
import { reachesEnd, type Schema } from "../schema/mod.ts";
import { ByteQueue } from "./byte-queue.ts";
import { type DecodeState, type Read, startState, traceState } from "./decode-state.ts";
import { decode } from "./decode.ts";
import { compileRead, readTraced } from "./read.ts";
import { MALFORMED, MessageScanner, MORE, TOO_LARGE } from "./scan.ts";

/** A message out of a stream. */
export interface StreamMessage<T> {
  readonly value: T;
  /** Offset of the message's first byte in the stream. */
  readonly start: number;
  /** Offset after the message's last byte. */
  readonly end: number;
}

/** Turns pieces of input into messages: push bytes, pull messages until there is none. */
export interface StreamDecoder<T> {
  /** Takes the next bytes. They must not change until {@link pull} has returned `null`; then they were copied. */
  push(chunk: Uint8Array): void;
  /**
   * The next message, or `null` when more bytes are needed. Decoded byte strings have memory of their own.
   *
   * @throws CodecError with the offset in the stream; every later call throws the same error
   */
  pull(): StreamMessage<T> | null;
  /**
   * Says that the input has ended. A message that reaches up to the end of its input is returned now.
   *
   * @throws CodecError `truncated` when the input ended inside a message, with path and offset of what was cut
   */
  finish(): StreamMessage<T> | null;
  /** Offset in the stream of the next message. */
  readonly offset: number;
}

/** Reads values whose bytes are all there, from anywhere in an input, with memory of their own. */
export interface PrefixReader<T> {
  /** The value that begins at `bytes[start]`; throws anything unless it ends at `end` or before. */
  read(bytes: Uint8Array, start: number, end: number): T;
  /** Where the value ended that was read last. */
  readonly end: number;
}

/** The default limit of a stream for one message, in bytes. */
export const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;

/**
 * The largest message in bytes that options allow.
 *
 * @throws RangeError for a limit that bounds nothing
 */
export function messageBytesMaxOf(options: { readonly messageBytesMax?: number } = {}): number {
  const { messageBytesMax = MESSAGE_BYTES_MAX } = options;
  if (messageBytesMax >= 0) return messageBytesMax;
  throw new RangeError(`Limit messageBytesMax is ${messageBytesMax}, which is not a number of at least 0`);
}

/** Messages of a schema, and the bounds on each. */
export interface MessageKind<T = unknown> {
  readonly schema: Schema<T>;
  readonly limits: Limits;
  readonly bytesMax: number;
  /** What reads messages at once, where somebody has a better one than the schema's. */
  readonly reader: PrefixReader<T> | undefined;
}

/** What reads messages at once; `null` where the end of a message shows in more than its own bytes. */
function readerOf<T>({ schema, limits, reader }: MessageKind<T>): PrefixReader<T> | null {
  if (reachesEnd(schema, ({ extension }) => extension.endsItself !== true)) return null;
  return reader ?? new SchemaReader(schema, limits);
}

/** Reads with the compiled reader of a schema. */
class SchemaReader<T> implements PrefixReader<T> {
  readonly #state: DecodeState;
  readonly #read: Read;

  constructor(schema: Schema<T>, limits: Limits) {
    this.#read = compileRead(schema);
    this.#state = startState(NOTHING, 0, 0, limits);
    this.#state.copy = true;
  }

  get end(): number {
    return this.#state.pos;
  }

  read(bytes: Uint8Array, start: number, end: number): T {
    const state = this.#state;
    if (state.bytes !== bytes) {
      state.bytes = bytes;
      state.buffer = undefined;
    }
    state.pos = start;
    state.end = end;
    state.depth = 0;
    state.elements = 0;
    return this.#read(state, undefined) as T;
  }
}

const NOTHING = new Uint8Array(0);

/** The decoder of a stream of messages. */
export class MessageStream<T> implements StreamDecoder<T> {
  readonly #kind: MessageKind<T>;
  /** Made at the first message: schemas may contain such as did not exist yet when the stream was made. */
  #reader: PrefixReader<T> | null | undefined;
  readonly #scanner: MessageScanner;
  readonly #queue = new ByteQueue();
  /** Whether the message at the front was looked at before. */
  #begun = false;
  /**
   * With fewer bytes than the last message had, the next one is hardly there. A message is tried at once no more than
   * one time, so that it costs no more than twice, however its bytes come.
   */
  #bytesLikely = 0;
  #error: unknown;

  constructor(kind: MessageKind<T>) {
    this.#kind = kind;
    this.#scanner = scannerOf(kind);
  }

  get offset(): number {
    return this.#queue.offset;
  }

  push(chunk: Uint8Array): void {
    this.#queue.push(chunk);
  }

  pull(): StreamMessage<T> | null {
    if (this.#error !== undefined) throw this.#error;
    const { bytes, start, end, offset } = this.#queue;
    if (start === end) return null;
    if (!this.#begun) {
      this.#begun = true;
      if (this.#reader === undefined) this.#reader = readerOf(this.#kind);
      if (end - start >= this.#bytesLikely) {
        const message = this.#tryRead(Math.min(end, start + this.#kind.bytesMax));
        if (message !== null) return message;
      }
    }
    const length = this.#scanner.scan(bytes, start, end);
    switch (length) {
      case MORE:
        this.#queue.own();
        return null;
      case TOO_LARGE:
        throw this.#fail(tooLarge(this.#kind.bytesMax, offset));
      case MALFORMED:
        throw this.#fail(this.#inStream(this.#explain(this.#scanner.exceededAt)));
      default:
        return this.#tryRead(start + length, length) ?? this.#take(length, (error) => this.#beforeEnd(error));
    }
  }

  finish(): StreamMessage<T> | null {
    if (this.pull() !== null) throw new Error("Pull all messages before the stream is finished");
    const { length } = this.#queue;
    if (length === 0) return null;
    const last = this.#take(length, (error) => error);
    this.#scanner.reset();
    return last;
  }

  /**
   * The message at the front, which ends at `end` or before and may be known to have `length` bytes; `null` where it is
   * not all there, or wrong, which is for others to find out.
   */
  #tryRead(end: number, length?: number): StreamMessage<T> | null {
    const queue = this.#queue;
    const { start, offset } = queue;
    const reader = this.#reader;
    if (reader === null || reader === undefined) return null;
    let value;
    try {
      value = reader.read(queue.bytes, start, end);
    } catch {
      return null;
    }
    const read = reader.end - start;
    return read === 0 || (length ?? read) !== read ? null : this.#taken(value, offset, read);
  }

  #take(length: number, reason: (error: unknown) => unknown): StreamMessage<T> {
    if (length === 0) throw this.#fail(new CodecError("schema", "A stream cannot contain messages without bytes"));
    const { bytes, start, offset } = this.#queue;
    let value;
    try {
      const { schema, limits } = this.#kind;
      value = decode(schema, bytes.subarray(start, start + length), { copy: true, limits });
    } catch (error) {
      throw this.#fail(this.#inStream(reason(error)));
    }
    return this.#taken(value, offset, length);
  }

  #taken(value: T, start: number, length: number): StreamMessage<T> {
    this.#queue.drop(length);
    this.#begun = false;
    this.#bytesLikely = length;
    return { value, start, end: start + length };
  }

  #fail(error: unknown): unknown {
    this.#error = error;
    return error;
  }

  /** Why the bytes so far, or the first ones of them, cannot be the beginning of a message. */
  #explain(count = this.#queue.length): unknown {
    const { bytes, start } = this.#queue;
    return explainStart(this.#kind, bytes.subarray(start, start + count));
  }

  /**
   * Why a message is wrong whose end was found. It is not cut off: where it seems so, a frame inside it has another
   * length than what is in it.
   */
  #beforeEnd(error: unknown): unknown {
    return isCut(error) ? this.#explain() : error;
  }

  /** An error with its offset in the stream. */
  #inStream(error: unknown): unknown {
    return error instanceof CodecError ? relocated(error, "", this.#queue.offset) : error;
  }
}

function isCut(error: unknown): error is CodecError {
  return error instanceof CodecError && error.code === "truncated";
}

/** Looks for the ends of messages. */
export function scannerOf({ schema, limits, bytesMax }: MessageKind): MessageScanner {
  return new MessageScanner(schema, limits, bytesMax);
}

/** Why bytes cannot be the beginning of a message. */
export function explainStart(kind: MessageKind, bytes: Uint8Array): unknown {
  const { schema, limits } = kind;
  try {
    readTraced(schema, traceState(bytes, 0, bytes.length, { limits, partial: true }));
  } catch (error) {
    return isCut(error) ? explainEarly(kind, bytes, error) : error;
  }
  return new Error("The scanner and the decoder disagree");
}

/**
 * Why bytes are refused that are right as far as they go: another language looks further ahead than its decoder, or a
 * part whose size is known will not fit into a limit around it.
 */
function explainEarly(kind: MessageKind, bytes: Uint8Array, { path, offset }: CodecError): CodecError {
  const scanner = scannerOf({ ...kind, bytesMax: Infinity });
  scanner.scan(bytes, 0, bytes.length);
  const { refusal } = scanner;
  if (refusal instanceof CodecError && refusal.code !== "truncated") {
    return new CodecError(refusal.code, refusal.reason, { path, offset, context: refusal.context, cause: refusal });
  }
  return new CodecError("limit", "Message will be longer than a limit inside it allows", { path, offset });
}

/** The error for a message that is larger than allowed. */
export function tooLarge(bytesMax: number, offset: number): CodecError {
  return new CodecError("limit", `Message is longer than ${bytesMax} bytes`, { offset, context: { bytesMax } });
}
