/**
 * Documents in namespaces, with a checked shape and a version, that survive a crash at any moment.
 *
 * @module
 */

import { CodecError } from "../../codec/mod.ts";
import {
  decodeJson,
  JSON_LIMITS,
  jsonAny,
  type JsonLimits,
  type JsonShape,
  jsonText,
  type JsonValue,
} from "../../codec/json/mod.ts";
import { StoreError } from "./error.ts";
import { type Audit, type Level, type LevelChange, type Sum, SUM_KEY } from "./level.ts";

/** What a namespace holds. */
export interface NamespaceOptions<T> {
  /** Lower-case letters, digits and dashes. */
  readonly name: string;
  /** The version of the documents, from 1; it is stored with each of them. */
  readonly version: number;
  /** What a document looks like. One that does not is set aside, see {@link Damage}. */
  readonly shape: JsonShape<T>;
  /** Makes a document of this version of one of an earlier one. Without it such documents are damaged ones. */
  readonly upgrade?: (document: JsonValue, version: number) => T;
  /** Bounds on one document; a mebibyte unless `bytesMax` says otherwise. */
  readonly limits?: Partial<JsonLimits>;
}

/** A change that waits for {@link Store.write}. */
export type Change = LevelChange;

/** The documents of one kind, by key. */
export interface Namespace<T> {
  readonly name: string;
  /**
   * The document of a key, if there is one.
   *
   * @throws StoreError `damaged`, `version`, `closed`, `io`
   */
  get(key: string): Promise<T | undefined>;
  /** All documents, sorted by key. A damaged one is set aside and reported to the store's `onDamage`. */
  entries(): AsyncGenerator<[key: string, document: T], void, undefined>;
  /**
   * The change that stores a document.
   *
   * @throws StoreError `limit`
   * @throws CodecError for a document that has not the shape
   */
  putting(key: string, document: T): Change;
  /** The change that removes a document. */
  deleting(key: string): Change;
}

/** Something that could not be read. It is never thrown away. */
export interface Damage {
  /** What was found. */
  readonly message: string;
  /** Where it was put: a path for a whole store, a key for a single document; empty where there is nothing to put. */
  readonly setAside: string;
  /** How many documents could be saved of a whole store; 0 or 1 documents are lost otherwise. */
  readonly recovered: number;
  readonly cause?: unknown;
}

/** Options of every store. */
export interface StoreOptions {
  /** Told about everything that could not be read. */
  readonly onDamage?: ((damage: Damage) => void) | undefined;
  /**
   * Called with the error when changes can no longer be written, as on a full disk, and with `null` when they can
   * again. What failed to be written meanwhile is not stored.
   */
  readonly onTrouble?: ((error: StoreError | null) => void) | undefined;
  /** How many documents there may be. Default 100,000: the sum over them is kept in memory, some 100 bytes each. */
  readonly documentsMax?: number | undefined;
}

/** A store. It is closed with `close()`, or by `await using`. */
export interface Store extends AsyncDisposable {
  /** The documents of one kind. */
  namespace<T>(options: NamespaceOptions<T>): Namespace<T>;
  /**
   * Carries out all changes or none. They are on disk when it resolves, and survive the end of the process and of the
   * system.
   *
   * @throws StoreError `limit`, `closed`, `io`
   */
  write(changes: readonly Change[]): Promise<void>;
  /** Waits for all writes, and closes the database. May be called again. */
  close(): Promise<void>;
}

const DOCUMENTS_MAX = 100_000;
const DOCUMENT_BYTES_MAX = 1024 * 1024;
const KEY_CHARACTERS_MAX = 1024;
/** What stands between a namespace and a key, and the character after it, with which the range of a namespace ends. */
const SEPARATOR = ":";
const AFTER_SEPARATOR = ";";
/** Where single documents are set aside. */
const DAMAGED_PREFIX = "!damaged:";

/** A database that was read through once. */
export interface OpenLevel {
  readonly level: Level;
  readonly found: Audit;
}

/** What a store does around its database. */
export interface LevelCare {
  /** Opens the database again after a write has failed; rejects as long as that would be of no use. */
  reopen(level: Level): Promise<OpenLevel>;
  /** Called after each batch with the number of all. */
  written(batches: number): Promise<void>;
}

/** A store over an open database that was read through once. */
export class LevelStore implements Store {
  #level: Level;
  #sum: Sum;
  readonly #care: LevelCare | null;
  readonly #onTrouble: (error: StoreError | null) => void;
  readonly #onDamage: (damage: Damage) => void;
  readonly #documentsMax: number;
  /** Ends when the last write has ended: the sum of a batch depends on all batches before. */
  #writing: Promise<void> = Promise.resolve();
  #failure: StoreError | null = null;
  #closing: Promise<void> | null = null;

  constructor({ level, found: { sum } }: OpenLevel, options: StoreOptions = {}, care: LevelCare | null = null) {
    this.#care = care;
    this.#onTrouble = options.onTrouble ?? (() => {});
    this.#level = level;
    this.#sum = sum;
    this.#onDamage = options.onDamage ?? (() => {});
    this.#documentsMax = options.documentsMax ?? DOCUMENTS_MAX;
  }

  namespace<T>(options: NamespaceOptions<T>): Namespace<T> {
    if (!/^[a-z][a-z0-9-]*$/.test(options.name)) throw new TypeError(`Cannot use "${options.name}" as a namespace`);
    if (!(Number.isInteger(options.version) && options.version >= 1)) {
      throw new RangeError(`Cannot use ${options.version} as a version: it is a whole number from 1`);
    }
    const limits = { ...JSON_LIMITS, bytesMax: DOCUMENT_BYTES_MAX, ...options.limits };
    const prefix = options.name + SEPARATOR;
    return {
      name: options.name,
      get: async (key) => {
        const text = await this.#get(prefix + key);
        return text === undefined ? undefined : read(options, limits, prefix + key, text);
      },
      entries: () => this.#entries(options, limits),
      putting: (key, document) => ({ type: "put", key: keyOf(prefix, key), value: write(options, limits, document) }),
      deleting: (key) => ({ type: "del", key: keyOf(prefix, key) }),
    };
  }

  async write(changes: readonly Change[]): Promise<void> {
    this.#checkOpen();
    const written = this.#writing.then(() => this.#write(changes));
    this.#writing = written.catch(() => {});
    await written;
  }

  close(): Promise<void> {
    return this.#closing ??= this.#writing.then(() => this.#level.close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #write(changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return;
    const failure = this.#failure;
    if (failure !== null) await this.#recover(failure);
    const added = new Set(
      changes.filter(({ type, key }) => type === "put" && !this.#sum.has(key)).map(({ key }) => key),
    );
    if (added.size > 0 && this.#sum.count + added.size > this.#documentsMax) {
      throw new StoreError("limit", `Cannot store more than ${this.#documentsMax} documents`);
    }
    for (const change of changes) this.#sum.apply(change);
    this.#sum.batches += 1;
    const sum: Change = { type: "put", key: SUM_KEY, value: this.#sum.text() };
    try {
      await this.#level.batch([...changes, sum], { sync: true });
    } catch (cause) {
      // The sum in memory is ahead of the database now: nothing more may be written by it.
      const isNew = this.#failure === null;
      this.#failure = new StoreError("io", `Cannot write to the store: ${messageOf(cause)}`, { cause });
      if (isNew) this.#onTrouble(this.#failure);
      throw this.#failure;
    }
    await this.#care?.written(this.#sum.batches);
    if (this.#failure === null) return;
    this.#failure = null;
    this.#onTrouble(null);
  }

  /** Opens the database anew: LevelDB takes no more writes after one that failed, and the sum is ahead of it. */
  async #recover(failure: StoreError): Promise<void> {
    if (this.#care === null) throw failure;
    try {
      const { level, found } = await this.#care.reopen(this.#level);
      this.#level = level;
      this.#sum = found.sum;
    } catch (cause) {
      throw new StoreError("io", failure.message, { cause });
    }
  }

  async #get(key: string): Promise<string | undefined> {
    this.#checkOpen();
    try {
      return await this.#level.get(key);
    } catch (cause) {
      throw new StoreError("io", `Cannot read "${key}" from the store: ${messageOf(cause)}`, { cause });
    }
  }

  async *#entries<T>(options: NamespaceOptions<T>, limits: JsonLimits): AsyncGenerator<[string, T], void, undefined> {
    this.#checkOpen();
    const { name } = options;
    const range = { gte: name + SEPARATOR, lt: name + AFTER_SEPARATOR };
    for await (const [key, text] of this.#level.iterator(range)) {
      let document: T;
      try {
        document = read(options, limits, key, text);
      } catch (cause) {
        if (!(cause instanceof StoreError) || cause.code !== "damaged") throw cause;
        await this.#setAside(key, text, cause);
        continue;
      }
      yield [key.slice(name.length + 1), document];
    }
  }

  async #setAside(key: string, text: string, cause: StoreError): Promise<void> {
    const setAside = DAMAGED_PREFIX + key;
    await this.write([{ type: "put", key: setAside, value: text }, { type: "del", key }]);
    this.#onDamage({ message: cause.message, setAside, recovered: 0, cause });
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw new StoreError("closed", "The store is closed");
  }
}

function keyOf(prefix: string, key: string): string {
  if (key.length > KEY_CHARACTERS_MAX || !key.isWellFormed()) {
    throw new StoreError("limit", `Cannot use a key of ${key.length} characters: it is not text, or too long`);
  }
  return prefix + key;
}

/** A document as it is stored: its version, a space, and JSON. */
function write<T>({ version, shape }: NamespaceOptions<T>, limits: JsonLimits, document: T): string {
  try {
    return jsonText(shape, document, limits, `${version} `);
  } catch (cause) {
    if (!(cause instanceof CodecError) || cause.code !== "limit") throw cause;
    throw new StoreError("limit", `Cannot store a document: ${cause.message}`, { cause });
  }
}

function read<T>(options: NamespaceOptions<T>, limits: JsonLimits, key: string, text: string): T {
  const [, digits] = /^([1-9][0-9]{0,8}) /.exec(text) ?? [];
  const version = Number(digits ?? 0);
  if (version > options.version) {
    throw new StoreError("version", `Cannot read "${key}": version ${version} is later than ${options.version}`);
  }
  try {
    if (version === 0) throw new CodecError("syntax", "The document has no version");
    const bytes = new TextEncoder().encode(text.slice(digits.length + 1));
    if (version === options.version) return decodeJson(options.shape, bytes, 0, bytes.length, limits);
    if (options.upgrade === undefined) throw new CodecError("refused", `Version ${version} is too old`);
    return options.upgrade(decodeJson(jsonAny, bytes, 0, bytes.length, limits), version);
  } catch (cause) {
    throw new StoreError("damaged", `Cannot read "${key}": ${messageOf(cause)}`, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
