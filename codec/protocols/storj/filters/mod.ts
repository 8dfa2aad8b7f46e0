/**
 * Bloom filters, alone and in levels, and what changes in them.
 *
 * @module
 */

export * from "./changes.ts";
export * from "./hash.ts";
export {
  type AddOptions,
  createFilter,
  type Filter,
  FILTER_BITS_MAX,
  filterBits,
  filterHas,
  filterHasPositions,
  type FilterLayout,
  type FilterOptions,
  type FilterParams,
  filterParams,
  filterUnion,
  filterWith,
  layoutOf,
  sameFilter,
  sameSizes,
} from "./filter.ts";
export * from "./levels.ts";
