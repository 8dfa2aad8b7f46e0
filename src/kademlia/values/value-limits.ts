/**
 * What a node keeps at most of the values of others, and what it says to those who bring them.
 *
 * @module
 */

import type { Packed } from "../../../codec/msgpack/mod.ts";

/** What a node keeps at most. */
export interface ValueLimits {
  /**
   * Bytes of one value, packed. Default 8,119: a text of 8,116 bytes and its length. With one byte more the datagram of
   * the request is longer than the 8,192 bytes that the nodes of 2016 read, so they would never get it.
   */
  readonly valueBytesMax: number;
  /** Bytes of all values. Default 64 MiB. */
  readonly bytesMax: number;
  /** Number of all values. Default 100,000: with the bookkeeping of as many, small ones need about 30 MiB. */
  readonly valuesMax: number;
  /**
   * Bytes of the values that one source has stored. Default a quarter of all: three strangers together cannot fill a
   * node, and the only user of a small network still has room.
   */
  readonly sourceBytesMax: number;
  /** Number of the values that one source has stored. Default a quarter of all, see {@link sourceBytesMax}. */
  readonly sourceValuesMax: number;
  /** How long a value lives after it was first seen, in milliseconds. Default 604,800 s, as everywhere in this network. */
  readonly lifeMs: number;
}

const MIB = 2 ** 20;

/** The limits that hold unless others are given. */
export const VALUE_LIMITS: ValueLimits = Object.freeze({
  valueBytesMax: 8119,
  bytesMax: 64 * MIB,
  valuesMax: 100_000,
  sourceBytesMax: 16 * MIB,
  sourceValuesMax: 25_000,
  lifeMs: 604_800_000,
});

/**
 * What became of a value that somebody stored.
 *
 * - `new`, `replaced`: it is kept; there was none under the key, or another one
 * - `renewed`: the same bytes were kept already, and their life has begun anew, or later than was known
 * - `kept`: the same bytes were kept already, and live as long as they would have
 * - `too-large`, `full`, `source-full`: no room for it, see {@link ValueLimits}
 * - `older`: another value is kept that was first seen later
 * - `expired`: it is older than values get
 * - `refused`: whoever decides what may be kept didn't want it: for signed values, a wrong signature
 */
export type StoreOutcome =
  | "new"
  | "replaced"
  | "renewed"
  | "kept"
  | "too-large"
  | "full"
  | "source-full"
  | "older"
  | "expired"
  | "refused";

/** Whether the value is there now: what the one who stored it is told. */
export function isStored(outcome: StoreOutcome): boolean {
  return outcome === "new" || outcome === "replaced" || outcome === "renewed" || outcome === "kept";
}

/** Who stores a value, and what is known of it. */
export interface StoreOrigin {
  /** Who, such as an IP address; empty for this node itself, which no limit for sources holds for. */
  readonly source: string;
  /** How long ago the value was first seen, for a value that goes on living. Without it, its life begins now. */
  readonly ageMs?: number | undefined;
  /** Whether it was decided before that it may be kept, as for what was kept on disk. Default false. */
  readonly checked?: boolean;
}

/** A value that is kept. */
export interface HeldValue {
  /** The key, a character for each byte. */
  readonly text: string;
  /** The value; small ones are put together anew each time. */
  readonly value: Packed;
  /** Who has stored it, see {@link StoreOrigin.source}. */
  readonly source: string;
  /** When it was first seen by anybody, as far as is known. */
  readonly firstMs: number;
  /** When it came here: newcomers after that got it from whom we have it, or will get it from us. */
  readonly arrivedMs: number;
  /** When somebody has stored it last, or when this node has republished it. */
  readonly storedMs: number;
}
