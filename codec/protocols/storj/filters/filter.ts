/**
 * One bloom filter: which keys were probably added to it.
 *
 * The functions do not change their filters; they return new ones.
 *
 * @module
 */

import { CodecError } from "../../../mod.ts";
import type { FilterKey } from "../dht-key.ts";
import { filterPositions, type Slices } from "./hash.ts";

/**
 * Which pybloom: 1.1 gives a slice twice the bits of its successors (2.0, pybloom-live), for the same capacity. Filters
 * of the two cannot be united.
 */
export type FilterLayout = "1.1" | "2.0";

/** What a filter is made for. */
export interface FilterOptions {
  /** Keys that the filter is made for. Default 512, as in storjnet. */
  readonly capacity?: number;
  /** How likely a key is found that was not added, between 0 and 1. Default 0.001. */
  readonly errorRate?: number;
  /** Default 1.1, which the nodes of 2016 have. */
  readonly layout?: FilterLayout;
}

/** The sizes of a filter. */
export interface FilterParams extends Slices {
  readonly errorRate: number;
  readonly capacity: number;
}

/** The most bits that a filter may have: 8 MiB, a thousand times what fits into a datagram. */
export const FILTER_BITS_MAX = 2 ** 26;

/**
 * The sizes of a filter.
 *
 * @throws RangeError for a capacity or an error rate that pybloom refuses, or more than {@link FILTER_BITS_MAX} bits
 */
export function filterParams(options: FilterOptions = {}): FilterParams {
  const { capacity = 512, errorRate = 0.001, layout = "1.1" } = options;
  if (!Number.isSafeInteger(capacity) || capacity < 1) {
    throw new RangeError(`Capacity ${capacity} is not a whole number above 0`);
  }
  if (!(errorRate > 0 && errorRate < 1)) throw new RangeError(`Error rate ${errorRate} is not between 0 and 1`);
  const sliceCount = sliceCountOf(errorRate);
  const sliceBits = sliceBitsOf(capacity, errorRate, layout);
  if (sliceCount * sliceBits > FILTER_BITS_MAX) {
    throw new RangeError(`A filter for ${capacity} keys has more than ${FILTER_BITS_MAX} bits`);
  }
  return Object.freeze({ errorRate, sliceCount, sliceBits, capacity });
}

function sliceCountOf(errorRate: number): number {
  // Python's logarithm to base 2 is this quotient, which Math.log2 is not in its last bits.
  return Math.ceil(Math.log(1 / errorRate) / Math.log(2));
}

function sliceBitsOf(capacity: number, errorRate: number, layout: FilterLayout): number {
  const factor = layout === "1.1" ? 2 : 1;
  return Math.ceil(factor * capacity * Math.abs(Math.log(errorRate)) / (sliceCountOf(errorRate) * Math.log(2) ** 2));
}

/** The layout that sizes follow from, or undefined when they follow from none. */
export function layoutOf({ errorRate, sliceCount, sliceBits, capacity }: FilterParams): FilterLayout | undefined {
  if (!(errorRate > 0 && errorRate < 1) || sliceCount !== sliceCountOf(errorRate)) return undefined;
  const layouts: readonly FilterLayout[] = ["1.1", "2.0"];
  return layouts.find((layout) => sliceBits === sliceBitsOf(capacity, errorRate, layout));
}

/** A bloom filter. */
export interface Filter extends FilterParams {
  /** Keys that were added; 0 for a union, whose keys nobody counted. */
  readonly count: number;
  /** Bit `i` is bit `i & 7`, from the lowest, of byte `i >> 3`; the slices follow each other; the last bits are 0. */
  readonly bits: Uint8Array;
}

/** Bits of a filter of these sizes. */
export function filterBits({ sliceCount, sliceBits }: FilterParams): number {
  return sliceCount * sliceBits;
}

/** Bytes that hold as many bits. */
export function bytesOfBits(bits: number): number {
  return Math.ceil(bits / 8);
}

/**
 * A filter without keys.
 *
 * @throws RangeError for options that make no filter
 */
export function createFilter(options?: FilterOptions): Filter {
  const params = filterParams(options);
  return { ...params, count: 0, bits: new Uint8Array(bytesOfBits(filterBits(params))) };
}

/** Whether a key was added; once in a while also when it was not, as the error rate says. */
export function filterHas(filter: Filter, key: FilterKey): boolean {
  return filterHasPositions(filter, filterPositions(filter, key));
}

/** Whether the bits of a key are set: {@link filterHas} for keys that are looked for in many filters of the same sizes. */
export function filterHasPositions(filter: Filter, positions: readonly number[]): boolean {
  return hasPositions(filter, filter.bits, positions);
}

function hasPositions({ sliceBits }: Filter, bits: Uint8Array, positions: readonly number[]): boolean {
  return positions.every((position, slice) => {
    const bit = slice * sliceBits + position;
    return (bits[bit >> 3] & 1 << (bit & 7)) !== 0;
  });
}

/** Options of {@link filterWith}. */
export interface AddOptions {
  /**
   * What happens to a key for which there is no room: the filter refuses it (the default), or leaves it out silently,
   * as Quasar does with its subscriptions.
   */
  readonly full?: "refuse" | "leaveOut";
}

/**
 * A filter with more keys. A key that is in it already is not counted again. As in pybloom there is room for one key
 * more than the capacity says.
 *
 * @throws CodecError `limit` when there is no room for a key
 */
export function filterWith(filter: Filter, keys: Iterable<FilterKey>, { full = "refuse" }: AddOptions = {}): Filter {
  const { capacity, sliceBits } = filter;
  const bits = filter.bits.slice();
  let { count } = filter;
  for (const key of keys) {
    const positions = filterPositions(filter, key);
    if (hasPositions(filter, bits, positions)) continue;
    if (count > capacity) {
      if (full === "leaveOut") continue;
      throw new CodecError("limit", `The filter is full with ${count} keys`, { context: { capacity } });
    }
    for (const [slice, position] of positions.entries()) {
      const bit = slice * sliceBits + position;
      bits[bit >> 3] |= 1 << (bit & 7);
    }
    count++;
  }
  return { ...filter, count, bits };
}

/** Whether two filters can be united: whether their sizes are the same. */
export function sameSizes(a: FilterParams, b: FilterParams): boolean {
  return a.errorRate === b.errorRate && a.sliceCount === b.sliceCount && a.sliceBits === b.sliceBits &&
    a.capacity === b.capacity;
}

/** Whether two filters have the same sizes and bits; their counts may differ. */
export function sameFilter(a: Filter, b: Filter): boolean {
  return sameSizes(a, b) && a.bits.every((byte, index) => byte === b.bits[index]);
}

/**
 * A filter with the keys of both. Its count is 0.
 *
 * @throws CodecError `refused` for filters of different sizes, see {@link sameSizes}
 */
export function filterUnion(a: Filter, b: Filter): Filter {
  if (!sameSizes(a, b)) {
    throw new CodecError("refused", "Filters of different sizes have no union", {
      context: { capacities: [a.capacity, b.capacity], errorRates: [a.errorRate, b.errorRate] },
    });
  }
  return { ...a, count: 0, bits: a.bits.map((byte, index) => byte | b.bits[index]) };
}
