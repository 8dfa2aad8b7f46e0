/**
 * Writes that wait until their network takes more.
 *
 * @module
 */

const NOTHING = new Uint8Array(0);

interface WaitingWrite {
  readonly bytes: Uint8Array;
  /** How many of the bytes were taken. */
  taken: number;
  resolve(count: number): void;
  reject(error: unknown): void;
}

/** A queue of writes, taken out in parts. */
export class WriteQueue {
  #writes: WaitingWrite[] = [];

  /** Whether nothing waits. */
  get empty(): boolean {
    return this.#writes.length === 0;
  }

  /** Adds bytes. Resolves with their number once all of them were taken. */
  add(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => this.#writes.push({ bytes, taken: 0, resolve, reject }));
  }

  /**
   * The first bytes that wait, at most so many; they stay. It may be the writer's memory, which is in use until the write
   * is over.
   */
  peek(bytesMax: number): Uint8Array {
    const [first] = this.#writes;
    if (first === undefined) return NOTHING;
    const part = first.bytes.subarray(first.taken, first.taken + bytesMax);
    if (part.length === bytesMax || this.#writes.length === 1) return part;
    const joined = new Uint8Array(bytesMax);
    let length = 0;
    for (const { bytes, taken } of this.#writes) {
      const more = bytes.subarray(taken, taken + bytesMax - length);
      joined.set(more, length);
      length += more.length;
      if (length === bytesMax) break;
    }
    return joined.subarray(0, length);
  }

  /** Takes the first `count` bytes out, of those that {@link peek} has shown. */
  take(count: number): void {
    let left = count;
    while (left > 0) {
      const first = this.#writes[0]!;
      const part = Math.min(left, first.bytes.length - first.taken);
      first.taken += part;
      left -= part;
      if (first.taken < first.bytes.length) return;
      this.#writes.shift();
      first.resolve(first.bytes.length);
    }
  }

  /**
   * Hands the next part to `send`, which must be done with it, or copy it, at once: its memory is the writer's. What
   * `send` throws rejects the write.
   *
   * @returns Whether a part was sent
   */
  sendNext(bytesMax: number, send: (part: Uint8Array) => void): boolean {
    const first = this.#writes.at(0);
    if (first === undefined) return false;
    const part = first.bytes.subarray(first.taken, first.taken + bytesMax);
    first.taken += part.length;
    const isLast = first.taken === first.bytes.length;
    // Before it is sent: where sending takes no time, the answer to it calls this again.
    if (isLast) this.#writes.shift();
    try {
      send(part);
    } catch (error) {
      first.reject(error);
      return false;
    }
    if (isLast) first.resolve(first.bytes.length);
    return true;
  }

  /** Rejects everything that waits. */
  fail(error: unknown): void {
    for (const { reject } of this.#writes.splice(0)) reject(error);
  }
}
