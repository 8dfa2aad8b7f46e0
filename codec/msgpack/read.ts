/**
 * Compiles shapes to functions that read.
 *
 * @module
 */

import { MISMATCH } from "../error.ts";
import { readView } from "../engine/mod.ts";
import { wrongLength } from "../failures.ts";
import type { Limits } from "../limits.ts";
import type { Input } from "../schema/mod.ts";
import { readText } from "../text/mod.ts";
import { anyRead, skipRead } from "./any.ts";
import { duplicateKey, missingKey, otherCount, otherText, packedTooLong, unknownKey } from "./failures.ts";
import { BIN8, FIX_COUNT_MAX, FIXARRAY, isCanonical } from "./format.ts";
import { firstByteTable, kindsOf, NONE } from "./match.ts";
import {
  failRange,
  openArray,
  openBin,
  openEither,
  openItems,
  openPairs,
  openStr,
  readBig,
  readBoolean,
  readFloat,
  readInt,
  readNil,
  readTextOf,
} from "./read-scalars.ts";
import type { BytesNode, ExactNode, FieldNode, Make, MapNode, MsgpackNode, OneOfNode, TextNode } from "./shape.ts";
import { isLimited, shapeBytesMin } from "./sizes.ts";
import { fail, failAtHead, failKey, failKind, lastHead, PLAIN, type Read, type ReadHow, TRACED } from "./trace.ts";
import { CHECKED, Packed } from "./value.ts";
import { tagHead } from "./write-scalars.ts";

/** The reader of values of a shape as parts of a message. */
export function compileRead(node: MsgpackNode, limits: Limits, canonical: boolean): Read {
  const read = makeRead(node, PLAIN);
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

/** The reader of values of a shape that keeps a trace; the input must have one, and the limits of the shape. */
export function compileTracedRead(node: MsgpackNode): Read {
  return makeRead(node, TRACED);
}

function makeRead(node: MsgpackNode, how: ReadHow): Read {
  const leaf = (read: Read) => how.leaf(kindsOf(node), read);
  switch (node.kind) {
    case "nil":
      return leaf(readNil);
    case "boolean":
      return leaf(readBoolean);
    case "int":
      return leaf(intRead(node.min, node.max));
    case "big":
      return leaf(bigRead(node.min, node.max));
    case "float":
      return leaf(readFloat);
    case "text":
      return leaf(textRead(node));
    case "bytes":
      return leaf(bytesRead(node));
    case "exact":
      return leaf(exactRead(node));
    case "tagged":
      return taggedRead(node.tag, node.item, how);
    case "array":
      return arrayRead(node.item, how);
    case "tuple":
      return tupleRead(node.items.map((item) => how.inside(makeRead(item, how))), how);
    case "named":
      return namedRead(node.fields, node.make, how);
    case "map":
      return mapRead(node, how);
    case "oneOf":
      return oneOfRead(node, how);
    case "any":
      return anyRead(how);
    case "packed":
      return packedRead(node.bytesMax, how);
  }
}

function intRead(min: number, max: number): Read {
  return (s) => {
    const value = readInt(s);
    if (!(value >= min && value <= max)) throw failRange(s, min, max);
    return value;
  };
}

function bigRead(min: bigint, max: bigint): Read {
  return (s) => {
    const value = readBig(s);
    if (value < min || value > max) failRange(s, min, max);
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
    } else {
      const count = open(s);
      if (count !== size) throw otherLength(s, count, size);
    }
    return readView(s, size);
  };
}

function otherLength(s: Input, count: number, size: number): never {
  failAtHead(s, wrongLength, count, "byte", size);
}

function exactRead({ text }: ExactNode): Read {
  const expected = new TextEncoder().encode(text);
  return (s) => {
    const count = openEither(s);
    if (!isAt(s.bytes, s.pos, count, expected)) failExact(s, text);
    s.pos += count;
    return text;
  };
}

function failExact(s: Input, expected: string): never {
  const { body, size } = lastHead(s);
  failAtHead(s, otherText, expected, readText(s.bytes, body, body + size));
}

function taggedRead(tag: ExactNode, item: MsgpackNode, how: ReadHow): Read {
  const open = countRead(2, 2, how);
  const readTag = makeRead(tag, how);
  const read = makeRead(item, how);
  const readWhole = (s: Input) => {
    open(s);
    readTag(s);
    return read(s);
  };
  if (how.traced) return readWhole;
  const head = tagHead(tag);
  return (s) => {
    // The shortest forms at once.
    if (!isAt(s.bytes, s.pos, Math.min(s.end - s.pos, head.length), head)) return readWhole(s);
    s.pos += head.length;
    return read(s);
  };
}

function arrayRead(item: MsgpackNode, how: ReadHow): Read {
  const read = how.inside(makeRead(item, how));
  const itemMin = shapeBytesMin(item);
  const open = how.header(["array"], (s) => openItems(s, itemMin));
  return (s) => {
    const count = open(s);
    const values: unknown[] = [];
    for (let index = 0; index < count; index++) values.push(read(s, index));
    return values;
  };
}

/** The reader of the header of an array that has so many elements. */
function countRead(min: number, max: number, how: ReadHow): Read<number> {
  return how.header(["array"], (s) => openCount(s, min, max));
}

/** Reads the header of an array that has so many elements, and returns how many. */
function openCount(s: Input, min: number, max: number): number {
  if (max <= FIX_COUNT_MAX && s.pos < s.end && s.bytes[s.pos] === (FIXARRAY | max)) {
    s.pos++;
    return max;
  }
  return openOther(s, min, max);
}

function openOther(s: Input, min: number, max: number): number {
  const count = openArray(s);
  if (count < min || count > max) failAtHead(s, otherCount, min === max ? `${min}` : `${min} to ${max}`, count);
  return count;
}

function tupleRead(reads: readonly Read[], how: ReadHow): Read {
  const count = reads.length;
  const open = countRead(count, count, how);
  return (s) => {
    open(s);
    const values: unknown[] = [];
    for (let index = 0; index < count; index++) values.push(reads[index](s, index));
    return values;
  };
}

function namedRead(fields: readonly FieldNode[], make: Make | undefined, how: ReadHow): Read {
  const reads = fields.map((field) => how.inside(makeRead(field.shape, how)));
  const names = fields.map((field) => field.name);
  // Nobody asks for the value that is traced, which need not be made.
  if (make !== undefined && !how.traced) return makingRead(reads, make);
  const open = countRead(fields.filter((field) => !field.optional).length, fields.length, how);
  return (s) => {
    const count = open(s);
    const value: Record<string, unknown> = {};
    for (let index = 0; index < count; index++) value[names[index]] = reads[index](s, names[index]);
    return value;
  };
}

/** One function per number of elements, so that the engine sees calls it knows: in a loop they cost twice as much. */
function makingRead(reads: readonly Read[], make: Make): Read {
  const [a, b, c, d] = reads;
  switch (reads.length) {
    case 1:
      return (s) => (openCount(s, 1, 1), make(a(s)));
    case 2:
      return (s) => (openCount(s, 2, 2), make(a(s), b(s)));
    case 3:
      return (s) => (openCount(s, 3, 3), make(a(s), b(s), c(s)));
    case 4:
      return (s) => (openCount(s, 4, 4), make(a(s), b(s), c(s), d(s)));
    default: {
      const readAll = tupleRead(reads, PLAIN);
      return (s) => make(...readAll(s) as unknown[]);
    }
  }
}

/** Stands where a key was not met. */
const MISSING: unique symbol = Symbol("missing");

function mapRead({ fields, extra, binKeys }: MapNode, how: ReadHow): Read {
  const reads = fields.map((field) => how.keyed(makeRead(field.shape, how)));
  const open = how.header(["map"], openPairs);
  const readKey = how.key(binKeys ? ["str", "bin"] : ["str"], keyRead(fields, binKeys));
  const skip = how.keyed(skipRead(how));
  return (s) => {
    const start = s.pos;
    const pairs = open(s);
    const values: unknown[] = new Array(fields.length).fill(MISSING);
    for (let pair = 0; pair < pairs; pair++) {
      const index = readKey(s, pair);
      if (index === -1) {
        if (extra === "refuse") failKey(s, unknownKey);
        skip(s);
        continue;
      }
      if (values[index] !== MISSING) failKey(s, duplicateKey);
      values[index] = reads[index](s);
    }
    return collect(s, start, fields, values);
  };
}

/** The reader of a key: the number of its field, looked for first where it is when maps are in order, or -1. */
function keyRead(fields: readonly FieldNode[], binKeys: boolean): Read<number> {
  const keys = fields.map((field) => new TextEncoder().encode(field.name));
  const open = binKeys ? openEither : openStr;
  return (s, first) => {
    const count = open(s);
    for (let step = 0; step < keys.length; step++) {
      const index = (first as number + step) % keys.length;
      if (!isAt(s.bytes, s.pos, count, keys[index])) continue;
      s.pos += count;
      return index;
    }
    readTextOf(s, count);
    return -1;
  };
}

function isAt(bytes: Uint8Array, at: number, count: number, expected: Uint8Array): boolean {
  if (count !== expected.length) return false;
  for (let index = 0; index < count; index++) if (bytes[at + index] !== expected[index]) return false;
  return true;
}

function collect(s: Input, start: number, fields: readonly FieldNode[], values: readonly unknown[]): unknown {
  const value: Record<string, unknown> = {};
  for (let index = 0; index < fields.length; index++) {
    const { name, optional } = fields[index];
    if (values[index] !== MISSING) value[name] = values[index];
    else if (!optional) fail(s, missingKey, start, name);
  }
  return value;
}

function oneOfRead(node: OneOfNode, how: ReadHow): Read {
  const reads = node.options.map((option) => makeRead(option, how));
  const table = firstByteTable(node);
  return (s) => {
    const which = s.pos < s.end ? table[s.bytes[s.pos]] : NONE;
    if (which === NONE) failKind(s, kindsOf(node));
    return reads[which](s);
  };
}

function packedRead(bytesMax: number, how: ReadHow): Read {
  const skip = skipRead(how);
  return (s) => {
    const start = s.pos;
    skip(s);
    const count = s.pos - start;
    if (count > bytesMax) fail(s, packedTooLong, start, count, bytesMax);
    s.pos = start;
    return new Packed(readView(s, count), CHECKED);
  };
}
