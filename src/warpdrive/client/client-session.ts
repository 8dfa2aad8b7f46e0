/**
 * The client's end of one stream to a warpdrive node: it sends requests and reads answers.
 *
 * @module
 */

import { encode, type Schema } from "../../../codec/mod.ts";
import {
  type CommandName,
  type commands,
  type Dialect,
  type DialectCommand,
  type Part,
  type Port,
  requestSchema,
  wirePart,
} from "../../../codec/protocols/warpdrive/mod.ts";
import { type Host, HostError, type PeerInfo, type Stream, type WaitOptions } from "../../host/mod.ts";
import { WarpdriveError } from "../error.ts";
import { SessionReader } from "./session-reader.ts";

/** The table itself. */
type Table = typeof commands;
type ValueOf<S> = S extends Schema<infer T> ? T : never;

/** The arguments of a command. */
export type ArgsOf<N extends CommandName> = ValueOf<Table[N]["args"]>;
/** The answer to a command. */
export type ReplyOf<N extends CommandName> = Table[N] extends { readonly reply: infer S } ? ValueOf<S> : never;
/** What a command reports again and again. */
export type EventOf<N extends CommandName> = Table[N] extends { readonly events: infer S } ? ValueOf<S> : never;

/** Commands with an answer. */
export type CallName = { [N in CommandName]: Table[N] extends { readonly reply: unknown } ? N : never }[CommandName];
/** Commands that report. */
export type ListenName = { [N in CommandName]: Table[N] extends { readonly events: unknown } ? N : never }[CommandName];

/** The largest answer; what it says has tighter limits of its own. */
const ANSWER_BYTES_MAX = 256 * 1024 * 1024;

/**
 * The port of a dialect that has a command.
 *
 * @throws WarpdriveError `unsupported`
 */
export function portWith(dialect: Dialect, name: CommandName): Port {
  const port = dialect.ports.find(({ commands }) => commands.some((command) => command.name === name));
  if (port !== undefined) return port;
  throw new WarpdriveError("unsupported", `Cannot ask for "${name}": the dialect "${dialect.name}" does not have it`);
}

/** One stream to a port of a node. */
export class ClientSession {
  readonly stream: Stream;
  readonly reader: SessionReader;
  readonly #port: Port;

  constructor(host: Host, stream: Stream, port: Port) {
    this.stream = stream;
    this.reader = new SessionReader(stream, host.clock);
    this.#port = port;
  }

  /** Opens a stream to the port. Throws as `Host.openStream` does. */
  static async open(host: Host, peer: PeerInfo, port: Port, options: WaitOptions): Promise<ClientSession> {
    return new ClientSession(host, await host.openStream(peer, port.name, options), port);
  }

  /** Asks for something: opcode, arguments and the newline after a document in one piece, and nothing after them. */
  async ask<N extends CommandName>(name: N, args: ArgsOf<N>, options: WaitOptions): Promise<void> {
    await this.stream.write(encode(requestSchema(this.#port), { command: name, ...args }), options);
  }

  /** Asks for something that is answered once, and reads the answer. */
  async call<N extends CallName>(name: N, args: ArgsOf<N>, options: WaitOptions): Promise<ReplyOf<N>> {
    await this.ask(name, args, options);
    return await this.#read(name, "reply", options) as ReplyOf<N>;
  }

  /** Asks for a list, and reads it item by item, however long it is; the limits are those of one item. */
  async *items<T>(
    name: CommandName,
    args: ArgsOf<"listOffers">,
    item: Schema<T>,
    options: WaitOptions,
  ): AsyncGenerator<T, void, undefined> {
    await this.ask(name as "listOffers", args, options);
    yield* this.reader.items(item, { ...options, bytesMax: ANSWER_BYTES_MAX });
  }

  /** The next report of a command that was asked for; `null` when the node has ended. */
  async event<N extends ListenName>(name: N, options: WaitOptions): Promise<EventOf<N> | null> {
    try {
      return await this.#read(name, "events", options) as EventOf<N>;
    } catch (error) {
      if (error instanceof WarpdriveError && error.code === "refused") return null;
      throw error;
    }
  }

  /** Sends the byte that ends an exchange, then the one that ends the session, and closes the stream. */
  async finish(name: CommandName): Promise<void> {
    try {
      const { finish } = this.#command(name);
      const end = encode(requestSchema(this.#port), { command: "end" });
      await this.stream.write(finish === undefined ? end : Uint8Array.of(finish.byte, ...end));
    } catch (error) {
      // The node may have closed already, which is an end as good as any.
      if (!(error instanceof HostError)) throw error;
    }
    await this.stream.close();
  }

  #command(name: CommandName): DialectCommand {
    return this.#port.commands.find((one) => one.name === name)!;
  }

  async #read(name: CommandName, part: "reply" | "events", options: WaitOptions): Promise<unknown> {
    const schema: Part = this.#command(name)[part]!;
    const value = await this.reader.message(wirePart(schema), { ...options, bytesMax: ANSWER_BYTES_MAX });
    const { newline: _, ...fields } = value as Record<string, unknown>;
    return fields;
  }
}

/** Everything that comes, when all of it has. */
export async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
