/**
 * A reader of listings that arrive in pieces, written by hand for this one frame.
 *
 * @module
 */

import { decodeListing } from "../candidates/hand/warpdrive.mjs";

const COUNT_BYTES = 2;
/** Size, permissions and kind, behind the name. */
const ENTRY_TAIL_BYTES = 13;
/** The longest frame that it accepts. */
const FRAME_BYTES_MAX = 64 * 1024;

/** Finds the end of a frame by its lengths and decodes it then. */
export class ListingReader {
  #buffer = new Uint8Array(FRAME_BYTES_MAX);
  #length = 0;
  /** Where the next entry begins, or 0 before the count has been read. */
  #pos = 0;
  #left = 0;

  /** The listing that these bytes complete, if they do. A piece may not reach into the next frame. */
  push(chunk) {
    if (this.#length + chunk.length > FRAME_BYTES_MAX) throw new Error("The frame is too long");
    this.#buffer.set(chunk, this.#length);
    this.#length += chunk.length;
    if (!this.#complete()) return undefined;
    const value = decodeListing(this.#buffer.subarray(0, this.#length));
    this.#length = this.#pos = 0;
    return value;
  }

  #complete() {
    const buffer = this.#buffer;
    if (this.#pos === 0) {
      if (this.#length < COUNT_BYTES) return false;
      this.#left = buffer[0] * 0x100 + buffer[1];
      this.#pos = COUNT_BYTES;
    }
    while (this.#left > 0 && this.#pos < this.#length) {
      this.#pos += 1 + buffer[this.#pos] + ENTRY_TAIL_BYTES;
      this.#left--;
    }
    return this.#left === 0 && this.#pos <= this.#length;
  }
}
