/**
 * Streams of warpwire in a libp2p network. Between two hosts all of them have one protocol, `/warpwire/1`, and begin with
 * the handshake of all hosts, which knows paths and refusals. Who the peer is does not come from there, but from the
 * connection, which has proven it. With other programs, a path that begins with a slash is a protocol without more.
 *
 * @module
 */

import type { Connection, Stream as MuxedStream } from "@libp2p/interface";
import { HostStream } from "../streams/mod.ts";
import type { HostError } from "../error.ts";
import type { PeerInfo } from "../host.ts";
import {
  type Caller,
  peerOf,
  requestStream,
  Responder,
  type ResponderHost,
  type SlotHolder,
  SlotTable,
} from "../connect/mod.ts";
import { fromLibp2pId, fromMultiaddrText } from "./names.ts";
import { Libp2pTransport } from "./transport.ts";
import { LIBP2P_PROTOCOL } from "./options.ts";
import { answerPings } from "./ping.ts";
import { protocolsFor } from "./protocols.ts";
import { WindowBudget } from "./windows.ts";

/** How long streams that are closed may take to end when the host stops, in milliseconds. */
const END_MS = 500;

/** What the streams of a host have in common. */
export interface Libp2pStreamsPlan extends ResponderHost {
  /** Whether streams of strangers are closed for a peer. */
  readonly isKnown: (peerId: string) => boolean;
  /** How many streams others may have here; also how many go over one connection in each direction. */
  readonly streamsMax: number;
  readonly closeTimeoutMs: number;
  /** What is known of a peer. */
  infoOf(peerId: string): PeerInfo;
}

interface Carried {
  readonly transport: Libp2pTransport;
  readonly stream: HostStream;
  /** Notes that a program uses the stream. */
  use(): void;
}

/** The streams of one host. */
export class Libp2pStreams {
  readonly #plan: Libp2pStreamsPlan;
  readonly #open = new Map<HostStream, Libp2pTransport>();
  /** How many streams of a connection are used by programs. */
  readonly #used = new Map<Connection, number>();
  readonly #slots: SlotTable<SlotHolder>;
  readonly #responder: Responder;
  readonly #windows: WindowBudget;
  /** Called when the last stream is gone. */
  #whenEmpty: (() => void) | null = null;

  constructor(plan: Libp2pStreamsPlan) {
    this.#plan = plan;
    this.#slots = new SlotTable(plan.streamsMax);
    this.#responder = new Responder(plan);
    this.#windows = new WindowBudget(({ direction, remotePeer }) =>
      direction === "outbound" || plan.isKnown(fromLibp2pId(remotePeer.toString()))
    );
  }

  /** How many streams there are. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether a program uses a stream of the connection. */
  isUsed(connection: Connection): boolean {
    return this.#used.has(connection);
  }

  /**
   * Breaks all streams off, with the error that their users get. Those that the program has closed have half a second
   * to get to the other side, which ends them in turn.
   */
  async end(error: HostError): Promise<void> {
    for (const [stream, transport] of this.#open) if (!transport.closing) stream.fail(error);
    await new Promise<void>((resolve) => {
      if (this.#open.size === 0) return resolve();
      const timer = this.#plan.clock.setTimer(END_MS, resolve);
      this.#whenEmpty = () => {
        timer.clear();
        resolve();
      };
    });
    for (const stream of this.#open.keys()) stream.fail(error);
  }

  /**
   * Opens a stream over a connection.
   *
   * @param signal Gives up; its reason is a `HostError`
   * @throws HostError as `Host.openStream` does, or errors of libp2p when the connection breaks
   */
  async open(connection: Connection, path: string, signal: AbortSignal): Promise<HostStream> {
    const { peerId: caller, streamsMax } = this.#plan;
    const muxed = await connection.newStream(protocolsFor(path), { signal, maxOutboundStreams: streamsMax });
    const { stream, use } = this.#carry(muxed, connection);
    use();
    const { peerId: target } = stream.peerInfo;
    signal.addEventListener("abort", () => stream.fail(signal.reason));
    try {
      signal.throwIfAborted();
      const { addresses = [] } = muxed.protocol === LIBP2P_PROTOCOL
        ? await requestStream(stream, { caller, target, path, addresses: this.#plan.announced() })
        : this.#plan.infoOf(target);
      const reached = fromMultiaddrText(connection.remoteAddr.toString());
      stream.peerInfo = peerOf(target, [...new Set([reached, ...addresses])]);
      return stream;
    } catch (error) {
      stream.abort(error);
      throw error;
    }
  }

  /** The other half: what libp2p calls when a peer opens a stream. A peer that breaks the handshake is cut off. */
  async answer(muxed: MuxedStream, connection: Connection): Promise<void> {
    const admitted = this.#admit(muxed, connection);
    if (admitted === null) return;
    const { peerId } = admitted.stream.peerInfo;
    await this.#responder.answer({ ...admitted, peerInfo: (_claimed, addresses) => peerOf(peerId, addresses) });
  }

  /** What libp2p calls when a peer opens a stream of a protocol that is a path, and so for the program that mounted it. */
  answerProtocol(muxed: MuxedStream, connection: Connection): void {
    const admitted = this.#admit(muxed, connection);
    if (admitted === null) return;
    const { stream } = admitted;
    stream.peerInfo = this.#plan.infoOf(stream.peerInfo.peerId);
    // The peer waits for no answer: all that can be said is that it ends.
    const answers = { accept: () => Promise.resolve(stream), refuse: () => stream.abort() };
    this.#responder.request(admitted, muxed.protocol, answers);
  }

  /** What libp2p calls when a peer pings: it takes no slot, since peers break a connection off that does not answer. */
  async answerPings(muxed: MuxedStream, connection: Connection): Promise<void> {
    await answerPings(this.#carry(muxed, connection).stream);
  }

  /** Gives a stream a slot, or breaks it off. */
  #admit(muxed: MuxedStream, connection: Connection): Omit<Caller, "peerInfo"> | null {
    const { isKnown } = this.#plan;
    const peerId = fromLibp2pId(connection.remotePeer.toString());
    const slot = {
      group: peerId,
      get known() {
        return isKnown(peerId);
      },
      used: false,
      evict: () => stream.abort(),
    };
    const hasSlot = this.#slots.take(slot);
    if (!hasSlot) {
      muxed.abort(new Error("Too many streams"));
      return null;
    }
    const { stream, transport, use } = this.#carry(muxed, connection, () => this.#slots.leave(slot));
    const whenUsed = () => {
      slot.used = true;
      use();
    };
    return { stream, transport, whenUsed };
  }

  #carry(muxed: MuxedStream, connection: Connection, gone: () => void = () => {}): Carried {
    const { clock, closeTimeoutMs } = this.#plan;
    const halfCloses = muxed.protocol !== LIBP2P_PROTOCOL;
    const transport = new Libp2pTransport(muxed, connection, { clock, closeTimeoutMs, halfCloses });
    const peer = peerOf(fromLibp2pId(connection.remotePeer.toString()), []);
    const stream = new HostStream(clock, peer, transport);
    this.#open.set(stream, transport);
    let isUsed = false;
    const use = () => {
      if (isUsed || !this.#open.has(stream)) return;
      isUsed = true;
      this.#used.set(connection, (this.#used.get(connection) ?? 0) + 1);
    };
    transport.whenGone = () => {
      this.#open.delete(stream);
      if (isUsed) this.#unuse(connection);
      gone();
      if (this.#open.size === 0) this.#whenEmpty?.();
    };
    transport.attach(stream);
    this.#windows.grow(muxed, connection);
    return { transport, stream, use };
  }

  #unuse(connection: Connection): void {
    const left = this.#used.get(connection)! - 1;
    if (left > 0) this.#used.set(connection, left);
    else this.#used.delete(connection);
  }
}
