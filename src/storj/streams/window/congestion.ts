/**
 * How fast pieces are sent, and how many may be on their way: by a model of the way to the peer, its bandwidth and its
 * shortest round trip, as BBR has it (draft-cardwell-iccrg-bbr-congestion-control), and not by single losses, of which one in a
 * hundred would leave a tenth of a long way's bandwidth unused.
 *
 * What is lost while round trips grow is the doing of a full queue: then less may be on its way. What is always lost, at any
 * rate of sending, belongs to the way, and is sent in addition.
 *
 * @module
 */

import { nextRoundTrip, type RoundTrip } from "../../../rpc/mod.ts";

/** What a piece is taken for. */
const PIECE_BYTES = 1200;
/** What is on its way at the beginning (RFC 6928), and at least. */
const FIRST_BYTES = 10 * PIECE_BYTES;
const LEAST_BYTES = 4 * PIECE_BYTES;
/** What may leave at once, in bytes, and as the time in which it would leave evenly: timers are late by milliseconds. */
const BURST_BYTES_MIN = 10 * PIECE_BYTES;
const BURST_BYTES_MAX = 64 * PIECE_BYTES;
const BURST_MS = 4;
/** What a turn of the program at the other end takes, in milliseconds: no round trip counts as shorter. */
const TURN_MS = 1;
/** 2/ln 2: what doubles the rate in each round trip. */
const FAST = 2.885;
/** What may be on its way in steady state, as a multiple of what fits into the way. */
const STEADY_WINDOW = 2;
/** How much faster or slower than the bandwidth: one phase looks for more, the next lets go of a queue. */
const CYCLE = [1.25, 0.75, 1, 1, 1, 1, 1, 1] as const;
/** The beginning is over when the bandwidth has not grown by a quarter in three rounds. */
const GROWTH = 1.25;
const ROUNDS_WITHOUT_GROWTH = 3;
/** How many rounds what was measured counts. */
const ROUNDS = 10;
/** How long the shortest round trip counts, in milliseconds; up to twice as long. */
const SHORTEST_MS = 10_000;
/** Of fewer pieces, losses say little. */
const LOSS_PIECES_MIN = 20;
/** Losses beyond what is always lost, and round trips beyond the shortest, that mean a full queue. */
const LOSS_MAX = 0.03;
const QUEUE_FACTOR = 1.3;
const QUEUE_MS = 5;
const CUT = 0.7;
const RECOVERY = 1.25;
/** More is never sent in addition for what is always lost. */
const LOSS_EVER_MAX = 0.4;
/** Retransmission time-outs in milliseconds: RFC 6298 has a second for both the first and the least. */
const RTO_FIRST_MS = 1000;
const RTO_MS_MIN = 200;
const RTO_MS_MAX = 10_000;
const DEVIATIONS = 4;

/** What is noted of a piece when it is sent, to measure the bandwidth by its acknowledgement. */
export interface SentMark {
  bytes: number;
  sentMs: number;
  /** What had been delivered when it was sent, when the last of that had been, and when that had been sent. */
  delivered: number;
  deliveredMs: number;
  firstSentMs: number;
  /** Whether there was not enough to send, so that it says nothing about the bandwidth. */
  idle: boolean;
}

/** The greatest of the last rounds. */
class Greatest {
  readonly #values = new Float64Array(ROUNDS);

  get value(): number {
    let greatest = 0;
    for (let index = 0; index < ROUNDS; index++) if (this.#values[index] > greatest) greatest = this.#values[index];
    return greatest;
  }

  add(round: number, value: number): void {
    const at = round % ROUNDS;
    if (value > this.#values[at]) this.#values[at] = value;
  }

  begin(round: number): void {
    this.#values[round % ROUNDS] = 0;
  }

  /** Forgets all rounds but one. */
  keepOnly(round: number): void {
    const value = this.#values[round % ROUNDS];
    this.#values.fill(0);
    this.#values[round % ROUNDS] = value;
  }
}

/** What is known of the way to a peer, and what follows for sending. */
export class Congestion {
  trip: RoundTrip | null;
  /** Bytes on their way. */
  inFlight = 0;
  #delivered = 0;
  #deliveredMs = 0;
  #firstSentMs = 0;
  /** When all of this is delivered, more was sent than there was to send. */
  #idleUntil = 0;
  // Rounds: one is over when what was sent after its beginning is acknowledged.
  #round = 0;
  #roundEnd = 0;
  #roundAcked = 0;
  #roundLost = 0;
  #roundShortestMs = Infinity;
  #roundIdle = false;
  // Bandwidth in bytes a millisecond.
  readonly #rates = new Greatest();
  #rate = 0;
  /** By how much acknowledgements come in lumps. */
  readonly #lumps = new Greatest();
  #lump = 0;
  #lumpMs = 0;
  #lumpBytes = 0;
  // The shortest round trip of this span of time, and of the one before.
  #shortestMs = Infinity;
  #shortestBeforeMs = Infinity;
  #shortestSinceMs = 0;
  // What is lost in each of the last rounds.
  readonly #losses = new Float64Array(ROUNDS);
  #lossEver = 0;
  // Where it is in its life.
  #state: "beginning" | "draining" | "steady" = "beginning";
  #fullRate = 0;
  #roundsWithoutGrowth = 0;
  #phase = 0;
  #phaseMs = 0;
  /** What may be on its way after a queue was full. */
  #cap = Infinity;
  // What may leave now.
  #credit = FIRST_BYTES;
  #creditMs = 0;

  constructor(trip: RoundTrip | null) {
    this.trip = trip;
  }

  /** After how long without an acknowledgement a piece is sent again, in milliseconds (RFC 6298). */
  get timeoutMs(): number {
    if (this.trip === null) return RTO_FIRST_MS;
    const { meanMs, deviationMs } = this.trip;
    return Math.min(Math.max(meanMs + DEVIATIONS * deviationMs, RTO_MS_MIN), RTO_MS_MAX);
  }

  /** The shortest round trip of late, in milliseconds. */
  get shortestMs(): number {
    return Math.min(this.#shortestMs, this.#shortestBeforeMs, this.trip?.meanMs ?? Infinity);
  }

  /** The usual round trip, in milliseconds. */
  get usualMs(): number {
    return this.trip?.meanMs ?? RTO_FIRST_MS / 2;
  }

  /** The bandwidth in bytes a second, 0 as long as it was not measured. */
  get bytesPerSecond(): number {
    return 1000 * this.#rate;
  }

  /** How many bytes may be on their way. */
  get window(): number {
    if (this.#rate === 0) return Math.min(this.#cap, FIRST_BYTES);
    const gain = this.#state === "beginning" ? FAST : STEADY_WINDOW;
    const window = gain * this.#fitting + this.#lump + 3 * PIECE_BYTES;
    return Math.max(LEAST_BYTES, Math.min(window / (1 - this.#lossEver), this.#cap));
  }

  /** How many bytes may leave now: what the rate has brought together since the last ones, up to a burst. */
  credit(nowMs: number): number {
    const rate = this.#pace;
    const most = Math.min(Math.max(BURST_BYTES_MIN, rate * BURST_MS), BURST_BYTES_MAX);
    this.#credit = Math.min(most, this.#credit + rate * Math.max(0, nowMs - this.#creditMs));
    this.#creditMs = nowMs;
    return this.#credit;
  }

  /** In how many milliseconds the next piece may leave, when the credit is used up. */
  get pauseMs(): number {
    return Math.max(0, (PIECE_BYTES - this.#credit) / this.#pace);
  }

  /** A piece leaves. */
  sent(mark: SentMark, bytes: number, nowMs: number): void {
    if (this.inFlight === 0) this.#firstSentMs = this.#deliveredMs = nowMs;
    mark.bytes = bytes;
    mark.sentMs = nowMs;
    mark.delivered = this.#delivered;
    mark.deliveredMs = this.#deliveredMs;
    mark.firstSentMs = this.#firstSentMs;
    mark.idle = this.#delivered < this.#idleUntil;
    this.inFlight += bytes;
    this.#credit -= bytes;
  }

  /** There is nothing to send, though more might be on its way. */
  idle(): void {
    this.#idleUntil = this.#delivered + Math.max(this.inFlight, 1);
  }

  /** A round trip was measured. */
  measured(tripMs: number, nowMs: number): void {
    this.trip = nextRoundTrip(this.trip, tripMs);
    if (nowMs - this.#shortestSinceMs > SHORTEST_MS) {
      this.#shortestBeforeMs = this.#shortestMs;
      this.#shortestMs = Infinity;
      this.#shortestSinceMs = nowMs;
    }
    this.#shortestMs = Math.min(this.#shortestMs, tripMs);
    this.#roundShortestMs = Math.min(this.#roundShortestMs, tripMs);
  }

  /** A piece has arrived, which may have been taken for lost before. */
  acked(mark: SentMark, nowMs: number, wasLost: boolean): void {
    if (!wasLost) this.inFlight -= mark.bytes;
    this.#delivered += mark.bytes;
    this.#deliveredMs = nowMs;
    this.#firstSentMs = Math.max(this.#firstSentMs, mark.sentMs);
    this.#roundAcked += 1;
    if (mark.idle) this.#roundIdle = true;
    this.#measureLump(mark.bytes, nowMs);
    const intervalMs = Math.max(mark.sentMs - mark.firstSentMs, nowMs - mark.deliveredMs);
    // Within less than a round trip come those that were held up together.
    if (intervalMs > 0 && intervalMs >= this.shortestMs * 0.99) {
      const rate = (this.#delivered - mark.delivered) / intervalMs;
      if (!mark.idle || rate > this.#rate) {
        this.#rates.add(this.#round, rate);
        if (rate > this.#rate) this.#rate = rate;
      }
    }
    if (mark.delivered >= this.#roundEnd) this.#endRound(nowMs);
    if (this.#state !== "beginning") this.#advance(nowMs);
  }

  /** A piece is taken for lost. */
  lost(mark: SentMark): void {
    this.inFlight -= mark.bytes;
    this.#roundLost += 1;
  }

  /** Nothing has been acknowledged for several time-outs: begins carefully. */
  collapse(): void {
    this.#cap = LEAST_BYTES;
    this.#credit = 0;
  }

  /** What fits into the way, in bytes. */
  get #fitting(): number {
    const { shortestMs } = this;
    return this.#rate * (shortestMs === Infinity ? RTO_FIRST_MS : Math.max(TURN_MS, shortestMs));
  }

  /** Bytes a millisecond. */
  get #pace(): number {
    if (this.#rate === 0) return FAST * FIRST_BYTES / Math.max(1, this.usualMs);
    const gain = this.#state === "beginning" ? FAST : this.#state === "draining" ? 1 / FAST : CYCLE[this.#phase];
    return Math.max(gain * this.#rate / (1 - this.#lossEver), PIECE_BYTES / 1000);
  }

  #measureLump(bytes: number, nowMs: number): void {
    const expected = this.#rate * (nowMs - this.#lumpMs);
    if (this.#lumpBytes <= expected) {
      this.#lumpBytes = 0;
      this.#lumpMs = nowMs;
    }
    this.#lumpBytes += bytes;
    const extra = Math.min(this.#lumpBytes - this.#rate * (nowMs - this.#lumpMs), BURST_BYTES_MAX);
    this.#lumps.add(this.#round, extra);
    if (extra > this.#lump) this.#lump = extra;
  }

  #endRound(nowMs: number): void {
    this.#judgeLosses();
    if (this.#state === "beginning" && !this.#roundIdle && this.#rate > 0) this.#judgeGrowth(nowMs);
    this.#round += 1;
    this.#roundEnd = this.#delivered;
    this.#roundAcked = this.#roundLost = 0;
    this.#roundShortestMs = Infinity;
    // What was measured while there was little to send replaces nothing.
    if (!this.#roundIdle) {
      this.#rates.begin(this.#round);
      this.#lumps.begin(this.#round);
      this.#rate = this.#rates.value;
      this.#lump = this.#lumps.value;
    }
    this.#roundIdle = false;
  }

  #judgeLosses(): void {
    const pieces = this.#roundAcked + this.#roundLost;
    const part = this.#roundLost / pieces;
    if (pieces >= LOSS_PIECES_MIN) {
      this.#losses[this.#round % ROUNDS] = part;
      let least = 1;
      for (let index = 0; index < ROUNDS; index++) least = Math.min(least, this.#losses[index]);
      this.#lossEver = Math.min(least, LOSS_EVER_MAX);
    }
    const isQueue = this.#roundShortestMs > QUEUE_FACTOR * this.shortestMs + QUEUE_MS;
    if (isQueue && part - this.#lossEver > LOSS_MAX) {
      // The way may have become narrower: what it was before does not count any more.
      this.#rates.keepOnly(this.#round);
      this.#rate = this.#rates.value || this.#rate;
      this.#cap = Math.max(LEAST_BYTES, CUT * Math.min(this.#cap, this.inFlight));
      if (this.#state === "beginning") this.#state = "draining";
    } else if (this.#cap !== Infinity) {
      this.#cap *= RECOVERY;
      if (this.#cap > 2 * FAST * this.#fitting) this.#cap = Infinity;
    }
  }

  #judgeGrowth(nowMs: number): void {
    if (this.#rate >= GROWTH * this.#fullRate) {
      this.#fullRate = this.#rate;
      this.#roundsWithoutGrowth = 0;
    } else if (++this.#roundsWithoutGrowth === ROUNDS_WITHOUT_GROWTH) {
      this.#state = "draining";
      this.#phaseMs = nowMs;
    }
  }

  /** Goes through the states after the beginning. */
  #advance(nowMs: number): void {
    if (this.#state === "draining") {
      if (this.inFlight > this.#fitting && nowMs - this.#phaseMs < 4 * this.usualMs) return;
      this.#state = "steady";
      this.#phase = 2;
      this.#phaseMs = nowMs;
    } else if (nowMs - this.#phaseMs > this.shortestMs) {
      this.#phase = (this.#phase + 1) % CYCLE.length;
      this.#phaseMs = nowMs;
    }
  }
}
