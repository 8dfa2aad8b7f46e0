/**
 * Queries between two nodes: one path on the host that links them, and a short exchange at the beginning of each
 * stream.
 *
 * The caller sends its query, `u16` length and UTF-8 text; the other side answers with one byte, followed by a code if
 * it is a rejection; then the stream is that of the query. Who the caller is follows from the host that carries the
 * stream.
 *
 * @module
 */

import { LINK_PATH } from "../events.ts";
import { CodecError, encode, type Infer, refine, string, struct, u16, u8, union } from "../../../codec/mod.ts";
import { isIdentity, QUERY_BYTES_MAX, ZERO_IDENTITY } from "../../../codec/protocols/astral/mod.ts";
import {
  type Host,
  HostError,
  type IncomingStream,
  type PeerInfo,
  type Stream,
  type StreamProtocol,
  type WaitOptions,
} from "../../host/mod.ts";
import { type SlotHolder, SlotTable } from "../../host/connect/mod.ts";
import { TIME_LIMITS, wait } from "../../host/timing/mod.ts";
import { type Call, Connection, pipe } from "./connection.ts";

/** How long another node may take to send its query, in milliseconds. */
const QUERY_TIMEOUT_MS = 5000;
/** One peer has at most this part of the streams. */
const PEER_SHARE = 4;
/** The longest answer in bytes. */
const ANSWER_BYTES_MAX = 2;

/** What the caller sends. */
const LinkQuery = struct({ query: string(u16) });

const nothingMore = struct({});
/** What it gets back. */
const LinkAnswer = union("answer", u8, {
  accepted: [0, nothingMore],
  rejected: [1, struct({ code: refine(u8, { name: "code from 1", test: (code) => code >= 1 }) })],
  "unknown-protocol": [2, nothingMore],
  timeout: [3, nothingMore],
  busy: [4, nothingMore],
});
type LinkAnswer = Infer<typeof LinkAnswer>;

/**
 * Sends a query to another node.
 *
 * @throws HostError as `Host.openStream` does; `RangeError` for a query that is too long
 */
export async function askPeer(host: Host, peer: PeerInfo, query: string, options: WaitOptions): Promise<Connection> {
  const { signal, timeoutMs = TIME_LIMITS.openMs } = options;
  const hello = helloOf(query);
  const started = host.clock.now();
  const stream = await openLink(host, peer, { signal, timeoutMs });
  const connection = new Connection(stream);
  const leftMs = Math.max(0, timeoutMs - (host.clock.now() - started));
  const answer = await wait<LinkAnswer>(
    host.clock,
    "Waiting for the answer to a query",
    { signal, timeoutMs: leftMs },
    ({ resolve, reject }) => {
      exchange(connection, hello).then(resolve, reject);
      return (error) => connection.abort(error);
    },
  );
  if (answer.answer === "accepted") return connection;
  void connection.close();
  throw answerError(answer, query);
}

/** What a node does with queries from others. */
export interface PeerAnswers {
  /** How many may be answered, or be open streams, at a time. */
  readonly streamsMax: number;
  /** The node's own identity. */
  readonly identity: string;
  readonly ask: (call: Call, options: WaitOptions) => Promise<Connection>;
  /** Whether streams of others are closed for a peer when all are taken. */
  readonly isKnown: (peerId: string) => boolean;
  /** Called with the peer when a stream is refused. */
  refused(peer: string): void;
  /** Called when a stream begins, and at its end. */
  streams(peer: string, change: 1 | -1): void;
}

/** Answers the queries of other nodes. */
export class PeerAnswering {
  readonly #host: Host;
  readonly #answers: PeerAnswers;
  readonly #protocol: StreamProtocol;
  readonly #streams = new Set<Stream>();
  readonly #answering: Promise<void>;

  /** @throws HostError `mounted` if another service does so on the same host */
  constructor(host: Host, answers: PeerAnswers) {
    this.#host = host;
    this.#answers = answers;
    this.#protocol = host.mountStreams(LINK_PATH);
    this.#answering = this.#answerAll();
  }

  /** Takes no more queries, and breaks the streams of all others off. */
  async stop(): Promise<void> {
    this.#protocol.unmount();
    for (const stream of this.#streams) stream.abort();
    await this.#answering;
  }

  async #answerAll(): Promise<void> {
    const slots = new SlotTable<SlotHolder>(this.#answers.streamsMax, Infinity);
    const { streamsMax, isKnown } = this.#answers;
    for await (const incoming of this.#protocol) {
      const { peerId } = incoming.peerInfo;
      // Without an identity, a program could not decide whether to accept the caller.
      const isPeer = isIdentity(peerId) && peerId !== ZERO_IDENTITY;
      const leaving = new AbortController();
      const slot = {
        group: peerId,
        get known() {
          return isKnown(peerId);
        },
        used: false,
        evict: () => leaving.abort(new HostError("busy", "The stream had to give way to others")),
      };
      if (!isPeer || slots.count(peerId) >= streamsMax / PEER_SHARE || !slots.take(slot)) {
        incoming.reject();
        this.#answers.refused(peerId);
        continue;
      }
      const whenUsed = () => slot.used = true;
      this.#answer(incoming, leaving.signal, whenUsed).catch(nothing).finally(() => slots.leave(slot));
    }
  }

  async #answer(incoming: IncomingStream, leaving: AbortSignal, whenUsed: () => void): Promise<void> {
    const stream = await incoming.accept();
    this.#streams.add(stream);
    const leave = () => stream.abort(leaving.reason);
    leaving.addEventListener("abort", leave);
    if (leaving.aborted) leave();
    try {
      await this.#talk(new Connection(stream), incoming.peerInfo.peerId, whenUsed);
    } finally {
      leaving.removeEventListener("abort", leave);
      this.#streams.delete(stream);
    }
  }

  async #talk(connection: Connection, caller: string, whenUsed: () => void): Promise<void> {
    const timer = this.#host.clock.setTimer(QUERY_TIMEOUT_MS, () => connection.abort());
    let far: Connection;
    try {
      const message = await connection.nextMessage(LinkQuery, { bytesMax: 2 + QUERY_BYTES_MAX });
      timer.clear();
      if (message === null) return await connection.close();
      far = await askFor(connection, { caller, query: message.query }, this.#answers);
    } catch (error) {
      timer.clear();
      return await refuse(connection, error);
    }
    whenUsed();
    this.#answers.streams(caller, 1);
    try {
      await connection.stream.write(encode(LinkAnswer, { answer: "accepted" }));
      await pipe(connection, far);
    } catch (error) {
      far.abort(error);
      connection.abort(error);
    } finally {
      this.#answers.streams(caller, -1);
    }
  }
}

/** Asks for as long as the other node waits. */
function askFor(
  connection: Connection,
  { caller, query }: Pick<Call, "caller" | "query">,
  { identity: target, ask }: PeerAnswers,
): Promise<Connection> {
  const leaving = new AbortController();
  connection.watch(() => leaving.abort());
  return ask({ origin: "peer", caller, target, query, network: false }, { signal: leaving.signal });
}

async function refuse(connection: Connection, error: unknown): Promise<void> {
  const answer = answerOf(error);
  // A service that stops does not answer.
  if (answer === null) return connection.abort(error);
  await connection.stream.write(encode(LinkAnswer, answer)).catch(nothing);
  await connection.close();
}

function answerOf(error: unknown): LinkAnswer | null {
  if (!(error instanceof HostError)) return null;
  switch (error.code) {
    case "rejected":
      return { answer: "rejected", code: Math.max(1, error.rejectCode) };
    case "unknown-protocol":
    case "timeout":
    case "busy":
      return { answer: error.code };
    default:
      return null;
  }
}

async function openLink(host: Host, peer: PeerInfo, options: WaitOptions): Promise<Stream> {
  try {
    return await host.openStream(peer, LINK_PATH, options);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    // What is refused here is not the query, of which the other node knows nothing yet.
    if (error.code !== "unknown-protocol" && error.code !== "rejected") throw error;
    throw new HostError("unreachable", `"${peer.peerId}" takes no queries`, { cause: error });
  }
}

async function exchange(connection: Connection, hello: Uint8Array): Promise<LinkAnswer> {
  try {
    await connection.stream.write(hello);
    const answer = await connection.nextMessage(LinkAnswer, { bytesMax: ANSWER_BYTES_MAX });
    if (answer !== null) return answer;
  } catch (cause) {
    connection.abort(cause);
    throw new HostError("unreachable", "The other node does not answer a query", { cause });
  }
  throw new HostError("unreachable", "The other node ended without an answer");
}

function helloOf(query: string): Uint8Array {
  try {
    return encode(LinkQuery, { query });
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new RangeError(`Cannot send a query: ${error.message}`, { cause: error });
  }
}

function answerError(answer: LinkAnswer, query: string): HostError {
  switch (answer.answer) {
    case "rejected":
      return new HostError("rejected", `The query "${query}" was rejected with the code ${answer.code}`, {
        rejectCode: answer.code,
      });
    case "unknown-protocol":
      return new HostError("unknown-protocol", `The other node has no program for the query "${query}"`);
    case "timeout":
      return new HostError("timeout", `The program that serves "${query}" does not answer`);
    default:
      return new HostError("busy", `Too many queries wait for "${query}"`);
  }
}

function nothing(): void {}
