/**
 * The hashes of a share's large files, which nobody waits for: they are made while nobody fetches, while the files are
 * sent, and when somebody asks.
 *
 * @module
 */

import type { Clock } from "../../host/mod.ts";
import { DEFERRED_HASH, type FileEntry, type FileHash } from "../../warpdrive/files/mod.ts";
import { SentHashes } from "../../warpdrive/transfers/mod.ts";

/** What {@link ShareHashes} needs. */
export interface ShareHashesOptions {
  readonly clock: Clock;
  readonly entries: readonly FileEntry[];
  /** Called when a file cannot be hashed, with why. */
  readonly onFailure: (error: unknown) => void;
}

/** The hashes of a share. */
export class ShareHashes implements AsyncDisposable {
  readonly #entries: readonly FileEntry[];
  readonly #deferred: readonly number[];
  readonly #hashes: SentHashes;
  readonly #failed = new Map<number, unknown>();
  /** How many wait for each hash. */
  readonly #asked = new Map<number, number>();
  /** How many fetch. */
  #fetching = 0;
  /** What is hashed although nobody has asked; -1 for nothing. */
  #ahead = -1;
  #stopped = false;

  constructor({ clock, entries, onFailure }: ShareHashesOptions) {
    this.#entries = entries;
    this.#deferred = entries.flatMap(({ sha256 }, index) => sha256 === DEFERRED_HASH ? [index] : []);
    this.#hashes = new SentHashes(clock, (key, error) => {
      this.#failed.set(Number(key), error);
      onFailure(error);
    });
  }

  /** The entries with the hashes that are there. */
  entries(): readonly FileEntry[] {
    if (this.#deferred.length === 0) return this.#entries;
    return this.#entries.map((entry, index) =>
      entry.sha256 === DEFERRED_HASH ? { ...entry, sha256: this.#made(index) ?? DEFERRED_HASH } : entry
    );
  }

  /** Keeps a hash that sending has made. */
  put(hash: FileHash): void {
    const key = String(hash.index);
    this.#hashes.put(key, hash);
    void this.#hashes.end(key);
  }

  /**
   * The hash of an entry; `null` when it takes a while. Rejects with why it cannot be made.
   *
   * @param comes whether it is made by what is sent anyway
   */
  async get(index: number, { comes, signal }: { comes: boolean; signal: AbortSignal }): Promise<string | null> {
    const entry = this.#entries[index] as FileEntry;
    const made = entry.sha256 === DEFERRED_HASH ? this.#made(index) : entry.sha256;
    if (made !== undefined) return made;
    if (this.#failed.has(index)) throw this.#failed.get(index);
    this.#asked.set(index, (this.#asked.get(index) ?? 0) + 1);
    try {
      if (!comes) void this.#hashes.make(String(index), index, entry);
      return await this.#hashes.waitFor(String(index), index, signal);
    } finally {
      this.#asked.set(index, this.#asked.get(index)! - 1);
    }
  }

  /** Waits until every hash is made, or cannot be made. */
  async all(signal: AbortSignal): Promise<void> {
    for (const index of this.#deferred) {
      while (!this.#failed.has(index) && this.#made(index) === undefined) {
        await this.get(index, { comes: false, signal }).catch(() => signal.throwIfAborted());
      }
    }
  }

  /** Makes what nobody has asked for, as long as nobody fetches: disk and processor are for those who do. */
  async makeAhead(): Promise<void> {
    if (this.#ahead >= 0) return;
    for (;;) {
      const next = this.#deferred.find((index) => !this.#failed.has(index) && this.#made(index) === undefined);
      if (next === undefined || this.#fetching > 0 || this.#stopped) return;
      this.#ahead = next;
      await this.#hashes.make(String(next), next, this.#entries[next] as FileEntry);
      this.#ahead = -1;
    }
  }

  /** Notes that somebody fetches, until what is returned is disposed of; what was begun, sending continues. */
  async fetching(): Promise<Disposable> {
    this.#fetching++;
    if (this.#ahead >= 0 && !this.#asked.get(this.#ahead)) await this.#hashes.end(String(this.#ahead));
    return {
      [Symbol.dispose]: () => {
        this.#fetching--;
        void this.makeAhead();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#hashes.stop();
  }

  #made(index: number): string | undefined {
    return this.#hashes.get(String(index), index);
  }
}
