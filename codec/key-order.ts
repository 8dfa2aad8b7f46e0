/**
 * Orders of keys: the original one of an object, which JavaScript may change, and that of their UTF-8 bytes.
 *
 * @module
 */

/** Where an object keeps the order of its keys: hidden, so that it is compared, shown and copied as any other. */
const ORDER = Symbol("order of keys");

/** The most digits of a key that objects move: integers that are safe have no more. */
const DIGITS_MAX = 16;

/** Whether objects may have a key in another place than the one where it was added: those that look like whole numbers. */
export function mayMove(key: string): boolean {
  const first = key.charCodeAt(0);
  return first >= 0x30 && first <= 0x39 && key.length <= DIGITS_MAX;
}

/**
 * Keeps the order of an object's keys, if the object has another one.
 *
 * @param keys all of them; one that comes again stands where it came first
 */
export function keepOrder(value: object, keys: readonly string[]): void {
  const own = Object.keys(value);
  const order = own.length === keys.length ? keys : [...new Set(keys)];
  if (order.some((key, index) => key !== own[index])) Object.defineProperty(value, ORDER, { value: order });
}

/**
 * The keys of an object in the order in which they came: objects have keys that look like whole numbers first, by size,
 * but decoded values of any shape (of msgpack and of JSON) also know where those stood. Keys that were added since come
 * last; a copy of the object does not know.
 *
 * ```ts
 * import { any, decodeMsgpack, type MsgpackValue, orderedKeys } from "warpwire/msgpack";
 *
 * const bytes = Uint8Array.of(0x82, 0xa1, 0x62, 0x01, 0xa1, 0x37, 0x02); // {"b": 1, "7": 2}
 * const value = decodeMsgpack(any, bytes) as Record<string, MsgpackValue>;
 * console.log(Object.keys(value), orderedKeys(value)); // [ "7", "b" ] [ "b", "7" ]
 * ```
 */
export function orderedKeys(value: object): string[] {
  const own = Object.keys(value);
  // Where a key was moved, one that looks like a whole number is the first.
  if (own.length < 2 || !mayMove(own[0])) return own;
  const kept = (value as { readonly [ORDER]?: readonly string[] })[ORDER];
  if (kept === undefined) return own;
  const left = new Set(own);
  const ordered = kept.filter((key) => left.delete(key));
  return [...ordered, ...left];
}

/** Compares texts by code points, which is the order of their UTF-8 bytes. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = rank(a.charCodeAt(at)) - rank(b.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
