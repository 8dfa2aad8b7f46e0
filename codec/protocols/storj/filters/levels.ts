/**
 * Attenuated bloom filters: filters in levels, where level `i` describes nodes that are `i` hops away.
 *
 * On the wire they are JSON text, one array for each level.
 *
 * @module
 */

import { CodecError } from "../../../mod.ts";
import { formatBase64, parseBase64 } from "../../astral/mod.ts";
import {
  bytesOfBits,
  createFilter,
  type Filter,
  FILTER_BITS_MAX,
  filterBits,
  type FilterOptions,
  layoutOf,
  sameSizes,
} from "./filter.ts";

/** Filters in levels, from what is near to what is far; all of the same sizes. */
export type Filters = readonly Filter[];

/** Options of {@link createFilters}. */
export interface FiltersOptions extends FilterOptions {
  /** Levels. Default 3, as in storjnet; the swarm that the project was tested with had 1. */
  readonly depth?: number;
}

/** Filters without keys. */
export function createFilters({ depth = 3, ...options }: FiltersOptions = {}): Filters {
  if (!Number.isInteger(depth) || depth < 1 || depth > FILTERS_DEPTH_MAX) {
    throw new RangeError(`Depth ${depth} is not between 1 and ${FILTERS_DEPTH_MAX}`);
  }
  const filter = createFilter(options);
  return Array.from({ length: depth }, () => filter);
}

/** The most levels of a text that is read. */
export const FILTERS_DEPTH_MAX = 16;

/** The most characters of a text that is read: more do not fit into any datagram. */
export const FILTERS_TEXT_MAX = 65_507;

/** Bytes of a level's header: the error rate as a float, and four numbers of 8 bytes. */
const HEADER_BYTES = 40;

/** The text of filters, as Python's json writes it. */
export function formatFilters(filters: Filters): string {
  return `[${filters.map(formatLevel).join(", ")}]`;
}

function formatLevel(filter: Filter): string {
  return `["${formatBase64(headerOf(filter))}", ["little", "${formatBase64(filter.bits)}", ${filterBits(filter)}]]`;
}

function headerOf({ errorRate, sliceCount, sliceBits, capacity, count }: Filter): Uint8Array {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES));
  view.setFloat64(0, errorRate, true);
  for (const [index, number] of [sliceCount, sliceBits, capacity, count].entries()) {
    view.setBigUint64(8 + 8 * index, BigInt(number), true);
  }
  return new Uint8Array(view.buffer);
}

/**
 * The filters of a text. White space may stand where JSON has it; everything else has one form only.
 *
 * @throws CodecError `json` (not this structure), `syntax` (base64), `length` (a header or bits of another size than
 * they say), `refused` (sizes that no pybloom has, levels of different sizes, bits after the last one), `range`, or
 * `limit`; with a path as in `[0].header`
 */
export function parseFilters(text: string): Filters {
  if (text.length > FILTERS_TEXT_MAX) {
    throw new CodecError("limit", `Filters of ${text.length} characters are longer than ${FILTERS_TEXT_MAX}`);
  }
  const levels = parseJson(text);
  if (!Array.isArray(levels) || levels.length === 0) {
    throw new CodecError("json", "Filters are a list of one level or more");
  }
  if (levels.length > FILTERS_DEPTH_MAX) throw new CodecError("limit", `More than ${FILTERS_DEPTH_MAX} levels`);
  const filters = levels.map((level, index) => parseLevel(level, `[${index}]`));
  const other = filters.findIndex((filter) => !sameSizes(filter, filters[0]));
  if (other !== -1) throw new CodecError("refused", "Level has other sizes than the first", { path: `[${other}]` });
  return filters;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CodecError("json", "Filters are not JSON text", { cause });
  }
}

function parseLevel(level: unknown, path: string): Filter {
  if (!Array.isArray(level) || level.length !== 2 || typeof level[0] !== "string" || !Array.isArray(level[1])) {
    throw new CodecError("json", "Level is not a list of a text and a list", { path });
  }
  const [header, packedBits] = level;
  const [order, bitsText, bitCount] = packedBits;
  if (packedBits.length !== 3 || order !== "little" || typeof bitsText !== "string" || typeof bitCount !== "number") {
    throw new CodecError("json", 'Bits are not "little", a text and a number', { path: `${path}.bits` });
  }
  const sizes = parseHeader(base64At(header, `${path}.header`), `${path}.header`);
  return { ...sizes, bits: parseBits(base64At(bitsText, `${path}.bits`), bitCount, filterBits(sizes), `${path}.bits`) };
}

function base64At(text: string, path: string): Uint8Array {
  try {
    return parseBase64(text);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new CodecError(error.code, error.reason, { path, context: error.context, cause: error });
  }
}

type Sizes = Omit<Filter, "bits">;

function parseHeader(header: Uint8Array, path: string): Sizes {
  if (header.length !== HEADER_BYTES) {
    throw new CodecError("length", `Header has ${header.length} bytes in place of ${HEADER_BYTES}`, { path });
  }
  const view = new DataView(header.buffer, header.byteOffset);
  const numberAt = (offset: number) => {
    const value = Number(view.getBigUint64(offset, true));
    if (!Number.isSafeInteger(value)) throw new CodecError("range", `Number ${value} is above 2^53-1`, { path });
    return value;
  };
  const sizes: Sizes = {
    errorRate: view.getFloat64(0, true),
    sliceCount: numberAt(8),
    sliceBits: numberAt(16),
    capacity: numberAt(24),
    count: numberAt(32),
  };
  if (sizes.capacity < 1 || layoutOf(sizes) === undefined) {
    throw new CodecError("refused", "Sizes do not follow from capacity and error rate", {
      path,
      context: { ...sizes },
    });
  }
  if (filterBits(sizes) > FILTER_BITS_MAX) throw new CodecError("limit", `More than ${FILTER_BITS_MAX} bits`, { path });
  if (sizes.count > sizes.capacity + 1) {
    throw new CodecError("refused", `A filter for ${sizes.capacity} keys cannot have ${sizes.count}`, { path });
  }
  return sizes;
}

function parseBits(bits: Uint8Array, bitCount: number, expected: number, path: string): Uint8Array {
  if (bitCount !== expected || bits.length !== bytesOfBits(expected)) {
    throw new CodecError("length", `${bits.length} bytes of ${bitCount} bits are not ${expected} bits`, { path });
  }
  const used = expected % 8;
  if (used !== 0 && bits[bits.length - 1] >> used !== 0) {
    throw new CodecError("refused", "Padding bits are not zero", { path });
  }
  return bits;
}
