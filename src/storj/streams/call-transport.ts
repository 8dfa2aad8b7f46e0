/**
 * A stream over the calls of 2016: `stream_write` and `stream_close`.
 *
 * They have no order and no repeats, so one call is under way at a time, and none is sent twice. What it answers is how
 * many bytes the other side has taken; when it answers nothing, nobody knows whether they have arrived.
 *
 * @module
 */

import type { RpcReply } from "../../../codec/protocols/storj/mod.ts";
import { HostError, type Timer } from "../../host/mod.ts";
import { type HostStream, WriteQueue } from "../../host/streams/mod.ts";
import { TIME_LIMITS } from "../../host/timing/mod.ts";
import { type CallOptions, type Cancel, type Outcome, type RpcEndpoint } from "../../rpc/mod.ts";
import { StorjError } from "../error.ts";
import type { RoomPart } from "./room.ts";
import type { StreamOwner, StreamTransport } from "./transport.ts";

/** The most data of a `stream_write` whose datagram the nodes of 2016 can read: 8,192 bytes less 95. */
export const PIECE_BYTES_MAX = 8097;
/** The most to an address that may be forged, before the other side has shown that it gets what we send. */
const UNHEARD_BYTES_MAX = 1024;
/** The pause after the other side had no room, in milliseconds: doubled from the first to the last. */
const PAUSE_MS = 20;
const PAUSE_MS_MAX = 1000;

/** What a {@link CallTransport} is made of. */
export interface CallTransportParts {
  readonly rpc: RpcEndpoint;
  readonly nodeId: Uint8Array;
  readonly streamId: Uint8Array;
  readonly address: string;
  readonly options: CallOptions;
  /** Where what arrives is kept. */
  readonly room: RoomPart;
  readonly owner: StreamOwner;
  /** Whether the address may be forged. */
  readonly unheard: boolean;
}

interface Offer {
  readonly bytes: Uint8Array;
  taken: number;
  settle(taken: number | null): void;
}

/** What a stream does with calls. */
export class CallTransport implements StreamTransport {
  readonly #parts: CallTransportParts;
  readonly #writes = new WriteQueue();
  /** Those who write by the id of the stream. */
  readonly #offers: Offer[] = [];
  #stream: HostStream | null = null;
  /** Gives up the call under way. */
  #cancel: Cancel | null = null;
  #pause: Timer | null = null;
  #pauseMs = PAUSE_MS;
  #unheard: boolean;
  #closing: { readonly timer: Timer; readonly resolve: () => void } | null = null;
  /** Whether nothing is sent any more. */
  #done = false;
  confirmed = false;

  constructor(parts: CallTransportParts) {
    this.#parts = parts;
    this.#unheard = parts.unheard;
  }

  /** Whether the other side may still write and close. */
  get open(): boolean {
    return !this.#done;
  }

  get flushing(): boolean {
    return this.#closing !== null && !this.#done;
  }

  /** Sets the stream that this is the transport of. */
  attach(stream: HostStream): void {
    this.#stream = stream;
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.#done) return Promise.reject(this.#error());
    const written = this.#writes.add(bytes);
    this.#next();
    return written;
  }

  offer(bytes: Uint8Array): Promise<number | null> {
    if (this.#done || this.#closing !== null) return Promise.resolve(null);
    // What was written before comes first, and waits because the other side is full.
    if (bytes.length === 0 || !this.#writes.empty) return Promise.resolve(0);
    return new Promise((settle) => {
      this.#offers.push({ bytes, taken: 0, settle });
      this.#next();
    });
  }

  taken(_count: number, left: number): void {
    this.#parts.room.shrinkTo(left);
    if (left === 0 && this.#stream?.over) this.#leave();
  }

  close(): Promise<void> {
    this.#parts.room.shrinkTo(0);
    if (this.#done) {
      this.#leave();
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = this.#parts.rpc.host.clock.setTimer(TIME_LIMITS.closeMs, () => this.abort());
      this.#closing = { timer, resolve };
      for (const { settle } of this.#offers.splice(0)) settle(null);
      this.#next();
    });
  }

  abort(): void {
    this.#parts.room.shrinkTo(0);
    if (!this.#done) {
      this.#cancel?.();
      // Nobody waits for the answer; the other side lets go of the stream.
      this.#call("stream_close", () => {});
    }
    this.#end();
    this.#leave();
  }

  /** The other side writes. Returns how many bytes are taken. */
  receive(data: Uint8Array): number {
    const stream = this.#stream!;
    if (this.#closing !== null || stream.over) return 0;
    this.heard();
    const count = Math.min(data.length, this.#parts.room.growTo(stream.unread + data.length) - stream.unread);
    const unread = count > 0
      ? stream.receive(count === data.length ? data : data.subarray(0, count), "lent")
      : stream.unread;
    this.#parts.room.shrinkTo(unread);
    return Math.max(0, count);
  }

  /** The other side has closed the stream: what has arrived can still be read. */
  receiveClose(): void {
    this.confirmed = true;
    this.#cancel?.();
    const stream = this.#stream!;
    stream.receiveEnd();
    this.#end();
    if (stream.unread === 0) this.#leave();
  }

  /** The other side has sent what only it can send. */
  heard(): void {
    this.#unheard = false;
    this.#parts.owner.heard();
  }

  /** Sends what is next, unless something is under way. */
  #next(): void {
    if (this.#done || this.#cancel !== null || this.#pause !== null) return;
    const bytesMax = this.#unheard ? UNHEARD_BYTES_MAX : PIECE_BYTES_MAX;
    if (!this.#writes.empty) {
      const piece = this.#writes.peek(bytesMax);
      return this.#write(piece, (taken) => {
        this.#writes.take(taken);
        if (taken < piece.length) this.#wait();
        else this.#pauseMs = PAUSE_MS;
      });
    }
    const [offer] = this.#offers;
    if (offer !== undefined) return this.#writeOffer(offer, offer.bytes.subarray(offer.taken, offer.taken + bytesMax));
    if (this.#closing !== null) this.#close();
  }

  #writeOffer(offer: Offer, piece: Uint8Array): void {
    this.#write(piece, (taken) => {
      offer.taken += taken;
      if (taken === piece.length && offer.taken < offer.bytes.length) return;
      this.#offers.shift();
      offer.settle(offer.taken);
    });
  }

  #write(data: Uint8Array, took: (taken: number) => void): void {
    this.#call("stream_write", (outcome) => {
      if (outcome.error !== undefined) return this.#failed(outcome.error);
      const { reply } = outcome as { readonly reply: RpcReply<"stream_write"> };
      if (reply === null) return this.receiveClose();
      if (reply > data.length) return this.#break(new HostError("protocol", "More was taken than was sent"));
      this.heard();
      took(reply);
      this.#next();
    }, data);
  }

  #close(): void {
    this.#call("stream_close", (outcome) => {
      this.confirmed = outcome.reply === true;
      this.#end();
      this.#leave();
    });
  }

  #call(
    rpc: "stream_write" | "stream_close",
    settle: (outcome: Outcome<"stream_write" | "stream_close">) => void,
    data?: Uint8Array,
  ): void {
    const { rpc: endpoint, nodeId, streamId, address, options } = this.#parts;
    const args = data === undefined ? { nodeId, streamId } : { nodeId, streamId, data };
    this.#cancel = endpoint.call(
      address,
      rpc,
      args as { nodeId: Uint8Array; streamId: Uint8Array; data: Uint8Array },
      (outcome) => {
        this.#cancel = null;
        settle(outcome as Outcome<"stream_write" | "stream_close">);
      },
      options,
    );
  }

  /** Goes on with the rest after a pause: the other side is full. */
  #wait(): void {
    this.#pause = this.#parts.rpc.host.clock.setTimer(this.#pauseMs, () => {
      this.#pause = null;
      this.#next();
    });
    this.#pauseMs = Math.min(2 * this.#pauseMs, PAUSE_MS_MAX);
  }

  #failed(error: NonNullable<Outcome<"stream_write">["error"]>): void {
    // Nothing was sent, because too many calls wait.
    if (error.code === "busy") return this.#wait();
    const sent = error.code === "timeout" || error.code === "invalid-reply" || error.code === "closed";
    this.#break(
      sent
        ? new StorjError("uncertain", "It is not known whether what was written has arrived", { cause: error })
        : error,
    );
  }

  /** The stream is broken: what has arrived can still be read. */
  #break(cause: Error): void {
    const stream = this.#stream!;
    stream.receiveReset(cause);
    this.#end();
    if (stream.unread === 0) this.#leave();
  }

  /** Sends nothing any more. */
  #end(): void {
    this.#done = true;
    this.#pause?.clear();
    this.#cancel = this.#pause = null;
    this.#writes.fail(this.#error());
    for (const { settle } of this.#offers.splice(0)) settle(null);
    this.#closing?.timer.clear();
    this.#closing?.resolve();
  }

  #leave(): void {
    this.#parts.room.shrinkTo(0);
    this.#parts.owner.gone();
  }

  #error(): HostError {
    return this.#stream?.brokenError() ?? new HostError("closed", "The stream was closed");
  }
}
