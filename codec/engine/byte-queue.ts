/**
 * Bytes that have arrived but do not belong to a message yet.
 *
 * @module
 */

const NOTHING = new Uint8Array(0);
/** Room that is made at least when bytes have to be kept. */
const ROOM_BYTES_MIN = 256;

/** A queue of bytes that lie one after the other: `bytes[start]` up to `bytes[end]`. */
export class ByteQueue {
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  /** Offset in the stream of the first byte in the queue. */
  offset = 0;
  /** Whether the bytes are the pusher's, who may use their memory again. */
  #borrowed = false;

  /** How many bytes there are. */
  get length(): number {
    return this.end - this.start;
  }

  /**
   * Adds bytes. An empty queue only refers to them: call {@link own} before their memory is used for something else.
   */
  push(chunk: Uint8Array): void {
    if (this.length === 0) {
      this.bytes = chunk;
      this.start = 0;
      this.end = chunk.length;
      this.#borrowed = true;
      return;
    }
    this.#reserve(chunk.length);
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  /** Makes the bytes the queue's own. */
  own(): void {
    if (this.#borrowed) this.#reserve(0);
  }

  /** Takes bytes off the front. */
  drop(count: number): void {
    this.start += count;
    this.offset += count;
  }

  #reserve(count: number): void {
    const used = this.length;
    if (!this.#borrowed && this.end + count <= this.bytes.length) return;
    const needed = used + count;
    // Bytes are moved to the front only where that makes room for as many again: each is moved seldom.
    const fits = !this.#borrowed && 2 * needed <= this.bytes.length;
    const bytes = fits ? this.bytes : new Uint8Array(needed === 0 ? 0 : Math.max(ROOM_BYTES_MIN, 2 * needed));
    bytes.set(this.bytes.subarray(this.start, this.end));
    this.bytes = bytes;
    this.#borrowed = false;
    this.start = 0;
    this.end = used;
  }
}
