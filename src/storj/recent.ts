/**
 * What was seen lately: so much of it, and for so long.
 *
 * @module
 */

import type { Clock } from "../host/mod.ts";

interface Noted<V> {
  readonly value: V;
  readonly atMs: number;
}

/** Remembers things by name for a while; when there is no room, the oldest are forgotten. */
export class Recent<V> {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #ageMs: number;
  /** The oldest first. */
  readonly #noted = new Map<string, Noted<V>>();
  #droppedMs = -Infinity;

  constructor(clock: Clock, max: number, ageMs: number) {
    this.#clock = clock;
    this.#max = max;
    this.#ageMs = ageMs;
  }

  /** How much is remembered, of which some may be too old. */
  get size(): number {
    return this.#noted.size;
  }

  /** Since when nothing was forgotten for lack of room. */
  get droppedMs(): number {
    return this.#droppedMs;
  }

  get(name: string): V | undefined {
    const noted = this.#noted.get(name);
    return noted !== undefined && noted.atMs + this.#ageMs > this.#clock.now() ? noted.value : undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Remembers something from now on. */
  set(name: string, value: V): void {
    const nowMs = this.#clock.now();
    this.#noted.delete(name);
    this.#noted.set(name, { value, atMs: nowMs });
    for (const [oldest, { atMs }] of this.#noted) {
      const isOld = atMs + this.#ageMs <= nowMs;
      if (!isOld && this.#noted.size <= this.#max) return;
      if (!isOld) this.#droppedMs = atMs;
      this.#noted.delete(oldest);
    }
  }

  delete(name: string): void {
    this.#noted.delete(name);
  }
}
