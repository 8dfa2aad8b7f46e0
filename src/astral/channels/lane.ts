/**
 * Lanes: streams between two nodes that carry one query after another, because to open a stream takes several times as
 * long as a query.
 *
 * Once a query is accepted, both directions are blocks: `u16` length and so many bytes. A block without bytes ends its
 * direction, and the other side then ends its own. When both have ended, the next query may come. A lane that breaks
 * breaks the query that it carries; one that ends between two queries has lost nothing.
 *
 * @module
 */

import { HostError } from "../../host/mod.ts";
import type { Clock, Stream, Timer } from "../../host/mod.ts";
import { TIME_LIMITS } from "../../host/timing/mod.ts";
import { HostStream, type Transport, WriteQueue } from "../../host/streams/mod.ts";
import { Connection } from "./connection.ts";

/** How long the other side may leave a lane without a query, in milliseconds: as long as it may take for its first. */
export const LANE_SILENCE_MS = 5000;

const HEAD_BYTES = 2;
/** The most bytes of a block: with their length they are what libp2p sends at once. */
const BLOCK_BYTES_MAX = 65_534;
const END = Uint8Array.of(0, 0);
/** What may wait unread before the lane is read no further. */
const UNREAD_BYTES_MAX = 256 * 1024;
/** How long the other side's end is waited for after our own, in milliseconds, and how much may come until then. */
const LINGER_MS = 1000;
const LINGER_BYTES_MAX = 1024 * 1024;

/** A stream between two nodes, for one query after another. */
export class Lane {
  readonly connection: Connection;
  readonly #clock: Clock;

  constructor(stream: Stream, clock: Clock) {
    this.connection = new Connection(stream);
    this.#clock = clock;
  }

  /**
   * The stream of a query that was accepted.
   *
   * @param over Called once, when the stream has ended: `free` says whether the lane can carry another query, or else
   * ends as well
   */
  carry(over: (free: boolean) => void): Connection {
    const transport = new LaneTransport(this.connection, this.#clock, over);
    const stream = new HostStream(this.#clock, this.connection.stream.peerInfo, transport);
    transport.attach(stream);
    return new Connection(stream);
  }
}

/** The transport of the stream of one query. */
class LaneTransport implements Transport {
  readonly #lane: Connection;
  readonly #clock: Clock;
  readonly #over: (free: boolean) => void;
  readonly #writes = new WriteQueue();
  #stream: HostStream | null = null;
  #sending = false;
  /** Whether the lane takes nothing more. */
  #refused = false;
  #endSent = false;
  #endSeen = false;
  #isOver = false;
  #closing: Promise<void> | null = null;
  /** Called when our end is sent, or cannot be. */
  #whenEnded: (() => void) | null = null;
  #timer: Timer | null = null;
  /** Called when there is room for what comes. */
  #whenRoom: (() => void) | null = null;
  #lingerBytes = 0;

  constructor(lane: Connection, clock: Clock, over: (free: boolean) => void) {
    this.#lane = lane;
    this.#clock = clock;
    this.#over = over;
  }

  /** Sets the stream that this is the transport of, and lets bytes come. */
  attach(stream: HostStream): void {
    this.#stream = stream;
    this.#receiveAll(stream).then(() => this.#onEnd(stream), (error) => this.#onBreak(error));
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.#isOver || this.#endSeen || this.#refused) return Promise.reject(this.#error());
    const written = this.#writes.add(bytes);
    this.#send();
    return written;
  }

  close(): Promise<void> {
    if (this.#closing !== null) return this.#closing;
    if (this.#isOver || this.#refused) {
      this.#finish(false);
      return this.#closing = Promise.resolve();
    }
    this.#closing = new Promise((resolve) => this.#whenEnded = resolve);
    this.#timer = this.#clock.setTimer(TIME_LIMITS.closeMs, () => this.abort());
    // What still comes is read and dropped, up to the other side's end.
    this.#whenRoom?.();
    this.#send();
    return this.#closing;
  }

  abort(): void {
    if (!this.#isOver) this.#onBreak(undefined);
  }

  taken(_count: number, left: number): void {
    if (left <= UNREAD_BYTES_MAX / 2) this.#whenRoom?.();
  }

  #send(): void {
    if (!this.#sending) this.#sendAll().then((ended) => ended && this.#onEndSent(), () => this.#onRefused());
  }

  /** Sends what waits, each block when the lane has taken the one before; then the end, if that is all. */
  async #sendAll(): Promise<boolean> {
    const { stream } = this.#lane;
    this.#sending = true;
    try {
      let taken: Promise<unknown> | null = null;
      while (this.#writes.sendNext(BLOCK_BYTES_MAX, (part) => taken = stream.write(blockOf(part)))) await taken;
      if (this.#closing === null) return false;
      await stream.write(END);
      return true;
    } finally {
      this.#sending = false;
    }
  }

  #onEndSent(): void {
    if (this.#isOver) return;
    this.#endSent = true;
    this.#timer?.clear();
    this.#whenEnded?.();
    if (this.#endSeen) this.#finish(true);
    // The other side still gets everything, but the lane is no good any more.
    else this.#timer = this.#clock.setTimer(LINGER_MS, () => this.#finish(false));
  }

  /** The lane takes nothing more. What has come before can still be read, and says how the stream ends. */
  #onRefused(): void {
    this.#refused = true;
    this.#failWrites();
    if (this.#closing !== null) this.#finish(false);
  }

  /** Reads blocks until the one that ends them. */
  async #receiveAll(stream: HostStream): Promise<void> {
    for (let left = await this.#blockLength(); left > 0; left = await this.#blockLength()) {
      while (left > 0) {
        const piece = await this.#lane.peek();
        if (piece === null) throw new HostError("reset", "The other side ended inside a block");
        const count = Math.min(left, piece.length);
        left -= count;
        const unread = this.#receive(stream, count < piece.length ? piece.subarray(0, count) : piece);
        this.#lane.drop(count);
        if (unread > UNREAD_BYTES_MAX) await this.#room();
      }
    }
  }

  async #blockLength(): Promise<number> {
    const piece = await this.#lane.peek();
    if (piece !== null && piece.length >= HEAD_BYTES) {
      const length = piece[0] << 8 | piece[1];
      this.#lane.drop(HEAD_BYTES);
      return length;
    }
    const [high, low] = [await this.#lane.byte(), await this.#lane.byte()];
    if (high === null || low === null) throw new HostError("reset", "The other side ended without saying so");
    return high << 8 | low;
  }

  /** Takes what has come; returns how much waits unread. */
  #receive(stream: HostStream, part: Uint8Array): number {
    if (this.#closing === null) return stream.receive(part, "lent");
    this.#lingerBytes += part.length;
    if (this.#lingerBytes > LINGER_BYTES_MAX) this.#finish(false);
    return 0;
  }

  #room(): Promise<void> {
    if (this.#closing !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenRoom = () => {
        this.#whenRoom = null;
        resolve();
      };
    });
  }

  /** Everything that the other side wrote before its end is here. */
  #onEnd(stream: HostStream): void {
    this.#endSeen = true;
    if (this.#isOver) return;
    stream.receiveEnd();
    this.#failWrites();
    if (this.#endSent) this.#finish(true);
    else void this.close();
  }

  #onBreak(cause: unknown): void {
    if (this.#isOver) return;
    // After the other side's end nothing is missing.
    if (!this.#endSeen) this.#stream?.receiveReset(cause);
    this.#lane.abort(cause);
    this.#finish(false);
  }

  #finish(free: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.clear();
    this.#failWrites();
    this.#whenEnded?.();
    this.#whenRoom?.();
    if (!free) void this.#lane.close();
    this.#over(free);
  }

  #failWrites(): void {
    if (!this.#writes.empty) this.#writes.fail(this.#error());
  }

  #error(): HostError {
    return this.#stream?.brokenError() ?? new HostError("closed", "The stream was closed");
  }
}

function blockOf(part: Uint8Array): Uint8Array {
  const block = new Uint8Array(HEAD_BYTES + part.length);
  block[0] = part.length >> 8;
  block[1] = part.length & 0xff;
  block.set(part, HEAD_BYTES);
  return block;
}
