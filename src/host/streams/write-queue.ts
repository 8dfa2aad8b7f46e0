/**
 * Writes that wait until their network takes more.
 *
 * @module
 */

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

  /** Takes the next part out, `null` if there is none. It must be copied at once: its memory is the writer's. */
  take(bytesMax: number): Uint8Array | null {
    const first = this.#writes.at(0);
    if (first === undefined) return null;
    const part = first.bytes.subarray(first.taken, first.taken + bytesMax);
    first.taken += part.length;
    if (first.taken === first.bytes.length) {
      this.#writes.shift();
      first.resolve(first.bytes.length);
    }
    return part;
  }

  /** Rejects everything that waits. */
  fail(error: unknown): void {
    for (const { reject } of this.#writes.splice(0)) reject(error);
  }
}
