/**
 * Events that have come before.
 *
 * @module
 */

import type { Packed } from "../../codec/msgpack/mod.ts";
import { EVENT_NAME_BYTES, eventDigest, type FilterKey, PUBLICATION_BYTES } from "../../codec/protocols/storj/mod.ts";
import { equalBytes } from "../bytes.ts";
import type { Clock } from "../host/host.ts";

/** Publishing an event again within this time is nothing new. */
export const SAME_PUBLICATION_MS = 60_000;
/**
 * Another publication of an event that came within this time is taken for the same one, which has lost its number on its
 * way through nodes of the originals. Shorter than the time above by what the ways of two publications may differ.
 */
const SAME_EVENT_MS = 30_000;

/** What an event was when it came: the first of its kind, one that had come before, or once more from the same node. */
export type Seen = "new" | "known" | "again";

/**
 * Remembers events by topic and bytes, as the originals do, and publications by their numbers besides: the same event may be
 * published again among nodes that have such numbers. A number counts for its event only, so that nobody can keep an event
 * away by sending another one under its number. The oldest are forgotten.
 */
export class History {
  readonly #clock: Clock;
  readonly #max: number;
  /** When each event was new last, the oldest first. */
  readonly #events = new Map<string, number>();
  /** Who has brought each publication first; nobody for those that are none of their own. */
  readonly #publications = new Map<string, string>();

  constructor(clock: Clock, max: number) {
    this.#clock = clock;
    this.#max = max;
  }

  /** How many events are remembered. */
  get size(): number {
    return this.#events.size;
  }

  /** An event is to be published here. False if that is nothing new. */
  publish(event: EventId): boolean {
    if (this.#ageOf(event) < SAME_PUBLICATION_MS) return false;
    this.#note(event, "");
    return true;
  }

  /**
   * An event has come. With the number that follows from it, it is known if it ever came; with another one, only if that
   * came, or the event itself just now.
   *
   * @param from The name of the id of who has brought it
   */
  arrive(event: EventId, from: string): Seen {
    const first = this.#publications.get(keyOf(event));
    if (first !== undefined) return first === from ? "again" : "known";
    if (this.#ageOf(event) < (event.isNumbered ? SAME_EVENT_MS : Infinity)) {
      this.#notePublication(event, "");
      return "known";
    }
    this.#note(event, from);
    return "new";
  }

  /** Whether a publication of an event has come. */
  has(publication: string): boolean {
    return this.#publications.has(publication);
  }

  #ageOf({ name }: EventId): number {
    const atMs = this.#events.get(nameOf(name));
    return atMs === undefined ? Infinity : this.#clock.now() - atMs;
  }

  #note(event: EventId, from: string): void {
    const name = nameOf(event.name);
    // What is noted again goes to the end.
    this.#events.delete(name);
    this.#events.set(name, this.#clock.now());
    dropOldest(this.#events, this.#max);
    this.#notePublication(event, from);
  }

  #notePublication(event: EventId, from: string): void {
    this.#publications.set(keyOf(event), from);
    dropOldest(this.#publications, this.#max);
  }
}

/** Takes the first out of a map that has more than it may. */
function dropOldest(map: Map<string, unknown>, max: number): void {
  if (map.size <= max) return;
  for (const name of map.keys()) {
    map.delete(name);
    return;
  }
}

/** What an event is known by. */
export interface EventId {
  /** The first half of its digest: so long that nobody can hit it on purpose. */
  readonly name: Uint8Array;
  /** The number of its publication; the other half of its digest if it came without one. */
  readonly publication: Uint8Array;
  /** Whether it has a number of its own. */
  readonly isNumbered: boolean;
}

/** What an event is known by, which came with a number or without one. */
export function eventId(topic: FilterKey, event: Packed, number: Uint8Array | null): EventId {
  const digest = eventDigest(topic, event);
  const name = digest.subarray(0, EVENT_NAME_BYTES);
  const derived = digest.subarray(-PUBLICATION_BYTES);
  // An event that came without a number goes on with this one.
  if (number === null || equalBytes(number, derived)) return { name, publication: derived, isNumbered: false };
  return { name, publication: number.slice(), isNumbered: true };
}

/** A text for a publication of an event, for maps. */
export function keyOf({ name, publication }: Pick<EventId, "name" | "publication">): string {
  return nameOf(name) + nameOf(publication);
}

/** Bytes of an id as a short text, for maps. */
export function nameOf(bytes: Uint8Array): string {
  // Spread, they would be iterated one by one, which takes five times as long.
  return String.fromCharCode.apply(null, bytes as Iterable<number> as number[]);
}
