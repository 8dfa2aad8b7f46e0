/**
 * Writes values of unknown shape.
 *
 * These bytes are ours and not those of `@msgpack/msgpack`, because u-msgpack's cannot be had from it: with bigints allowed
 * it writes numbers from 2^32 on as floats, and bigints always in 8 bytes.
 *
 * @module
 */

import { MISMATCH } from "../error.ts";
import type { Output } from "../schema/mod.ts";
import { orderedKeys } from "../key-order.ts";
import type { Limits } from "../limits.ts";
import {
  openArray,
  openMap,
  writeBig,
  writeBin,
  writeBoolean,
  writeExt,
  writeFloat,
  writeInt,
  writeNil,
  writeStr,
} from "./write-scalars.ts";
import { Ext } from "./value.ts";

/** What writing one value may still cost. */
export interface Budget {
  readonly limits: Limits;
  /** Elements of arrays, and keys and values of maps, written so far. */
  elements: number;
  /** Arrays and maps that are open within a value of unknown shape. */
  depth: number;
}

/** Counts elements against the limit. */
export function spend(budget: Budget, elements: number): void {
  budget.elements += elements;
  if (budget.elements > budget.limits.elementsMax) throw MISMATCH;
}

/** Writes a value of unknown shape. */
export function writeAny(o: Output, value: unknown, budget: Budget): void {
  switch (typeof value) {
    case "string":
      return writeStr(o, value, budget.limits.stringBytesMax);
    case "number":
      // An integer is what counts, but a negative zero would lose its sign.
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? writeInt(o, value) : writeFloat(o, value);
    case "bigint":
      return writeBig(o, value);
    case "boolean":
      return writeBoolean(o, value);
    case "object":
      return writeObject(o, value, budget);
    default:
      throw MISMATCH;
  }
}

function writeObject(o: Output, value: object | null, budget: Budget): void {
  if (value === null) return writeNil(o, value);
  if (value instanceof Uint8Array) return writeBin(o, value);
  if (value instanceof Ext) return writeExt(o, value.type, value.data);
  if (Array.isArray(value)) {
    enter(budget, value.length);
    openArray(o, value.length);
    for (let index = 0; index < value.length; index++) writeAny(o, value[index], budget);
    budget.depth--;
    return;
  }
  if (!isPlain(value)) throw MISMATCH;
  const keys = orderedKeys(value);
  enter(budget, 2 * keys.length);
  openMap(o, keys.length);
  for (const key of keys) {
    if (key === "__proto__") throw MISMATCH;
    writeStr(o, key, budget.limits.stringBytesMax);
    writeAny(o, value[key], budget);
  }
  budget.depth--;
}

function enter(budget: Budget, elements: number): void {
  spend(budget, elements);
  if (budget.depth >= budget.limits.depthMax) throw MISMATCH;
  budget.depth++;
}

/** Whether an object is a record of values: dates, maps and the like have no properties, and would be written empty. */
export function isPlain(value: object): value is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
