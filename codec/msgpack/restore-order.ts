/**
 * The order of keys, restored after a library has built a value.
 *
 * @module
 */

import { keepOrder } from "../key-order.ts";
import { readText } from "../text/mod.ts";
import { BASE, KINDS, LENGTH_BYTES, readLength } from "./forms.ts";

/**
 * Goes through the checked bytes of a value and the value side by side, and keeps the order of the keys of its maps.
 * Returns the offset after it.
 */
export function restoreOrder(bytes: Uint8Array, start: number, value: unknown): number {
  const lead = bytes[start];
  const kind = KINDS[lead];
  const lengthBytes = LENGTH_BYTES[lead];
  const size = BASE[lead] + readLength(bytes, start + 1, lengthBytes);
  const at = start + 1 + lengthBytes;
  if (kind === "map") return restoreMap(bytes, at, size, value as Readonly<Record<string, unknown>>);
  return kind === "array" ? restoreArray(bytes, at, value as readonly unknown[]) : at + size;
}

function restoreArray(bytes: Uint8Array, start: number, items: readonly unknown[]): number {
  let at = start;
  for (const item of items) at = restoreOrder(bytes, at, item);
  return at;
}

function restoreMap(bytes: Uint8Array, start: number, size: number, value: Readonly<Record<string, unknown>>): number {
  const own = Object.keys(value);
  let keys: string[] | undefined;
  let at = start;
  for (let pair = 0; pair < size; pair++) {
    const from = at + 1 + LENGTH_BYTES[bytes[at]];
    at = restoreOrder(bytes, at, undefined);
    let key = own[pair];
    // Most keys stand where the object has them, too.
    if (!isAscii(key, bytes, from, at)) {
      key = readText(bytes, from, at)!;
      keys ??= own.slice(0, pair);
    }
    keys?.push(key);
    const kind = KINDS[bytes[at]];
    at = restoreOrder(bytes, at, kind === "map" || kind === "array" ? value[key] : undefined);
  }
  if (keys !== undefined) keepOrder(value, keys);
  return at;
}

/** Whether bytes are those of a text of ASCII. */
function isAscii(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let index = 0; index < text.length; index++) {
    const byte = bytes[start + index];
    if (byte !== text.charCodeAt(index) || byte > 127) return false;
  }
  return true;
}
