/**
 * The values that a node keeps for others: how many, how long, and from whom.
 *
 * @module
 */

import { Packed } from "../../../codec/msgpack/mod.ts";
import { EXEMPT, networkOf } from "../diversity.ts";
import { type HeldValue, type StoreOrigin, type StoreOutcome, VALUE_LIMITS, type ValueLimits } from "./value-limits.ts";

/** How much younger a value must be said to be before that counts: more than a message takes on its way. */
const YOUNGER_MS = 60_000;
/** A full node looks for values that have reached their age no more often than this, however many stores it refuses. */
const EXPIRE_AGAIN_MS = 1000;
/** The byte that is nil in msgpack. */
const NIL = 0xc0;

/** Says whether a value may be kept, see {@link ValueMapOptions.admit}. */
export type Admit = (
  key: Uint8Array,
  value: Packed,
  held: Packed | null,
  origin: StoreOrigin,
) => boolean | undefined;

/** Options of a {@link ValueMap}. */
export interface ValueMapOptions {
  /** The time in milliseconds. */
  readonly now: () => number;
  readonly limits?: Partial<ValueLimits> | undefined;
  /**
   * Decides whether a value may take the place of the one that is kept, or null if none is: true whatever their ages,
   * false not at all, undefined if nothing but its age speaks against it. Default undefined.
   */
  readonly admit?: Admit | undefined;
  /** Called with the text of the key after a value has come, gone, or got another age. */
  readonly onChange?: ((text: string) => void) | undefined;
}

/** Figures of a {@link ValueMap}. */
export interface ValueStats {
  /** Values that are kept, and their bytes. */
  readonly values: number;
  readonly bytes: number;
  /** Sources that they came from. */
  readonly sources: number;
  /** Values that have reached their age. */
  readonly expired: number;
  /** Values that others keep, dropped for lack of room. */
  readonly dropped: number;
  /** Attempts to store by what became of them. */
  readonly stores: Readonly<Record<StoreOutcome, number>>;
}

/** What a source has stored. */
interface Share {
  readonly values: number;
  readonly bytes: number;
}

const NOTHING: Share = Object.freeze({ values: 0, bytes: 0 });
/** What each source has stored is added up anew each time as long as there are no more values than this. */
const ADDED_UP_MAX = 16;
/** Longer values are kept as they are. */
const TEXT_BYTES_MAX = 128;

/** A value that is kept. */
class Entry implements HeldValue {
  readonly text: string;
  readonly source: string;
  firstMs: number;
  readonly arrivedMs: number;
  storedMs: number;
  /** A small one is a text with a character for each byte: an array of bytes takes 200 more. */
  readonly #value: Packed | string;

  constructor(text: string, { bytes }: Packed, source: string, firstMs: number, arrivedMs: number) {
    this.text = text;
    this.source = source;
    this.firstMs = firstMs;
    this.arrivedMs = this.storedMs = arrivedMs;
    this.#value = bytes.length > TEXT_BYTES_MAX ? new Packed(bytes.slice()) : keyText(bytes);
  }

  get value(): Packed {
    return typeof this.#value === "string" ? new Packed(keyOf(this.#value)) : this.#value;
  }

  /** How many bytes the value has. */
  get length(): number {
    return typeof this.#value === "string" ? this.#value.length : this.#value.bytes.length;
  }
}

/**
 * Values by key. What is kept is a copy: datagrams share their memory.
 *
 * When it is full, whoever wants to store something is told so. A value makes room for another one only if it was given
 * up before ({@link ValueMap.giveUp}), because enough others that are nearer keep it.
 */
export class ValueMap {
  readonly #entries = new Map<string, Entry>();
  /** What each source has stored, where there are many values. */
  #shares: Map<string, Share> | null = null;
  /** Those that may be dropped; seldom there are any. */
  #spare: Set<Entry> | null = null;
  readonly #options: ValueMapOptions;
  readonly #limits: ValueLimits;
  /** No value reaches its age before this time, and when that was last found out by looking through all of them. */
  #nextEndMs = Infinity;
  #expiredMs = -Infinity;
  #bytes = 0;
  #expired = 0;
  #dropped = 0;
  readonly #outcomes: Partial<Record<StoreOutcome, number>> = {};

  constructor(options: ValueMapOptions) {
    this.#options = options;
    this.#limits = options.limits === undefined ? VALUE_LIMITS : { ...VALUE_LIMITS, ...options.limits };
  }

  /** How many values are kept. */
  get count(): number {
    return this.#entries.size;
  }

  /** Bytes of the values that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How long values live, in milliseconds. */
  get lifeMs(): number {
    return this.#limits.lifeMs;
  }

  /** The value of a key, or null; also for nil, which counts as none in this network. */
  get(key: Uint8Array): Packed | null {
    if (this.#entries.size === 0) return null;
    const value = this.held(keyText(key))?.value;
    return value === undefined || isNil(value) ? null : value;
  }

  /** The value of a key, with what is known of it. */
  held(text: string): HeldValue | undefined {
    return this.#live(text);
  }

  /** All values, in the order in which their keys came. Any may be changed or removed meanwhile. */
  *entries(): IterableIterator<HeldValue> {
    const now = this.#options.now();
    for (const entry of this.#entries.values()) if (!this.#isOver(entry, now)) yield entry;
  }

  /**
   * Keeps a value, if it may be.
   *
   * A store without an age begins the life of the value, also of one that is kept already: that is what the nodes of
   * 2016 do and what a user means who puts it again. With an age, a value of the same bytes begins its life anew only
   * if it is younger by more than a minute, so that it does not grow younger by being passed on; and one of other bytes
   * replaces only what was first seen earlier.
   */
  store(key: Uint8Array, value: Packed, origin: StoreOrigin): StoreOutcome {
    const outcome = this.#store(key, value, origin);
    this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
    return outcome;
  }

  /** Notes that a value was stored at other nodes now. */
  markStored(text: string): void {
    const entry = this.#live(text);
    if (entry !== undefined) entry.storedMs = this.#options.now();
  }

  /** Says whether a value may be dropped to make room, because nearer nodes keep it. */
  giveUp(text: string, spare: boolean): void {
    const entry = this.#entries.get(text);
    if (entry === undefined) return;
    if (spare) (this.#spare ??= new Set()).add(entry);
    else this.#spare?.delete(entry);
  }

  /** Removes what has reached its age; returns before when no other value does, `Infinity` if none is kept. */
  expire(): number {
    const now = this.#options.now();
    this.#expiredMs = now;
    let firstMs = Infinity;
    for (const entry of this.#entries.values()) {
      if (this.#isOver(entry, now)) this.#end(entry);
      else firstMs = Math.min(firstMs, entry.firstMs);
    }
    return this.#nextEndMs = firstMs + this.#limits.lifeMs;
  }

  /** Figures. */
  stats(): ValueStats {
    const none = { new: 0, replaced: 0, renewed: 0, kept: 0, "too-large": 0, full: 0, "source-full": 0, older: 0 };
    return {
      values: this.#entries.size,
      bytes: this.#bytes,
      sources: (this.#shares ?? new Set(Array.from(this.#entries.values(), ({ source }) => source))).size,
      expired: this.#expired,
      dropped: this.#dropped,
      stores: { ...none, expired: 0, refused: 0, ...this.#outcomes },
    };
  }

  #store(key: Uint8Array, value: Packed, origin: StoreOrigin): StoreOutcome {
    const { source, ageMs, checked = false } = origin;
    if (value.bytes.length > this.#limits.valueBytesMax) return "too-large";
    if (ageMs !== undefined && !(ageMs < this.#limits.lifeMs)) return "expired";
    const text = keyText(key);
    const held = this.#live(text);
    const now = this.#options.now();
    const firstMs = now - Math.max(0, ageMs ?? 0);
    if (held !== undefined && sameBytes(held.value.bytes, value.bytes)) {
      return this.#renew(held, firstMs, now, ageMs === undefined ? 0 : YOUNGER_MS);
    }
    const admitted = checked ? undefined : this.#options.admit?.(key, value, held?.value ?? null, origin);
    if (admitted === false) return "refused";
    if (admitted === undefined && held !== undefined && held.firstMs > firstMs) return "older";
    const added = value.bytes.length - (held?.length ?? 0);
    let fault = this.#roomFault(source, held, value.bytes.length, added);
    if (fault !== null && now >= Math.max(this.#nextEndMs, this.#expiredMs + EXPIRE_AGAIN_MS)) {
      this.expire();
      fault = this.#roomFault(source, held, value.bytes.length, added);
    }
    if (fault === "full" && this.#makeRoom(held, added)) fault = null;
    if (fault !== null) return fault;
    if (held !== undefined) this.#remove(held);
    this.#add(new Entry(text, value, source, firstMs, now));
    this.#options.onChange?.(text);
    return held === undefined ? "new" : "replaced";
  }

  #renew(held: Entry, firstMs: number, now: number, youngerMs: number): StoreOutcome {
    held.storedMs = now;
    this.#spare?.delete(held);
    if (firstMs - held.firstMs <= youngerMs) return "kept";
    held.firstMs = firstMs;
    this.#options.onChange?.(held.text);
    return "renewed";
  }

  /** Why there is no room for a value in place of `held`, or null if there is. */
  #roomFault(name: string, held: Entry | undefined, length: number, added: number): "full" | "source-full" | null {
    const { sourceBytesMax, sourceValuesMax } = this.#limits;
    if (name !== "") {
      const share = this.#share(name);
      const own = held?.source === name;
      const bytes = share.bytes + (own ? added : length);
      const values = share.values + (own ? 0 : 1);
      if (bytes > sourceBytesMax || values > sourceValuesMax) return "source-full";
    }
    return this.#fits(held, added) ? null : "full";
  }

  /** Drops values that nearer nodes keep, as many as are needed; returns whether that was enough. */
  #makeRoom(held: Entry | undefined, added: number): boolean {
    for (const spare of this.#spare ?? []) {
      if (this.#fits(held, added)) break;
      if (spare === held) continue;
      this.#dropped++;
      this.#end(spare);
    }
    return this.#fits(held, added);
  }

  #fits(held: Entry | undefined, added: number): boolean {
    const { bytesMax, valuesMax } = this.#limits;
    return this.#bytes + added <= bytesMax && this.#entries.size + (held === undefined ? 1 : 0) <= valuesMax;
  }

  #live(text: string): Entry | undefined {
    const entry = this.#entries.get(text);
    if (entry === undefined || !this.#isOver(entry, this.#options.now())) return entry;
    this.#end(entry);
    return undefined;
  }

  #isOver(entry: Entry, now: number): boolean {
    return now - entry.firstMs >= this.#limits.lifeMs;
  }

  #add(entry: Entry): void {
    this.#bytes += entry.length;
    this.#nextEndMs = Math.min(this.#nextEndMs, entry.firstMs + this.#limits.lifeMs);
    this.#entries.set(entry.text, entry);
    if (this.#shares !== null) this.#count(entry, 1);
    else if (this.#entries.size > ADDED_UP_MAX) {
      this.#shares = new Map();
      for (const each of this.#entries.values()) this.#count(each, 1);
    }
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry.text);
    this.#spare?.delete(entry);
    this.#bytes -= entry.length;
    this.#count(entry, -1);
    if (this.#entries.size === 0) this.#shares = null;
  }

  /** What a source has stored. */
  #share(name: string): Share {
    if (this.#shares !== null) return this.#shares.get(name) ?? NOTHING;
    let [values, bytes] = [0, 0];
    for (const { source, length } of this.#entries.values()) {
      if (source !== name) continue;
      values += 1;
      bytes += length;
    }
    return { values, bytes };
  }

  #count({ source, length }: Entry, sign: 1 | -1): void {
    if (this.#shares === null) return;
    const { values, bytes } = this.#share(source);
    if (values + sign === 0) this.#shares.delete(source);
    else this.#shares.set(source, { values: values + sign, bytes: bytes + sign * length });
  }

  #end(entry: Entry): void {
    if (this.#isOver(entry, this.#options.now())) this.#expired++;
    this.#remove(entry);
    this.#options.onChange?.(entry.text);
  }
}

/** A key as a text with a character for each byte: what a `Map` finds quickly, in as many bytes. */
export function keyText(key: Uint8Array): string {
  return String.fromCharCode(...key);
}

/** The key of a {@link keyText}. */
export function keyOf(text: string): Uint8Array {
  const key = new Uint8Array(text.length);
  for (let index = 0; index < key.length; index++) key[index] = text.charCodeAt(index);
  return key;
}

/**
 * Whom a limit for sources holds for: the /24 or /48 of an address, because whoever has one has all of it; the IP address
 * itself in networks of which that is not true, loopback and private ones.
 */
export function sourceOf(address: string): string {
  const ip = address.replace(/^udp:/, "").replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
  const network = networkOf(ip);
  return network === null || network === EXEMPT ? ip : String(network);
}

function isNil({ bytes }: Packed): boolean {
  return bytes.length === 1 && bytes[0] === NIL;
}

/** Whether two values are the same, byte by byte. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}
