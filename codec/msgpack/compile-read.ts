/**
 * Shapes turned into functions that read.
 *
 * @module
 */

import { readView } from "../engine/mod.ts";
import type { Input } from "../schema/mod.ts";
import { MISMATCH } from "../error.ts";
import type { Limits } from "../limits.ts";
import { isCanonical } from "./canonical.ts";
import { checkValue } from "./check.ts";
import { BIN8, FIX_COUNT_MAX, FIXARRAY } from "./forms.ts";
import { leadTable, NONE } from "./leads.ts";
import type { BytesNode, ExactNode, FieldNode, Make, MapNode, MsgpackNode, OneOfNode, TextNode } from "./nodes.ts";
import { CHECKED, Packed } from "./packed.ts";
import { readAny } from "./read-any.ts";
import {
  countElements,
  leadByte,
  openArray,
  openBin,
  openEither,
  openMap,
  openStr,
  type Read,
  readBig,
  readBoolean,
  readFloat,
  readInt,
  readNil,
  readTextOf,
} from "./read-scalars.ts";
import { isLimited, shapeBytesMin } from "./sizes.ts";
import { tagHead } from "./write-scalars.ts";

/** The reader of values of a shape as parts of a message. */
export function compileWhole(node: MsgpackNode, limits: Limits, canonical: boolean): Read {
  const read = compileRead(node);
  if (!canonical && !isLimited(node)) return read;
  return (s) => {
    const { pos, elements, limits: outer } = s;
    s.elements = 0;
    s.limits = limits;
    const value = read(s);
    if (canonical && !isCanonical(s.bytes, pos, s.pos)) throw MISMATCH;
    s.elements = elements;
    s.limits = outer;
    return value;
  };
}

function compileRead(node: MsgpackNode): Read {
  switch (node.kind) {
    case "nil":
      return readNil;
    case "boolean":
      return readBoolean;
    case "int":
      return intRead(node.min, node.max);
    case "big":
      return bigRead(node.min, node.max);
    case "float":
      return readFloat;
    case "text":
      return textRead(node);
    case "bytes":
      return bytesRead(node);
    case "exact":
      return exactRead(node);
    case "tagged":
      return taggedRead(node.tag, node.item);
    case "array":
      return arrayRead(node.item);
    case "tuple":
      return tupleRead(node.items.map(compileRead));
    case "named":
      return namedRead(node.fields, node.make);
    case "map":
      return mapRead(node);
    case "oneOf":
      return oneOfRead(node);
    case "any":
      return readAny;
    case "packed":
      return packedRead(node.bytesMax);
  }
}

function intRead(min: number, max: number): Read {
  return (s) => {
    const value = readInt(s);
    if (value < min || value > max) throw MISMATCH;
    return value;
  };
}

function bigRead(min: bigint, max: bigint): Read {
  return (s) => {
    const value = readBig(s);
    if (value < min || value > max) throw MISMATCH;
    return value;
  };
}

function textRead({ both, writes }: TextNode): Read {
  const open = both ? openEither : writes === "str" ? openStr : openBin;
  return (s) => readTextOf(s, open(s));
}

function bytesRead({ both, size }: BytesNode): Read {
  const open = both ? openEither : openBin;
  if (size === undefined) return (s) => readView(s, open(s));
  return (s) => {
    const { bytes, pos } = s;
    // The usual form at once: ids are bins of 20 or 32 bytes.
    if (size + 2 <= s.end - pos && bytes[pos] === BIN8 && bytes[pos + 1] === size) {
      s.pos = pos + 2;
    } else if (open(s) !== size) {
      throw MISMATCH;
    }
    return readView(s, size);
  };
}

function exactRead({ text }: ExactNode): Read {
  const expected = new TextEncoder().encode(text);
  return (s) => {
    if (openEither(s) !== expected.length) throw MISMATCH;
    matchBytes(s, expected);
    return text;
  };
}

function matchBytes(s: Input, expected: Uint8Array): void {
  const { bytes, pos } = s;
  for (let index = 0; index < expected.length; index++) {
    if (bytes[pos + index] !== expected[index]) throw MISMATCH;
  }
  s.pos = pos + expected.length;
}

function taggedRead(tag: ExactNode, item: MsgpackNode): Read {
  const readTag = exactRead(tag);
  const read = compileRead(item);
  const head = tagHead(tag);
  return (s) => {
    // The shortest forms at once.
    if (isAt(s.bytes, s.pos, Math.min(s.end - s.pos, head.length), head)) {
      s.pos += head.length;
    } else {
      openCount(s, 2);
      readTag(s);
    }
    return read(s);
  };
}

function arrayRead(item: MsgpackNode): Read {
  const read = compileRead(item);
  const itemMin = shapeBytesMin(item);
  return (s) => {
    const count = openArray(s);
    countElements(s, count, itemMin);
    const values: unknown[] = [];
    for (let index = 0; index < count; index++) values.push(read(s));
    return values;
  };
}

/** Reads the header of an array that has `count` elements. */
function openCount(s: Input, count: number): void {
  if (count <= FIX_COUNT_MAX && s.pos < s.end && s.bytes[s.pos] === (FIXARRAY | count)) s.pos++;
  else if (openArray(s) !== count) throw MISMATCH;
}

function tupleRead(reads: readonly Read[]): Read {
  const count = reads.length;
  return (s) => {
    openCount(s, count);
    const values: unknown[] = [];
    for (let index = 0; index < count; index++) values.push(reads[index](s));
    return values;
  };
}

function namedRead(fields: readonly FieldNode[], make: Make | undefined): Read {
  const reads = fields.map((field) => compileRead(field.shape));
  const names = fields.map((field) => field.name);
  const countMin = fields.filter((field) => !field.optional).length;
  if (make !== undefined) return makingRead(reads, make);
  return (s) => {
    const count = openArray(s);
    if (count < countMin || count > names.length) throw MISMATCH;
    const value: Record<string, unknown> = {};
    for (let index = 0; index < count; index++) value[names[index]] = reads[index](s);
    return value;
  };
}

/** One function per number of elements, so that the engine sees calls it knows: in a loop they cost twice as much. */
function makingRead(reads: readonly Read[], make: Make): Read {
  const [a, b, c, d] = reads;
  switch (reads.length) {
    case 1:
      return (s) => (openCount(s, 1), make(a(s)));
    case 2:
      return (s) => (openCount(s, 2), make(a(s), b(s)));
    case 3:
      return (s) => (openCount(s, 3), make(a(s), b(s), c(s)));
    case 4:
      return (s) => (openCount(s, 4), make(a(s), b(s), c(s), d(s)));
    default: {
      const readAll = tupleRead(reads);
      return (s) => make(...readAll(s) as unknown[]);
    }
  }
}

/** Stands where a key was not met. */
const MISSING: unique symbol = Symbol("missing");

function mapRead({ fields, extra, binKeys }: MapNode): Read {
  const keys = fields.map((field) => new TextEncoder().encode(field.name));
  const reads = fields.map((field) => compileRead(field.shape));
  const openKey = binKeys ? openEither : openStr;
  return (s) => {
    const pairs = openMap(s);
    countElements(s, 2 * pairs, 1);
    const values: unknown[] = new Array(fields.length).fill(MISSING);
    for (let pair = 0; pair < pairs; pair++) {
      const count = openKey(s);
      const index = findKey(s, count, keys, pair);
      if (index === -1) {
        if (extra === "refuse") throw MISMATCH;
        readTextOf(s, count);
        skipValue(s);
        continue;
      }
      s.pos += count;
      if (values[index] !== MISSING) throw MISMATCH;
      values[index] = reads[index](s);
    }
    return collect(fields, values);
  };
}

/** The number of the key of `count` bytes, looked for first where it stands when maps are in order, or -1. */
function findKey(s: Input, count: number, keys: readonly Uint8Array[], first: number): number {
  for (let step = 0; step < keys.length; step++) {
    const index = (first + step) % keys.length;
    if (isAt(s.bytes, s.pos, count, keys[index])) return index;
  }
  return -1;
}

function isAt(bytes: Uint8Array, at: number, count: number, expected: Uint8Array): boolean {
  if (count !== expected.length) return false;
  for (let index = 0; index < count; index++) if (bytes[at + index] !== expected[index]) return false;
  return true;
}

function collect(fields: readonly FieldNode[], values: readonly unknown[]): unknown {
  const value: Record<string, unknown> = {};
  for (let index = 0; index < fields.length; index++) {
    if (values[index] !== MISSING) value[fields[index].name] = values[index];
    else if (!fields[index].optional) throw MISMATCH;
  }
  return value;
}

function oneOfRead(node: OneOfNode): Read {
  const reads = node.options.map(compileRead);
  const table = leadTable(node);
  return (s) => {
    const which = table[leadByte(s)];
    if (which === NONE) throw MISMATCH;
    return reads[which](s);
  };
}

function packedRead(bytesMax: number): Read {
  return (s) => {
    const count = skipValue(s);
    if (count > bytesMax) throw MISMATCH;
    s.pos -= count;
    return new Packed(readView(s, count), CHECKED);
  };
}

/** Moves behind a value of any shape and returns how many bytes it has. */
function skipValue(s: Input): number {
  const { pos } = s;
  const { end, elements } = checkValue(s.bytes, pos, s.end, s.limits);
  s.elements += elements;
  if (s.elements > s.limits.elementsMax) throw MISMATCH;
  s.pos = end;
  return end - pos;
}
