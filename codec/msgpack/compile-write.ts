/**
 * Shapes turned into functions that write.
 *
 * @module
 */

import { FAIL } from "../fail.ts";
import type { Output } from "../extension.ts";
import type { Limits } from "../limits.ts";
import { checkValue } from "./check.ts";
import type { BytesNode, FieldNode, IntNode, MapNode, MsgpackNode, OneOfNode, TaggedNode } from "./nodes.ts";
import { optionFor } from "./fits.ts";
import { isGiven } from "./given.ts";
import { Packed } from "./packed.ts";
import { type Budget, spend, writeAny } from "./write-any.ts";
import {
  bytesWritten,
  LENGTH_MAX,
  openArray,
  openMap,
  putBytes,
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
  if (!spends(node)) return write;
  return (o, value) => {
    budget.elements = 0;
    budget.depth = 0;
    write(o, value);
  };
}

/** Whether writing a shape uses the budget: whether it has elements whose number the shape does not say. */
function spends(node: MsgpackNode): boolean {
  switch (node.kind) {
    case "array":
    case "map":
    case "any":
    case "packed":
      return true;
    case "tuple":
      return node.items.some(spends);
    case "named":
      return node.fields.some((field) => spends(field.shape));
    case "tagged":
      return spends(node.item);
    case "oneOf":
      return node.options.some(spends);
    default:
      return false;
  }
}

function makeWrite(node: MsgpackNode, budget: Budget): Write {
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
        if (typeof value !== "bigint" || value < node.min || value > node.max) throw FAIL;
        writeBig(o, value);
      };
    case "float":
      return writeFloat;
    case "text": {
      const write = node.writes === "str" ? writeStr : writeTextBin;
      return (o, value) => write(o, value, stringBytesMax);
    }
    case "bytes":
      return bytesWrite(node);
    case "exact":
      return exactWrite(node.text);
    case "tagged":
      return taggedWrite(node, budget);
    case "array":
      return arrayWrite(makeWrite(node.item, budget), budget);
    case "tuple":
      return tupleWrite(node.items.map((item) => makeWrite(item, budget)));
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

function intWrite({ min, max }: IntNode): Write {
  return (o, value) => {
    if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) throw FAIL;
    writeInt(o, value as number);
  };
}

function bytesWrite({ size }: BytesNode): Write {
  return (o, value) => {
    if (!(value instanceof Uint8Array) || (size !== undefined && value.length !== size)) throw FAIL;
    writeBin(o, value);
  };
}

/** A text that is always the same is encoded once. */
function exactWrite(text: string): Write {
  const bytes = bytesWritten((o) => writeStr(o, text, LENGTH_MAX));
  return (o, value) => {
    if (value !== text) throw FAIL;
    putBytes(o, bytes);
  };
}

function arrayWrite(write: Write, budget: Budget): Write {
  return (o, value) => {
    if (!Array.isArray(value)) throw FAIL;
    const count = value.length;
    spend(budget, count);
    openArray(o, count);
    for (let index = 0; index < count; index++) write(o, value[index]);
  };
}

function tupleWrite(writes: readonly Write[]): Write {
  const count = writes.length;
  return (o, value) => {
    if (!Array.isArray(value) || value.length !== count) throw FAIL;
    openArray(o, count);
    for (let index = 0; index < count; index++) writes[index](o, value[index]);
  };
}

function namedWrite(fields: readonly FieldNode[], budget: Budget): Write {
  const names = fields.map((field) => field.name);
  const total = fields.length;
  const countMin = fields.filter((field) => !field.optional).length;
  if (countMin === total) return wholeNamedWrite(fields, budget);
  const writes = fields.map((field) => makeWrite(field.shape, budget));
  return (o, value) => {
    if (typeof value !== "object" || value === null) throw FAIL;
    const record = value as Record<string, unknown>;
    let count = total;
    while (count > countMin && !isGiven(record, names[count - 1])) count--;
    openArray(o, count);
    for (let index = 0; index < count; index++) writes[index](o, record[names[index]]);
  };
}

/** Writes the header and what is known to stand before it at once, and the first fields without a loop. */
function wholeNamedWrite(fields: readonly FieldNode[], budget: Budget, before: Uint8Array = NOTHING): Write {
  const head = bytesWritten((o) => {
    putBytes(o, before);
    openArray(o, fields.length);
  });
  const names = fields.map((field) => field.name);
  const writes = fields.map((field) => makeWrite(field.shape, budget));
  const [a, b, c] = names;
  const [writeA, writeB, writeC] = writes;
  const count = fields.length;
  return (o, value) => {
    if (typeof value !== "object" || value === null) throw FAIL;
    const record = value as Record<string, unknown>;
    putBytes(o, head);
    if (count > 0) writeA(o, record[a]);
    if (count > 1) writeB(o, record[b]);
    if (count > 2) writeC(o, record[c]);
    for (let index = 3; index < count; index++) writes[index](o, record[names[index]]);
  };
}

function taggedWrite({ tag, item }: TaggedNode, budget: Budget): Write {
  const head = bytesWritten((o) => {
    openArray(o, 2);
    writeStr(o, tag.text, LENGTH_MAX);
  });
  if (item.kind === "named" && !item.fields.some((field) => field.optional)) {
    return wholeNamedWrite(item.fields, budget, head);
  }
  const write = makeWrite(item, budget);
  return (o, value) => {
    putBytes(o, head);
    write(o, value);
  };
}

function mapWrite({ fields }: MapNode, budget: Budget): Write {
  const writes = fields.map((field) => makeWrite(field.shape, budget));
  const writeKeys = fields.map((field) => exactWrite(field.name));
  return (o, value) => {
    if (typeof value !== "object" || value === null) throw FAIL;
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
    if (which === -1) throw FAIL;
    writes[which](o, value);
  };
}

function writePacked(o: Output, value: unknown, bytesMax: number, budget: Budget): void {
  if (!(value instanceof Packed) || value.bytes.length > bytesMax) throw FAIL;
  // What was packed under other limits may be more than the receiver accepts.
  spend(budget, checkValue(value.bytes, 0, value.bytes.length, budget.limits).elements);
  putBytes(o, value.bytes);
}
