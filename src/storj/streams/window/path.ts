/**
 * The way to one peer, which all streams with it share: who sends next, and when.
 *
 * @module
 */

import type { Clock, Timer } from "../../../host/mod.ts";
import type { RoundTrip } from "../../../rpc/mod.ts";
import { Congestion } from "./congestion.ts";
import type { Sender } from "./sender.ts";

/** How long an acknowledgement waits for more pieces, in milliseconds. */
const ACK_DELAY_MS = 5;
/** What is due within this time is done now: timers have no fractions of milliseconds. */
const SLACK_MS = 0.5;
/** What may be sent to an address that may be forged, as a multiple of what has come from it (RFC 9000, section 8.1). */
const UNPROVEN_PIECES = 3;

/** A stream, as its way sees it. */
export interface Travelling {
  readonly sender: Sender;
  /** Sends an acknowledgement. */
  acknowledge(): void;
}

/** A way to a peer. */
export class Path {
  readonly address: string;
  readonly congestion: Congestion;
  readonly #clock: Clock;
  readonly #streams = new Set<Travelling>();
  /** Those that may have something to send, the next one first. */
  #ready: Travelling[] = [];
  readonly #isReady = new Set<Travelling>();
  readonly #toAcknowledge = new Set<Travelling>();
  #ackTimer: Timer | null = null;
  #dueTimer: Timer | null = null;
  #dueMs = Infinity;
  #paceTimer: Timer | null = null;
  #isPumping = false;
  /** How many pieces may still leave, as long as the address may be forged. */
  #unproven: number;

  constructor(
    clock: Clock,
    address: string,
    { trip, proven }: { readonly trip: RoundTrip | null; readonly proven: boolean },
  ) {
    this.#clock = clock;
    this.address = address;
    this.congestion = new Congestion(trip);
    this.#unproven = proven ? Infinity : UNPROVEN_PIECES;
  }

  /** How many streams go this way. */
  get streams(): number {
    return this.#streams.size;
  }

  add(stream: Travelling): void {
    this.#streams.add(stream);
    this.#arm(stream.sender.dueMs, this.#clock.now());
  }

  /** Takes a stream out. */
  remove(stream: Travelling): void {
    this.#streams.delete(stream);
    this.#toAcknowledge.delete(stream);
    if (this.#streams.size > 0) return;
    for (const timer of [this.#ackTimer, this.#dueTimer, this.#paceTimer]) timer?.clear();
    this.#ackTimer = this.#dueTimer = this.#paceTimer = null;
    this.#dueMs = Infinity;
    this.#ready = [];
    this.#isReady.clear();
  }

  /** The address is not forged. */
  prove(): void {
    if (this.#unproven === Infinity) return;
    this.#unproven = Infinity;
    this.#pump();
  }

  /** A stream may have something to send. */
  wake(stream: Travelling): void {
    this.#enlist(stream);
    this.#pump();
  }

  /** A stream has something to acknowledge. */
  acknowledgeLater(stream: Travelling): void {
    this.#toAcknowledge.add(stream);
    this.#ackTimer ??= this.#clock.setTimer(ACK_DELAY_MS, () => {
      this.#ackTimer = null;
      const due = [...this.#toAcknowledge];
      this.#toAcknowledge.clear();
      for (const one of due) one.acknowledge();
    });
  }

  /** A stream has acknowledged everything. */
  acknowledged(stream: Travelling): void {
    this.#toAcknowledge.delete(stream);
  }

  #enlist(stream: Travelling): void {
    if (this.#isReady.has(stream) || !this.#streams.has(stream)) return;
    this.#isReady.add(stream);
    this.#ready.push(stream);
  }

  /** Sends what may be sent, one piece of each stream in turn. */
  #pump(): void {
    // Sending resolves writes, and what that causes may lead here again.
    if (this.#isPumping) return;
    this.#isPumping = true;
    const nowMs = this.#clock.now();
    const { congestion } = this;
    let credit = congestion.credit(nowMs);
    let isIdle = true;
    while (this.#ready.length > 0 && congestion.inFlight < congestion.window && credit > 0 && this.#unproven > 0) {
      const stream = this.#ready.shift()!;
      const { inFlight } = congestion;
      const sent = stream.sender.ready && stream.sender.sendNext(nowMs);
      credit -= congestion.inFlight - inFlight;
      if (sent) {
        isIdle = false;
        this.#unproven -= 1;
        this.#ready.push(stream);
      } else {
        this.#isReady.delete(stream);
      }
      this.#arm(stream.sender.dueMs, nowMs);
    }
    // Who writes again as soon as a write is over is not idle, though there is nothing for a moment.
    if (this.#ready.length === 0) {
      if (isIdle && congestion.inFlight < congestion.window) congestion.idle();
    } else if (credit <= 0) {
      this.#pumpLater();
    }
    this.#isPumping = false;
  }

  #pumpLater(): void {
    this.#paceTimer ??= this.#clock.setTimer(Math.max(1, this.congestion.pauseMs), () => {
      this.#paceTimer = null;
      this.#pump();
    });
  }

  #arm(dueMs: number, nowMs: number): void {
    if (dueMs >= this.#dueMs) return;
    this.#dueTimer?.clear();
    this.#dueMs = dueMs;
    this.#dueTimer = this.#clock.setTimer(Math.min(Math.max(0, dueMs - nowMs), 60_000), () => this.#onDue());
  }

  #onDue(): void {
    this.#dueTimer = null;
    this.#dueMs = Infinity;
    const nowMs = this.#clock.now();
    for (const stream of [...this.#streams]) {
      if (stream.sender.dueMs > nowMs + SLACK_MS) continue;
      stream.sender.onTime(nowMs + SLACK_MS);
      this.#enlist(stream);
    }
    this.#pump();
    for (const { sender } of this.#streams) this.#arm(sender.dueMs, nowMs);
  }
}
