/**
 * Asking other nodes: queries go over lanes, some of which are kept in reserve for the next ones.
 *
 * @module
 */

import { type Host, HostError, type PeerInfo, type Stream, type Timer, type WaitOptions } from "../../host/mod.ts";
import { TIME_LIMITS, wait } from "../../host/timing/mod.ts";
import { LANES_PATH, LINK_PATH } from "../events.ts";
import { Connection } from "./connection.ts";
import { Lane, LANE_SILENCE_MS } from "./lane.ts";
import { ANSWER_BYTES_MAX, answerError, helloOf, LinkAnswer } from "./link.ts";

/** How long a lane is kept without a query, in milliseconds: it ends here before it does at the other side. */
const IDLE_MS = LANE_SILENCE_MS * 0.8;
/** How many lanes are kept, to one peer and to all. */
const IDLE_PEER_MAX = 32;
const IDLE_MAX = 256;
/** How many nodes are remembered that know no lanes, and for how long, in milliseconds. */
const PLAIN_MAX = 1024;
const PLAIN_MS = 600_000;

/** A way to a node: a lane, or where it knows none, a stream for one query. */
type Way = { readonly connection: Connection; readonly lane: Lane | null };

/** A lane that carries nothing. */
interface Idle {
  readonly lane: Lane;
  readonly timer: Timer;
}

/** Sends queries to other nodes. */
export class PeerAsking {
  readonly #host: Host;
  /** The reserve of each peer, what was used last at the end. */
  readonly #idle = new Map<string, Idle[]>();
  #idleCount = 0;
  /** Nodes that know no lanes, and until when that is believed. */
  readonly #plain = new Map<string, number>();
  #stopped = false;

  constructor(host: Host) {
    this.#host = host;
  }

  /**
   * Sends a query to another node.
   *
   * @throws HostError as `Host.openStream` does; `RangeError` for a query that is too long
   */
  async ask(peer: PeerInfo, query: string, options: WaitOptions): Promise<Connection> {
    const { signal, timeoutMs = TIME_LIMITS.openMs } = options;
    const { clock } = this.#host;
    const hello = helloOf(query);
    const endMs = clock.now() + timeoutMs;
    const within = () => ({ signal, timeoutMs: Math.max(0, endMs - clock.now()) });
    for (;;) {
      const kept = this.#take(peer.peerId);
      const way = kept ?? await this.#open(peer, within);
      const { connection, lane } = way;
      const answer = await this.#exchange(connection, hello, within());
      // The other side has ended a lane of the reserve meanwhile, and has not read the query.
      if (answer === null && kept !== null) continue;
      if (answer?.answer === "accepted") return lane === null ? connection : this.#carry(lane);
      if (answer !== null && lane !== null) this.#keep(lane);
      else void connection.close();
      throw answer === null
        ? new HostError("unreachable", "The other node ended without an answer")
        : answerError(answer, query);
    }
  }

  /** Gives the reserve back, and keeps none any more. */
  stop(): void {
    this.#stopped = true;
    for (const [peerId, all] of this.#idle) for (const idle of [...all]) this.#end(peerId, idle);
  }

  /** Keeps a reserve again. */
  start(): void {
    this.#stopped = false;
  }

  #exchange(connection: Connection, hello: Uint8Array, options: WaitOptions): Promise<LinkAnswer | null> {
    return wait<LinkAnswer | null>(
      this.#host.clock,
      "Waiting for the answer to a query",
      options,
      ({ resolve, reject }) => {
        exchange(connection, hello).then(resolve, reject);
        return (error) => connection.abort(error);
      },
    );
  }

  #carry(lane: Lane): Connection {
    return lane.carry((free) => {
      if (free) this.#keep(lane);
    });
  }

  async #open(peer: PeerInfo, within: () => WaitOptions): Promise<Way> {
    const { clock } = this.#host;
    if ((this.#plain.get(peer.peerId) ?? 0) <= clock.now()) {
      const opened = await this.#openPath(peer, LANES_PATH, within());
      if (!(opened instanceof HostError)) {
        const lane = new Lane(opened, clock);
        return { connection: lane.connection, lane };
      }
    }
    const opened = await this.#openPath(peer, LINK_PATH, within());
    if (opened instanceof HostError) throw takesNone(peer, opened);
    this.#rememberPlain(opened.peerInfo.peerId);
    return { connection: new Connection(opened), lane: null };
  }

  /** Returns the error where the other node has not mounted the path. */
  async #openPath(peer: PeerInfo, path: string, options: WaitOptions): Promise<Stream | HostError> {
    try {
      return await this.#host.openStream(peer, path, options);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      if (error.code === "unknown-protocol") return error;
      throw error.code === "rejected" ? takesNone(peer, error) : error;
    }
  }

  #rememberPlain(peerId: string): void {
    this.#plain.delete(peerId);
    this.#plain.set(peerId, this.#host.clock.now() + PLAIN_MS);
    const [oldest] = this.#plain.keys();
    if (this.#plain.size > PLAIN_MAX) this.#plain.delete(oldest);
  }

  /** Takes the lane out of the reserve that was used last, so that those too many are left until they end. */
  #take(peerId: string): Way | null {
    const idle = this.#idle.get(peerId)?.at(-1);
    if (idle === undefined) return null;
    this.#remove(peerId, idle);
    return { connection: idle.lane.connection, lane: idle.lane };
  }

  #keep(lane: Lane): void {
    const { peerId } = lane.connection.stream.peerInfo;
    const all = this.#idle.get(peerId) ?? [];
    if (this.#stopped || all.length >= IDLE_PEER_MAX || this.#idleCount >= IDLE_MAX) {
      void lane.connection.close();
      return;
    }
    const end = () => this.#end(peerId, idle);
    const idle = { lane, timer: this.#host.clock.setTimer(IDLE_MS, end) };
    all.push(idle);
    this.#idle.set(peerId, all);
    this.#idleCount += 1;
    lane.connection.watch(end);
  }

  /** Ends a lane, if it is still in the reserve. */
  #end(peerId: string, idle: Idle): void {
    if (this.#remove(peerId, idle)) void idle.lane.connection.close();
  }

  #remove(peerId: string, idle: Idle): boolean {
    const all = this.#idle.get(peerId);
    const index = all?.lastIndexOf(idle) ?? -1;
    if (all === undefined || index < 0) return false;
    all.splice(index, 1);
    if (all.length === 0) this.#idle.delete(peerId);
    this.#idleCount -= 1;
    idle.timer.clear();
    return true;
  }
}

/** What is refused is not the query, of which the other node knows nothing yet. */
function takesNone({ peerId }: PeerInfo, cause: HostError): HostError {
  return new HostError("unreachable", `"${peerId}" takes no queries`, { cause });
}

/** The answer to a query; `null` if the other side has ended the stream without one. */
async function exchange(connection: Connection, hello: Uint8Array): Promise<LinkAnswer | null> {
  try {
    // If the stream has ended, reading says how.
    connection.stream.write(hello).catch(nothing);
    return await connection.nextMessage(LinkAnswer, { bytesMax: ANSWER_BYTES_MAX });
  } catch (cause) {
    connection.abort(cause);
    throw new HostError("unreachable", "The other node does not answer a query", { cause });
  }
}

function nothing(): void {}
