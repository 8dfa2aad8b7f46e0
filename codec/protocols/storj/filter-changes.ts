/**
 * Sets of bits of a filter in few bytes, and checksums of filters that follow each change.
 *
 * @module
 */

import { CodecError } from "../../mod.ts";
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
  const bits = new BitWriter(8 + (span >>> k) + positions.length * (k + 1));
  bits.push(k, 8);
  let next = 0;
  for (const position of positions) {
    const gap = position - next;
    bits.skip(gap >>> k);
    bits.push(1, 1);
    bits.push(gap & (2 ** k - 1), k);
    next = position + 1;
  }
  return bits.bytes();
}

class BitWriter {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bitsMax: number) {
    this.#bytes = new Uint8Array(Math.ceil(bitsMax / 8));
  }

  /** Leaves bits zero. */
  skip(count: number): void {
    this.#at += count;
  }

  push(value: number, count: number): void {
    for (let index = 0; index < count; index++, this.#at++) {
      if ((value >>> index & 1) !== 0) this.#bytes[this.#at >>> 3] |= 1 << (this.#at & 7);
    }
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, Math.ceil(this.#at / 8));
  }
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
  for (let at = 8; at < end; at++) {
    if ((bytes[at >>> 3] >>> (at & 7) & 1) === 0) {
      zeros += 1;
      continue;
    }
    if (at + k >= end) throw new CodecError("length", "A gap is cut off", { offset: bytes.length });
    let gap = zeros * 2 ** k;
    for (let bit = 0; bit < k; bit++) {
      at += 1;
      if ((bytes[at >>> 3] >>> (at & 7) & 1) !== 0) gap += 2 ** bit;
    }
    const position = next + gap;
    if (position >= bitCount) {
      throw new CodecError("range", `Bit ${position} is beyond the ${bitCount} of the filter`, { offset: at >>> 3 });
    }
    positions.push(position);
    next = position + 1;
    zeros = 0;
  }
  return positions;
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
