/**
 * Reads a JSON document according to a shape, in one pass over its bytes, as Go's `json.Unmarshal` does.
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
import { type JsonLimits, jsonLimits } from "./limits.ts";
import {
  countOne,
  enter,
  fail,
  failByte,
  failBytesMax,
  failType,
  goesOn,
  leave,
  nextByte,
  readColon,
  type Reader,
  readInt,
  readString,
  readWord,
  skipValue,
  startReader,
} from "./reader.ts";
import { readAny } from "./read-any.ts";
import {
  checkJsonShape,
  type JsonArrayNode,
  type JsonField,
  type JsonNode,
  type JsonObjectNode,
  type JsonShape,
  jsonZero,
} from "./shape.ts";

/** The reading of one document. */
interface Decoding extends Reader {
  /**
   * The length of arrays that were read again with fewer items. Go keeps the items after the end, and merges into them
   * when the same key comes a third time; here they are cut off when the whole document has been read.
   */
  readonly shortened: Map<unknown[], number>;
}

/**
 * The value of the document in `bytes[start, end)`: one value, with white space around it.
 *
 * It is read as Go's encoding/json reads into a new variable: see {@link jsonObject} for keys; `null` leaves strings,
 * numbers, bools and objects as they are; bytes that are not UTF-8, and escaped surrogates without a partner, become
 * U+FFFD. Values of keys outside the shape are checked but not built.
 *
 * ```ts
 * import { decodeJson, jsonArray, jsonString } from "warpwire/json";
 *
 * const bytes = new TextEncoder().encode('["peer","alias","Ann"]\n');
 * console.log(decodeJson(jsonArray(jsonString), bytes)); // [ "peer", "alias", "Ann" ]
 * ```
 *
 * @throws CodecError `json` (malformed, or another type than the shape's; its context has `expected` and `found`),
 * `truncated` (the document ends inside the value), `trailing` (bytes are left after it), `range` or `limit`; with the
 * path of the value, as in `Files[0].Uri`, and an offset that counts from `start`
 */
export function decodeJson<T>(
  shape: JsonShape<T>,
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.length,
  limits?: Partial<JsonLimits>,
): T {
  const decoding = startDecoding(bytes, start, end, limits);
  const value = readDocument(decoding, shape);
  if (nextByte(decoding) !== -1) {
    fail(decoding, "trailing", decoding.pos, "bytes are left after the value", { left: end - decoding.pos });
  }
  if (decoding.capped) failBytesMax(decoding);
  return value as T;
}

/**
 * The value at the beginning of `bytes[start, end)`, with white space before it, and the number of bytes up to its end;
 * what follows is not looked at. A number by itself may end with the bytes.
 *
 * @throws CodecError as {@link decodeJson} does, but never `trailing`
 */
export function decodeJsonPrefix<T>(
  shape: JsonShape<T>,
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.length,
  limits?: Partial<JsonLimits>,
): { readonly value: T; readonly length: number } {
  const decoding = startDecoding(bytes, start, end, limits);
  const value = readDocument(decoding, shape) as T;
  return { value, length: decoding.pos - start };
}

function startDecoding(
  bytes: Uint8Array,
  start: number,
  end: number,
  limits: Partial<JsonLimits> | undefined,
): Decoding {
  return { ...startReader(bytes, start, end, jsonLimits(limits)), shortened: new Map() };
}

function readDocument(decoding: Decoding, shape: JsonNode): unknown {
  checkJsonShape(shape, "decode JSON: the shape");
  const value = readValue(decoding, shape, jsonZero(shape));
  for (const [items, length] of decoding.shortened) items.length = length;
  return value;
}

/** Reads a value over `prior`, the one that an earlier equal key left, or the zero value. */
function readValue(decoding: Decoding, shape: JsonNode, prior: unknown): unknown {
  if (shape.kind === "any") return readAny(decoding);
  const byte = nextByte(decoding);
  countOne(decoding);
  if (byte === LETTER_N) {
    readWord(decoding, "null");
    return shape.kind === "array" ? null : prior;
  }
  switch (shape.kind) {
    case "string":
      if (byte !== QUOTE) failType(decoding, "a string");
      return readString(decoding);
    case "bool":
      if (byte !== LETTER_T && byte !== LETTER_F) failType(decoding, "a bool");
      readWord(decoding, byte === LETTER_T ? "true" : "false");
      return byte === LETTER_T;
    case "int":
      if (byte !== MINUS && !isDigit(byte)) failType(decoding, `an integer (${shape.type})`);
      return readInt(decoding, shape);
    case "array":
      if (byte !== OPEN_ARRAY) failType(decoding, "an array");
      return readArray(decoding, shape, prior as unknown[] | null);
    case "object":
      if (byte !== OPEN_OBJECT) failType(decoding, "an object");
      return readObject(decoding, shape, prior as Record<string, unknown>);
  }
}

function readArray(decoding: Decoding, shape: JsonArrayNode, prior: unknown[] | null): unknown[] {
  const { path } = decoding;
  if (enter(decoding) === CLOSE_ARRAY) {
    leave(decoding);
    return [];
  }
  const items = prior ?? [];
  const known = items.length;
  let length = 0;
  do {
    path.push(length);
    items[length] = readValue(decoding, shape.item, length < known ? items[length] : jsonZero(shape.item));
    path.pop();
    length++;
  } while (goesOn(decoding, CLOSE_ARRAY));
  if (length < known) decoding.shortened.set(items, length);
  else if (known > 0) decoding.shortened.delete(items);
  return items;
}

function readObject(decoding: Decoding, shape: JsonObjectNode, target: Record<string, unknown>): unknown {
  if (enter(decoding) === CLOSE_OBJECT) {
    leave(decoding);
    return target;
  }
  let keys = 'a key or "}"';
  let expected = 0;
  do {
    if (nextByte(decoding) !== QUOTE) failByte(decoding, decoding.pos, keys);
    keys = "a key";
    countOne(decoding);
    const from = decoding.pos;
    const index = fieldOf(decoding, shape.fields, expected);
    if (index === -1 && shape.extra === "refuse") failKey(decoding, from);
    readColon(decoding);
    if (index === -1) {
      skipValue(decoding);
    } else {
      readField(decoding, shape.fields[index], target);
      expected = index + 1;
    }
  } while (goesOn(decoding, CLOSE_OBJECT));
  return target;
}

function readField(decoding: Decoding, field: JsonField, target: Record<string, unknown>): void {
  const { key, shape, optional } = field;
  decoding.path.push(key);
  let prior = target[key];
  // Only an optional field can be missing; then its name must not be looked up in the prototype.
  if (optional && !Object.hasOwn(target, key)) {
    if (nextByte(decoding) === LETTER_N && shape.kind !== "array" && shape.kind !== "any") {
      // A null leaves the value as it is: not there.
      skipValue(decoding);
      decoding.path.pop();
      return;
    }
    prior = jsonZero(shape);
  }
  target[key] = readValue(decoding, shape, prior);
  decoding.path.pop();
}

/** Throws because of a key outside the shape, where the shape refuses such keys. */
function failKey(decoding: Decoding, pos: number): never {
  const expected = "a key of the shape";
  const found = "another key";
  fail(decoding, "json", pos, `expected ${expected}, found ${found}`, { expected, found });
}

/**
 * Reads the key whose opening quote is the next byte.
 *
 * @param expected index of the field that the key most likely belongs to: documents mostly keep the order of the shape
 * @returns the index of its field, or -1
 */
function fieldOf(reader: Reader, fields: readonly JsonField[], expected: number): number {
  if (expected < fields.length && isKeyHere(reader, fields[expected].key)) {
    reader.pos += fields[expected].key.length + 2;
    return expected;
  }
  const text = readString(reader);
  const exact = fields.findIndex((field) => field.key === text);
  return exact === -1 ? fields.findIndex((field) => isFolded(text, field.key)) : exact;
}

/** Whether the quoted key begins at the next byte, letter by letter. */
function isKeyHere(reader: Reader, key: string): boolean {
  const { bytes } = reader;
  const from = reader.pos + 1;
  if (from + key.length >= reader.end || bytes[from + key.length] !== QUOTE) return false;
  for (let i = 0; i < key.length; i++) if (bytes[from + i] !== key.charCodeAt(i)) return false;
  return true;
}

/** Whether two texts differ only in the case of their letters; `key` is ASCII. */
function isFolded(text: string, key: string): boolean {
  if (text.length !== key.length) return false;
  for (let i = 0; i < key.length; i++) {
    if (foldedUnit(text.charCodeAt(i)) !== foldedUnit(key.charCodeAt(i))) return false;
  }
  return true;
}

/** The lower case of an ASCII letter, and of the two other letters whose case variants are ASCII. */
function foldedUnit(unit: number): number {
  if (unit >= 0x41 && unit <= 0x5a) return unit + 0x20;
  if (unit === 0x017f) return 0x73; // LATIN SMALL LETTER LONG S
  if (unit === 0x212a) return 0x6b; // KELVIN SIGN
  return unit;
}
