/**
 * Telling somebody who keeps the values of a node on disk what has changed, in batches and not store by store.
 *
 * @module
 */

import type { Packed } from "../../../codec/msgpack/mod.ts";
import type { Clock, Timer } from "../../host/host.ts";
import type { HeldValue } from "./value-limits.ts";
import { keyOf, type ValueMap } from "./values.ts";

/** How long a change waits for others: with the time to write it, a crash costs less than a second. */
const BATCH_MS = 500;
/** After a failure, the next attempt is made after twice the time, up to this. */
const BATCH_MS_MAX = 60_000;

/** A value with what has to be known to keep it. */
export interface StoredValue {
  /** 20 bytes. */
  readonly key: Uint8Array;
  readonly value: Packed;
  /** When it was first seen by anybody, in milliseconds since 1970: its life counts from then. */
  readonly firstMs: number;
  /** Who has stored it, for the limits that hold for one source; empty for this node itself. */
  readonly source: string;
}

/** What has become of the value of a key. */
export interface ValueChange {
  /** 20 bytes. */
  readonly key: Uint8Array;
  /** What is kept under the key now, or null when there is nothing any more. */
  readonly stored: StoredValue | null;
}

/** Writes changes where they survive. The next ones wait until it is done; if it fails, they come again with the next. */
export type KeepValues = (changes: readonly ValueChange[]) => void | Promise<void>;

/** What a {@link ValueJournal} is made of. */
export interface JournalParts {
  readonly clock: Clock;
  readonly values: ValueMap;
  readonly keep: KeepValues;
  /** Called when `keep` has failed. */
  readonly onFailure: (error: unknown) => void;
}

/** The changes that are not written yet: for each key the last one, so there are no more than values. */
export class ValueJournal {
  readonly #parts: JournalParts;
  #changed = new Set<string>();
  #timer: Timer | null = null;
  #writing: Promise<void> | null = null;
  #waitMs = BATCH_MS;
  #closed = false;

  constructor(parts: JournalParts) {
    this.#parts = parts;
  }

  /** Notes that the value of a key has changed. */
  changed(text: string): void {
    if (this.#closed) return;
    this.#changed.add(text);
    if (this.#writing === null) this.#schedule();
  }

  #schedule(): void {
    this.#timer ??= this.#parts.clock.setTimer(this.#waitMs, () => {
      this.#timer = null;
      void this.#write();
    });
  }

  /** Writes what is left, tries once more what has failed, and ends. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.clear();
    this.#timer = null;
    await this.#writing;
    await this.#write();
  }

  #write(): Promise<void> {
    return this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
      if (!this.#closed && this.#changed.size > 0) this.#schedule();
    });
  }

  async #writeAll(): Promise<void> {
    const texts = this.#changed;
    if (texts.size === 0) return;
    this.#changed = new Set();
    try {
      await this.#parts.keep([...texts].map((text) => this.#changeOf(text)));
      this.#waitMs = BATCH_MS;
    } catch (error) {
      this.#waitMs = Math.min(2 * this.#waitMs, BATCH_MS_MAX);
      for (const text of texts) this.#changed.add(text);
      this.#parts.onFailure(error);
    }
  }

  #changeOf(text: string): ValueChange {
    const held = this.#parts.values.held(text);
    return { key: keyOf(text), stored: held === undefined ? null : storedValue(held) };
  }
}

/** A value as others see it. */
export function storedValue(held: HeldValue): StoredValue {
  return { key: keyOf(held.text), value: held.value, firstMs: held.firstMs, source: held.source };
}
