/**
 * Events that have come and that nobody has taken yet. The oldest make room for new ones.
 *
 * @module
 */

import type { MsgpackValue, Packed } from "../../../codec/msgpack/mod.ts";
import type { Given, StorjLimits, ValueOptions } from "../api.ts";
import { Reader, type ReaderSource, type Waiter } from "../messages/mod.ts";
import { valueOf } from "../values.ts";

/** What an event takes besides its bytes. */
const EVENT_BYTES = 64;

/** How an event is handed out; undefined for one that is left out. */
export type Form<T> = (event: Packed) => T | undefined;

/** The room that all queues of a node share. */
export class EventRoom {
  readonly #limits: Pick<StorjLimits, "events" | "eventsBytes">;
  readonly #queues = new Set<EventQueue>();
  #bytes = 0;
  #dropped = 0;
  #unreadable = 0;

  constructor(limits: Pick<StorjLimits, "events" | "eventsBytes">) {
    this.#limits = limits;
  }

  /** Events that wait, and what they take in bytes. */
  get waiting(): number {
    return [...this.#queues].reduce((sum, { size }) => sum + size, 0);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Events that had to make room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Events that were left out, since JavaScript has no value for them. */
  get unreadable(): number {
    return this.#unreadable;
  }

  /** A new queue. */
  queue(): EventQueue {
    return new EventQueue(this);
  }

  /** A loop over events that are put into it, each in a form. */
  loop<T>(form: Form<T>, signal: AbortSignal | undefined, whenEnded: (loop: EventLoop<T>) => void): EventLoop<T> {
    return new EventLoop(this.queue(), form, signal, whenEnded);
  }

  /** How events are handed out, by the options: as they are, or as values, without those that have none, which are counted. */
  form<O extends ValueOptions>(options: O | undefined): Form<Given<O>> {
    const form = options?.packed === true ? (event: Packed) => event : (event: Packed) => this.#read(event);
    return form as Form<Given<O>>;
  }

  /** For queues: what is in one of them has changed. */
  changed(queue: EventQueue, bytes: number): void {
    this.#bytes += bytes;
    if (queue.size === 0) this.#queues.delete(queue);
    else this.#queues.add(queue);
  }

  /** For queues: something was put into one of them. The largest one makes room, so that nobody takes that of others. */
  fit(queue: EventQueue): void {
    if (queue.size > this.#limits.events) this.#drop(queue);
    while (this.#bytes > this.#limits.eventsBytes) {
      let largest = queue;
      for (const other of this.#queues) if (other.bytes > largest.bytes) largest = other;
      this.#drop(largest);
    }
  }

  #read(event: Packed): MsgpackValue | undefined {
    try {
      return valueOf(event);
    } catch {
      this.#unreadable += 1;
      return undefined;
    }
  }

  #drop(queue: EventQueue): void {
    queue.takeFirst();
    this.#dropped += 1;
  }
}

/** What waits in a queue. */
interface Entry {
  readonly event: Packed;
}

/** Events in the order in which they came. */
export class EventQueue {
  readonly room: EventRoom;
  readonly #entries = new Set<Entry>();
  #bytes = 0;

  constructor(room: EventRoom) {
    this.room = room;
  }

  /** How many events wait, and what they take in bytes. */
  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds an event, whose bytes are the queue's from now on. */
  put(event: Packed): void {
    this.#entries.add({ event });
    this.#count(event, 1);
    this.room.fit(this);
  }

  /** The oldest event, which is taken out. */
  takeFirst(): Packed | undefined {
    for (const entry of this.#entries) {
      this.#entries.delete(entry);
      this.#count(entry.event, -1);
      return entry.event;
    }
    return undefined;
  }

  /** All events in order, each in a form. They are taken out. */
  drain<T>(form: Form<T>): T[] {
    const events = [...this.#entries].map(({ event }) => event);
    this.clear();
    return events.map(form).filter((item) => item !== undefined);
  }

  /** Drops everything. */
  clear(): void {
    this.#entries.clear();
    const bytes = this.#bytes;
    this.#bytes = 0;
    this.room.changed(this, -bytes);
  }

  #count({ bytes: { length } }: Packed, sign: 1 | -1): void {
    const bytes = sign * (length + EVENT_BYTES);
    this.#bytes += bytes;
    this.room.changed(this, bytes);
  }
}

/** A loop over events. Those that come while it does something else wait in a queue of its own. */
export class EventLoop<T> implements ReaderSource<T> {
  /** What is looped over. */
  readonly items: AsyncIterableIterator<T>;
  readonly #queue: EventQueue;
  readonly #form: Form<T>;
  readonly #whenEnded: (loop: EventLoop<T>) => void;
  readonly #reader: Reader<T>;
  readonly #waiters = new Set<Waiter<T>>();
  #isLast = false;

  constructor(
    queue: EventQueue,
    form: Form<T>,
    signal: AbortSignal | undefined,
    whenEnded: (loop: EventLoop<T>) => void,
  ) {
    this.#queue = queue;
    this.#form = form;
    this.#whenEnded = whenEnded;
    this.items = this.#reader = new Reader<T>(this);
    this.#reader.endWith(signal);
  }

  /** Adds an event, whose bytes are the loop's from now on. */
  put(event: Packed): void {
    if (this.#waiters.size === 0) return this.#queue.put(event);
    const item = this.#form(event);
    if (item === undefined) return;
    const [waiter] = this.#waiters;
    this.#waiters.delete(waiter);
    waiter(item);
  }

  /** No more events come: the loop ends as soon as those that wait are taken. */
  end(): void {
    this.#isLast = true;
    if (this.#waiters.size > 0) this.#reader.end();
  }

  /** For the reader, as are those below. */
  next(): T | undefined {
    let event: Packed | undefined;
    while ((event = this.#queue.takeFirst()) !== undefined) {
      const item = this.#form(event);
      if (item !== undefined) return item;
    }
    return undefined;
  }

  wait(waiter: Waiter<T>): void {
    this.#waiters.add(waiter);
    if (this.#isLast) this.#reader.end();
  }

  waitNoMore(waiter: Waiter<T>): void {
    this.#waiters.delete(waiter);
  }

  ended(): void {
    this.#queue.clear();
    this.#whenEnded(this);
  }
}
