/**
 * Which numbers have come: the highest one, and a bit for each of a thousand before it.
 *
 * @module
 */

import { STREAM_SEEN_BYTES_MAX } from "../../../../codec/protocols/storj/mod.ts";

/** A number that is lower than the highest one by less than this can still be told from one that has come. */
export const NUMBERS_KNOWN: number = 8 * (STREAM_SEEN_BYTES_MAX - 1);

/** Numbers of pieces that have come. */
export class Numbers {
  /** The bits of the eight numbers from 8 n on are in byte n modulo the length. */
  readonly #bits = new Uint8Array(STREAM_SEEN_BYTES_MAX);
  #highest = -1;

  /** The highest number, -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** Whether a number has come, or is so low that it must have. */
  has(number: number): boolean {
    if (number > this.#highest) return false;
    if (this.#highest - number >= NUMBERS_KNOWN) return true;
    return (this.#bits[byteOf(number) % STREAM_SEEN_BYTES_MAX] & (1 << number % 8)) !== 0;
  }

  /** Notes a number. */
  add(number: number): void {
    const byte = byteOf(number);
    if (number > this.#highest) {
      const passed = Math.min(byte - byteOf(this.#highest), STREAM_SEEN_BYTES_MAX);
      for (let back = 0; back < passed; back++) this.#bits[(byte - back) % STREAM_SEEN_BYTES_MAX] = 0;
      this.#highest = number;
    }
    this.#bits[byte % STREAM_SEEN_BYTES_MAX] |= 1 << number % 8;
  }

  /** Writes the bits as acknowledgements have them: the byte of the highest number first. Returns their part of `target`. */
  write(target: Uint8Array): Uint8Array {
    const byte = byteOf(this.#highest);
    const length = Math.min(byte + 1, STREAM_SEEN_BYTES_MAX);
    for (let back = 0; back < length; back++) target[back] = this.#bits[(byte - back) % STREAM_SEEN_BYTES_MAX];
    return target.subarray(0, length);
  }
}

/** Whether an acknowledgement of a highest number speaks of another number as come. */
export function hasSeen(seen: Uint8Array, highest: number, number: number): boolean {
  const back = byteOf(highest) - byteOf(number);
  return back < seen.length && (seen[back] & (1 << number % 8)) !== 0;
}

function byteOf(number: number): number {
  return Math.floor(number / 8);
}
