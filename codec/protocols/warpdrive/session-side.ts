/**
 * What both directions of a session have in common.
 *
 * @module
 */

import { ByteQueue, decode, messageBytesMaxOf, type MessageScan, scanMessages } from "../../engine/mod.ts";
import { CodecError, relocated } from "../../error.ts";
import type { Schema } from "../../schema/mod.ts";
import type { DialectCommand, Port } from "./dialects.ts";
import type { Direction, SessionMessage } from "./session-message.ts";

/** Options of a session decoder. */
export interface SessionOptions {
  /** The port that the session was opened on. */
  readonly port: Port;
  /** Whether the caller is the server's own identity. Default yes. */
  readonly authorised?: boolean;
  /** The largest message in bytes; bodies do not count. Default 16 MiB. */
  readonly messageBytesMax?: number;
}

/** What an answer is waiting for. */
export interface Exchange {
  readonly command: DialectCommand;
  /** What the server sends next. */
  stage: "reply" | "events" | "body" | "signals";
  /** Whether the client has ended the exchange, so that the next one may begin. */
  finished: boolean;
  /** Signals that were sent and not yet echoed. */
  signals: number;
}

/** Why bytes mean nothing, and the command that they would belong to. */
export interface Refusal {
  readonly error: CodecError;
  readonly command: string;
}

/** Takes a message that is complete. */
export type Emit = (message: SessionMessage) => void;

/** What both directions need: bytes in a queue, and a scanner that finds the next message in them. */
export abstract class Side {
  protected readonly queue = new ByteQueue();
  readonly #dir: Direction;
  readonly #emit: Emit;
  readonly #messageBytesMax: number;
  /** What looks for the end of the next message. */
  #scan: MessageScan | undefined;
  /** Why nothing that comes from now on means anything. */
  #refusal: Refusal | undefined;

  constructor(dir: Direction, options: SessionOptions, emit: Emit) {
    this.#dir = dir;
    this.#emit = emit;
    this.#messageBytesMax = messageBytesMaxOf(options);
  }

  push(chunk: Uint8Array): void {
    this.queue.push(chunk);
    this.take();
    this.queue.own();
  }

  /** Takes as many messages as there are. */
  protected take(): void {
    while (this.queue.length > 0 && (this.#refusal === undefined ? this.step() : this.invalid(this.#refusal)));
  }

  /** Deals with the next message; false when more bytes are needed. */
  protected abstract step(): boolean;

  /** The length of the next message, 0 when more bytes are needed, or the error that makes it invalid. */
  protected scan(schema: Schema): number | CodecError {
    const { bytes, start, end } = this.queue;
    this.#scan ??= scanMessages(schema, { messageBytesMax: this.#messageBytesMax });
    try {
      const length = this.#scan.scan(bytes, start, end);
      if (length < 0) return 0;
      this.rescan();
      return length;
    } catch (error) {
      this.rescan();
      return this.#located(error);
    }
  }

  /** The value of the first `length` bytes, or the error that makes them invalid. */
  protected value<T>(schema: Schema<T>, length: number): T | CodecError {
    const { bytes, start } = this.queue;
    try {
      return decode(schema, bytes.subarray(start, start + length), { copy: true });
    } catch (error) {
      return this.#located(error);
    }
  }

  /** Takes the first `length` bytes as a message, together with the `taken` bytes before them. */
  protected emit(
    length: number,
    message: Pick<SessionMessage, "command" | "part" | "value"> & Partial<SessionMessage>,
    taken = 0,
  ): true {
    const start = this.queue.offset - taken;
    this.queue.drop(length);
    this.rescan();
    this.#emit({ dir: this.#dir, ...message, start, end: this.queue.offset });
    return true;
  }

  /** Takes all bytes that are there as invalid ones. */
  protected invalid(refusal: Refusal, elided?: number): true {
    const left = elided === undefined ? {} : { elided };
    return this.emit(this.queue.length, { part: "invalid", value: null, ...refusal, ...left });
  }

  /** Takes all bytes that are there and all that come as invalid ones; every message of them has the same error. */
  protected refuse(error: CodecError, command = ""): true {
    this.#refusal = { error, command };
    return this.invalid(this.#refusal);
  }

  /** Whether the direction was refused, see {@link refuse}. */
  protected get refused(): boolean {
    return this.#refusal !== undefined;
  }

  /** Takes bytes that a recording left out as invalid ones, if nothing can mean anything any more. */
  protected elideRefused(count: number): boolean {
    return this.#refusal !== undefined && this.invalid(this.#refusal, count);
  }

  protected protocolError(reason: string): CodecError {
    return new CodecError("protocol", reason, { offset: this.queue.offset });
  }

  /** Begins to look at the bytes anew, as another message. */
  protected rescan(): void {
    this.#scan = undefined;
  }

  /** The error of the message that is incomplete, after the last byte has come. */
  protected cut(schema: Schema): CodecError {
    const value = this.value(schema, this.queue.length);
    return value instanceof CodecError ? value : this.protocolError("The message is incomplete");
  }

  #located(error: unknown): CodecError {
    if (!(error instanceof CodecError)) throw error;
    return relocated(error, "", this.queue.offset);
  }
}
