/**
 * The client's direction of a session.
 *
 * @module
 */

import { CodecError } from "../../error.ts";
import type { Schema } from "../../schema/mod.ts";
import type { DialectCommand, Port } from "./dialects.ts";
import { bareRequestSchema, endsWithDocument, NEWLINE, type Request } from "./schemas.ts";
import type { SessionMessage } from "./session-message.ts";
import type { ServerSide } from "./session-server.ts";
import { type Emit, type Exchange, type SessionOptions, Side } from "./session-side.ts";

/** The client's bytes: requests, and what ends an exchange. */
export class ClientSide extends Side {
  readonly #port: Port;
  readonly #authorised: boolean;
  readonly #schema: Schema<Request>;
  readonly #server: ServerSide;
  /** What the next byte is: an opcode, the newline after a document, part of an exchange, or unexpected. */
  #state: "opcode" | "newline" | "finish" | "signals" | "closed" = "opcode";
  #exchange: Exchange | undefined;
  /** A request whose newline has not come yet. */
  #request:
    | { readonly length: number; readonly message: Pick<SessionMessage, "command" | "part" | "value"> }
    | undefined;
  #lateNewline = false;

  constructor(options: SessionOptions, emit: Emit, server: ServerSide) {
    super("C>S", options, emit);
    this.#port = options.port;
    this.#authorised = options.authorised ?? true;
    this.#schema = bareRequestSchema(options.port);
    this.#server = server;
  }

  /** The server has answered: a newline that is not here by now does not belong to the request. */
  answered(): void {
    if (this.#request !== undefined && this.queue.length === this.#request.length) this.#emitRequest(false);
  }

  elide(count: number): void {
    if (this.elideRefused(count)) return;
    const command = this.#exchange?.command.name ?? "";
    switch (this.#state) {
      case "newline":
        return void this.#emitRequest(false, count);
      case "finish":
        this.#end(this.#exchange!);
        return void this.emit(0, { command, part: "finish", value: null, elided: count });
      case "signals":
        this.#exchange!.signals += count;
        return void this.emit(0, { command, part: "signal", value: null, elided: count });
      case "opcode":
        return this.#elideRequest(count);
      case "closed":
        this.step();
        this.elideRefused(count);
    }
  }

  #elideRequest(count: number): void {
    const command = this.queue.length > 0 ? this.#commandOf(this.queue.bytes[this.queue.start]) : undefined;
    this.emit(this.queue.length, { command: command?.name ?? "", part: "request", value: null, elided: count });
    if (command !== undefined) this.#begin(command);
  }

  finish(): void {
    if (this.#request !== undefined) this.#emitRequest(false);
    if (this.queue.length === 0) return;
    this.refuse(this.cut(this.#schema), this.#commandOf(this.queue.bytes[this.queue.start])?.name);
  }

  protected step(): boolean {
    switch (this.#state) {
      case "opcode":
        return this.#opcode();
      case "newline":
        return this.#newline();
      case "finish":
        return this.#finish();
      case "signals":
        return this.#signal();
      case "closed":
        return this.refuse(this.protocolError("The session has ended"));
    }
  }

  #commandOf(opcode: number): DialectCommand | undefined {
    return this.#port.commands.find((one) => one.opcode === opcode);
  }

  #opcode(): boolean {
    const opcode = this.queue.bytes[this.queue.start];
    const command = this.#commandOf(opcode);
    const allowed = command !== undefined && (this.#authorised || command.caller === "anyone");
    if (!allowed) return this.#refused(opcode, command);
    const length = this.scan(this.#schema);
    if (length === 0) return false;
    if (length instanceof CodecError) return this.refuse(length, command.name);
    if (command.name !== "end" && this.#server.waiting >= EXCHANGES_MAX) {
      return this.refuse(this.#tooMany(), command.name);
    }
    const value = this.value(this.#schema, length);
    if (value instanceof CodecError) return this.refuse(value, command.name);
    const { command: name, ...args } = value;
    this.#request = { length, message: { command: name, part: name === "end" ? "end" : "request", value: args } };
    this.#begin(command);
    if (endsWithDocument(command.args)) {
      this.#state = "newline";
      return this.queue.length > length;
    }
    return this.#emitRequest(false);
  }

  #refused(opcode: number, command: DialectCommand | undefined): true {
    if (!this.#authorised && this.#port.strangers === "ignored") {
      return this.emit(1, { command: command?.name ?? "", part: "ignored", value: { opcode } });
    }
    const hex = `0x${opcode.toString(16).padStart(2, "0")}`;
    if (opcode === NEWLINE && this.#lateNewline) {
      return this.refuse(this.protocolError("The newline came after the answer to its document"));
    }
    const reason = command === undefined
      ? `Opcode ${hex} is unknown on port "${this.#port.name}"`
      : `Command "${command.name}" is not for strangers`;
    return this.refuse(new CodecError("tag", reason, { offset: this.queue.offset, context: { opcode } }));
  }

  #tooMany(): CodecError {
    const reason = `More than ${EXCHANGES_MAX} commands are waiting for an answer`;
    return new CodecError("limit", reason, { offset: this.queue.offset });
  }

  #begin(command: DialectCommand): void {
    const finished = command.finish === undefined && command.signals === undefined;
    this.#exchange = { command, stage: firstStage(command), finished, signals: 0 };
    if (command.name === "end") this.#state = "closed";
    else if (command.signals !== undefined) this.#state = "signals";
    else if (command.finish !== undefined) this.#state = "finish";
    if (command.name !== "end") this.#server.expect(this.#exchange);
  }

  #newline(): boolean {
    const { bytes, start } = this.queue;
    return this.#emitRequest(bytes[start + this.#request!.length] === NEWLINE);
  }

  #emitRequest(newline: boolean, elided?: number): true {
    const { length, message } = this.#request!;
    this.#request = undefined;
    if (this.#state === "newline") {
      this.#state = "opcode";
      this.#lateNewline = !newline;
    }
    return this.emit(newline ? length + 1 : length, elided === undefined ? message : { ...message, elided });
  }

  #finish(): true {
    const exchange = this.#exchange!;
    this.#end(exchange);
    const byte = this.queue.bytes[this.queue.start];
    return this.emit(1, { command: exchange.command.name, part: "finish", value: { byte } });
  }

  /** The client ends an exchange. */
  #end(exchange: Exchange): void {
    this.#state = "opcode";
    this.#server.finished(exchange);
  }

  #signal(): true {
    const { command } = this.#exchange!;
    const signal = this.queue.bytes[this.queue.start];
    if (signal !== 0 || command.zeroEchoed === true) this.#exchange!.signals++;
    if (signal === 0) {
      this.#exchange!.finished = true;
      this.#state = "closed";
    }
    return this.emit(1, { command: command.name, part: "signal", value: { signal } });
  }
}

/** How many commands may wait for an answer: a client that asks for more does not want answers, but memory. */
const EXCHANGES_MAX = 4096;

function firstStage(command: DialectCommand): Exchange["stage"] {
  if (command.reply !== undefined) return "reply";
  return command.events === undefined ? "signals" : "events";
}
