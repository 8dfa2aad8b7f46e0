/**
 * Which of several values most nodes have answered with.
 *
 * @module
 */

import type { Packed } from "../../codec/msgpack/mod.ts";
import type { FoundValue } from "./api.ts";
import type { Contact } from "./contact.ts";
import { sameBytes } from "./values/mod.ts";

interface Count {
  readonly value: Packed;
  /** Who answered first with it. */
  readonly from: Contact | null;
  copies: number;
}

/** Counts values by their bytes, so that they may be of any type. */
export class Tally {
  readonly #quorum: number;
  readonly #counts: Count[] = [];
  #answers = 0;

  constructor(quorum: number) {
    this.#quorum = quorum;
  }

  /** Counts an answer; returns whether there are enough. */
  add(value: Packed, from: Contact | null): boolean {
    const same = this.#counts.find((count) => sameBytes(count.value.bytes, value.bytes));
    if (same === undefined) this.#counts.push({ value, from, copies: 1 });
    else same.copies += 1;
    this.#answers += 1;
    return this.#answers >= this.#quorum;
  }

  /** The most frequent value, of several the first; null if there was none. */
  most(): Pick<FoundValue, "value" | "from" | "copies" | "answers"> | null {
    let most: Count | null = null;
    for (const count of this.#counts) if (most === null || count.copies > most.copies) most = count;
    return most === null ? null : { ...most, answers: this.#answers };
  }
}
