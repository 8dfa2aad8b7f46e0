/**
 * The streams of a node, by their ids.
 *
 * @module
 */

import { STREAM_ID_BYTES } from "../../../codec/protocols/storj/mod.ts";
import type { Random } from "../../host/mod.ts";
import type { StreamEntry } from "./transport.ts";

/** The streams that there are. */
export class StreamTable {
  readonly #max: number;
  /** By the first 48 bits of the id, of which no two are equal. */
  readonly #entries = new Map<number, StreamEntry>();
  /** How many are being opened here, and will be added. */
  #reserved = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** How many streams there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** Whether there may be no more. */
  get full(): boolean {
    return this.#entries.size + this.#reserved >= this.#max;
  }

  /** All of them, in the order of their opening. */
  entries(): StreamEntry[] {
    return [...this.#entries.values()];
  }

  /** The stream of an id. */
  find(id: Uint8Array): StreamEntry | null {
    const entry = this.#entries.get(keyOf(id));
    if (entry === undefined) return null;
    for (let index = 6; index < STREAM_ID_BYTES; index++) if (entry.id[index] !== id[index]) return null;
    return entry;
  }

  /** Whether a stream with this id may be added; strangers choose the ids of streams that are opened with them. */
  isFree(id: Uint8Array): boolean {
    return !this.#entries.has(keyOf(id));
  }

  /** A fresh id. */
  draw(random: Random): Uint8Array {
    let id;
    do id = random.bytes(STREAM_ID_BYTES); while (!this.isFree(id));
    return id;
  }

  /** Keeps a place for a stream that is being opened; to be released once. */
  reserve(): () => void {
    this.#reserved += 1;
    return () => void (this.#reserved -= 1);
  }

  add(entry: StreamEntry): void {
    this.#entries.set(keyOf(entry.id), entry);
  }

  /** Takes a stream out. Returns whether it was there. */
  remove(entry: StreamEntry): boolean {
    const key = keyOf(entry.id);
    return this.#entries.get(key) === entry && this.#entries.delete(key);
  }

  /**
   * Who has to make room for somebody at another address: a stream that somebody has opened without ever using it, if more
   * than half of all places are taken by its address.
   */
  victim(address: string): StreamEntry | null {
    const counts = new Map<string, number>();
    for (const { address } of this.#entries.values()) counts.set(address, (counts.get(address) ?? 0) + 1);
    for (const entry of this.#entries.values()) {
      if (!entry.incoming || entry.heard || entry.address === address) continue;
      if (counts.get(entry.address)! > this.#max / 2) return entry;
    }
    return null;
  }
}

function keyOf(id: Uint8Array): number {
  return ((id[0] << 16) | (id[1] << 8) | id[2]) * 2 ** 24 + ((id[3] << 16) | (id[4] << 8) | id[5]);
}
