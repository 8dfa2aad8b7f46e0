/**
 * A node as the programs of 2022 and 2023 were, made of what was recorded of them: it knows the requests of the
 * recordings and their answers, and has their peculiarities.
 *
 * @module
 */

import { encode, formatHex } from "../../codec/mod.ts";
import {
  decodeSession,
  type Dialect,
  draft,
  endsWithDocument,
  type Port,
  type RecordedMessage,
  requestSchema,
} from "../../codec/protocols/warpdrive/mod.ts";
import type { Host, Stream } from "../../src/host/mod.ts";
import { SessionReader } from "../../src/warpdrive/client/session-reader.ts";
import { RECORDINGS } from "../protocols/warpdrive/recordings.ts";

/** A request of the recordings, and what came back up to the next one. */
export interface RecordedExchange {
  readonly port: Port;
  readonly request: RecordedMessage;
  readonly answers: readonly RecordedMessage[];
}

/** All requests of a dialect that were answered, without those whose bytes the recording left out. */
export function recordedExchanges(dialect: Dialect): RecordedExchange[] {
  const { sessions } = RECORDINGS.find((one) => one.dialect === dialect)!;
  const exchanges: RecordedExchange[] = [];
  for (const session of sessions) {
    const port = dialect.ports.find(({ name }) => name === session.port);
    if (port === undefined) continue;
    let current: { port: Port; request: RecordedMessage; answers: RecordedMessage[] } | undefined;
    for (const message of decodeSession(dialect, session)) {
      if (message.part === "request") {
        current = { port, request: message, answers: [] };
        exchanges.push(current);
      } else if (message.dir === "S>C") {
        current?.answers.push(message);
      }
    }
  }
  return exchanges.filter(({ request, answers }) =>
    request.elided === undefined && request.value !== null && answers.length > 0 &&
    answers.every(({ part, elided }) => part !== "unanswered" && elided === undefined)
  );
}

/** What an old node does for a request that is not in the table. */
export type Unknown = "hangs" | "closes";

/** An old node on a host. */
export class OldNode {
  /** What came on each stream, as hex. */
  readonly streams: string[] = [];
  readonly #host: Host;
  readonly #dialect: Dialect;
  readonly #table = new Map<string, Uint8Array | Unknown>();

  constructor(host: Host, dialect: Dialect) {
    this.#host = host;
    this.#dialect = dialect;
    for (const port of dialect.ports) this.#serve(port);
  }

  /** Sets what a request is answered with; what was set before is replaced. */
  answer(port: Port, request: Uint8Array, answer: Uint8Array | Unknown): void {
    this.#table.set(port.name + formatHex(request), answer);
  }

  async #serve(port: Port): Promise<void> {
    for await (const incoming of this.#host.mountStreams(port.name)) {
      const local = incoming.peerInfo.peerId === this.#host.peerId;
      const stream = await incoming.accept();
      const index = this.streams.push("") - 1;
      this.#session(stream, port, local, index).catch(() => stream.abort());
    }
  }

  async #session(stream: Stream, port: Port, local: boolean, index: number): Promise<void> {
    const taken = {
      ...stream,
      read: async (buf: Uint8Array) => {
        const count = await stream.read(buf);
        if (count !== null) this.streams[index] += formatHex(buf.subarray(0, count));
        return count;
      },
    };
    const reader = new SessionReader(taken as Stream, this.#host.clock);
    for (;;) {
      const opcode = await reader.byte();
      const command = port.commands.find((one) => one.opcode === opcode);
      if (opcode === null || command?.name === "end") break;
      if (command === undefined || command.added || (!local && command.caller === "local")) {
        if (!local && port.strangers === "ignored") continue;
        break;
      }
      const args = command.args.fields.length === 0 ? {} : await reader.message(command.args);
      if (endsWithDocument(command.args)) reader.skip(0x0a);
      const request = encode(requestSchema(port), { command: command.name, ...args });
      const answer = this.#table.get(port.name + formatHex(request)) ?? "hangs";
      if (answer === "hangs") await new Promise(() => {});
      if (answer === "closes") break;
      await stream.write(answer as Uint8Array);
      // The draft's server takes one byte after the peers, which the clients of its time did not send.
      if (command.finish !== undefined || command.name === "listPeers" && this.#dialect === draft) await reader.byte();
      if (command.signals !== undefined) break;
    }
    await stream.close();
  }
}
