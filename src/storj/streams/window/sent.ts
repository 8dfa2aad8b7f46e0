/**
 * What a sender keeps of what it has sent.
 *
 * @module
 */

import type { SentMark } from "./congestion.ts";

/**
 * One number in so many is left out. Who acknowledges it acknowledges what never came, in order to be sent more than the way
 * carries (RFC 9000, section 21.4).
 */
const TRAP_NUMBERS_MIN = 500;
const TRAP_NUMBERS_MAX = 4500;

/** A part of the stream, from its first sending to its acknowledgement. */
export interface Segment {
  readonly offset: number;
  readonly data: Uint8Array;
  readonly last: boolean;
  acked: boolean;
  /** The one after it. */
  next: Segment | null;
}

/** One sending of a segment. */
export class Sent implements SentMark {
  readonly number: number;
  readonly segment: Segment;
  lost = false;
  bytes = 0;
  sentMs = 0;
  delivered = 0;
  deliveredMs = 0;
  firstSentMs = 0;
  idle = false;

  constructor(number: number, segment: Segment) {
    this.number = number;
    this.segment = segment;
  }
}

/** Numbers that are never sent. */
export class Trap {
  readonly #random: () => number;
  #next: number;
  /** The last one, -1 before the first. */
  number = -1;

  constructor(random: () => number) {
    this.#random = random;
    this.#next = this.#later(0);
  }

  /** Whether a number is to be left out. */
  isNext(number: number): boolean {
    if (number !== this.#next) return false;
    this.number = number;
    this.#next = this.#later(number);
    return true;
  }

  #later(number: number): number {
    return number + TRAP_NUMBERS_MIN + Math.floor(this.#random() * (TRAP_NUMBERS_MAX - TRAP_NUMBERS_MIN));
  }
}
