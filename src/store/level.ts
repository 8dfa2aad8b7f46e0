/**
 * What the store needs from a database, and the checksum that detects missing documents.
 *
 * @module
 */

/** One change of a batch. */
export type LevelChange =
  | { readonly type: "put"; readonly key: string; readonly value: string }
  | { readonly type: "del"; readonly key: string };

/** A database of sorted texts, as `abstract-level` has them. */
export interface Level {
  /** Carries out all changes or none; with `sync` they are on disk when it resolves. */
  batch(changes: LevelChange[], options: { readonly sync: boolean }): Promise<void>;
  get(key: string): Promise<string | undefined>;
  iterator(range: { readonly gte?: string; readonly lt?: string }): AsyncIterable<[string, string]>;
  close(): Promise<void>;
}

/** The key of the sum. No namespace begins with an exclamation mark. */
export const SUM_KEY = "!sum";

/**
 * A sum over all documents, written with every batch. A database that lost a batch in the middle, which LevelDB's
 * recovery does without a word when a block of its log is damaged, then has documents that do not fit the sum.
 */
export class Sum {
  readonly #hashes = new Map<string, number>();
  #total = 0;
  /** How many batches were written, as far as that was counted. */
  batches = 0;

  /** How many documents there are. */
  get count(): number {
    return this.#hashes.size;
  }

  /** Takes a change into the sum. */
  apply(change: LevelChange): void {
    const before = this.#hashes.get(change.key);
    if (before !== undefined) this.#total ^= before;
    if (change.type === "del") {
      this.#hashes.delete(change.key);
      return;
    }
    const hash = hashOf(change.key, change.value);
    this.#hashes.set(change.key, hash);
    this.#total ^= hash;
  }

  /** Whether there is a document. */
  has(key: string): boolean {
    return this.#hashes.has(key);
  }

  /** The sum as it is stored. */
  text(): string {
    return `${this.count} ${(this.#total >>> 0).toString(16)} ${this.batches}`;
  }
}

/** FNV-1a over the code units of two texts: it finds accidents, not attacks. */
export function hashOf(key: string, value: string): number {
  let hash = 0x811c9dc5;
  const add = (text: string) => {
    for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  };
  add(key);
  add("\n");
  add(value);
  return hash;
}

/** What a database holds, and whether that is all of it. */
export interface Audit {
  readonly sum: Sum;
  /** Whether the documents fit the sum that was stored with them. */
  readonly whole: boolean;
}

/** Reads a whole database. */
export async function audit(level: Level): Promise<Audit> {
  const sum = new Sum();
  let stored: string | undefined;
  for await (const [key, value] of level.iterator({})) {
    if (key === SUM_KEY) stored = value;
    else sum.apply({ type: "put", key, value });
  }
  if (stored === undefined) return { sum, whole: sum.count === 0 };
  const [, text, batches] = /^(\d+ [0-9a-f]+)(?: (\d{1,15}))?$/.exec(stored) ?? [];
  const whole = text !== undefined && sum.text() === `${text} 0`;
  sum.batches = Number(batches ?? 0);
  return { sum, whole };
}
