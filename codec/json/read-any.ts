/**
 * Reads a value of any shape with an explicit stack, so that only the limit bounds the depth of a document.
 *
 * @module
 */

import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  isDigit,
  LETTER_F,
  LETTER_N,
  LETTER_T,
  MINUS,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from "./bytes.ts";
import { keepOrder, mayMove } from "../key-order.ts";
import {
  countOne,
  enter,
  fail,
  failByte,
  goesOn,
  leave,
  nextByte,
  readAnyNumber,
  readColon,
  type Reader,
  readExactNumber,
  readString,
  readWord,
} from "./reader.ts";
import type { ExactJson, JsonNumber, JsonValue } from "./shape.ts";

/** What is read; numbers as they are written are for exact readers only. */
type Item = null | boolean | number | bigint | string | JsonNumber | Item[] | { [key: string]: Item };

/** A container whose items are being read; the last step of the path is the place of the present one. */
type Open =
  | { readonly array: Item[]; readonly object: null }
  | {
    readonly array: null;
    readonly object: { [key: string]: Item };
    /** The keys in order, and again those that come twice; null until there is one that objects may move. */
    keys: string[] | null;
  };

/** Reads the value that begins after white space. */
export function readAny(reader: Reader): JsonValue {
  return readItem(reader) as JsonValue;
}

/** As {@link readAny}, by an exact reader. */
export function readExact(reader: Reader): ExactJson {
  return readItem(reader) as ExactJson;
}

function readItem(reader: Reader): Item {
  const stack: Open[] = [];
  for (;;) {
    let value = readScalar(reader);
    if (value === undefined) {
      const open = openContainer(reader);
      if (open !== null) {
        stack.push(open);
        continue;
      }
      value = emptyContainer(reader);
    }
    // A complete value goes into the container around it, which may thereby be complete too.
    for (;;) {
      const open = stack[stack.length - 1];
      if (open === undefined) return value;
      if (putItem(reader, open, value)) break;
      stack.pop();
      value = open.array ?? open.object;
    }
  }
}

/** Reads a value that is not a container; undefined in front of one. */
function readScalar(reader: Reader): Item | undefined {
  const byte = nextByte(reader);
  if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
    countOne(reader);
    return undefined;
  }
  if (byte !== MINUS && !isDigit(byte)) return readWordOrString(reader, byte);
  countOne(reader);
  return reader.exact ? readExactNumber(reader) : readAnyNumber(reader);
}

function readWordOrString(reader: Reader, byte: number): Item {
  switch (byte) {
    case QUOTE:
      countOne(reader);
      return readString(reader);
    case LETTER_N:
      countOne(reader);
      readWord(reader, "null");
      return null;
    case LETTER_T:
      countOne(reader);
      readWord(reader, "true");
      return true;
    case LETTER_F:
      countOne(reader);
      readWord(reader, "false");
      return false;
    default:
      failByte(reader, reader.pos, "a value");
  }
}

/** Goes into the container that begins here, up to its first value; null in front of the end of an empty one. */
function openContainer(reader: Reader): Open | null {
  if (reader.bytes[reader.pos] === OPEN_ARRAY) {
    if (enter(reader) === CLOSE_ARRAY) return null;
    reader.path.push(0);
    return { array: [], object: null };
  }
  if (enter(reader) === CLOSE_OBJECT) return null;
  readKey(reader, 'a key or "}"');
  // Without a prototype no key of the document can be an inherited name.
  return { array: null, object: Object.create(null), keys: null };
}

function emptyContainer(reader: Reader): Item {
  const array = reader.bytes[reader.pos] === CLOSE_ARRAY;
  leave(reader);
  return array ? [] : Object.create(null);
}

/** Puts a value into its container; returns whether another one follows. */
function putItem(reader: Reader, open: Open, value: Item): boolean {
  const place = reader.path.pop() as string | number;
  if (open.object === null) {
    open.array.push(value);
    if (!goesOn(reader, CLOSE_ARRAY)) return false;
    reader.path.push(open.array.length);
    return true;
  }
  putKey(open, place as string, value);
  if (!goesOn(reader, CLOSE_OBJECT)) {
    if (open.keys !== null) keepOrder(open.object, open.keys);
    return false;
  }
  readKey(reader, "a key", open.object);
  return true;
}

/** Puts a value under a key; of equal keys the last value counts, in the place of the first. */
function putKey(open: Open & { readonly array: null }, key: string, value: Item): void {
  const { object } = open;
  if (open.keys === null && mayMove(key)) open.keys = Object.keys(object);
  open.keys?.push(key);
  object[key] = value;
}

/** Reads a key and its colon, and adds the key to the path. An exact reader refuses one that is there already. */
function readKey(reader: Reader, expected: string, object: Readonly<Record<string, Item>> | null = null): void {
  if (nextByte(reader) !== QUOTE) failByte(reader, reader.pos, expected);
  countOne(reader);
  const from = reader.pos;
  const key = readString(reader);
  if (reader.exact && object !== null && Object.hasOwn(object, key)) {
    reader.path.push(key);
    fail(reader, "json", from, "the key is there twice");
  }
  readColon(reader);
  reader.path.push(key);
}
