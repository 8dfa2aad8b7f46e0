/**
 * Numbers in few bytes.
 *
 * @module
 */

const BLOCK_BITS = 16;
const BLOCK_LENGTH = 2 ** BLOCK_BITS;
const FIRST_LENGTH = 32;

/** Whole numbers below 2^32 one behind the other, 4 bytes each; growing leaves what is there where it is. */
export class Column {
  readonly #blocks: Uint32Array[] = [new Uint32Array(FIRST_LENGTH)];
  #last = this.#blocks[0];
  /** How many there are. */
  length = 0;

  /** Adds a number. */
  push(value: number): void {
    const at = this.length++ & (BLOCK_LENGTH - 1);
    if (at === 0 && this.length > 1) this.#blocks.push(this.#last = new Uint32Array(BLOCK_LENGTH));
    else if (at === this.#last.length) this.#widen();
    this.#last[at] = value;
  }

  /** The number that was added after `index` others. */
  get(index: number): number {
    return this.#blocks[index >>> BLOCK_BITS][index & (BLOCK_LENGTH - 1)];
  }

  /** Only the first block begins small. */
  #widen(): void {
    const wider = new Uint32Array(Math.min(BLOCK_LENGTH, 4 * this.#last.length));
    wider.set(this.#last);
    this.#blocks[this.#blocks.length - 1] = this.#last = wider;
  }
}
