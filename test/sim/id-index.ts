/**
 * Which nodes are nearest to a key, found without the engine: its answers are held against these.
 *
 * @module
 */

const ID_BITS = 160;

/** Something with an id of 20 bytes. */
export interface Identified {
  readonly id: Uint8Array;
}

/** Things by their ids, none of which occurs twice. */
export class IdIndex<T extends Identified> {
  /** In the order of their ids, so that those with a common beginning lie side by side. */
  readonly #sorted: T[] = [];

  get size(): number {
    return this.#sorted.length;
  }

  add(item: T): void {
    this.#sorted.splice(this.#place(item.id), 0, item);
  }

  remove(item: T): void {
    const at = this.#place(item.id);
    if (this.#sorted[at] !== item) throw new Error("Cannot remove what is not there");
    this.#sorted.splice(at, 1);
  }

  /** The `count` things nearest to a key by the distance of Kademlia, the nearest first. */
  closest(key: Uint8Array, count: number): T[] {
    const found: T[] = [];
    this.#collect(key, count, 0, this.#sorted.length, 0, found);
    return found.sort((a, b) => compareDistances(a.id, b.id, key));
  }

  /** Takes from a range whose ids agree up to a bit, the half with the bit of the key first. */
  #collect(key: Uint8Array, count: number, low: number, high: number, bit: number, found: T[]): void {
    if (low === high || found.length === count) return;
    if (high - low <= count - found.length || bit === ID_BITS) {
      for (let at = low; at < high; at++) found.push(this.#sorted[at]);
      return;
    }
    const middle = this.#firstWithBit(low, high, bit);
    const halves = [[low, middle], [middle, high]];
    if (bitOf(key, bit) === 1) halves.reverse();
    for (const [from, to] of halves) this.#collect(key, count, from, to, bit + 1, found);
  }

  #firstWithBit(low: number, high: number, bit: number): number {
    while (low < high) {
      const middle = (low + high) >> 1;
      if (bitOf(this.#sorted[middle].id, bit) === 1) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #place(id: Uint8Array): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareBytes(this.#sorted[middle].id, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Which of two ids is nearer to a key: less than 0 for the first one, 0 if they are equal. */
export function compareDistances(a: Uint8Array, b: Uint8Array, key: Uint8Array): number {
  for (let at = 0; at < key.length; at++) {
    if (a[at] !== b[at]) return (a[at] ^ key[at]) - (b[at] ^ key[at]);
  }
  return 0;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return a[at] - b[at];
  return 0;
}

function bitOf(id: Uint8Array, bit: number): number {
  return (id[bit >> 3] >> (7 - (bit & 7))) & 1;
}
