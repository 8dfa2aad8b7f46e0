/**
 * Sets of bits of a filter in few bytes, and checksums of filters that follow each change.
 *
 * @module
 */

import { CodecError } from "../../../mod.ts";
import { FILTER_BITS_MAX } from "./filter.ts";

/** Bits that hold every position of a filter. */
const POSITION_BITS = Math.log2(FILTER_BITS_MAX);
/** Of gaps that are distributed as they are between random bits, half are shorter than this part of the mean. */
const MEDIAN = Math.LN2;

/**
 * Positions of bits, as Rice codes of the gaps between them: the first byte is a number k; then, from the lowest bit of each
 * byte, each position has as many zeros as its gap has multiples of 2^k, a one, and the lowest k bits of the gap from the
 * lowest on. The rest is zero. With k = 0 these are the bits of the filter themselves. No position is no byte.
 *
 * ```ts
 * import { packPositions } from "warpwire/protocols/storj";
 *
 * console.log(packPositions([472, 1028, 62, 1236].sort((a, b) => a - b)).length); // 7
 * ```
 *
 * @param positions Ascending, none twice
 */
export function packPositions(positions: readonly number[]): Uint8Array {
  if (positions.length === 0) return new Uint8Array(0);
  const span = positions[positions.length - 1] + 1;
  const k = Math.max(0, Math.round(Math.log2(MEDIAN * span / positions.length)));
  const bytes = new Uint8Array(2 + (span >>> k + 3) + Math.ceil(positions.length * (k + 1) / 8));
  bytes[0] = k;
  let at = 8;
  let next = 0;
  for (const position of positions) {
    const gap = position - next;
    next = position + 1;
    at += gap >>> k;
    bytes[at >>> 3] |= 1 << (at & 7);
    at += 1;
    for (let left = k, low = gap & 2 ** k - 1; left > 0;) {
      bytes[at >>> 3] |= low << (at & 7);
      const written = Math.min(left, 8 - (at & 7));
      low >>>= written;
      left -= written;
      at += written;
    }
  }
  return bytes.slice(0, Math.ceil(at / 8));
}

/**
 * The positions that {@link packPositions} has packed, ascending.
 *
 * @param bitCount Bits of the filter
 * @throws CodecError `refused` for a number k that no filter needs, `length` for a gap that is cut off, `range` for a
 * position beyond the filter
 */
export function unpackPositions(bytes: Uint8Array, bitCount: number): number[] {
  const positions: number[] = [];
  if (bytes.length === 0) return positions;
  const k = bytes[0];
  if (k > POSITION_BITS) throw new CodecError("refused", `No gap in a filter has ${k} lowest bits`, { offset: 0 });
  const end = bytes.length * 8;
  let zeros = 0;
  let next = 0;
  for (let at = 8; at < end;) {
    const rest = bytes[at >>> 3] >>> (at & 7);
    if (rest === 0) {
      zeros += 8 - (at & 7);
      at += 8 - (at & 7);
      continue;
    }
    const more = 31 - Math.clz32(rest & -rest);
    at += more + 1;
    if (at + k > end) throw new CodecError("length", "A gap is cut off", { offset: bytes.length });
    const position = next + (zeros + more) * 2 ** k + lowBits(bytes, at, k);
    at += k;
    if (position >= bitCount) {
      throw new CodecError("range", `Bit ${position} is beyond the ${bitCount} of the filter`, {
        offset: at - 1 >>> 3,
      });
    }
    positions.push(position);
    next = position + 1;
    zeros = 0;
  }
  return positions;
}

/** A number of so many bits, from its lowest on. */
function lowBits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let read = 0; read < count;) {
    const taken = Math.min(count - read, 8 - (at & 7));
    value |= (bytes[at >>> 3] >>> (at & 7) & 2 ** taken - 1) << read;
    read += taken;
    at += taken;
  }
  return value;
}

/** Bytes of the checksum of filters. */
export const FILTER_SUM_BYTES = 8;

/**
 * The checksum of filters in levels. Setting or clearing a bit changes it in the same way, whatever the other bits are, so
 * that whoever changes a few bits need not look at the others. It finds what was lost; it keeps nobody from lying.
 */
export class FilterSum {
  #high = 0;
  #low = 0;

  /** Takes in that a bit of a level has become the other one. */
  toggle(level: number, position: number): void {
    const number = level * FILTER_BITS_MAX + position;
    this.#high ^= mixed(number ^ 0x9e3779b9);
    this.#low ^= mixed(number ^ 0x7f4a7c15);
  }

  /** One that goes its own way from here. */
  copy(): FilterSum {
    const copy = new FilterSum();
    [copy.#high, copy.#low] = [this.#high, this.#low];
    return copy;
  }

  /** Whether it is the one of these bytes. */
  is(bytes: Uint8Array): boolean {
    return this.bytes().every((byte, index) => byte === bytes[index]);
  }

  /** 8 bytes. */
  bytes(): Uint8Array {
    const view = new DataView(new ArrayBuffer(FILTER_SUM_BYTES));
    view.setInt32(0, this.#high);
    view.setInt32(4, this.#low);
    return new Uint8Array(view.buffer);
  }
}

/** A number of which each bit depends on all bits of the other one. */
function mixed(number: number): number {
  let bits = Math.imul(number ^ number >>> 16, 0x7feb352d);
  bits = Math.imul(bits ^ bits >>> 15, 0x846ca68b);
  return bits ^ bits >>> 16;
}
