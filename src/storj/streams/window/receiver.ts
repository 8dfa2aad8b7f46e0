/**
 * What arrives of a stream: put in order, acknowledged, and never more than there is room for.
 *
 * @module
 */

import { STREAM_SEEN_BYTES_MAX, type StreamAck, type StreamPiece } from "../../../../codec/protocols/storj/mod.ts";
import type { RoomPart } from "../room.ts";
import { Arrivals } from "./arrivals.ts";
import { Numbers } from "./numbers.ts";

/** While all comes in order, one acknowledgement for so many pieces; for more of them after so many in order. */
const PIECES_PER_ACK = 2;
const PIECES_PER_ACK_CALM = 8;
const CALM_PIECES = 128;
/** The sender hears that there is room again when this part of what it may send has been read. */
const NEWS_PART = 1 / 4;

/** What became of a piece. */
export type Arrival =
  /** It breaks the rules: beyond the limit, or beyond the end. */
  | "wrong"
  /** To be acknowledged at once, or a little later together with others. */
  | "now"
  | "later";

/** What a {@link Receiver} is made of. */
export interface ReceiverParts {
  readonly streamId: Uint8Array;
  readonly room: RoomPart;
  /** The most that is kept of the stream, in bytes. */
  readonly bytesMax: number;
  /** Takes bytes in order, whose memory is lent, and returns how many are unread now. */
  readonly deliver: (data: Uint8Array) => number;
  /** Everything has come. */
  readonly ended: () => void;
}

/** The memory of what all acknowledgements say; they are sent at once. */
const seenBytes = new Uint8Array(STREAM_SEEN_BYTES_MAX);

/** The receiving side of a stream. */
export class Receiver {
  readonly #parts: ReceiverParts;
  readonly #numbers = new Numbers();
  readonly #arrivals = new Arrivals();
  /** Up to where everything has come. */
  #next = 0;
  #unread = 0;
  /** Up to where data is taken; once told, it never goes back. */
  #limit = 0;
  #toldLimit = 0;
  /** Where the stream ends, if that has come. */
  #end = Infinity;
  #repeats = 0;
  #inOrder = 0;
  #unacknowledged = 0;
  #dropping = false;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
    this.#raise();
  }

  /** Up to which offset data is taken; the caller tells the other side. */
  get limit(): number {
    this.#toldLimit = this.#limit;
    return this.#limit;
  }

  /** Whether everything has come. */
  get complete(): boolean {
    return this.#next === this.#end;
  }

  /** Takes a piece. */
  receive({ number, offset, last, data }: StreamPiece): Arrival {
    const end = offset + data.length;
    if (end > this.#limit || end > this.#end || (last && (end < this.#next || end < this.#arrivals.end))) {
      return "wrong";
    }
    if (last && this.#end !== Infinity && end !== this.#end) return "wrong";
    if (this.#numbers.has(number)) return "later";
    if (!this.#take(offset, data)) return "later";
    const isNext = number === this.#numbers.highest + 1;
    this.#numbers.add(number);
    if (last) this.#end = end;
    if (this.complete) this.#parts.ended();
    return this.#when(isNext, last || data.length === 0);
  }

  /** The acknowledgement of all that has come. */
  ack(): StreamAck {
    this.#unacknowledged = 0;
    const { streamId } = this.#parts;
    const { highest } = this.#numbers;
    const seen = this.#numbers.write(seenBytes);
    return { streamId, number: Math.max(0, highest), seen, limit: this.limit, repeats: this.#repeats };
  }

  /** So many bytes are unread now. Returns whether the other side has to hear that there is room again. */
  read(unread: number): boolean {
    this.#unread = unread;
    this.#raise();
    return this.#limit - this.#toldLimit >= NEWS_PART * (this.#limit - this.#next + this.#unread);
  }

  /** Nobody reads any more: what comes is dropped. */
  drop(): void {
    this.#dropping = true;
    this.#arrivals.clear();
    this.read(0);
  }

  /** Takes the bytes of a piece. Returns whether it is taken, so that its number counts. */
  #take(offset: number, data: Uint8Array): boolean {
    const end = offset + data.length;
    if (end <= this.#next) {
      if (data.length > 0) this.#repeats += 1;
      return true;
    }
    if (offset > this.#next) {
      const added = this.#dropping ? data.length : this.#arrivals.add(offset, data);
      if (added === 0) this.#repeats += 1;
      return added >= 0;
    }
    // Of what has come already, the first bytes count.
    const { start } = this.#arrivals;
    const from = this.#next - offset;
    this.#deliver(from === 0 && end <= start ? data : data.subarray(from, Math.min(end, start) - offset));
    if (end > start && this.#arrivals.add(start, data.subarray(start - offset)) < 0) return false;
    for (let part; (part = this.#arrivals.take(this.#next)) !== null;) this.#deliver(part);
    return true;
  }

  #deliver(data: Uint8Array): void {
    if (data.length === 0) return;
    this.#next += data.length;
    if (!this.#dropping) this.#unread = this.#parts.deliver(data);
    this.#raise();
  }

  #when(isNext: boolean, isUrgent: boolean): Arrival {
    this.#unacknowledged += 1;
    this.#inOrder = isNext ? this.#inOrder + 1 : 0;
    const pieces = this.#inOrder > CALM_PIECES ? PIECES_PER_ACK_CALM : PIECES_PER_ACK;
    return isUrgent || this.#inOrder === 0 || this.#unacknowledged >= pieces ? "now" : "later";
  }

  /** Takes more if there is room. */
  #raise(): void {
    const { room, bytesMax } = this.#parts;
    const read = this.#next - this.#unread;
    this.#limit = Math.max(this.#limit, read + room.growTo(bytesMax));
  }
}
