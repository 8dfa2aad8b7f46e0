/**
 * Messages out of bytes that arrive in pieces, for generated codecs.
 *
 * @module
 */

import { ByteQueue, type StreamDecoder, type StreamMessage } from "../../engine/mod.ts";
import { CodecError, relocated } from "../../error.ts";
import type { Scanner } from "../../schema/mod.ts";
import { partially } from "./partial.ts";

/** Options of generated scans and streams. */
export interface ScanOptions {
  /** The largest message in bytes, which is what a stream can hold in memory. Default 16 MiB. */
  readonly messageBytesMax?: number;
}

/** Finds the ends of messages that stand one behind the other. */
export interface MessageScan {
  /**
   * Looks at the message that begins at `bytes[start]`, of which the bytes up to `end` are there. What was looked at in
   * an earlier call must be there again, in whatever memory; it is not looked at again. After the end of a message the
   * next call begins with the next one.
   *
   * @returns the length of the message, or, below zero, how many more bytes are needed at least
   * @throws CodecError when the bytes cannot be the beginning of a message, or the message is larger than allowed; its
   * offset counts from `start`. The scan cannot be used again
   */
  scan(bytes: Uint8Array, start?: number, end?: number): number;
}

/** Goes on with a message as far as its bytes go. */
export type ScanRun = (bytes: Uint8Array, start: number, end: number) => number;

/** Makes the function that goes through one message after the other, with what it keeps while it waits. */
export type ScanProgram = (scan: Scan) => ScanRun;

const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
const FINISHED = 0;
const MORE = -1;
const REFUSED = -2;
const TOO_LARGE = -3;

/** Where the scan of a message stands. */
export class Scan {
  /** Offset in the message of what is looked at next; it may lie behind the bytes that are there. */
  pos = 0;
  /** Elements of the message so far. */
  elements = 0;
  /** The offset in the message that must be reached before the scan can go on. */
  goal = 0;
  /** What another language's scanner threw, if that is why the message is refused. */
  refusal: unknown;
  /** How many bytes of the message show that it exceeds a limit inside it, if it does; they may not be there yet. */
  exceededAt: number | undefined;
  readonly bytesMax: number;
  readonly #program: ScanProgram;
  #run: ScanRun;

  constructor(program: ScanProgram, bytesMax: number) {
    this.bytesMax = bytesMax;
    this.#program = program;
    this.#run = program(this);
  }

  /** Begins a new message. */
  reset(): void {
    this.pos = 0;
    this.elements = 0;
    this.exceededAt = undefined;
    this.#run = this.#program(this);
  }

  /** The length of the message, or a signal. */
  next(bytes: Uint8Array, start: number, end: number): number {
    let signal;
    try {
      signal = this.exceededAt === undefined ? this.#run(bytes, start, end) : REFUSED;
    } catch {
      signal = REFUSED;
    }
    // What is wrong is found in these bytes, so that it does not depend on how many have come.
    if (signal === REFUSED && this.exceededAt !== undefined && this.exceededAt > end - start) {
      this.goal = this.exceededAt;
      return this.goal > this.bytesMax ? TOO_LARGE : MORE;
    }
    const length = this.pos;
    if (length > this.bytesMax) return TOO_LARGE;
    if (signal !== FINISHED) return signal;
    this.pos = 0;
    this.elements = 0;
    return length;
  }

  /** Lets the scanner of another language look at bytes. */
  push(scanner: Scanner, bytes: Uint8Array, start: number, end: number): number {
    try {
      return scanner.push(bytes, start, end);
    } catch (error) {
      this.refusal = error;
      throw error;
    }
  }

  /** Says that the message reaches up to `reached`, and that `count` bytes more are looked at next. */
  wait(reached: number, count: number): number {
    this.pos = reached;
    this.goal = reached + count;
    return MORE;
  }

  /** Says that the message, which reaches up to `reached`, is none. */
  refuse(reached: number): number {
    this.pos = reached;
    return REFUSED;
  }

  /** Says that the message will reach up to `reached`, beyond a limit inside it, as its first `looked` bytes show. */
  exceed(reached: number, looked: number): number {
    this.pos = reached;
    this.exceededAt = looked;
    return REFUSED;
  }

  /** Says that the message has ended. */
  finish(length: number): number {
    this.pos = length;
    return FINISHED;
  }
}

/** What {@link MessageScan} is made of. */
export class PublicScan implements MessageScan {
  readonly #program: ScanProgram;
  readonly #decode: (bytes: Uint8Array) => unknown;
  readonly #scan: Scan;

  constructor(program: ScanProgram, decode: (bytes: Uint8Array) => unknown, options: ScanOptions = {}) {
    this.#program = program;
    this.#decode = decode;
    this.#scan = new Scan(program, bytesMaxOf(options));
  }

  scan(bytes: Uint8Array, start = 0, end = bytes.length): number {
    const length = this.#scan.next(bytes, start, end);
    if (length >= 0) return length;
    if (length === MORE) return end - start - this.#scan.goal;
    if (length === TOO_LARGE) throw tooLarge(this.#scan.bytesMax, 0);
    throw explain(this.#program, this.#decode, bytes.subarray(start, start + (this.#scan.exceededAt ?? end - start)));
  }
}

/** Turns pieces of input into messages. Byte strings of a message share memory that is the message's own. */
export class MessageStream<T> implements StreamDecoder<T> {
  readonly #program: ScanProgram;
  readonly #decode: (bytes: Uint8Array) => T;
  readonly #scan: Scan;
  readonly #queue = new ByteQueue();
  #error: unknown;

  constructor(program: ScanProgram, decode: (bytes: Uint8Array) => T, options: ScanOptions = {}) {
    this.#program = program;
    this.#decode = decode;
    this.#scan = new Scan(program, bytesMaxOf(options));
  }

  get offset(): number {
    return this.#queue.offset;
  }

  push(chunk: Uint8Array): void {
    this.#queue.push(chunk);
  }

  pull(): StreamMessage<T> | null {
    if (this.#error !== undefined) throw this.#error;
    const { bytes, start, end, offset, length: there } = this.#queue;
    if (there === 0) return null;
    const length = this.#scan.next(bytes, start, end);
    if (length >= 0) return this.#take(length, (error) => isCut(error) ? this.#explain() : error);
    if (length === MORE) {
      this.#queue.own();
      return null;
    }
    if (length === TOO_LARGE) throw this.#fail(tooLarge(this.#scan.bytesMax, offset));
    throw this.#fail(this.#inStream(this.#explain(this.#scan.exceededAt)));
  }

  finish(): StreamMessage<T> | null {
    if (this.pull() !== null) throw new Error("Pull all messages before the stream is finished");
    const { length } = this.#queue;
    if (length === 0) return null;
    const last = this.#take(length, (error) => error);
    this.#scan.reset();
    return last;
  }

  #take(length: number, reason: (error: unknown) => unknown): StreamMessage<T> {
    if (length === 0) throw this.#fail(new CodecError("schema", "Messages without bytes cannot stand in a stream"));
    const { bytes, start, offset } = this.#queue;
    let value;
    try {
      value = this.#decode(bytes.subarray(start, start + length));
    } catch (error) {
      throw this.#fail(this.#inStream(reason(error)));
    }
    this.#queue.drop(length);
    return { value, start: offset, end: offset + length };
  }

  #fail(error: unknown): unknown {
    this.#error = error;
    return error;
  }

  #explain(count = this.#queue.length): unknown {
    const { bytes, start } = this.#queue;
    return explain(this.#program, this.#decode, bytes.subarray(start, start + count));
  }

  #inStream(error: unknown): unknown {
    return error instanceof CodecError ? relocated(error, "", this.#queue.offset) : error;
  }
}

function bytesMaxOf({ messageBytesMax = MESSAGE_BYTES_MAX }: ScanOptions): number {
  if (messageBytesMax >= 0) return messageBytesMax;
  throw new RangeError(`Limit messageBytesMax is ${messageBytesMax}, which is no number from 0`);
}

function tooLarge(bytesMax: number, offset: number): CodecError {
  return new CodecError("limit", `Message is longer than ${bytesMax} bytes`, { offset, context: { bytesMax } });
}

function isCut(error: unknown): error is CodecError {
  return error instanceof CodecError && error.code === "truncated";
}

/** Why bytes cannot be the beginning of a message. */
function explain(program: ScanProgram, decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): unknown {
  try {
    partially(() => decode(bytes));
  } catch (error) {
    return isCut(error) ? explainEarly(program, bytes, error) : error;
  }
  return new Error("The scan and the decoder disagree");
}

/** Why bytes are refused that are right as far as they go: something in them says already that it will not fit. */
function explainEarly(program: ScanProgram, bytes: Uint8Array, { path, offset }: CodecError): CodecError {
  const scan = new Scan(program, Infinity);
  scan.next(bytes, 0, bytes.length);
  const { refusal } = scan;
  if (refusal instanceof CodecError && refusal.code !== "truncated") {
    return new CodecError(refusal.code, refusal.reason, { path, offset, context: refusal.context, cause: refusal });
  }
  return new CodecError("limit", "Message will be longer than a limit inside it allows", { path, offset });
}
