/**
 * Streams between hosts of one process: two transports that know each other, with flows between them.
 *
 * @module
 */

import { type HostStream, type Transport, WriteQueue } from "../streams/mod.ts";
import { HostError } from "../error.ts";
import type { Clock, Timer } from "../host.ts";
import { TIME_LIMITS } from "../timing/mod.ts";

/** What is carried; the numbers stand in the trace of a simulation and must not change their meaning. */
export const CARRIED = Object.freeze({
  datagram: 1,
  timer: 2,
  script: 3,
  connect: 4,
  connected: 5,
  request: 6,
  withdrawal: 7,
  acceptance: 8,
  refusal: 9,
  bytes: 10,
  credit: 11,
  end: 12,
  reset: 13,
});

/** One of the kinds of {@link CARRIED}. */
export type CarriedKind = keyof typeof CARRIED;

/** One direction of a stream, or of what leads to one: carries everything in the order of the calls, without loss. */
export interface Flow {
  /**
   * Carries something to the other host and calls `deliver` there. Returns false, and never calls it, when there is no
   * way now.
   *
   * @param bytes The part of a stream that is carried, which counts for time and trace
   */
  carry(kind: CarriedKind, bytes: Uint8Array | null, deliver: () => void): boolean;
}

/** What may be on its way or unread, in bytes, before a writer has to wait: a slow reader costs no more than this. */
export const WINDOW_BYTES = 256 * 1024;
/** The largest part that is carried at once. */
const PART_BYTES_MAX = 64 * 1024;
/** How much has to be read before the writer hears of it. */
const CREDIT_BYTES_MIN = WINDOW_BYTES / 2;

/** One end of a stream between two hosts of a process. */
export class PairedTransport implements Transport {
  readonly #clock: Clock;
  readonly #flow: Flow;
  readonly #ended: () => void;
  readonly #writes = new WriteQueue();
  #stream: HostStream | null = null;
  #other: PairedTransport | null = null;
  #credit = WINDOW_BYTES;
  /** Bytes read here of which the other side doesn't know yet. */
  #read = 0;
  /** Whether nothing may be carried any more, because either side has ended the stream. */
  #done = false;
  #closing: { readonly timer: Timer; readonly resolve: () => void } | null = null;

  /**
   * @param flow The way to the other end
   * @param ended Called once, when the stream has ended on this side
   */
  constructor(clock: Clock, flow: Flow, ended: () => void) {
    this.#clock = clock;
    this.#flow = flow;
    this.#ended = ended;
  }

  /** Makes two transports the ends of one stream. */
  static pair(one: PairedTransport, other: PairedTransport): void {
    one.#other = other;
    other.#other = one;
  }

  /** Sets the stream that this is the transport of. */
  attach(stream: HostStream): void {
    this.#stream = stream;
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.#done) return Promise.reject(this.#error());
    if (this.#writes.empty && bytes.length <= Math.min(this.#credit, PART_BYTES_MAX)) {
      if (bytes.length > 0) this.#carryBytes(new Uint8Array(bytes));
      return Promise.resolve(bytes.length);
    }
    const written = this.#writes.add(bytes);
    this.#carryWaiting();
    return written;
  }

  close(): Promise<void> {
    if (this.#done) return Promise.resolve();
    return new Promise((resolve) => {
      // For the other side to read what was written.
      const timer = this.#clock.setTimer(TIME_LIMITS.closeMs, () => this.abort());
      this.#closing = { timer, resolve };
      this.#closeWhenCarried();
    });
  }

  abort(): void {
    if (this.#done) return;
    const other = this.#other;
    this.#finish();
    this.#flow.carry("reset", null, () => other?.receiveReset());
  }

  taken(count: number): void {
    this.#read += count;
    if (this.#done || this.#read < CREDIT_BYTES_MIN) return;
    const credit = this.#read;
    this.#read = 0;
    const other = this.#other;
    this.#carry("credit", null, () => other?.receiveCredit(credit));
  }

  /** The stream breaks at this end, with nothing said to the other one. */
  receiveReset(): void {
    this.#stream?.receiveReset();
    this.#finish();
  }

  /** The other side has closed: nothing goes in either direction any more. */
  receiveEnd(): void {
    this.#stream?.receiveEnd();
    this.#finish();
  }

  /** Bytes of the other side have come. */
  receiveBytes(part: Uint8Array): void {
    this.#stream?.receive(part);
  }

  /** The other side has read so many bytes more. */
  receiveCredit(count: number): void {
    this.#credit += count;
    this.#carryWaiting();
  }

  /** Carries what waits, as far as the credit goes. */
  #carryWaiting(): void {
    const carry = (part: Uint8Array) => this.#carryBytes(new Uint8Array(part));
    while (!this.#done && this.#credit > 0 && this.#writes.sendNext(Math.min(this.#credit, PART_BYTES_MAX), carry));
    this.#closeWhenCarried();
  }

  #carryBytes(part: Uint8Array): void {
    this.#credit -= part.length;
    const other = this.#other;
    this.#carry("bytes", part, () => other?.receiveBytes(part));
  }

  #closeWhenCarried(): void {
    if (this.#closing === null || !this.#writes.empty || this.#done) return;
    const other = this.#other;
    this.#carry("end", null, () => other?.receiveEnd());
    this.#finish();
  }

  /** Without a way to the other side the stream is broken. */
  #carry(kind: "bytes" | "credit" | "end", bytes: Uint8Array | null, deliver: () => void): void {
    if (!this.#flow.carry(kind, bytes, deliver)) this.receiveReset();
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    if (!this.#writes.empty) this.#writes.fail(this.#error());
    this.#closing?.timer.clear();
    this.#closing?.resolve();
    this.#ended();
  }

  #error(): HostError {
    return this.#stream?.brokenError() ?? new HostError("closed", "The stream was closed");
  }
}
