/**
 * The stream that every host gives its users. What differs between networks is behind a {@link Transport}.
 *
 * @module
 */

import { HostError } from "../error.ts";
import type { Clock, PeerInfo, Stream, WaitOptions } from "../host.ts";
import { letGo, ReceiveQueue } from "./receive-queue.ts";
import { queueMacrotask, type Settle, wait } from "../timing/mod.ts";

/** Pieces that are less are not followed by others in the same turn of the event loop, and are read at once. */
const GATHERED_BYTES_MIN = 8 * 1024;

/** What a network does for one stream. It reports what happens by calling the stream's `receive…` methods. */
export interface Transport {
  /**
   * Takes bytes, in the order of the calls. Resolves with their number when their memory may be used again and the
   * network wants more; rejects with {@link HostStream.brokenError} if the stream has ended before.
   */
  write(bytes: Uint8Array): Promise<number>;
  /** Ends both directions after the bytes that were written. Never rejects, and takes a limited time. */
  close(): Promise<void>;
  /** Ends the stream at once. Writes that wait are rejected. */
  abort(): void;
  /** Says that `count` more bytes were read, and how many are left in the queue: time to let more come. */
  taken(count: number, left: number): void;
  /**
   * Whether large pieces come one after another in one turn of the event loop. A read gathers them: of 16 KiB each, as
   * TLS has them, reading by itself took a tenth of a receiver's time.
   */
  readonly comesInTurns?: boolean;
}

/**
 * Whose the memory of a piece is that a transport brings: the stream's from now on; the transport's again when the stream
 * has looked at it; or the stream's, and nothing else is in it, so that it is let go of when the piece is read.
 */
export type PieceMemory = "given" | "lent" | "whole";

/** Where bytes go when they come: into a buffer, or out as they are. */
type Reader =
  | { readonly target: Uint8Array; readonly settle: Settle<number | null>; filled: number }
  | { readonly target: null; readonly settle: Settle<Uint8Array | null> };

/** A stream over a transport. */
export class HostStream implements Stream {
  /** The peer at the other end. Hosts that learn its name over the stream itself set it then. */
  peerInfo: PeerInfo;
  /** The time of the host. */
  readonly clock: Clock;
  readonly #transport: Transport;
  readonly #queue = new ReceiveQueue();
  #reader: Reader | null = null;
  /** Those who wait to see what comes, which nobody reads yet. */
  #watchers: Settle<Uint8Array | null>[] = [];
  /** Whether the other side has closed. */
  #ended = false;
  /** Whether it still takes what is written, though it has nothing more to say. */
  #listens = false;
  /** Whether nothing goes any more, because the stream has ended in another way than by the other side's `close()`. */
  #isOver = false;
  /** Why that is so; of a stream that was closed, made when somebody asks, because most never do. */
  #reason: HostError | null = null;
  #closing: Promise<void> | null = null;
  #readable: ReadableStream<Uint8Array> | undefined;
  #writable: WritableStream<Uint8Array> | undefined;

  constructor(clock: Clock, peerInfo: PeerInfo, transport: Transport) {
    this.clock = clock;
    this.peerInfo = peerInfo;
    this.#transport = transport;
  }

  read(buf: Uint8Array, options?: WaitOptions): Promise<number | null> {
    if (options !== undefined) return wait(this.clock, "Reading", options, (settle) => this.#beginRead(buf, settle));
    return new Promise((resolve, reject) => this.#beginRead(buf, { resolve, reject }));
  }

  /** Reads the next piece as it came, without copying; the memory is the caller's then. For web streams. */
  readPiece(): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      const settle = { resolve, reject };
      const piece = this.#queue.takePiece();
      if (piece === null) this.#beginWait({ target: null, settle });
      else this.#give(settle, piece, piece.length);
    });
  }

  /**
   * Waits until there is something to read, and leaves it to be read: the first of the bytes that have come, `null` at
   * the end. They do not change before they are read.
   */
  peek(options?: WaitOptions): Promise<Uint8Array | null> {
    if (options !== undefined) return wait(this.clock, "Reading", options, (settle) => this.#beginWatch(settle));
    return new Promise((resolve, reject) => this.#beginWatch({ resolve, reject }));
  }

  /** The first of the bytes that have come, which stay to be read; `null` if there are none. */
  get front(): Uint8Array | null {
    return this.#queue.front;
  }

  /** How many bytes have come that nobody has read. */
  get unread(): number {
    return this.#queue.length;
  }

  /** Whether nothing comes any more but what is unread: either side has closed the stream, or it broke. */
  get over(): boolean {
    return this.#ended || this.#isOver;
  }

  /** Takes the first `count` bytes of {@link front}. */
  drop(count: number): void {
    // Closing the stream drops them, too.
    if (this.#queue.front === null || count === 0) return;
    this.#queue.drop(count);
    this.#transport.taken(count, this.#queue.length);
  }

  write(bytes: Uint8Array, options?: WaitOptions): Promise<number> {
    if (this.#isOver || (this.#ended && !this.#listens)) return Promise.reject(this.brokenError());
    if (options !== undefined) {
      return wait(this.clock, "Writing", options, (settle) => {
        this.#transport.write(bytes).then(settle.resolve, settle.reject);
        return (error) => this.fail(error);
      });
    }
    return bytes.length === 0 ? Promise.resolve(0) : this.#transport.write(bytes);
  }

  close(): Promise<void> {
    if (this.#closing === null) {
      const broken = this.#isOver;
      this.#endLocally(null);
      this.#closing = broken ? Promise.resolve() : this.#transport.close();
    }
    return this.#closing;
  }

  abort(reason?: unknown): void {
    this.fail(new HostError("aborted", "The stream was given up", { cause: reason }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#readable ??= readableOf(this);
  }

  get writable(): WritableStream<Uint8Array> {
    return this.#writable ??= writableOf(this);
  }

  /** For hosts: breaks the stream off, with the error that its users get. */
  fail(error: HostError): void {
    this.#endLocally(error);
    this.#transport.abort();
  }

  /**
   * For transports: bytes have come. Returns how many are in the queue, so that the transport can stop the flow; what
   * comes after `close()` is dropped.
   */
  receive(piece: Uint8Array, memory: PieceMemory = "given"): number {
    const reader = this.#reader;
    if (this.#isOver || piece.length === 0) return this.#queue.length;
    if (reader === null) {
      this.#enqueue(piece, memory);
    } else if (reader.target === null) {
      this.#reader = null;
      this.#give(reader.settle, memory === "lent" ? piece.slice() : piece, piece.length);
    } else {
      const { target, filled } = reader;
      const count = Math.min(piece.length, target.length - filled);
      const fits = count === piece.length;
      target.set(fits ? piece : piece.subarray(0, count), filled);
      reader.filled += count;
      if (!fits) this.#enqueue(piece.subarray(count), memory);
      else if (memory === "whole") letGo(piece.buffer);
      const more = this.#transport.comesInTurns === true && count >= GATHERED_BYTES_MIN &&
        reader.filled < target.length;
      if (!more) this.#endGathering(reader);
      else if (filled === 0) queueMacrotask(() => this.#endGathering(reader));
    }
    this.#showFront();
    return this.#queue.length;
  }

  /** For transports: the other side has closed, or `listens` on where the network lets it end only what it says. */
  receiveEnd(listens = false): void {
    this.#ended = true;
    this.#listens = listens;
    this.#endGathering(this.#reader);
    this.#reader?.settle.resolve(null);
    this.#reader = null;
    for (const { resolve } of this.#endWatches()) resolve(null);
  }

  /** For transports: the stream broke. What has arrived can still be read. */
  receiveReset(cause?: unknown): void {
    if (!this.#isOver) this.#reason = new HostError("reset", "The stream broke", { cause });
    this.#endGathering(this.#reader);
    this.#isOver = true;
    this.#rejectReads();
  }

  /** Why the stream cannot be written to. */
  brokenError(cause?: unknown): HostError {
    if (this.#isOver) return this.#failure;
    if (this.#ended) return new HostError("closed", "The other side closed the stream", { cause });
    return new HostError("reset", "The stream broke", { cause });
  }

  #enqueue(piece: Uint8Array, memory: PieceMemory): void {
    if (memory === "lent") this.#queue.pushCopy(piece);
    else if (memory === "whole") this.#queue.pushWhole(piece);
    else this.#queue.push(piece);
  }

  #beginRead(target: Uint8Array, settle: Settle<number | null>): () => void {
    if (target.length === 0 && !this.#isOver) {
      settle.resolve(0);
      return nothing;
    }
    const count = this.#queue.take(target);
    if (count === 0) return this.#beginWait({ target, settle, filled: 0 });
    this.#give(settle, count, count);
    return nothing;
  }

  #beginWait(reader: Reader): () => void {
    if (this.#isOver) {
      reader.settle.reject(this.#failure);
    } else if (this.#reader !== null) {
      reader.settle.reject(new HostError("busy", "Another read of the stream is waiting"));
    } else if (this.#ended) {
      reader.settle.resolve(null);
    } else {
      this.#reader = reader;
      return () => {
        if (this.#reader !== reader) return;
        this.#reader = null;
        // Giving up loses nothing.
        if (reader.target !== null) this.#queue.pushCopy(reader.target.subarray(0, reader.filled));
        this.#showFront();
      };
    }
    return nothing;
  }

  /** A read gets what was gathered for it, if that is anything, and it is not over. */
  #endGathering(reader: Reader | null): void {
    if (reader === null || reader.target === null || reader.filled === 0 || this.#reader !== reader) return;
    this.#reader = null;
    this.#give(reader.settle, reader.filled, reader.filled);
  }

  #beginWatch(settle: Settle<Uint8Array | null>): () => void {
    const { front } = this.#queue;
    if (front !== null) {
      settle.resolve(front);
    } else if (this.#isOver) {
      settle.reject(this.#failure);
    } else if (this.#ended) {
      settle.resolve(null);
    } else {
      this.#watchers.push(settle);
      return () => this.#watchers = this.#watchers.filter((one) => one !== settle);
    }
    return nothing;
  }

  /** Those who wait to see what comes see it. */
  #showFront(): void {
    const { front } = this.#queue;
    if (front !== null) { for (const { resolve } of this.#endWatches()) resolve(front); }
  }

  #endWatches(): Settle<Uint8Array | null>[] {
    const watchers = this.#watchers;
    if (watchers.length > 0) this.#watchers = [];
    return watchers;
  }

  get #failure(): HostError {
    return this.#reason ??= new HostError("closed", "The stream was closed");
  }

  #rejectReads(): void {
    this.#reader?.settle.reject(this.#failure);
    this.#reader = null;
    for (const { reject } of this.#endWatches()) reject(this.#failure);
  }

  #give<T>(settle: Settle<T>, value: T, count: number): void {
    settle.resolve(value);
    this.#transport.taken(count, this.#queue.length);
  }

  /** @param reason `null` for a stream that is closed */
  #endLocally(reason: HostError | null): void {
    if (!this.#isOver) this.#reason = reason;
    this.#isOver = true;
    this.#queue.clear();
    this.#rejectReads();
  }
}

/**
 * A web stream of what can be read. It asks for a piece only when its reader does, so nothing is read ahead, and
 * `read()` can be used again once the reader has let go of it.
 */
function readableOf(stream: HostStream): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece = await stream.readPiece();
      if (piece === null) controller.close();
      else controller.enqueue(piece);
    },
    cancel: (reason) => stream.abort(reason),
  }, { highWaterMark: 0 });
}

/** A web stream to write with. Closing it closes the stream, both directions; aborting it aborts the stream. */
function writableOf(stream: HostStream): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    async write(bytes) {
      await stream.write(bytes);
    },
    close: () => stream.close(),
    abort: (reason) => stream.abort(reason),
  });
}

function nothing(): void {}
