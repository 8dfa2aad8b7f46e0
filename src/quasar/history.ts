/**
 * Events that have come before.
 *
 * @module
 */

import type { Packed } from "../../codec/msgpack/mod.ts";
import { eventDigest, type FilterKey, PUBLICATION_BYTES } from "../../codec/protocols/storj/mod.ts";
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
 * published again among nodes that have such numbers. The oldest are forgotten.
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

  /** An event is to be published here, under this number. False if that is nothing new. */
  publish(event: string, publication: string): boolean {
    if (this.#ageOf(event) < SAME_PUBLICATION_MS) return false;
    this.#note(event, publication, "");
    return true;
  }

  /**
   * An event has come. Without a number, or with the one that follows from it, it is known if it ever came; with another
   * number, only if that came, or the event itself just now.
   */
  arrive({ name, publication: derived }: EventId, number: Uint8Array | null, from: string): Seen {
    const publication = nameOf(number ?? derived);
    const first = this.#publications.get(publication);
    if (first !== undefined) return first === from ? "again" : "known";
    const isUnnumbered = publication === nameOf(derived);
    if (this.#ageOf(name) < (isUnnumbered ? Infinity : SAME_EVENT_MS)) {
      this.#notePublication(publication, "");
      return "known";
    }
    this.#note(name, publication, from);
    return "new";
  }

  /** Whether a publication has come. */
  has(publication: string): boolean {
    return this.#publications.has(publication);
  }

  #ageOf(event: string): number {
    const atMs = this.#events.get(event);
    return atMs === undefined ? Infinity : this.#clock.now() - atMs;
  }

  #note(event: string, publication: string, from: string): void {
    this.#noteEvent(event);
    this.#notePublication(publication, from);
  }

  #noteEvent(event: string): void {
    // What is noted again goes to the end.
    this.#events.delete(event);
    this.#events.set(event, this.#clock.now());
    dropOldest(this.#events, this.#max);
  }

  #notePublication(publication: string, from: string): void {
    this.#publications.set(publication, from);
    dropOldest(this.#publications, this.#max);
  }
}

/** Takes the first out of a map that has more than it may. */
export function dropOldest(map: Map<string, unknown>, max: number): void {
  if (map.size <= max) return;
  for (const name of map.keys()) {
    map.delete(name);
    return;
  }
}

/** What follows from an event and its topic: the name under which it is remembered, and a number for its publication. */
export interface EventId {
  readonly name: string;
  /** For an event that came without one; those of our own are random. */
  readonly publication: Uint8Array;
}

/** The id of an event: half of its digest for each part, so that nobody can hit one on purpose. */
export function eventId(topic: FilterKey, event: Packed): EventId {
  const digest = eventDigest(topic, event);
  return { name: nameOf(digest.subarray(0, PUBLICATION_BYTES)), publication: digest.subarray(-PUBLICATION_BYTES) };
}

/** Bytes as a short text, for maps. */
export function nameOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
