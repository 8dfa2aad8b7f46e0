/**
 * Shapes turned into functions that write.
 *
 * @module
 */

import { bytesWritten, copyBytes, reserve, writeBytes } from "../engine/mod.ts";
import type { Output } from "../schema/mod.ts";
import { MISMATCH } from "../error.ts";
import type { Limits } from "../limits.ts";
import { checkValue } from "./check.ts";
import type {
  BytesNode,
  ExactNode,
  FieldNode,
  IntNode,
  MapNode,
  MsgpackNode,
  OneOfNode,
  TaggedNode,
  TupleNode,
} from "./nodes.ts";
import { optionFor } from "./fits.ts";
import { isGiven } from "./given.ts";
import { Packed } from "./packed.ts";
import { isLimited } from "./sizes.ts";
import { type Budget, spend, writeAny } from "./write-any.ts";
import {
  LENGTH_MAX,
  openArray,
  openBin,
  openMap,
  tagHead,
  type Write,
  writeBig,
  writeBin,
  writeBoolean,
  writeFloat,
  writeInt,
  writeNil,
  writeStr,
  writeTextBin,
} from "./write-scalars.ts";

const NOTHING = new Uint8Array(0);

/** The writer of a shape. Its parts share a budget, which begins anew with every value. */
export function compileWrite(node: MsgpackNode, limits: Limits): Write {
  const budget: Budget = { limits, elements: 0, depth: 0 };
  const write = makeWrite(node, budget);
  if (!isLimited(node)) return write;
  return (o, value) => {
    budget.elements = 0;
    budget.depth = 0;
    write(o, value);
  };
}

/**
 * The writer of a shape. `before` are the bytes that are known to stand in front of it: it writes them together with what
 * it knows itself, down to the first value.
 */
function makeWrite(node: MsgpackNode, budget: Budget, before: Uint8Array = NOTHING): Write {
  switch (node.kind) {
    case "bytes":
      return bytesWrite(node, before);
    case "exact":
      return exactWrite(node.text, before);
    case "tagged":
      return makeWrite(node.item, budget, joined(before, tagHead(node.tag)));
    case "tuple":
      return tupleWrite(node.items, budget, before);
    case "named":
      if (!node.fields.some((field) => field.optional)) return wholeNamedWrite(node.fields, budget, before);
  }
  const write = plainWrite(node, budget);
  if (before.length === 0) return write;
  return (o, value) => {
    writeBytes(o, before);
    write(o, value);
  };
}

function plainWrite(node: Exclude<MsgpackNode, BytesNode | ExactNode | TaggedNode | TupleNode>, budget: Budget): Write {
  const { stringBytesMax } = budget.limits;
  switch (node.kind) {
    case "nil":
      return writeNil;
    case "boolean":
      return writeBoolean;
    case "int":
      return intWrite(node);
    case "big":
      return (o, value) => {
        if (typeof value !== "bigint" || value < node.min || value > node.max) throw MISMATCH;
        writeBig(o, value);
      };
    case "float":
      return writeFloat;
    case "text": {
      const write = node.writes === "str" ? writeStr : writeTextBin;
      return (o, value) => write(o, value, stringBytesMax);
    }
    case "array":
      return arrayWrite(makeWrite(node.item, budget), budget);
    case "named":
      return namedWrite(node.fields, budget);
    case "map":
      return mapWrite(node, budget);
    case "oneOf":
      return oneOfWrite(node, budget);
    case "any":
      return (o, value) => writeAny(o, value, budget);
    case "packed":
      return (o, value) => writePacked(o, value, node.bytesMax, budget);
  }
}

function joined(before: Uint8Array, after: Uint8Array): Uint8Array {
  return Uint8Array.of(...before, ...after);
}

function intWrite({ min, max }: IntNode): Write {
  return (o, value) => {
    if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) throw MISMATCH;
    writeInt(o, value as number);
  };
}

function bytesWrite({ size }: BytesNode, before: Uint8Array): Write {
  if (size === undefined || size > LENGTH_MAX) {
    return (o, value) => {
      if (!(value instanceof Uint8Array) || (size !== undefined && value.length !== size)) throw MISMATCH;
      writeBytes(o, before);
      writeBin(o, value);
    };
  }
  const head = joined(before, bytesWritten((o) => openBin(o, size)));
  return (o, value) => {
    if (!(value instanceof Uint8Array) || value.length !== size) throw MISMATCH;
    const at = reserve(o, head.length + size);
    const { bytes } = o;
    copyBytes(bytes, at, head);
    copyBytes(bytes, at + head.length, value);
  };
}

/** A text that is always the same is encoded once. */
function exactWrite(text: string, before: Uint8Array): Write {
  const bytes = joined(before, bytesWritten((o) => writeStr(o, text, LENGTH_MAX)));
  return (o, value) => {
    if (value !== text) throw MISMATCH;
    writeBytes(o, bytes);
  };
}

function arrayWrite(write: Write, budget: Budget): Write {
  return (o, value) => {
    if (!Array.isArray(value)) throw MISMATCH;
    const count = value.length;
    spend(budget, count);
    openArray(o, count);
    for (let index = 0; index < count; index++) write(o, value[index]);
  };
}

/** The header of an array of values, and their writers, of which the first writes the header. */
function itemWrites(items: readonly MsgpackNode[], budget: Budget, before: Uint8Array): readonly Write[] {
  const head = joined(before, bytesWritten((o) => openArray(o, items.length)));
  if (items.length === 0) return [(o) => writeBytes(o, head)];
  return items.map((item, index) => makeWrite(item, budget, index === 0 ? head : NOTHING));
}

function tupleWrite(items: readonly MsgpackNode[], budget: Budget, before: Uint8Array): Write {
  const writes = itemWrites(items, budget, before);
  return (o, value) => {
    if (!Array.isArray(value) || value.length !== items.length) throw MISMATCH;
    for (let index = 0; index < writes.length; index++) writes[index](o, value[index]);
  };
}

function namedWrite(fields: readonly FieldNode[], budget: Budget): Write {
  const names = fields.map((field) => field.name);
  const total = fields.length;
  const countMin = fields.filter((field) => !field.optional).length;
  const writes = fields.map((field) => makeWrite(field.shape, budget));
  return (o, value) => {
    if (typeof value !== "object" || value === null) throw MISMATCH;
    const record = value as Record<string, unknown>;
    let count = total;
    while (count > countMin && !isGiven(record, names[count - 1])) count--;
    openArray(o, count);
    for (let index = 0; index < count; index++) writes[index](o, record[names[index]]);
  };
}

/** Writes the first fields without a loop. */
function wholeNamedWrite(fields: readonly FieldNode[], budget: Budget, before: Uint8Array): Write {
  const names = fields.map((field) => field.name);
  const writes = itemWrites(fields.map((field) => field.shape), budget, before);
  const [a, b, c] = names;
  const [writeA, writeB, writeC] = writes;
  const count = writes.length;
  return (o, value) => {
    if (typeof value !== "object" || value === null) throw MISMATCH;
    const record = value as Record<string, unknown>;
    writeA(o, record[a]);
    if (count > 1) writeB(o, record[b]);
    if (count > 2) writeC(o, record[c]);
    for (let index = 3; index < count; index++) writes[index](o, record[names[index]]);
  };
}

function mapWrite({ fields }: MapNode, budget: Budget): Write {
  const writes = fields.map((field) => makeWrite(field.shape, budget));
  const writeKeys = fields.map((field) => exactWrite(field.name, NOTHING));
  return (o, value) => {
    if (typeof value !== "object" || value === null) throw MISMATCH;
    const record = value as Record<string, unknown>;
    const present = fields.filter((field) => !field.optional || isGiven(record, field.name));
    spend(budget, 2 * present.length);
    openMap(o, present.length);
    for (let index = 0; index < fields.length; index++) {
      const { name, optional } = fields[index];
      if (optional && !isGiven(record, name)) continue;
      writeKeys[index](o, name);
      writes[index](o, record[name]);
    }
  };
}

function oneOfWrite(node: OneOfNode, budget: Budget): Write {
  const writes = node.options.map((option) => makeWrite(option, budget));
  return (o, value) => {
    const which = optionFor(node, value);
    if (which === -1) throw MISMATCH;
    writes[which](o, value);
  };
}

function writePacked(o: Output, value: unknown, bytesMax: number, budget: Budget): void {
  if (!(value instanceof Packed) || value.bytes.length > bytesMax) throw MISMATCH;
  // What was packed under other limits may be more than the receiver accepts.
  spend(budget, checkValue(value.bytes, 0, value.bytes.length, budget.limits).elements);
  writeBytes(o, value.bytes);
}
