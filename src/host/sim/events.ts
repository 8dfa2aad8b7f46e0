/**
 * What is going to happen, in the order in which it will.
 *
 * @module
 */

import type { Timer } from "../host.ts";

/** What an event does: calls something, or delivers its bytes as a datagram to the protocol of this path. */
export type Work = string | (() => void);

/** How many children a place in the heap has: with four it is half as deep, and what is compared lies side by side. */
const CHILDREN = 4;
/** The first places of the heap. */
const ROOM = 64;
/** So many events called off may stay in their places, and as many as there are others. */
const CALLED_OFF_MAX = 1024;

/** Something that happens at a moment of virtual time. */
export class SimEvent implements Timer {
  /** When, in whole microseconds since the beginning. */
  readonly atUs: number;
  /** The number of the event: of two at the same moment the older one comes first. */
  readonly sequence: number;
  /** What it is, as a number of `CARRIED`. */
  readonly kind: number;
  /** Numbers of the hosts it comes from and goes to, -1 for none. */
  readonly from: number;
  readonly to: number;
  /** The bytes that travel. */
  bytes: Uint8Array | null;
  /** What it does; `null` once it has happened or has been called off. */
  work: Work | null;
  /** Of a timer: the number of its host's life, after which it does nothing. */
  readonly life: number;
  readonly #heap: EventHeap;

  constructor(
    heap: EventHeap,
    atUs: number,
    sequence: number,
    kind: number,
    from: number,
    to: number,
    bytes: Uint8Array | null,
    work: Work,
    life = 0,
  ) {
    this.#heap = heap;
    this.atUs = atUs;
    this.sequence = sequence;
    this.kind = kind;
    this.from = from;
    this.to = to;
    this.bytes = bytes;
    this.work = work;
    this.life = life;
  }

  /** Calls the event off. It keeps its place for a while, but nothing else. */
  clear(): void {
    if (this.work === null) return;
    this.work = null;
    this.bytes = null;
    this.#heap.calledOff();
  }
}

/** A heap of events. The times are kept apart, so that comparing them leads to no object. */
export class EventHeap {
  #events: SimEvent[] = [];
  #times = new Float64Array(ROOM);
  /** How many of the events have been called off. */
  #calledOff = 0;

  /** How many places are taken, by events called off too. */
  get size(): number {
    return this.#events.length;
  }

  /** The next event that was not called off. */
  peek(): SimEvent | undefined {
    const events = this.#events;
    while (events.length > 0 && events[0].work === null) {
      this.#calledOff -= 1;
      this.#removeFirst();
    }
    return events[0];
  }

  /** Takes the next event out. */
  pop(): SimEvent | undefined {
    const event = this.peek();
    if (event !== undefined) this.#removeFirst();
    return event;
  }

  /** Adds an event. */
  push(event: SimEvent): void {
    const index = this.#events.length;
    if (index === this.#times.length) {
      const times = new Float64Array(2 * index);
      times.set(this.#times);
      this.#times = times;
    }
    this.#events.push(event);
    this.#rise(event, index);
  }

  /** For events: one was called off. When most of them are, their places are needed for something better. */
  calledOff(): void {
    this.#calledOff += 1;
    if (this.#calledOff < CALLED_OFF_MAX || 2 * this.#calledOff < this.#events.length) return;
    this.#events = this.#events.filter(({ work }) => work !== null);
    this.#calledOff = 0;
    for (const [index, { atUs }] of this.#events.entries()) this.#times[index] = atUs;
    for (let index = (this.#events.length - 2) >> 2; index >= 0; index--) this.#sink(this.#events[index], index);
  }

  #removeFirst(): void {
    const last = this.#events.pop()!;
    if (this.#events.length > 0) this.#sink(last, 0);
  }

  /** Puts an event at a place, or above it. */
  #rise(event: SimEvent, start: number): void {
    const events = this.#events;
    const times = this.#times;
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 2;
      if (!isBefore(event, events[parent], event.atUs, times[parent])) break;
      events[index] = events[parent];
      times[index] = times[parent];
      index = parent;
    }
    events[index] = event;
    times[index] = event.atUs;
  }

  /** Puts an event at a place, or below it. */
  #sink(event: SimEvent, start: number): void {
    const events = this.#events;
    const times = this.#times;
    const { length } = events;
    let index = start;
    for (;;) {
      let child = CHILDREN * index + 1;
      if (child >= length) break;
      const end = Math.min(child + CHILDREN, length);
      for (let other = child + 1; other < end; other++) {
        if (isBefore(events[other], events[child], times[other], times[child])) child = other;
      }
      if (!isBefore(events[child], event, times[child], event.atUs)) break;
      events[index] = events[child];
      times[index] = times[child];
      index = child;
    }
    events[index] = event;
    times[index] = event.atUs;
  }
}

function isBefore(a: SimEvent, b: SimEvent, aUs: number, bUs: number): boolean {
  return aUs < bUs || (aUs === bUs && a.sequence < b.sequence);
}
