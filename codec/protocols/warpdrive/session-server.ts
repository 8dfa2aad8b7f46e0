/**
 * The server's direction of a session.
 *
 * @module
 */

import { CodecError } from "../../error.ts";
import type { Part } from "./commands.ts";
import { wirePart } from "./schemas.ts";
import type { MessagePart } from "./session-message.ts";
import { type Emit, type Exchange, type Refusal, type SessionOptions, Side } from "./session-side.ts";

/** The server's bytes: what was asked for, in the order of the requests. */
export class ServerSide extends Side {
  readonly #exchanges: Exchange[] = [];
  /** Bytes of the body so far; they are not kept. */
  #bodyBytes = 0;
  #bodyElided = 0;
  /** Why bytes are invalid that nobody asked for, and where the last of them ended. */
  #unasked: (Refusal & { readonly end: number }) | undefined;

  constructor(options: SessionOptions, emit: Emit) {
    super("S>C", options, emit);
  }

  /** How many exchanges are not over. */
  get waiting(): number {
    return this.#exchanges.length;
  }

  /** A command was asked for. */
  expect(exchange: Exchange): void {
    this.#exchanges.push(exchange);
  }

  /** The client has ended an exchange. */
  finished(exchange: Exchange): void {
    exchange.finished = true;
    if (exchange === this.#exchanges[0] && exchange.stage === "body") this.#endBody();
  }

  elide(count: number): void {
    if (this.elideRefused(count)) return;
    const exchange = this.#current();
    if (exchange === undefined) return void this.#refuseUnasked(count);
    if (exchange.stage === "body") {
      this.#bodyElided += count;
      return;
    }
    this.emit(this.queue.length, {
      command: exchange.command.name,
      part: messagePart(exchange),
      value: null,
      elided: count,
    });
    this.#advance(exchange, count);
  }

  finish(): void {
    if (this.refused) return;
    while (this.queue.length > 0 && this.#pass(this.#exchanges[0])) this.take();
    const [exchange] = this.#exchanges;
    if (exchange?.stage === "body") {
      this.#endBody();
    } else if (this.queue.length > 0) {
      this.refuse(this.cut(partOf(exchange)), exchange.command.name);
      this.#exchanges.shift();
    }
    for (const { command, stage, signals } of this.#exchanges) {
      if (stage === "reply" || (stage === "signals" && signals > 0)) {
        this.emit(0, { command: command.name, part: "unanswered", value: null });
      }
    }
  }

  protected step(): boolean {
    const exchange = this.#current();
    const unasked = exchange === undefined || (exchange.stage === "signals" && exchange.signals <= 0);
    if (unasked) return this.#refuseUnasked();
    if (exchange.stage === "body") return this.#takeBody();
    const part = partOf(exchange);
    const length = this.scan(part);
    if (length === 0) return false;
    const value = length instanceof CodecError ? length : this.value(part, length);
    if (value instanceof CodecError) return this.#pass(exchange) || this.refuse(value, exchange.command.name);
    this.emit(length as number, { command: exchange.command.name, part: messagePart(exchange), value });
    this.#advance(exchange);
    return true;
  }

  /** The exchange that the next byte belongs to. Events end where the client has ended them and something else comes. */
  #current(): Exchange | undefined {
    const next = this.queue.length > 0 ? this.queue.bytes[this.queue.start] : undefined;
    while (this.#exchanges.length > 0) {
      const [exchange] = this.#exchanges;
      const events = exchange.stage === "events" && exchange.finished && next !== OPEN_BRACE;
      const signals = exchange.stage === "signals" && exchange.finished && exchange.signals <= 0;
      if (!events && !signals) return exchange;
      this.#exchanges.shift();
    }
    return undefined;
  }

  /**
   * Goes on to the next exchange where the bytes are no event of one that the client has ended: what was asked for next
   * may be answered with something that begins like an event, such as a signal of 0x7b.
   */
  #pass({ stage, finished }: Exchange): boolean {
    if (stage !== "events" || !finished || this.#exchanges.length === 1) return false;
    this.#exchanges.shift();
    this.rescan();
    return true;
  }

  #advance(exchange: Exchange, signals = 1): void {
    if (exchange.stage === "reply") this.#replied(exchange);
    else if (exchange.stage === "signals") exchange.signals -= signals;
  }

  #replied(exchange: Exchange): void {
    if (exchange.command.body !== undefined) exchange.stage = "body";
    else this.#exchanges.shift();
  }

  #takeBody(): false {
    const { length } = this.queue;
    this.queue.drop(length);
    this.#bodyBytes += length;
    return false;
  }

  #endBody(): void {
    const size = this.#bodyBytes;
    const elided = this.#bodyElided;
    this.#bodyBytes = this.#bodyElided = 0;
    const { command } = this.#exchanges.shift()!;
    if (size === 0 && elided === 0) return;
    this.emit(0, { command: command.name, part: "body", value: { size }, ...(elided > 0 && { elided }) }, size);
  }

  /** Takes bytes as invalid that no command has asked for; the next command may be answered all the same. */
  #refuseUnasked(elided?: number): true {
    const { offset, length } = this.queue;
    const { error, command } = this.#unasked?.end === offset
      ? this.#unasked
      : { error: this.protocolError("No command is waiting for an answer"), command: "" };
    this.#unasked = { error, command, end: offset + length };
    return this.invalid({ error, command }, elided);
  }
}

const OPEN_BRACE = 0x7b;

function partOf({ command, stage }: Exchange): Part {
  const part = stage === "reply" ? command.reply : stage === "events" ? command.events : command.signals;
  return wirePart(part!);
}

function messagePart({ stage }: Exchange): MessagePart {
  return stage === "reply" ? "reply" : stage === "events" ? "event" : "signal";
}
