/**
 * The hash table of a node as a dictionary.
 *
 * @module
 */

import type { MsgpackValue } from "../../codec/msgpack/mod.ts";
import type { WaitOptions } from "../host/mod.ts";
import { type DhtKeyLike, type GetOptions, type PutOptions, type ValueLike, WALK_TIMEOUT_MS } from "./api.ts";
import { type DhtEntry, entryOf } from "./dht.ts";
import { StorjError, withStorjErrors } from "./error.ts";
import type { Ground } from "./ground.ts";
import type { KeptPuts } from "./kept-puts.ts";
import { isSealingKey } from "./relay/mod.ts";
import { valueOf } from "./values.ts";

/** What a dictionary needs of its node. */
export interface DictParts {
  readonly ground: Ground;
  get(key: DhtKeyLike, options: GetOptions): Promise<MsgpackValue>;
  put(entry: DhtEntry, options: PutOptions): Promise<boolean>;
  readonly kept: Pick<KeptPuts, "keep" | "done">;
}

/** Several values: pairs, or an object. */
export type Entries = Iterable<readonly [DhtKeyLike, ValueLike]> | Readonly<Record<string, ValueLike>>;

/** The dictionary of a node. */
export class Dict {
  readonly #parts: DictParts;

  constructor(parts: DictParts) {
    this.#parts = parts;
  }

  /** See `StorjNode.set`. */
  async set(key: DhtKeyLike, value: ValueLike, options: PutOptions = {}): Promise<boolean> {
    return await this.#parts.put(entryOf(key, value), { timeoutMs: WALK_TIMEOUT_MS, ...options });
  }

  /** See `StorjNode.get`. */
  async get(key: DhtKeyLike, fallback: MsgpackValue = null, options: GetOptions = {}): Promise<MsgpackValue> {
    return await this.#parts.get(key, options) ?? fallback;
  }

  /** See `StorjNode.has`. */
  async has(key: DhtKeyLike, options: WaitOptions = {}): Promise<boolean> {
    return await this.#parts.get(key, options) !== null;
  }

  /** See `StorjNode.setDefault`. */
  async setDefault(
    key: DhtKeyLike,
    value: ValueLike,
    { text, ...options }: PutOptions & GetOptions = {},
  ): Promise<MsgpackValue> {
    const entry = entryOf(key, value);
    const found = await this.#parts.get(key, text === undefined ? options : { ...options, text });
    if (found !== null) return found;
    if (await this.#parts.put(entry, { timeoutMs: WALK_TIMEOUT_MS, ...options })) return valueOf(value);
    const knowsNobody = this.#parts.ground.dht.stats().contacts === 0;
    throw new StorjError(knowsNobody ? "no-peers" : "uncertain", "Cannot store the value: nobody has said that it did");
  }

  /** See `StorjNode.update`. */
  async update(entries: Entries, { keep = false, ...options }: PutOptions = {}): Promise<boolean> {
    const { ground, kept } = this.#parts;
    const pairs = Symbol.iterator in entries ? [...entries] : Object.entries(entries);
    const all = pairs.map(([key, value]) => entryOf(key, value));
    if (keep) await kept.keep(all);
    const stored = await withStorjErrors(putAll(ground, all, { timeoutMs: WALK_TIMEOUT_MS, ...options }));
    await kept.done(stored);
    return stored.length === all.length;
  }

  /** See `StorjNode.stored`. */
  async *stored(): AsyncGenerator<readonly [key: Uint8Array, value: MsgpackValue]> {
    for await (const { key, value } of this.#parts.ground.dht.values()) {
      // Nodes publish them by themselves; nobody has put them.
      if (isSealingKey(value)) continue;
      let read: MsgpackValue;
      try {
        read = valueOf(value);
      } catch (error) {
        if (error instanceof StorjError) continue;
        throw error;
      }
      yield [key, read];
    }
  }
}

/** Puts values; returns the keys of those that somebody stored. */
async function putAll({ dht }: Ground, entries: readonly DhtEntry[], options: WaitOptions): Promise<Uint8Array[]> {
  const stored: Uint8Array[] = [];
  const pairs = entries.map(({ key, value }) => [key, value] as const);
  for await (const outcome of dht.putMany(pairs, options)) if (outcome.stored > 0) stored.push(outcome.key);
  return stored;
}
