/**
 * Reads and writes values of unknown shape. Both are recursive, up to the limit of levels.
 *
 * @module
 */

import { failWrite, type MessageOutput } from "../engine/mod.ts";
import { tooDeep } from "../failures.ts";
import { keepOrder, mayMove, orderedKeys } from "../key-order.ts";
import type { Input } from "../schema/mod.ts";
import { duplicateKey, notAValue, refusedKey } from "./failures.ts";
import { KINDS, NEVER } from "./format.ts";
import { EVERY } from "./match.ts";
import { openItems, openPairs, openStr, readScalar, readTextOf, skipValue } from "./read-scalars.ts";
import { failAtHead, failKey, failKind, type Read, type ReadHow, type Write, type WriteHow } from "./trace.ts";
import { Ext, type MsgpackValue } from "./value.ts";
import {
  type Budget,
  openArray,
  openMap,
  spend,
  writeBig,
  writeBin,
  writeBoolean,
  writeExt,
  writeFloat,
  writeInt,
  writeNil,
  writeStr,
} from "./write-scalars.ts";

/** The reader of values of unknown shape. */
export function anyRead(how: ReadHow): Read {
  return unknownRead(how, true);
}

/** The reader of values of unknown shape that nobody wants to have: their maps may have any keys, any number of times. */
export function skipRead(how: ReadHow): Read {
  return how.traced ? unknownRead(how, false) : skipValue;
}

function unknownRead(how: ReadHow, build: boolean): Read {
  /** Arrays and maps that are open. */
  let depth = 0;
  const readLeaf = how.leaf(EVERY, readScalar);
  const readItem = how.inside(read);
  const readKey = how.key(["str"], (s) => readTextOf(s, openStr(s)));
  const readKeyed = how.keyed(read);
  const skipPair = how.inside((s) => {
    // A key of any type has no name in a path: its pair has a number.
    readItem(s, "key");
    readItem(s, "value");
  });
  const enterArray = how.header(["array"], (s) => {
    descend(s);
    return openItems(s, 1);
  });
  const enterMap = how.header(["map"], (s) => {
    descend(s);
    return openPairs(s);
  });

  function descend(s: Input): void {
    if (depth >= s.limits.depthMax) failAtHead(s, tooDeep, s.limits.depthMax);
    depth++;
  }

  function read(s: Input): MsgpackValue {
    switch (KINDS[s.pos < s.end ? s.bytes[s.pos] : NEVER]) {
      case "array":
        return readArray(s);
      case "map":
        return build ? readMap(s) : skipMap(s);
      case "never":
        return failKind(s, EVERY);
      default:
        return readLeaf(s) as MsgpackValue;
    }
  }

  function readArray(s: Input): MsgpackValue {
    const count = enterArray(s);
    const values: MsgpackValue[] = [];
    for (let index = 0; index < count; index++) values.push(readItem(s, index) as MsgpackValue);
    depth--;
    return values;
  }

  function readMap(s: Input): MsgpackValue {
    const pairs = enterMap(s);
    const value: { [key: string]: MsgpackValue } = {};
    /** All keys, from the first one on that objects may have in another place. */
    let keys: string[] | undefined;
    for (let pair = 0; pair < pairs; pair++) {
      const key = readKey(s);
      if (key === "__proto__") failKey(s, refusedKey, "msgpack");
      if (value[key] !== undefined && Object.hasOwn(value, key)) failKey(s, duplicateKey);
      if (keys !== undefined || mayMove(key)) (keys ??= Object.keys(value)).push(key);
      value[key] = readKeyed(s) as MsgpackValue;
    }
    depth--;
    if (keys !== undefined) keepOrder(value, keys);
    return value;
  }

  function skipMap(s: Input): null {
    const pairs = enterMap(s);
    for (let pair = 0; pair < pairs; pair++) skipPair(s, pair);
    depth--;
    return null;
  }

  return (s) => {
    depth = 0;
    return read(s);
  };
}

/**
 * The writer of values of unknown shape. These bytes are those of u-msgpack, where libraries write numbers from 2^32 on as
 * floats, or bigints always in 8 bytes.
 */
export function anyWrite(budget: Budget, how: WriteHow): Write {
  const { depthMax, stringBytesMax } = budget.limits;
  const writeItem = how.inside(write);
  const writePair = how.inside<unknown>((o, value, key) => {
    if (key === "__proto__") failWrite(o, refusedKey, "type", key);
    writeStr(o, key, stringBytesMax);
    write(o, value);
  });

  function write(o: MessageOutput, value: unknown): void {
    switch (typeof value) {
      case "string":
        return writeStr(o, value, stringBytesMax);
      case "number":
        // An integer is what counts, but a negative zero would lose its sign.
        return Number.isSafeInteger(value) && !Object.is(value, -0) ? writeInt(o, value) : writeFloat(o, value);
      case "bigint":
        return writeBig(o, value);
      case "boolean":
        return writeBoolean(o, value);
      case "object":
        return writeObject(o, value);
      default:
        failWrite(o, notAValue, value);
    }
  }

  function writeObject(o: MessageOutput, value: object | null): void {
    if (value === null) return writeNil(o, value);
    if (value instanceof Uint8Array) return writeBin(o, value);
    if (value instanceof Ext) return writeExt(o, value.type, value.data);
    const isArray = Array.isArray(value);
    if (!isArray && !isPlain(value)) failWrite(o, notAValue, value);
    if (budget.depth >= depthMax) failWrite(o, tooDeep, depthMax);
    budget.depth++;
    if (isArray) writeArray(o, value);
    else writeMap(o, value);
    budget.depth--;
  }

  function writeArray(o: MessageOutput, value: readonly unknown[]): void {
    spend(o, budget, value.length);
    openArray(o, value.length);
    for (let index = 0; index < value.length; index++) writeItem(o, value[index], index);
  }

  function writeMap(o: MessageOutput, value: Readonly<Record<string, unknown>>): void {
    const keys = orderedKeys(value);
    spend(o, budget, 2 * keys.length);
    openMap(o, keys.length);
    for (const key of keys) writePair(o, value[key], key);
  }

  return write;
}

/** Whether an object is a record of values: dates, maps and the like have no properties, and would be written empty. */
function isPlain(value: object): value is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
