/**
 * A stream of pieces between nodes of ours.
 *
 * @module
 */

import type { StreamAck, StreamPiece } from "../../../../codec/protocols/storj/mod.ts";
import { type Clock, HostError, type Timer } from "../../../host/mod.ts";
import type { HostStream } from "../../../host/streams/mod.ts";
import { TIME_LIMITS } from "../../../host/timing/mod.ts";
import type { RpcEndpoint } from "../../../rpc/mod.ts";
import { StorjError } from "../../error.ts";
import type { Room, RoomPart } from "../room.ts";
import type { StreamOwner, StreamTransport } from "../transport.ts";
import type { Path, Travelling } from "./path.ts";
import { Receiver } from "./receiver.ts";
import { Sender } from "./sender.ts";

/** What a {@link WindowTransport} is made of. */
export interface WindowTransportParts {
  readonly rpc: RpcEndpoint;
  readonly streamId: Uint8Array;
  readonly room: Room;
  /** Where what arrives is kept. */
  readonly arriving: RoomPart;
  readonly owner: StreamOwner;
  readonly path: Path;
  /** Up to which offset the other side takes data at the beginning. */
  readonly limit: number;
  /** Nothing goes over the way any more. */
  readonly left: (path: Path) => void;
  /** Everything that the other side has sent has come, and it may ask for that once more. */
  readonly complete: () => void;
}

/** What a stream of pieces does. */
export class WindowTransport implements StreamTransport, Travelling {
  readonly sender: Sender;
  readonly receiver: Receiver;
  readonly #parts: WindowTransportParts;
  readonly #clock: Clock;
  #path: Path;
  #stream: HostStream | null = null;
  #closing: { readonly timer: Timer; readonly resolve: () => void } | null = null;
  /** Whether nothing is sent any more but acknowledgements. */
  #done = false;
  /** Whether nothing is sent any more. */
  #gone = false;
  confirmed = false;

  constructor(parts: WindowTransportParts) {
    const { rpc: { host: { clock } }, room, arriving, streamId, path, limit } = parts;
    this.#parts = parts;
    this.#clock = clock;
    this.#path = path;
    const bytesMax = room.streamBytes;
    this.receiver = new Receiver({
      streamId,
      room: arriving,
      bytesMax,
      deliver: (data) => this.#stream!.receive(data, "lent"),
      ended: () => this.#receiveEnd(),
    });
    this.sender = new Sender(
      {
        room: room.part(),
        bytesMax,
        send: (number, offset, last, data) =>
          parts.rpc.tell(this.#path.address, "warpwire_piece", { streamId, number, offset, last, data }),
        random: () => parts.rpc.host.random.next(),
        ended: () => this.#end(true),
        silent: () => this.#break(new StorjError("uncertain", "It is not known whether what was written has arrived")),
      },
      path.congestion,
      limit,
      clock.now(),
    );
    path.add(this);
  }

  get flushing(): boolean {
    return this.#closing !== null && !this.#done;
  }

  /** The way that it goes. */
  get path(): Path {
    return this.#path;
  }

  /** Sets the stream that this is the transport of. */
  attach(stream: HostStream): void {
    this.#stream = stream;
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.#done || this.#closing !== null) return Promise.reject(this.#error());
    const written = this.sender.writes.add(bytes);
    this.#wake();
    return written;
  }

  async offer(bytes: Uint8Array): Promise<number | null> {
    if (this.#done || this.#closing !== null) return null;
    const part = bytes.subarray(0, this.sender.allowance);
    if (part.length === 0) return 0;
    const arrived = this.sender.offer(part);
    this.#wake();
    return await arrived ? part.length : null;
  }

  taken(_count: number, left: number): void {
    if (this.#gone) return;
    if (this.receiver.read(left) && !this.receiver.complete) this.acknowledge();
    if (left === 0 && this.#stream?.over) this.#leave();
  }

  close(): Promise<void> {
    this.receiver.drop();
    if (this.#done) {
      this.#leave();
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(TIME_LIMITS.closeMs, () => this.abort());
      this.#closing = { timer, resolve };
      this.sender.close();
      this.#wake();
    });
  }

  abort(): void {
    if (!this.#done) this.#reset();
    this.#end(false);
    this.#leave();
  }

  /** Asks for an acknowledgement, which shows that the other side knows the stream. */
  greet(): void {
    this.sender.probe();
    this.#wake();
  }

  acknowledge(): void {
    if (this.#gone) return;
    this.#path.acknowledged(this);
    this.#parts.rpc.tell(this.#path.address, "warpwire_ack", this.receiver.ack());
  }

  /** A piece has come. */
  receivePiece(piece: StreamPiece): void {
    this.#parts.owner.heard();
    const arrival = this.receiver.receive(piece);
    if (this.#gone) return;
    if (arrival === "wrong") {
      return this.#break(new HostError("protocol", "The other side breaks the rules of streams"));
    }
    if (arrival === "now") this.acknowledge();
    else this.#path.acknowledgeLater(this);
  }

  /** An acknowledgement has come. Returns whether it can be one. */
  receiveAck(ack: StreamAck): boolean {
    this.#parts.owner.heard();
    if (this.#done) return true;
    const possible = this.sender.acked(ack, this.#clock.now());
    if (possible === "trap") this.#break(new HostError("protocol", "The other side acknowledges what never came"));
    else if (!this.#done) this.#path.wake(this);
    return possible === true;
  }

  /** The other side has given the stream up, or does not know it. */
  receiveReset(): void {
    if (!this.#gone) this.#break(new HostError("reset", "The other side has given the stream up"), false);
  }

  /** Goes another way from now on. */
  reroute(path: Path): void {
    const before = this.#path;
    this.#path = path;
    this.sender.reroute(path.congestion);
    before.remove(this);
    this.#parts.left(before);
    path.add(this);
    if (!this.#done) path.wake(this);
  }

  #wake(): void {
    this.sender.check(this.#clock.now());
    this.#path.wake(this);
  }

  /** The other side has closed, and everything that it wrote has come. */
  #receiveEnd(): void {
    this.#parts.complete();
    const stream = this.#stream!;
    stream.receiveEnd();
    this.confirmed = true;
    // The end is acknowledged before the stream is forgotten.
    this.acknowledge();
    this.#end(true);
    if (stream.unread === 0) this.#leave();
  }

  /** The stream is broken: what has arrived can still be read. */
  #break(cause: Error, tells = true): void {
    const stream = this.#stream!;
    if (tells) this.#reset();
    if (!this.#done) stream.receiveReset(cause);
    this.#end(false);
    if (stream.unread === 0) this.#leave();
  }

  #reset(): void {
    this.#parts.rpc.tell(this.#path.address, "warpwire_reset", { streamId: this.#parts.streamId });
  }

  /** Sends nothing any more but acknowledgements. */
  #end(confirmed: boolean): void {
    if (this.#done) return;
    this.#done = true;
    this.confirmed ||= confirmed;
    this.sender.end(this.#error());
    const closing = this.#closing;
    closing?.timer.clear();
    closing?.resolve();
    if (closing !== null) this.#leave();
  }

  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#path.remove(this);
    this.#parts.left(this.#path);
    this.#parts.owner.gone();
  }

  #error(): HostError {
    return this.#stream?.brokenError() ?? new HostError("closed", "The stream was closed");
  }
}
