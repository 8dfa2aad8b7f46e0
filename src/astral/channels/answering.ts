/**
 * Answering other nodes: each stream of the link brings one query, or as a lane one after another.
 *
 * @module
 */

import { encode } from "../../../codec/mod.ts";
import { isIdentity, QUERY_BYTES_MAX, ZERO_IDENTITY } from "../../../codec/protocols/astral/mod.ts";
import {
  type Host,
  HostError,
  type IncomingStream,
  type Stream,
  type StreamProtocol,
  type WaitOptions,
} from "../../host/mod.ts";
import { type SlotHolder, SlotTable } from "../../host/connect/mod.ts";
import { LANES_PATH, LINK_PATH } from "../events.ts";
import { type Call, Connection, pipe } from "./connection.ts";
import { Lane, LANE_SILENCE_MS } from "./lane.ts";
import { answerOf, LinkAnswer, LinkQuery } from "./link.ts";

/** One peer has at most this part of the streams. */
const PEER_SHARE = 4;

const ACCEPTED = encode(LinkAnswer, { answer: "accepted" });

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

/** The place of a stream. */
interface Place extends SlotHolder {
  readonly group: string;
  /** Whether a query was accepted, and is not over. */
  used: boolean;
  /** Whether a lane waits for its next query. */
  idle: boolean;
}

/** Answers the queries of other nodes. */
export class PeerAnswering {
  readonly #host: Host;
  readonly #answers: PeerAnswers;
  readonly #protocols: readonly StreamProtocol[];
  readonly #places: SlotTable<Place>;
  readonly #streams = new Set<Stream>();
  readonly #answering: Promise<unknown>;

  /** @throws HostError `mounted` if another service does so on the same host */
  constructor(host: Host, answers: PeerAnswers) {
    this.#host = host;
    this.#answers = answers;
    this.#places = new SlotTable<Place>(answers.streamsMax, Infinity);
    this.#protocols = [LINK_PATH, LANES_PATH].map((path) => host.mountStreams(path));
    this.#answering = Promise.all(this.#protocols.map((protocol) => this.#answerAll(protocol)));
  }

  /** Takes no more queries, and breaks the streams of all others off. */
  async stop(): Promise<void> {
    for (const protocol of this.#protocols) protocol.unmount();
    for (const stream of this.#streams) stream.abort();
    await this.#answering;
  }

  async #answerAll(protocol: StreamProtocol): Promise<void> {
    const { streamsMax, isKnown } = this.#answers;
    const places = this.#places;
    for await (const incoming of protocol) {
      const { peerId } = incoming.peerInfo;
      // Without an identity, a program could not decide whether to accept the caller.
      const isPeer = isIdentity(peerId) && peerId !== ZERO_IDENTITY;
      const leaving = new AbortController();
      const place = {
        group: peerId,
        get known() {
          return isKnown(peerId);
        },
        used: false,
        idle: false,
        evict: () => leaving.abort(new HostError("busy", "The stream had to give way to others")),
      };
      if (!isPeer || places.count(peerId) >= streamsMax / PEER_SHARE || !places.take(place)) {
        incoming.reject();
        this.#answers.refused(peerId);
        continue;
      }
      this.#take(incoming, place, leaving.signal).catch(nothing).finally(() => places.leave(place));
    }
  }

  async #take(incoming: IncomingStream, place: Place, leaving: AbortSignal): Promise<void> {
    const stream = await incoming.accept();
    this.#streams.add(stream);
    // Who still sends a query on a lane that ends in order knows that it was not read.
    const leave = () => place.idle ? void stream.close() : stream.abort(leaving.reason);
    leaving.addEventListener("abort", leave);
    if (leaving.aborted) leave();
    try {
      const isLane = incoming.path === LANES_PATH;
      await this.#talk(isLane ? new Lane(stream, this.#host.clock) : { connection: new Connection(stream) }, place);
    } finally {
      leaving.removeEventListener("abort", leave);
      this.#streams.delete(stream);
    }
  }

  async #talk(way: Lane | { readonly connection: Connection }, place: Place): Promise<void> {
    const { connection } = way;
    for (;;) {
      const query = await this.#nextQuery(connection, place);
      if (query === null) return;
      place.idle = false;
      const isFree = await this.#answer(way, query, place);
      if (!isFree) return;
      if (!(way instanceof Lane)) return await connection.close();
      place.idle = true;
    }
  }

  /** The next query; `null` if there is none, and the stream ends. */
  async #nextQuery(connection: Connection, place: Place): Promise<string | null> {
    const end = () => place.idle ? void connection.close() : connection.abort();
    const timer = this.#host.clock.setTimer(LANE_SILENCE_MS, end);
    try {
      const message = await connection.nextMessage(LinkQuery, { bytesMax: 2 + QUERY_BYTES_MAX });
      if (message !== null) return message.query;
      await connection.close();
    } catch (error) {
      // What was closed ends in order.
      if (!(error instanceof HostError && error.code === "closed")) connection.abort(error);
    } finally {
      timer.clear();
    }
    return null;
  }

  /** Answers a query; returns whether the stream is in order after it. */
  async #answer(way: Lane | { readonly connection: Connection }, query: string, place: Place): Promise<boolean> {
    const { connection } = way;
    const { group: caller } = place;
    let far: Connection;
    try {
      far = await askFor(connection, { caller, query }, this.#answers);
    } catch (error) {
      return await refuse(connection, error);
    }
    place.used = true;
    this.#answers.streams(caller, 1);
    try {
      await connection.stream.write(ACCEPTED);
      if (way instanceof Lane) return await pipeOver(way, far);
      await pipe(connection, far);
      return true;
    } catch (error) {
      far.abort(error);
      connection.abort(error);
      return false;
    } finally {
      this.#answers.streams(caller, -1);
      place.used = false;
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

/** Carries bytes both ways until either side ends; returns whether the lane is free then. */
async function pipeOver(lane: Lane, far: Connection): Promise<boolean> {
  let near: Connection | undefined;
  const over = new Promise<boolean>((resolve) => near = lane.carry(resolve));
  await pipe(near!, far);
  return await over;
}

/** Says why a query is not accepted; returns whether the other node was told. */
async function refuse(connection: Connection, error: unknown): Promise<boolean> {
  const answer = answerOf(error);
  // A service that stops does not answer.
  if (answer === null) {
    connection.abort(error);
    return false;
  }
  await connection.stream.write(encode(LinkAnswer, answer)).catch(nothing);
  return true;
}

function nothing(): void {}
