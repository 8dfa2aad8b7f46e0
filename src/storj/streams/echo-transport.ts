/**
 * A stream from a node to itself: what is written can be read.
 *
 * @module
 */

import { HostError } from "../../host/mod.ts";
import { type HostStream, WriteQueue } from "../../host/streams/mod.ts";
import type { RoomPart } from "./room.ts";
import type { StreamOwner, StreamTransport } from "./transport.ts";

/** What is carried at once. */
const PART_BYTES_MAX = 64 * 1024;

/** Carries bytes back to where they came from. */
export class EchoTransport implements StreamTransport {
  readonly #room: RoomPart;
  readonly #owner: StreamOwner;
  readonly #writes = new WriteQueue();
  #stream: HostStream | null = null;
  #done = false;
  readonly flushing = false;
  confirmed = false;

  constructor(room: RoomPart, owner: StreamOwner) {
    this.#room = room;
    this.#owner = owner;
  }

  /** Sets the stream that this is the transport of. */
  attach(stream: HostStream): void {
    this.#stream = stream;
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.#done) return Promise.reject(this.#error());
    const written = this.#writes.add(bytes);
    this.#carry();
    return written;
  }

  offer(bytes: Uint8Array): Promise<number | null> {
    if (this.#done) return Promise.resolve(null);
    if (!this.#writes.empty) return Promise.resolve(0);
    const part = bytes.subarray(0, this.#freeFor(bytes.length));
    if (part.length > 0) this.#receive(part);
    return Promise.resolve(part.length);
  }

  taken(_count: number, left: number): void {
    this.#room.shrinkTo(left);
    this.#carry();
  }

  close(): Promise<void> {
    this.abort();
    return Promise.resolve();
  }

  abort(): void {
    this.#done = this.confirmed = true;
    this.#room.shrinkTo(0);
    this.#writes.fail(this.#error());
    this.#owner.gone();
  }

  #carry(): void {
    while (!this.#done && !this.#writes.empty) {
      const part = this.#writes.peek(this.#freeFor(PART_BYTES_MAX));
      if (part.length === 0) return;
      this.#receive(part);
      this.#writes.take(part.length);
    }
  }

  #receive(part: Uint8Array): void {
    this.#room.shrinkTo(this.#stream!.receive(part, "lent"));
  }

  /** How many of so many bytes can be kept. */
  #freeFor(bytes: number): number {
    const { unread } = this.#stream!;
    return Math.max(0, Math.min(bytes, this.#room.growTo(unread + bytes) - unread));
  }

  #error(): HostError {
    return this.#stream?.brokenError() ?? new HostError("closed", "The stream was closed");
  }
}
