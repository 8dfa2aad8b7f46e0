/**
 * Messages from bytes that arrive in chunks, for generated codecs.
 *
 * @module
 */

import {
  type EndScanner,
  explainStart,
  MALFORMED,
  messageBytesMaxOf,
  type MessageKind,
  MessageStream,
  MORE,
  type PrefixReader,
  TOO_LARGE,
  tooLarge,
} from "../../engine/mod.ts";
import type { Scanner } from "../../schema/mod.ts";
import { partially } from "./values.ts";

/** Options of generated scans and streams. */
export interface ScanOptions {
  /** The largest message in bytes, which is what a stream can hold in memory. Default 16 MiB. */
  readonly messageBytesMax?: number;
}

/** Finds the ends of messages that stand one after the other. */
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

const FINISHED = 0;

/** Where the scan of a message stands. */
export class Scan implements EndScanner {
  /** Offset in the message of what is looked at next; it may lie after the bytes that are there. */
  pos = 0;
  /** Elements of the message so far. */
  elements = 0;
  /** The offset in the message that must be reached before the scan can continue. */
  goal = 0;
  refusal: unknown;
  /** They may not be there yet. */
  exceededAt: number | undefined;
  readonly bytesMax: number;
  readonly #program: ScanProgram;
  #run: ScanRun;

  constructor(program: ScanProgram, bytesMax: number) {
    this.bytesMax = bytesMax;
    this.#program = program;
    this.#run = program(this);
  }

  reset(): void {
    this.pos = 0;
    this.elements = 0;
    this.exceededAt = undefined;
    this.#run = this.#program(this);
  }

  scan(bytes: Uint8Array, start: number, end: number): number {
    let signal;
    try {
      signal = this.exceededAt === undefined ? this.#run(bytes, start, end) : MALFORMED;
    } catch {
      signal = MALFORMED;
    }
    // What is wrong is found in these bytes, so that it does not depend on how many have come.
    if (signal === MALFORMED && this.exceededAt !== undefined && this.exceededAt > end - start) {
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
    return MALFORMED;
  }

  /** Says that the message will reach up to `reached`, beyond a limit inside it, as its first `looked` bytes show. */
  exceed(reached: number, looked: number): number {
    this.pos = reached;
    this.exceededAt = looked;
    return MALFORMED;
  }

  /** Says that the message has ended. */
  finish(length: number): number {
    this.pos = length;
    return FINISHED;
  }
}

/** What {@link MessageScan} is made of. */
export class PublicScan implements MessageScan {
  readonly #messages: MessageKind<unknown>;
  readonly #scan: Scan;

  constructor(program: ScanProgram, decode: (bytes: Uint8Array) => unknown, options?: ScanOptions) {
    this.#messages = messagesOf(program, decode, null);
    this.#scan = new Scan(program, messageBytesMaxOf(options));
  }

  scan(bytes: Uint8Array, start = 0, end = bytes.length): number {
    const length = this.#scan.scan(bytes, start, end);
    if (length >= 0) return length;
    const { goal, bytesMax, exceededAt = end - start } = this.#scan;
    if (length === MORE) return end - start - goal;
    if (length === TOO_LARGE) throw tooLarge(bytesMax, 0);
    throw explainStart(this.#messages, bytes.subarray(start, start + exceededAt));
  }
}

/** Turns pieces of input into messages. Byte strings of a message share memory that is the message's own. */
export class GeneratedStream<T> extends MessageStream<T> {
  /** @param reader reads messages at once whose values are not views of the input */
  constructor(
    program: ScanProgram,
    decode: (bytes: Uint8Array) => T,
    options?: ScanOptions,
    reader: PrefixReader<T> | null = null,
  ) {
    super(messagesOf(program, decode, reader), messageBytesMaxOf(options));
  }
}

function messagesOf<T>(
  program: ScanProgram,
  decode: (bytes: Uint8Array) => T,
  reader: PrefixReader<T> | null,
): MessageKind<T> {
  return {
    scanner: (bytesMax) => new Scan(program, bytesMax),
    decode,
    decodePartial: (bytes) => partially(() => decode(bytes)),
    reader: () => reader,
  };
}
