/**
 * The server's direction of a session.
 *
 * @module
 */

import { CodecError } from "../../error.ts";
import type { Part } from "./commands.ts";
import { wirePart } from "./schemas.ts";
import type { MessagePart } from "./session-message.ts";
import { type Emit, type Exchange, type SessionOptions, Side } from "./session-side.ts";

/** The server's bytes: what was asked for, in the order of the requests. */
export class ServerSide extends Side {
  readonly #exchanges: Exchange[] = [];
  #bodyElided = 0;

  constructor(options: SessionOptions, emit: Emit) {
    super("S>C", options, emit);
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
    const [exchange] = this.#exchanges;
    if (exchange?.stage === "body") {
      this.#bodyElided += count;
      return;
    }
    if (this.queue.length === 0 || exchange === undefined) return;
    const part = exchange.stage === "events" ? "event" : "reply";
    this.emit(this.queue.length, { command: exchange.command.name, part, value: null, elided: count });
    if (part === "reply") this.#replied(exchange);
  }

  finish(): void {
    const [exchange] = this.#exchanges;
    if (exchange?.stage === "body") this.#endBody();
    else if (this.queue.length > 0) this.invalid(this.cut(partOf(exchange)), exchange.command.name);
    for (const { command, stage, signals } of this.#exchanges) {
      if (stage === "reply" || (stage === "signals" && signals > 0)) {
        this.emit(0, { command: command.name, part: "unanswered", value: null });
      }
    }
  }

  protected step(): boolean {
    const exchange = this.#current();
    if (exchange === undefined) return this.invalid(this.protocolError("No command is waiting for an answer"));
    if (exchange.stage === "body") return false;
    const part = partOf(exchange);
    const length = this.scan(part);
    if (length === 0) return false;
    if (length instanceof CodecError) return this.invalid(length, exchange.command.name);
    const value = this.value(part, length);
    if (value instanceof CodecError) return this.invalid(value, exchange.command.name);
    this.emit(length, { command: exchange.command.name, part: messagePart(exchange), value });
    this.#advance(exchange);
    return true;
  }

  /** The exchange that the next byte belongs to. Events end where the client has ended them and something else comes. */
  #current(): Exchange | undefined {
    const next = this.queue.bytes[this.queue.start];
    while (this.#exchanges.length > 0) {
      const [exchange] = this.#exchanges;
      const events = exchange.stage === "events" && exchange.finished && next !== OPEN_BRACE;
      const signals = exchange.stage === "signals" && exchange.finished && exchange.signals === 0;
      if (!events && !signals) return exchange;
      this.#exchanges.shift();
    }
    return undefined;
  }

  #advance(exchange: Exchange): void {
    if (exchange.stage === "reply") this.#replied(exchange);
    else if (exchange.stage === "signals") exchange.signals--;
  }

  #replied(exchange: Exchange): void {
    if (exchange.command.body !== undefined) exchange.stage = "body";
    else this.#exchanges.shift();
  }

  #endBody(): void {
    const { length } = this.queue;
    const elided = this.#bodyElided;
    const { command } = this.#exchanges.shift()!;
    if (length === 0) return;
    this.emit(length, { command: command.name, part: "body", value: { size: length }, ...(elided > 0 && { elided }) });
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
