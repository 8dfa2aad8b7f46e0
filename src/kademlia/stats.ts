/**
 * What a node counts.
 *
 * @module
 */

import type { KeepingStats } from "./values/mod.ts";
import type { NetworkSize } from "./network-size.ts";

/** Percentiles of the latest lookups. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Figures of a node. */
export interface KademliaStats extends KeepingStats {
  /** Lookups that have ended. */
  readonly lookups: number;
  /** Of the latest ones: milliseconds, requests and hops; null before the first. */
  readonly lookupMs: Percentiles | null;
  readonly lookupRpcs: Percentiles | null;
  readonly lookupHops: Percentiles | null;
  /** Contacts in the table. */
  readonly contacts: number;
  /** How many of them there are in each bucket, by the bits that they share with the own id. */
  readonly buckets: readonly number[];
  /** Contacts that have come into the table, and gone out of it. */
  readonly added: number;
  readonly gone: number;
  readonly networkSize: NetworkSize | null;
}

/** How many of the latest lookups are remembered. */
const LATEST_MAX = 100;
/** So many figures there are of each. */
const FIGURES = 3;

/** Counts of lookups. */
export class LookupCounts {
  lookups = 0;
  /** Milliseconds, requests and hops, one lookup after the other: three lists would take three times as much. */
  #latest: number[] = [];

  add(ms: number, rpcs: number, hops: number): void {
    const at = FIGURES * (this.lookups++ % LATEST_MAX);
    // Pushing would make room for more than most nodes ever need.
    if (at === this.#latest.length) return void (this.#latest = this.#latest.concat([ms, rpcs, hops]));
    this.#latest[at] = ms;
    this.#latest[at + 1] = rpcs;
    this.#latest[at + 2] = hops;
  }

  /** What {@link KademliaStats} says of them. */
  summary(): Pick<KademliaStats, "lookups" | "lookupMs" | "lookupRpcs" | "lookupHops"> {
    return {
      lookups: this.lookups,
      lookupMs: percentiles(this.#figure(0)),
      lookupRpcs: percentiles(this.#figure(1)),
      lookupHops: percentiles(this.#figure(2)),
    };
  }

  #figure(which: number): number[] {
    return this.#latest.filter((_, index) => index % FIGURES === which);
  }
}

function percentiles(values: readonly number[]): Percentiles | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.ceil(part * sorted.length) - 1];
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
