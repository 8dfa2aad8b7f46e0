/**
 * The node's end of one stream: it reads commands and calls their handlers.
 *
 * @module
 */

import { encode } from "../../../codec/mod.ts";
import {
  type CommandName,
  type DialectCommand,
  endsWithDocument,
  type Port,
  wirePart,
} from "../../../codec/protocols/warpdrive/mod.ts";
import type { Clock, Stream } from "../../host/mod.ts";
import { type ArgsOf, SessionReader } from "../client/mod.ts";

/** What carries a command out needs of the session. */
export interface Exchange {
  /** Who asks. */
  readonly stream: Stream;
  readonly reader: SessionReader;
  readonly command: DialectCommand;
  /** Fires when the session is to end. */
  readonly signal: AbortSignal;
  /** Sends the answer. */
  reply(value: Record<string, unknown>): Promise<void>;
  /** Sends an answer that is one JSON array, item by item: neither side need hold more than one of them. */
  replyItems(items: AsyncIterable<string>): Promise<void>;
  /** Sends one report. */
  event(value: Record<string, unknown>): Promise<void>;
}

/** Carries out a command; `end` ends the session. Whatever it throws does so, too. */
export type Handler<N extends CommandName> = (args: ArgsOf<N>, exchange: Exchange) => Promise<void | "end">;
/** What carries out all commands. */
export type Handlers = { readonly [N in Exclude<CommandName, "end">]: Handler<N> };

/** Whether a caller may ask for a command at all; asked before the arguments are read. */
export type Admits = (command: DialectCommand) => boolean;

/** What a session needs. */
export interface SessionParts {
  readonly stream: Stream;
  readonly clock: Clock;
  readonly port: Port;
  readonly handlers: Handlers;
  /** Whether the caller is a program of this node. */
  readonly local: boolean;
  readonly admits: Admits;
  /** Called with how many bytes of arguments have come; they are kept until their command is carried out. May throw. */
  readonly onBytes?: ((count: number) => void) | undefined;
  /** Called when none of them is kept any more. */
  readonly onFree?: (() => void) | undefined;
  readonly signal: AbortSignal;
}

/** How long a session may be silent between commands: a program of the node keeps it open, a peer has a reason to ask. */
const LOCAL_IDLE_MS_MAX = 3_600_000;
const PEER_IDLE_MS_MAX = 60_000;
/** How long arguments may take: the list of 100,000 files on a slow line. */
const ARGUMENTS_MS_MAX = 120_000;
/** How long the other side may take to read what it asked for. */
const WRITE_MS_MAX = 600_000;
/** The largest arguments: a list of files, see the limits of its document. */
const ARGUMENTS_BYTES_MAX = 33 * 1024 * 1024;
/** How many opcodes are passed over before a session is not worth its memory. */
const IGNORED_MAX = 1024;
/** Items of a list are sent together up to this many characters. */
const PIECE_LENGTH_MIN = 64 * 1024;
const NEWLINE = 0x0a;
const OK_BYTE = 0;
/** What clients of 2022 confirm with a byte of their own. */
const LATE_OK: ReadonlySet<CommandName> = new Set(["listPeers", "listOffers", "listenOffers", "listenStatus"]);

/** Serves a session up to its end, and closes its stream. Throws what ended it abnormally. */
export async function serveSession(parts: SessionParts): Promise<void> {
  try {
    await new Session(parts).run();
  } finally {
    await parts.stream.close();
  }
}

class Session {
  readonly #parts: SessionParts;
  readonly #reader: SessionReader;
  #ignored = 0;
  /** The command before, whose newline or confirmation may still come. */
  #before: CommandName | null = null;
  #newlineDue = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#reader = new SessionReader(parts.stream, parts.clock);
  }

  async run(): Promise<void> {
    const { local, signal } = this.#parts;
    const timeoutMs = local ? LOCAL_IDLE_MS_MAX : PEER_IDLE_MS_MAX;
    for (;;) {
      const opcode = await this.#reader.byte({ signal, timeoutMs });
      if (opcode === null) return;
      if (this.#belongsBefore(opcode)) continue;
      const command = this.#commandOf(opcode);
      if (command === undefined) {
        if (!this.#ignores()) return;
        continue;
      }
      if (command.name === "end" || !this.#parts.admits(command)) return;
      try {
        if (await this.#carryOut(command) === "end") return;
      } finally {
        this.#parts.onFree?.();
      }
    }
  }

  /** Whether a byte is the end of what came before: the newline of a document, or a confirmation that came late. */
  #belongsBefore(byte: number): boolean {
    const newline = byte === NEWLINE && this.#newlineDue;
    this.#newlineDue = false;
    if (newline) return true;
    const late = byte === OK_BYTE && this.#before !== null && LATE_OK.has(this.#before);
    this.#before = null;
    return late;
  }

  #commandOf(opcode: number): DialectCommand | undefined {
    const { port, local } = this.#parts;
    return port.commands.find((one) => one.opcode === opcode && (local || one.caller === "anyone"));
  }

  /** Whether an opcode that is unknown to this caller is passed over; otherwise it ends the session. */
  #ignores(): boolean {
    const { port, local } = this.#parts;
    return !local && port.strangers === "ignored" && ++this.#ignored <= IGNORED_MAX;
  }

  async #carryOut(command: DialectCommand): Promise<void | "end"> {
    const { signal, handlers, stream, onBytes } = this.#parts;
    const limits = { signal, onBytes, timeoutMs: ARGUMENTS_MS_MAX, bytesMax: ARGUMENTS_BYTES_MAX };
    const args = command.args.fields.length === 0 ? {} : await this.#reader.message(command.args, limits);
    // The newline after a document may come later, even after the answer.
    this.#newlineDue = endsWithDocument(command.args) && !this.#reader.skip(NEWLINE);
    this.#before = command.name;
    const send = async (part: "reply" | "events", value: Record<string, unknown>) => {
      await stream.write(encode(wirePart(command[part]!), value), { signal, timeoutMs: WRITE_MS_MAX });
    };
    const exchange: Exchange = {
      ...{ stream, reader: this.#reader, command, signal },
      reply: (value) => send("reply", value),
      replyItems: (items) => this.#sendItems(items),
      event: (value) => send("events", value),
    };
    const handler = handlers[command.name as keyof Handlers] as Handler<CommandName>;
    return await handler(args as ArgsOf<CommandName>, exchange);
  }

  async #sendItems(items: AsyncIterable<string>): Promise<void> {
    const { stream, signal } = this.#parts;
    const send = (text: string) => stream.write(new TextEncoder().encode(text), { signal, timeoutMs: WRITE_MS_MAX });
    let [piece, count] = ["", 0];
    for await (const item of items) {
      piece += `${count++ === 0 ? "[" : ","}${item}`;
      if (piece.length < PIECE_LENGTH_MIN) continue;
      await send(piece);
      piece = "";
    }
    // Go writes no array for no items.
    await send(`${piece}${count === 0 ? "null" : "]"}\n`);
  }
}
