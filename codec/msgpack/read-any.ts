/**
 * Reads values of unknown shape.
 *
 * They are built by `@msgpack/msgpack`, which was not made for hostile input: it believes every count, takes bytes that are
 * not UTF-8, lets the last of two equal keys win, rounds wide integers (or makes a bigint of each), and drops a byte order
 * mark. So a value is checked first, and mended afterwards where it has to be. Where a key looks like a whole number, the
 * order of the keys is restored, which objects do not have.
 *
 * @module
 */

import { Decoder } from "@msgpack/msgpack";
import type { Input } from "../schema/mod.ts";
import { MISMATCH } from "../error.ts";
import { mayMove } from "../key-order.ts";
import { checkValue } from "./check.ts";
import { restoreOrder } from "./restore-order.ts";
import { Ext, type MsgpackValue } from "./value.ts";
import { ReadWalk } from "./walk-read.ts";

/** What is built of an extension, in place of the library's own types and dates. */
const extensions = {
  tryToEncode: () => null,
  decode: (data: Uint8Array, type: number) => new Ext(type, data),
};

const decoder = new Decoder({ useBigInt64: true, extensionCodec: extensions, mapKeyConverter: keepString });

/** Whether the value at hand has a key that objects may move. */
let movable = false;

function keepString(key: unknown): string {
  if (typeof key !== "string") throw MISMATCH;
  if (mayMove(key)) movable = true;
  return key;
}

/** Reads a value of unknown shape. */
export function readAny(s: Input): MsgpackValue {
  const { bytes, pos } = s;
  const { end, elements, pairs, wide, marked } = checkValue(bytes, pos, s.end, s.limits);
  s.elements += elements;
  if (s.elements > s.limits.elementsMax) throw MISMATCH;
  s.pos = end;
  if (marked) return new ReadWalk(bytes, pos, end, s).read({ kind: "any" }) as MsgpackValue;
  let value;
  movable = false;
  try {
    value = decoder.decode(new Uint8Array(bytes.buffer, bytes.byteOffset + pos, end - pos)) as MsgpackValue;
  } catch {
    throw MISMATCH;
  }
  if (!wide && pairs === 0 && !s.copy) return value;
  const mending = { pairs, copy: s.copy };
  value = mend(value, mending);
  // Equal keys have become one property, and are missed now.
  if (mending.pairs !== 0) throw MISMATCH;
  if (movable) restoreOrder(bytes, pos, value);
  return value;
}

interface Mending {
  /** How many pairs of maps were not met yet. */
  pairs: number;
  readonly copy: boolean;
}

/** Makes numbers of the bigints that are safe, copies bytes where asked for, and counts pairs. */
function mend(value: MsgpackValue, mending: Mending): MsgpackValue {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return mending.copy ? value.slice() : value;
  if (value instanceof Ext) return mending.copy ? new Ext(value.type, value.data.slice()) : value;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = mend(value[index], mending);
    return value;
  }
  for (const key of Object.keys(value)) {
    value[key] = mend(value[key], mending);
    mending.pairs--;
  }
  return value;
}
