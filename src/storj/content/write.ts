/**
 * Values as they travel, and as users get them.
 *
 * @module
 */

import { encodeMsgpack, float64, type MsgpackValue, pack, Packed } from "../../../codec/msgpack/mod.ts";
import type { PathStep } from "../../../codec/path.ts";
import { joinBytes } from "../../bytes.ts";
import { fail, type Subject } from "./fault.ts";
import { type Content, isList, isMap, Numeral } from "./value.ts";

/** First bytes of the heads of arrays and maps, from the specification of msgpack: counts up to 15, and of 16 bits. */
const ARRAY = { short: 0x90, wide: 0xdc };
const MAP = { short: 0x80, wide: 0xde };

/**
 * A value as msgpack: an integer is one, and a float is one of 8 bytes, whatever its value.
 *
 * @throws StorjError the code of the subject, for what msgpack has no value for
 */
export function packContent(subject: Subject, content: Content): Packed {
  const parts: Uint8Array[] = [];

  function write(value: Content, path: readonly PathStep[]): void {
    if (isList(value)) {
      parts.push(headOf(ARRAY, value.length));
      value.forEach((item, index) => write(item, [...path, index]));
    } else if (isMap(value)) {
      parts.push(headOf(MAP, value.size));
      for (const [key, item] of value) {
        const inside = [...path, key];
        write(key, inside);
        write(item, inside);
      }
    } else parts.push(scalarBytes(subject, value, path));
  }

  write(content, []);
  return new Packed(joinBytes(parts));
}

function headOf({ short, wide }: typeof ARRAY, count: number): Uint8Array {
  if (count < 16) return Uint8Array.of(short | count);
  const low = [count >> 8 & 0xff, count & 0xff];
  return count < 0x10000
    ? Uint8Array.of(wide, ...low)
    : Uint8Array.of(wide + 1, count >>> 24, count >> 16 & 0xff, ...low);
}

function scalarBytes(
  subject: Subject,
  value: null | boolean | string | Numeral,
  path: readonly PathStep[],
): Uint8Array {
  if (value instanceof Numeral) {
    if (value.float !== null) return encodeMsgpack(float64, value.float);
    const int = value.text.length > 20 ? null : BigInt(value.text);
    if (int === null || int < -(2n ** 63n) || int >= 2n ** 64n) {
      fail(subject, path, "is an integer of more than 64 bits");
    }
    return pack(int).bytes;
  }
  if (typeof value === "string" && !value.isWellFormed()) fail(subject, path, "is a text with half a surrogate pair");
  return pack(value).bytes;
}

/** A value as users have it: an integer is a bigint where a number would not be exact, a float is a number. */
export function plainContent(content: Content): MsgpackValue {
  if (content instanceof Numeral) return content.float ?? plainInt(content.text);
  if (isList(content)) return content.map(plainContent);
  if (!isMap(content)) return content;
  return Object.fromEntries([...content].map(([key, value]) => [key, plainContent(value)]));
}

function plainInt(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}
