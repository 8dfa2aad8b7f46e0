/**
 * Streams over those of js-libp2p 3, which report by events what happens to them.
 *
 * @module
 */

import type { Connection, Stream as MuxedStream, StreamMessageEvent } from "@libp2p/interface";
import { type HostStream, type Transport, WriteQueue } from "../streams/mod.ts";
import type { Clock, Timer } from "../host.ts";
import { roomAtOnce, updateWindowSeldom } from "./wire.ts";

/** What may wait unread here before the sender is held up; its window comes on top of it. */
const RECEIVE_BYTES_MAX = 256 * 1024;
/** The header of a frame of yamux. */
const FRAME_HEADER_BYTES = 12;
/** How much is given to libp2p at once: with the header of yamux, it fills four messages of noise. */
const PART_BYTES_MAX = 4 * (65535 - 16) - FRAME_HEADER_BYTES;
/** Memory of shorter pieces is left to the collector of garbage. */
const WHOLE_BYTES_MIN = 16 * 1024;
/** How long the other side's end is waited for after our own, in milliseconds, if closing may take that long. */
const LINGER_MS = 1000;
/** What the other side may still send after our end, in bytes, before the stream is broken off. */
const LINGER_BYTES_MAX = 1024 * 1024;

/** How a {@link Libp2pTransport} is used. */
export interface Libp2pTransportOptions {
  readonly clock: Clock;
  /** How long `close()` waits until libp2p has sent what was written, in milliseconds. */
  readonly closeTimeoutMs: number;
  /** Whether the other side may end what it says, and still wait for an answer, as programs of libp2p do. */
  readonly halfCloses: boolean;
}

/** The transport of a stream that shares a connection with others. */
export class Libp2pTransport implements Transport {
  readonly #muxed: MuxedStream;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #closeTimeoutMs: number;
  readonly #halfCloses: boolean;
  readonly #writes = new WriteQueue();
  #stream: HostStream | null = null;
  /** What waits unread, in bytes. */
  #queued = 0;
  #resuming = false;
  /** Whether the other side has said that nothing more comes. Without that, an end is a break. */
  #endSeen = false;
  #gone = false;
  #closing: Promise<void> | null = null;
  /** Called when libp2p has been given all that was written. */
  #whenWritten: (() => void) | null = null;
  #timer: Timer | null = null;
  #lingerBytes = 0;
  /** For hosts: called when the other side has ended the stream, or it broke. */
  whenEnded: (() => void) | null = null;
  /** For hosts: called once, when libp2p has let go of the stream. */
  whenGone: (() => void) | null = null;

  constructor(muxed: MuxedStream, connection: Connection, options: Libp2pTransportOptions) {
    this.#muxed = muxed;
    this.#connection = connection;
    this.#clock = options.clock;
    this.#closeTimeoutMs = options.closeTimeoutMs;
    this.#halfCloses = options.halfCloses;
  }

  /** Sets the stream that this is the transport of, and lets bytes come. */
  attach(stream: HostStream): void {
    this.#stream = stream;
    const muxed = this.#muxed;
    updateWindowSeldom(muxed);
    muxed.addEventListener("remoteCloseWrite", () => {
      this.#endSeen = true;
      // What libp2p still has is bounded by the window, and the end is after it.
      this.#resume();
    });
    muxed.addEventListener("end", () => this.#onEnd(stream));
    muxed.addEventListener("drain", () => this.#send());
    muxed.addEventListener("close", ({ error }) => this.#onClose(stream, error));
    muxed.addEventListener("message", (event) => this.#onMessage(stream, event));
    // What has happened while nobody listened; bytes that came before are handed over first.
    this.#endSeen = muxed.status === "open" && muxed.remoteWriteStatus === "closed";
    if (muxed.status !== "open") queueMicrotask(() => this.#onClose(stream));
    else if (muxed.readableEnded) queueMicrotask(() => this.#onEnd(stream));
  }

  /** Whether the other side has ended the stream, or it broke: it takes nothing any more. */
  get ended(): boolean {
    return this.#gone || (this.#endSeen && !this.#halfCloses);
  }

  /** Whether the stream ends in an orderly way, which may take some time. */
  get closing(): boolean {
    return this.#closing !== null;
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.ended) return Promise.reject(this.#stream?.brokenError());
    const written = this.#writes.add(bytes);
    this.#send();
    return written;
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  abort(): void {
    this.#muxed.abort(new Error("The stream was given up"));
  }

  taken(_count: number, left: number): void {
    this.#queued = left;
    if (left <= RECEIVE_BYTES_MAX / 2) this.#resume();
  }

  #onMessage(stream: HostStream, { data }: StreamMessageEvent): void {
    if (this.#closing !== null) {
      this.#lingerBytes += data.byteLength;
      if (this.#lingerBytes > LINGER_BYTES_MAX) this.abort();
      return;
    }
    for (const part of data instanceof Uint8Array ? [data] : data) {
      // Without the methods of Node's Buffer, whose slice() does not copy.
      const piece = new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
      this.#queued = stream.receive(piece, fillsMemory(piece) ? "whole" : "given");
    }
    this.#pauseIfFull();
  }

  /** Everything that the other side sent before its end is here, or the stream broke with nothing left. */
  #onEnd(stream: HostStream): void {
    if (!this.#endSeen) return;
    stream.receiveEnd(this.#halfCloses);
    if (this.#halfCloses) return;
    this.#refuseWrites();
    this.whenEnded?.();
    // The other side takes nothing more, but what was written before its end is still sent.
    void this.close();
  }

  #onClose(stream: HostStream, error?: Error): void {
    this.#gone = true;
    if (!this.#endSeen) {
      this.#resume();
      stream.receiveReset(error);
    }
    this.#refuseWrites();
    this.#timer?.clear();
    this.whenEnded?.();
    this.whenGone?.();
  }

  /** Gives libp2p what waits to be written, until it has enough. */
  #send(): void {
    const muxed = this.#muxed;
    while (!muxed.writableNeedsDrain && muxed.writeStatus === "writable") {
      const room = roomAtOnce(muxed, this.#connection);
      const most = room === 0 ? PART_BYTES_MAX : Math.min(room, PART_BYTES_MAX);
      if (!this.#writes.sendNext(most, (part) => this.#give(part, room === 0))) break;
    }
    if (this.#writes.empty) this.#whenWritten?.();
  }

  /** Gives libp2p a part; it keeps what it cannot send at once as it is, so that must be a copy. */
  #give(part: Uint8Array, isKept: boolean): void {
    try {
      // In both cases without the methods of Node's Buffer, whose slice() does not copy.
      this.#muxed.send(isKept ? new Uint8Array(part) : new Uint8Array(part.buffer, part.byteOffset, part.length));
    } catch (cause) {
      throw this.#stream?.brokenError(cause);
    }
  }

  #refuseWrites(): void {
    this.#writes.fail(this.#stream?.brokenError());
    this.#whenWritten?.();
  }

  async #close(): Promise<void> {
    if (this.#gone) return;
    this.#timer = this.#clock.setTimer(this.#closeTimeoutMs, () => this.abort());
    // What still comes is read and dropped, so that the other side gets rid of it and sees the end.
    this.#resume();
    if (!this.#writes.empty) await new Promise<void>((resolve) => this.#whenWritten = resolve);
    try {
      // Ends with the abort too, when the time is over.
      await this.#muxed.close();
    } catch {
      // It broke meanwhile, which ends it as well.
    }
    this.#timer.clear();
    if (this.#gone) return;
    this.#timer = this.#clock.setTimer(Math.min(LINGER_MS, this.#closeTimeoutMs), () => this.abort());
  }

  #pauseIfFull(): void {
    const full = this.#queued > RECEIVE_BYTES_MAX && this.#closing === null && !this.#endSeen && !this.#gone;
    // Pausing while libp2p resumes would be undone at the end of its resume().
    if (full && !this.#resuming && this.#muxed.readStatus === "readable") this.#muxed.pause();
  }

  #resume(): void {
    if (this.#resuming || this.#muxed.readStatus !== "paused") return;
    this.#resuming = true;
    try {
      this.#muxed.resume();
    } catch {
      // The connection is gone, and there is nobody to notify; the data that had arrived was delivered before.
    } finally {
      this.#resuming = false;
    }
    this.#pauseIfFull();
  }
}

/**
 * Whether a piece is all of a message that noise has decrypted, but for the header of its frame: then nobody else has
 * anything in that memory.
 */
function fillsMemory({ buffer, byteOffset, length }: Uint8Array): boolean {
  return length >= WHOLE_BYTES_MIN && byteOffset <= FRAME_HEADER_BYTES && byteOffset + length === buffer.byteLength;
}
