/**
 * Pieces of a stream that have come before those in front of them.
 *
 * @module
 */

/** So many are kept: as many as a sender may have on their way. */
const PIECES_MAX = 1024;

interface Part {
  readonly offset: number;
  readonly data: Uint8Array;
}

/** Pieces that wait, in order, without overlaps: of bytes that come twice, the first ones count. */
export class Arrivals {
  #parts: Part[] = [];

  /** Where the first piece begins, `Infinity` without any. */
  get start(): number {
    return this.#parts[0]?.offset ?? Infinity;
  }

  /** The end of the last piece, 0 without any. */
  get end(): number {
    const last = this.#parts.at(-1);
    return last === undefined ? 0 : last.offset + last.data.length;
  }

  /**
   * Keeps what is new of a piece, as a copy. Returns how many bytes are new, or -1 if there was no room for all of them.
   */
  add(offset: number, data: Uint8Array): number {
    const parts = this.#parts;
    let at = this.#indexAfter(offset);
    let start = offset;
    const end = offset + data.length;
    let added = 0;
    if (at > 0) start = Math.max(start, parts[at - 1].offset + parts[at - 1].data.length);
    while (start < end) {
      const stop = at < parts.length ? Math.min(end, parts[at].offset) : end;
      if (stop > start) {
        if (parts.length >= PIECES_MAX) return -1;
        parts.splice(at, 0, { offset: start, data: data.slice(start - offset, stop - offset) });
        added += stop - start;
        at += 1;
      }
      if (at === parts.length) break;
      start = Math.max(stop, parts[at].offset + parts[at].data.length);
      at += 1;
    }
    return added;
  }

  /** Takes the first piece out if it begins at an offset, or before it; then without what is before. */
  take(offset: number): Uint8Array | null {
    const first = this.#parts[0];
    if (first === undefined || first.offset > offset) return null;
    this.#parts.shift();
    return first.data.subarray(Math.min(first.data.length, offset - first.offset));
  }

  clear(): void {
    this.#parts = [];
  }

  /** How many pieces begin at an offset or before it. */
  #indexAfter(offset: number): number {
    const parts = this.#parts;
    let [low, high] = [0, parts.length];
    // Mostly the newest piece is the last one.
    if (high > 0 && parts[high - 1].offset <= offset) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (parts[middle].offset <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
