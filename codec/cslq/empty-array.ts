/**
 * Arrays whose length comes from the input and whose elements have no bytes, as in `[c]{}`.
 *
 * The Go package accepts such patterns, so they are accepted here, but a message must not claim elements for free. The
 * number of elements is bounded, and a decoded array is made once for each length and then shared, so that an array of
 * such arrays costs no memory either.
 *
 * @module
 */

import { compile, type Prefix } from "../engine/mod.ts";
import { CodecError, relocated } from "../error.ts";
import { arbitraryValue } from "../arbitrary/mod.ts";
import { joinBytes } from "../values.ts";
import {
  type Cursor,
  extension,
  intMax,
  type IntNode,
  type Node,
  type Scanner,
  type Schema,
  sizeMax,
} from "../schema/mod.ts";
import { plural } from "../text/mod.ts";

/** The most elements without bytes that a message may claim, and that are written: far above any use of them. */
export const EMPTY_ELEMENTS_MAX = 1024;

const NOTHING = new Uint8Array(0);
/** The most elements of an arbitrary array. */
const ARBITRARY_ELEMENTS_MAX = 4;

/** What an array of {@link emptyArray} is made of. */
export interface EmptyArrayParts {
  readonly length: IntNode & Schema<number>;
  readonly item: Schema;
}

const partsOf = new WeakMap<Node, EmptyArrayParts>();

/** The parts of a schema that {@link emptyArray} made, or `undefined` for any other schema. */
export function emptyArrayParts(node: Node): EmptyArrayParts | undefined {
  return partsOf.get(node);
}

/**
 * An array of elements without bytes, after an integer with its length. One that is only written may have elements of
 * which it shows only then that they have none.
 *
 * Decoded arrays are frozen. More than {@link EMPTY_ELEMENTS_MAX} elements are a `limit` error in both directions.
 */
export function emptyArray(parts: EmptyArrayParts): Schema<unknown[]> {
  const { length } = parts;
  const node = extension<unknown[]>({
    name: `array without bytes (length: u${8 * length.bytes})`,
    bytesMin: length.bytes,
    bytesMax: length.bytes,
    decode: arrayDecoder(parts),
    encode: arrayEncoder(parts),
    scanner: () => skipper(length.bytes),
    generate: (choose) =>
      Array.from({ length: choose(ARBITRARY_ELEMENTS_MAX) }, () => arbitraryValue(parts.item, choose)),
  });
  partsOf.set(node, parts);
  return node;
}

function arrayDecoder({ length, item }: EmptyArrayParts): (cursor: Cursor) => unknown[] {
  const arrays = new Map<number, unknown[]>();
  let element: unknown;
  return (cursor) => {
    const { value: count, length: used } = readCount(length, cursor);
    if (count > EMPTY_ELEMENTS_MAX) throw tooMany(count);
    cursor.pos += used;
    let array = arrays.get(count);
    if (array === undefined) {
      // No element is not an element too large: an element may be an array of 2^64 others.
      if (count > 0) element ??= freezeArrays(compile(item).decode(NOTHING));
      array = Object.freeze(new Array(count).fill(element)) as unknown[];
      arrays.set(count, array);
    }
    return array;
  };
}

function readCount(length: Schema<number>, { bytes, pos, end }: Cursor): Prefix<number> {
  try {
    return compile(length).decodePrefix(bytes.subarray(0, end), pos);
  } catch (error) {
    // An extension counts from its own first byte, which is the one that the length begins with.
    throw error instanceof CodecError ? relocated(error, "", -pos) : error;
  }
}

function arrayEncoder({ length, item }: EmptyArrayParts): (value: unknown[]) => Uint8Array {
  return (value) => {
    if (!Array.isArray(value)) throw new CodecError("type", "Expected an array");
    const max = intMax(length);
    if (value.length > max) {
      throw new CodecError("length", `Length of ${plural(value.length, "element")} is above ${max}`, {
        context: { length: value.length, max },
      });
    }
    const isMany = value.length > EMPTY_ELEMENTS_MAX;
    if (isMany && sizeMax(item) === 0) throw tooMany(value.length);
    const parts = value.map((element, index) => {
      try {
        return compile(item).encode(element, { owned: true });
      } catch (error) {
        throw error instanceof CodecError ? relocated(error, `[${index}]`, 0) : error;
      }
    });
    if (isMany && parts.every((part) => part.length === 0)) throw tooMany(value.length);
    return joinBytes([compile(length).encode(value.length, { owned: true }), ...parts]);
  };
}

function tooMany(count: number): CodecError {
  return new CodecError("limit", `${plural(count, "element")} without bytes, more than ${EMPTY_ELEMENTS_MAX}`, {
    offset: 0,
    context: { elements: count, elementsMax: EMPTY_ELEMENTS_MAX },
  });
}

/** Finds the end of so many bytes. */
function skipper(count: number): Scanner {
  let left = count;
  return {
    push(_, start, end) {
      const there = Math.min(left, end - start);
      left -= there;
      return left === 0 ? start + there : -1;
    },
  };
}

function freezeArrays(value: unknown): unknown {
  if (Array.isArray(value)) value.forEach(freezeArrays);
  return Array.isArray(value) ? Object.freeze(value) : value;
}
