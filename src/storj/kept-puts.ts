/**
 * Values that are put anew once a day, so that they outlive the week that others keep them.
 *
 * @module
 */

import { formatHex } from "../../codec/mod.ts";
import type { Timer } from "../host/mod.ts";
import type { DhtEntry } from "./dht.ts";
import type { Ground } from "./ground.ts";

/** How long after a put comes the next, in milliseconds. */
const AGAIN_MS = 86_400_000;
/** After one that nobody took. */
const RETRY_MS = 300_000;
/** While nobody is known, to see whether that has changed. */
const ALONE_MS = 5000;
/** No timer waits longer, so that a clock that is put right is noticed. */
const LOOK_MS_MAX = 3_600_000;

/** A value that is put anew. */
export interface KeptPut extends DhtEntry {
  /** When it was stored last, in milliseconds since 1970; 0 if it was not yet. */
  readonly putMs: number;
}

/** Told what has changed: null for what is not kept any more. Resolves when that survives. */
export type KeepPuts = (
  changes: readonly { readonly key: Uint8Array; readonly put: KeptPut | null }[],
) => Promise<void>;

/** What is kept of one value. */
interface Kept extends KeptPut {
  readonly dueMs: number;
}

/** The values of this node that are put anew. */
export class KeptPuts {
  readonly #ground: Ground;
  readonly #save: KeepPuts;
  /** By the hex digits of the key. */
  readonly #kept = new Map<string, Kept>();
  #timer: Timer | null = null;
  #working: Promise<void> | null = null;

  /** @param save By default nothing survives the end of the program */
  constructor(ground: Ground, save: KeepPuts = () => Promise.resolve()) {
    this.#ground = ground;
    this.#save = save;
  }

  /** How many there are. */
  get size(): number {
    return this.#kept.size;
  }

  /**
   * Keeps values from now on. They are not put at once, but soon if nobody says that they were {@link done}.
   *
   * @throws StoreError when they would not survive; then they are not kept
   */
  async keep(entries: readonly DhtEntry[]): Promise<void> {
    const dueMs = this.#now() + RETRY_MS;
    const puts = entries.map(({ key, value }): Kept => ({ key, value, putMs: 0, dueMs }));
    await this.#save(puts.map((put) => ({ key: put.key, put })));
    for (const put of puts) this.#kept.set(formatHex(put.key), put);
    this.#schedule();
  }

  /** Takes values that were kept before the program began. */
  restore(puts: Iterable<KeptPut>): void {
    for (const put of puts) this.#kept.set(formatHex(put.key), { ...put, dueMs: Math.max(0, put.putMs + AGAIN_MS) });
    this.#schedule();
  }

  /** Keeps a value no longer; false if it was not kept. */
  async unkeep(key: Uint8Array): Promise<boolean> {
    const name = formatHex(key);
    if (!this.#kept.has(name)) return false;
    await this.#save([{ key, put: null }]);
    return this.#kept.delete(name);
  }

  /** Values were stored just now. Should that not survive, they are only put again sooner. */
  async done(keys: readonly Uint8Array[]): Promise<void> {
    const putMs = this.#now();
    const stored = keys.flatMap((key) => this.#kept.get(formatHex(key)) ?? []);
    if (stored.length === 0) return;
    const puts = stored.map((kept): Kept => ({ ...kept, putMs, dueMs: putMs + AGAIN_MS }));
    for (const put of puts) this.#kept.set(formatHex(put.key), put);
    try {
      await this.#save(puts.map((put) => ({ key: put.key, put })));
    } catch (error) {
      this.#ground.tell({ type: "not-kept", what: "puts", error });
    }
  }

  /** Puts nothing any more. */
  async close(): Promise<void> {
    this.#timer?.clear();
    this.#timer = null;
    await this.#working;
  }

  #now(): number {
    return this.#ground.host.clock.now();
  }

  #schedule(): void {
    const { host: { clock }, closing } = this.#ground;
    if (this.#working !== null || closing.aborted || this.#kept.size === 0) return;
    let dueMs = Infinity;
    for (const kept of this.#kept.values()) dueMs = Math.min(dueMs, kept.dueMs);
    const waitMs = Math.min(LOOK_MS_MAX, Math.max(ALONE_MS, dueMs - this.#now()));
    this.#timer?.clear();
    this.#timer = clock.setTimer(waitMs, () => {
      this.#timer = null;
      this.#working = this.#putDue().finally(() => {
        this.#working = null;
        this.#schedule();
      });
    });
  }

  async #putDue(): Promise<void> {
    const { dht, closing } = this.#ground;
    if (dht.stats().contacts === 0) return;
    const now = this.#now();
    const due = [...this.#kept.values()].filter(({ dueMs }) => dueMs <= now);
    const entries = due.map(({ key, value }) => [key, value] as const);
    const stored: Uint8Array[] = [];
    try {
      for await (const outcome of dht.putMany(entries, { signal: closing })) {
        if (outcome.stored > 0) stored.push(outcome.key);
      }
    } catch {
      // The node is closed; what was stored until then counts.
    }
    for (const kept of due) this.#later(kept, now);
    await this.done(stored);
  }

  /** Unless it was kept anew meanwhile. */
  #later(kept: Kept, now: number): void {
    const name = formatHex(kept.key);
    if (this.#kept.get(name) === kept) this.#kept.set(name, { ...kept, dueMs: now + RETRY_MS });
  }
}
