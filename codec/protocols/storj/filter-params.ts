/**
 * The sizes of a bloom filter, as pybloom works them out.
 *
 * @module
 */

/**
 * Which pybloom: 1.1 gives a slice twice the bits of its successors (2.0, pybloom-live), for the same capacity. Filters of
 * the two cannot be united.
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
export interface FilterParams {
  readonly errorRate: number;
  readonly sliceCount: number;
  /** Bits of one slice. */
  readonly sliceBits: number;
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
    throw new RangeError(`Capacity ${capacity} is no whole number above 0`);
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
