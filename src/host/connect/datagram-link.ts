/**
 * Datagrams to and from one peer over a stream: each is a `u16` with its length and its bytes.
 *
 * @module
 */

import { bytes, CodecError, encode, stream as decoderOf, u16 } from "../../../codec/mod.ts";
import { HostError } from "../error.ts";
import type { Clock, Datagram, PeerInfo, Stream, Timer } from "../host.ts";
import { ReceiveQueue } from "../streams/mod.ts";

/** The largest datagram over a stream in bytes: that of UDP over IPv4, so that what fits here fits there. */
export const STREAM_DATAGRAM_BYTES_MAX = 65507;
/** What may wait to be sent to one peer, in bytes; further datagrams are lost. */
export const LINK_QUEUE_BYTES_MAX = 256 * 1024;
/** How long nothing has to go either way, in milliseconds, before a stream is closed. */
export const LINK_IDLE_MS = 60_000;
/** How long a peer may keep the stream full, in milliseconds, before it is given up. */
const STALL_MS = 10_000;
/** How much is read or written at once; what is sent by then shares a write. */
const CHUNK_BYTES = 16 * 1024;

/** A datagram in a stream. */
export const DatagramFrame = bytes(u16);
const FRAME_BYTES_MAX = 2 + STREAM_DATAGRAM_BYTES_MAX;

const DONE = Promise.resolve();

/** What a link needs, and the functions that it calls. */
export interface LinkPlan {
  readonly clock: Clock;
  /** Opens the stream, or accepts it. */
  begin(signal: AbortSignal): Promise<Stream>;
  /** Called with what the peer sends. */
  deliver(datagram: Datagram): void;
  /** Called once, when the link has ended. */
  ended(): void;
}

/** One stream with datagrams in both directions. It ends when either side closes it, breaks it, or says nothing. */
export class DatagramLink {
  /** Who is at the other end, as given with each datagram that comes; `null` before the stream is there. */
  peerInfo: PeerInfo | null = null;
  readonly #plan: LinkPlan;
  readonly #opening = new AbortController();
  readonly #queue = new ReceiveQueue();
  #stream: Stream | null = null;
  #activeMs: number;
  #timer: Timer | null = null;
  #ended = false;
  /** Wakes the writer, which waits for datagrams. */
  #wake: (() => void) | null = null;
  /** For those who send while much is waiting: resolved when less is. */
  #room: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null;

  constructor(plan: LinkPlan) {
    this.#plan = plan;
    this.#activeMs = plan.clock.now();
  }

  /** When something was last sent or received. */
  get activeMs(): number {
    return this.#activeMs;
  }

  /** Whether datagrams wait to be sent. */
  get busy(): boolean {
    return this.#queue.length > 0;
  }

  /** Begins, and continues until the link has ended. Never rejects because of the network. */
  async run(): Promise<void> {
    this.#setTimer(LINK_IDLE_MS);
    try {
      const stream = this.#stream = await this.#plan.begin(this.#opening.signal);
      if (this.#ended) return stream.abort();
      this.peerInfo = Object.freeze({ ...stream.peerInfo });
      await Promise.all([this.#readAll(stream, this.peerInfo), this.#writeAll(stream)]);
    } catch (error) {
      this.#stream?.abort(error);
      if (!(error instanceof HostError || error instanceof CodecError)) throw error;
    } finally {
      this.end();
    }
  }

  /**
   * Takes a datagram to send, or loses it if too much is waiting. Resolves at once, unless half as much as may wait is
   * waiting already: then when the peer has taken some, or the link has ended.
   */
  send(datagram: Uint8Array): Promise<void> {
    const frame = encode(DatagramFrame, datagram, { owned: true });
    if (this.#ended || this.#queue.length + frame.length > LINK_QUEUE_BYTES_MAX) return this.#room?.promise ?? DONE;
    this.#queue.push(frame);
    this.#wake?.();
    return this.#queue.length > LINK_QUEUE_BYTES_MAX / 2 ? this.#waitForRoom() : DONE;
  }

  /** Ends the link. What was written still arrives, as far as the network lets it; what waits is lost. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer?.clear();
    this.#opening.abort();
    this.#queue.clear();
    this.#wake?.();
    this.#room?.resolve();
    void this.#stream?.close();
    this.#plan.ended();
  }

  async #readAll(stream: Stream, peerInfo: PeerInfo): Promise<void> {
    const decoder = decoderOf(DatagramFrame, { messageBytesMax: FRAME_BYTES_MAX });
    const buf = new Uint8Array(CHUNK_BYTES);
    for (let count = await stream.read(buf); count !== null; count = await stream.read(buf)) {
      this.#touch();
      decoder.push(buf.subarray(0, count));
      for (let frame = decoder.pull(); frame !== null; frame = decoder.pull()) {
        this.#plan.deliver({ bytes: frame.value, peerInfo });
      }
    }
    this.end();
  }

  async #writeAll(stream: Stream): Promise<void> {
    const buf = new Uint8Array(CHUNK_BYTES);
    while (!this.#ended) {
      const count = this.#queue.take(buf);
      if (count === 0) {
        await new Promise<void>((resolve) => this.#wake = resolve);
        this.#wake = null;
        continue;
      }
      this.#touch();
      if (this.#queue.length <= LINK_QUEUE_BYTES_MAX / 2) this.#makeRoom();
      await stream.write(buf.subarray(0, count), { timeoutMs: STALL_MS });
    }
  }

  #waitForRoom(): Promise<void> {
    if (this.#room === null) {
      let resolve = nothing;
      const promise = new Promise<void>((settle) => resolve = settle);
      this.#room = { promise, resolve };
    }
    return this.#room.promise;
  }

  #makeRoom(): void {
    this.#room?.resolve();
    this.#room = null;
  }

  #touch(): void {
    this.#activeMs = this.#plan.clock.now();
  }

  #setTimer(delayMs: number): void {
    const { clock } = this.#plan;
    this.#timer = clock.setTimer(delayMs, () => {
      const leftMs = this.#activeMs + LINK_IDLE_MS - clock.now();
      if (leftMs > 0) this.#setTimer(leftMs);
      else this.end();
    });
  }
}

function nothing(): void {}
