/**
 * What is sent of a stream: pieces with numbers, kept until they are acknowledged, and sent again under new numbers when
 * they are lost.
 *
 * A piece is taken for lost when one that was sent later has arrived, and the time for overtaking is over (RACK, RFC 8985),
 * or when nothing is acknowledged for too long (RFC 6298). Since each sending has its own number, it is always clear which
 * one has arrived.
 *
 * @module
 */

import {
  STREAM_PIECE_BYTES_MAX,
  STREAM_SEEN_BYTES_MAX,
  type StreamAck,
} from "../../../../codec/protocols/storj/mod.ts";
import { WriteQueue } from "../../../host/streams/mod.ts";
import type { RoomPart } from "../room.ts";
import type { Congestion } from "./congestion.ts";
import { hasSeen, NUMBERS_KNOWN } from "./numbers.ts";
import { type Segment, Sent, Trap } from "./sent.ts";

/** Bytes of a datagram besides the data. */
const AROUND_BYTES = 94;
/** Pieces sent, by their numbers modulo this. */
const SENT = 1024;
/** Numbers of lost pieces are remembered for so long, to notice that they have come after all. */
const LATE_NUMBERS = 256;
/** The time for overtaking: a part of the shortest round trip, and longer after each mistake. */
const REORDER_PART = 1 / 4;
const REORDER_MS_MIN = 1;
const REORDER_FACTOR_MAX = 16;
/** After so many time-outs in a row everything on its way is taken for lost. */
const TIMEOUTS_UNTIL_COLLAPSE = 3;
const TIMEOUT_MS_MAX = 10_000;
/** After this time without a word from the other side the stream is broken, in milliseconds. */
const SILENCE_MS_MAX = 30_000;
/** An idle stream is used after this time, so that what stands between keeps the way open, in milliseconds. */
const KEEP_OPEN_MS = 20_000;
/** Larger numbers stand for nothing. */
const NEVER_MS = Infinity;

/** Who waits until a part of the stream has arrived. */
interface Awaited {
  readonly offset: number;
  readonly settle: (arrived: boolean) => void;
}

/** What a {@link Sender} is made of. */
export interface SenderParts {
  readonly room: RoomPart;
  /** The most that is kept of the stream, in bytes. */
  readonly bytesMax: number;
  readonly send: (number: number, offset: number, last: boolean, data: Uint8Array) => void;
  /** The end has arrived. */
  readonly ended: () => void;
  /** The other side has not been heard of for too long. */
  readonly silent: () => void;
  /** A number from 0 up to, but not including, 1, which nobody foresees. */
  readonly random: () => number;
}

/** The sending side of a stream. */
export class Sender {
  readonly writes: WriteQueue = new WriteQueue();
  readonly #parts: SenderParts;
  #congestion: Congestion;
  readonly #sent: (Sent | null)[] = new Array<Sent | null>(SENT).fill(null);
  /** The lowest number that may still be acknowledged, and the next one. */
  #lowest = 0;
  #next = 0;
  /** The lowest number on its way, or {@link #next}. */
  #lowestInFlight = 0;
  #inFlight = 0;
  readonly #trap: Trap;
  /** The first and the last of the segments that were sent; those in front are acknowledged, and gone. */
  #first: Segment | null = null;
  #last: Segment | null = null;
  /** Segments to be sent again, in order. */
  #lost: Segment[] = [];
  #awaited: Awaited[] = [];
  /** Where the next byte belongs, and up to where the other side takes bytes. */
  #offset = 0;
  #limit: number;
  #kept = 0;
  #closing = false;
  #endSent = false;
  #over = false;
  #probe = false;
  #repeats = 0;
  #reorderFactor = 1;
  #timeouts = 0;
  /** When the newest piece left that has been acknowledged, and how long it took. */
  #newestMs = 0;
  #newestTripMs = 0;
  // When something is to be done: for what is overdue, for what may have been overtaken, and for an idle stream.
  #timeoutMs = NEVER_MS;
  #reorderMs = NEVER_MS;
  #keepOpenMs: number;
  /** Since when the other side owes an answer. */
  #waitingSinceMs = NEVER_MS;

  constructor(parts: SenderParts, congestion: Congestion, limit: number, nowMs: number) {
    this.#parts = parts;
    this.#congestion = congestion;
    this.#limit = limit;
    this.#keepOpenMs = nowMs + KEEP_OPEN_MS;
    this.#trap = new Trap(parts.random);
  }

  /** Whether it has something to send, and may. */
  get ready(): boolean {
    if (this.#over || this.#next - this.#lowest >= NUMBERS_KNOWN) return false;
    return this.#lost.length > 0 || this.#probe || this.#nextBytes() > 0 || this.#endIsNext;
  }

  /** When {@link onTime} is to be called next. */
  get dueMs(): number {
    return this.#over ? NEVER_MS : Math.min(this.#timeoutMs, this.#reorderMs, this.#keepOpenMs);
  }

  /** How many bytes the other side takes now. */
  get allowance(): number {
    if (this.#over || this.#closing || !this.writes.empty) return 0;
    const { room, bytesMax } = this.#parts;
    return Math.max(0, Math.min(this.#limit - this.#offset, room.growTo(bytesMax) - this.#kept));
  }

  /** Takes bytes within the {@link allowance}, and says whether they have arrived. */
  offer(bytes: Uint8Array): Promise<boolean> {
    const arrived = new Promise<boolean>((settle) =>
      this.#awaited.push({ offset: this.#offset + bytes.length, settle })
    );
    this.writes.add(bytes).catch(() => {});
    return arrived;
  }

  /** Asks the other side for an acknowledgement. */
  probe(): void {
    this.#probe = true;
  }

  /** Nothing is written any more: the end is sent after what waits. */
  close(): void {
    this.#closing = true;
  }

  /** Something was written, or is to be sent otherwise. */
  check(nowMs: number): void {
    if (this.#timeoutMs === NEVER_MS) this.#timeoutMs = this.#blockedUntil(nowMs);
  }

  /** Sends the next piece, if {@link ready}. Returns whether it did. */
  sendNext(nowMs: number): boolean {
    const segment = this.#nextLost() ?? this.#nextSegment();
    if (segment === null) return false;
    if (this.#trap.isNext(this.#next)) this.#sent[this.#next++ % SENT] = null;
    const sent = new Sent(this.#next, segment);
    this.#sent[this.#next % SENT] = sent;
    this.#next += 1;
    this.#inFlight += 1;
    this.#congestion.sent(sent, segment.data.length + AROUND_BYTES, nowMs);
    if (this.#waitingSinceMs === NEVER_MS) this.#waitingSinceMs = nowMs;
    if (this.#timeoutMs === NEVER_MS) this.#timeoutMs = nowMs + this.#timeout;
    this.#keepOpenMs = nowMs + KEEP_OPEN_MS;
    this.#probe = false;
    this.#parts.send(sent.number, segment.offset, segment.last, segment.data);
    return true;
  }

  /**
   * Takes an acknowledgement.
   *
   * @returns false for one of what was never sent: `"trap"` if that cannot be a mistake
   */
  acked({ number, seen, limit, repeats }: StreamAck, nowMs: number): boolean | "trap" {
    if (this.#over) return true;
    if (seen.length > 0 && (number >= this.#next || seen.length > STREAM_SEEN_BYTES_MAX)) return false;
    if (limit > this.#limit) this.#limit = limit;
    // Nothing has come yet; only the limit is told.
    if (seen.length === 0) return true;
    const trap = this.#trap.number;
    if (number >= trap && trap >= this.#lowest && hasSeen(seen, number, trap)) return "trap";
    if (repeats > this.#repeats) {
      this.#repeats = repeats;
      this.#reorderFactor = Math.min(2 * this.#reorderFactor, REORDER_FACTOR_MAX);
    }
    this.#waitingSinceMs = NEVER_MS;
    if (this.#takeSeen(seen, number, nowMs)) {
      this.#timeouts = 0;
      this.#findLost(nowMs);
    }
    this.#advance();
    if (this.#inFlight > 0) this.#waitingSinceMs = nowMs;
    this.#timeoutMs = this.#inFlight > 0 ? nowMs + this.#timeout : this.#blockedUntil(nowMs);
    return true;
  }

  /** Does what is due. */
  onTime(nowMs: number): void {
    if (this.#over) return;
    if (nowMs - this.#waitingSinceMs >= SILENCE_MS_MAX) return this.#parts.silent();
    if (this.#reorderMs <= nowMs) this.#findLost(nowMs);
    if (this.#timeoutMs <= nowMs) this.#timedOut(nowMs);
    if (this.#keepOpenMs <= nowMs) {
      this.#probe = true;
      this.#keepOpenMs = nowMs + KEEP_OPEN_MS;
    }
    this.#advance();
  }

  /** The stream goes another way from now on: what is on its way is sent again. */
  reroute(congestion: Congestion): void {
    this.#eachInFlight((sent) => this.#lose(sent));
    this.#congestion = congestion;
    this.#advance();
    this.#timeoutMs = this.#reorderMs = NEVER_MS;
    this.#probe = true;
  }

  /** Sends nothing any more, and lets go of everything. */
  end(error: unknown): void {
    if (this.#over) return;
    this.#eachInFlight((sent) => this.#lose(sent));
    this.#over = true;
    this.#lost = [];
    this.#sent.fill(null);
    this.#first = this.#last = null;
    this.#parts.room.shrinkTo(0);
    this.writes.fail(error);
    for (const { settle } of this.#awaited.splice(0)) settle(false);
  }

  get #timeout(): number {
    return Math.min(this.#congestion.timeoutMs * 2 ** Math.min(this.#timeouts, 10), TIMEOUT_MS_MAX);
  }

  get #endIsNext(): boolean {
    return this.#closing && !this.#endSent && this.writes.empty;
  }

  /** How many bytes of what waits may be sent in one piece. */
  #nextBytes(): number {
    if (this.writes.empty) return 0;
    const { room, bytesMax } = this.#parts;
    const bytes = Math.min(STREAM_PIECE_BYTES_MAX, this.#limit - this.#offset);
    if (bytes <= 0) return 0;
    const wanted = this.#kept + bytes;
    return Math.min(
      bytes,
      (wanted <= room.bytes ? room.bytes : room.growTo(Math.min(bytesMax, 2 * wanted))) - this.#kept,
    );
  }

  #nextLost(): Segment | null {
    while (this.#lost.length > 0) {
      const segment = this.#lost.shift()!;
      if (!segment.acked) return segment;
    }
    return null;
  }

  #nextSegment(): Segment | null {
    const bytes = this.#nextBytes();
    if (bytes <= 0 && !this.#endIsNext && !this.#probe) return null;
    const data = bytes > 0 ? this.writes.peek(bytes).slice() : NOTHING;
    if (data.length > 0) this.writes.take(data.length);
    const segment: Segment = { offset: this.#offset, data, last: this.#endIsNext, acked: false, next: null };
    this.#offset += data.length;
    this.#kept += data.length;
    if (segment.last) this.#endSent = true;
    if (data.length > 0 || segment.last) {
      if (this.#last === null) this.#first = segment;
      else this.#last.next = segment;
      this.#last = segment;
    }
    return segment;
  }

  /** Notes what has arrived. Returns whether anything has that was not known. */
  #takeSeen(seen: Uint8Array, highest: number, nowMs: number): boolean {
    let newest: Sent | null = null;
    let any = false;
    const first = Math.max(this.#lowest, highest - 8 * seen.length);
    for (let number = first; number <= highest; number++) {
      const sent = this.#sent[number % SENT];
      if (sent === null || !hasSeen(seen, highest, number)) continue;
      this.#sent[number % SENT] = null;
      any = true;
      // Of one that was only late: next time there is more patience.
      if (sent.lost) this.#reorderFactor = Math.min(2 * this.#reorderFactor, REORDER_FACTOR_MAX);
      else this.#inFlight -= 1;
      this.#congestion.acked(sent, nowMs, sent.lost);
      newest = sent;
      this.#arrived(sent.segment);
    }
    if (newest !== null && newest.sentMs >= this.#newestMs) {
      this.#newestMs = newest.sentMs;
      this.#newestTripMs = nowMs - newest.sentMs;
      if (newest.number === highest) this.#congestion.measured(this.#newestTripMs, nowMs);
    }
    return any;
  }

  #arrived(segment: Segment): void {
    if (segment.acked) return;
    segment.acked = true;
    this.#kept -= segment.data.length;
    let done: Segment | null = null;
    for (; this.#first?.acked; this.#first = this.#first.next) done = this.#first;
    if (done === null) return;
    if (this.#first === null) this.#last = null;
    const { offset, data, last } = done;
    while (this.#awaited.length > 0 && this.#awaited[0].offset <= offset + data.length) {
      this.#awaited.shift()!.settle(true);
    }
    if (this.#first === null) this.#parts.room.shrinkTo(2 * this.#kept);
    if (last) this.#parts.ended();
  }

  /** Takes for lost what was overtaken too long ago. */
  #findLost(nowMs: number): void {
    const { shortestMs, usualMs } = this.#congestion;
    const patienceMs = Math.max(REORDER_MS_MIN, REORDER_PART * Math.min(shortestMs, usualMs)) * this.#reorderFactor;
    const allowedMs = this.#newestTripMs + Math.min(patienceMs, Math.max(usualMs, REORDER_MS_MIN));
    this.#reorderMs = NEVER_MS;
    for (let number = this.#lowestInFlight; number < this.#next; number++) {
      const sent = this.#sent[number % SENT];
      if (sent === null || sent.lost) continue;
      // What comes after it was sent later.
      if (sent.sentMs >= this.#newestMs) return;
      const dueMs = sent.sentMs + allowedMs;
      if (dueMs <= nowMs) this.#lose(sent);
      else this.#reorderMs = Math.min(this.#reorderMs, dueMs);
    }
  }

  #lose(sent: Sent): void {
    sent.lost = true;
    this.#inFlight -= 1;
    this.#congestion.lost(sent);
    const { segment } = sent;
    if (segment.acked || (segment.data.length === 0 && !segment.last)) return;
    // The first ones first: all that has come after them waits for them.
    let at = this.#lost.length;
    while (at > 0 && this.#lost[at - 1].offset > segment.offset) at -= 1;
    this.#lost.splice(at, 0, segment);
  }

  #timedOut(nowMs: number): void {
    this.#timeouts += 1;
    let count = 0;
    const all = this.#timeouts >= TIMEOUTS_UNTIL_COLLAPSE;
    this.#eachInFlight((sent) => {
      if (all || count++ < 2) this.#lose(sent);
    });
    if (all) this.#congestion.collapse();
    if (this.#lost.length === 0) this.#probe = true;
    this.#timeoutMs = nowMs + this.#timeout;
  }

  /** When to ask whether there is room again, if there is none: the news of it may have been lost. */
  #blockedUntil(nowMs: number): number {
    const isBlocked = !this.writes.empty && this.#limit <= this.#offset;
    return isBlocked ? nowMs + Math.max(this.#timeout, TIMEOUT_MS_MAX / 10) : NEVER_MS;
  }

  #eachInFlight(visit: (sent: Sent) => void): void {
    for (let number = this.#lowestInFlight; number < this.#next; number++) {
      const sent = this.#sent[number % SENT];
      if (sent !== null && !sent.lost) visit(sent);
    }
  }

  /** Moves the lowest numbers on. */
  #advance(): void {
    let number = this.#lowestInFlight;
    while (number < this.#next && (this.#sent[number % SENT]?.lost ?? true)) number += 1;
    this.#lowestInFlight = number;
    const lowest = Math.max(this.#lowest, number - LATE_NUMBERS);
    for (number = this.#lowest; number < lowest; number++) this.#sent[number % SENT] = null;
    this.#lowest = lowest;
  }
}

const NOTHING = new Uint8Array(0);
