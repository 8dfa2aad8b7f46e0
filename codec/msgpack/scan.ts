/**
 * Finds the end of one msgpack value in bytes that arrive in chunks.
 *
 * @module
 */

import { tooDeep, tooManyElements } from "../failures.ts";
import type { Scanner } from "../schema/mod.ts";
import { notAByte } from "./failures.ts";
import { BASE, type Kind, KINDS, LENGTH_BYTES } from "./format.ts";

/** What a scanner refuses early. */
export interface ScanLimits {
  /** How many arrays and maps may be around a value. */
  readonly depthMax: number;
  /** How many elements one array, or keys and values one map, may have. */
  readonly elementsMax: number;
}

/**
 * Finds the end of a value of any shape. It keeps a number for each open array and map, and nothing else, whatever the
 * counts and lengths claim.
 */
export function msgpackScanner(limits: ScanLimits): Scanner {
  return new ValueScanner(limits);
}

class ValueScanner implements Scanner {
  readonly #limits: ScanLimits;
  /** For each open array or map, how many values are still to come; first of all, the value itself. */
  readonly #open: number[] = [1];
  /** Bytes pushed before. */
  #offset = 0;
  /** Bytes of content that are still to come. */
  #skip = 0;
  /** The first byte of the value whose length is being read, the length so far, and the bytes of it still to come. */
  #lead = 0;
  #length = 0;
  #lengthLeft = 0;

  constructor(limits: ScanLimits) {
    this.#limits = limits;
  }

  push(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (this.#open.length > 0) {
      if (this.#skip > 0) {
        const count = Math.min(this.#skip, end - at);
        this.#skip -= count;
        at += count;
        if (this.#skip > 0) return this.#goesOn(end - start);
      }
      if (this.#lengthLeft > 0) {
        if (at === end) return this.#goesOn(end - start);
        this.#length = this.#length * 256 + bytes[at++];
        if (--this.#lengthLeft === 0) this.#enter(this.#offset + at - start);
        continue;
      }
      const top = this.#open.length - 1;
      if (this.#open[top] === 0) {
        this.#open.pop();
        continue;
      }
      if (at === end) return this.#goesOn(end - start);
      this.#open[top]--;
      this.#lead = bytes[at++];
      this.#length = 0;
      this.#lengthLeft = LENGTH_BYTES[this.#lead];
      if (this.#lengthLeft === 0) this.#enter(this.#offset + at - start);
    }
    return at;
  }

  #goesOn(count: number): number {
    this.#offset += count;
    return -1;
  }

  /** Says what follows the form and the length, which end at `offset`. */
  #enter(offset: number): void {
    const kind: Kind = KINDS[this.#lead];
    const size = BASE[this.#lead] + this.#length;
    const { elementsMax, depthMax } = this.#limits;
    if (kind === "array" || kind === "map") {
      const count = kind === "map" ? 2 * size : size;
      if (count > elementsMax) tooManyElements("", offset, count, elementsMax);
      if (this.#open.length > depthMax) tooDeep("", offset, depthMax);
      this.#open.push(count);
      return;
    }
    if (kind === "never") notAByte("", offset - 1);
    this.#skip = size;
  }
}
