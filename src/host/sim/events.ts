/**
 * What is going to happen, in the order in which it will.
 *
 * @module
 */

import type { Timer } from "../host.ts";

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
  /** What it does; `null` once it has been called off. */
  run: (() => void) | null;

  constructor(
    atUs: number,
    sequence: number,
    kind: number,
    from: number,
    to: number,
    bytes: Uint8Array | null,
    run: () => void,
  ) {
    this.atUs = atUs;
    this.sequence = sequence;
    this.kind = kind;
    this.from = from;
    this.to = to;
    this.bytes = bytes;
    this.run = run;
  }

  /** Calls the event off. It keeps its place until its time comes, but nothing else. */
  clear(): void {
    this.run = null;
    this.bytes = null;
  }
}

/** A binary heap of events. */
export class EventHeap {
  readonly #events: SimEvent[] = [];

  /** How many there are, those called off included. */
  get size(): number {
    return this.#events.length;
  }

  /** The next event that was not called off. */
  peek(): SimEvent | undefined {
    while (this.#events.length > 0 && this.#events[0].run === null) this.#removeFirst();
    return this.#events[0];
  }

  /** Takes the next event out. */
  pop(): SimEvent | undefined {
    const event = this.peek();
    if (event !== undefined) this.#removeFirst();
    return event;
  }

  /** Adds an event. */
  push(event: SimEvent): void {
    const events = this.#events;
    let index = events.length;
    events.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, events[parent])) break;
      events[index] = events[parent];
      index = parent;
    }
    events[index] = event;
  }

  #removeFirst(): void {
    const events = this.#events;
    const last = events.pop()!;
    const { length } = events;
    if (length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= length) break;
      if (child + 1 < length && isBefore(events[child + 1], events[child])) child += 1;
      if (!isBefore(events[child], last)) break;
      events[index] = events[child];
      index = child;
    }
    events[index] = last;
  }
}

function isBefore(a: SimEvent, b: SimEvent): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.sequence < b.sequence);
}
