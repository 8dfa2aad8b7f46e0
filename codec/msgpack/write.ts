/**
 * Compiles shapes to functions that write.
 *
 * @module
 */

import { bytesWritten, copyBytes, failWrite, type MessageOutput, reserve, writeBytes } from "../engine/mod.ts";
import { mistyped, outOfRange, wrongLength } from "../failures.ts";
import type { Limits } from "../limits.ts";
import { anyWrite } from "./any.ts";
import { checkValue } from "./check.ts";
import { notTheText, packedBeyondLimits, packedTooLong } from "./failures.ts";
import { selectVariant } from "./match.ts";
import type {
  BigNode,
  BytesNode,
  ExactNode,
  FieldNode,
  IntNode,
  MapNode,
  MsgpackNode,
  OneOfNode,
  TaggedNode,
  TupleNode,
} from "./shape.ts";
import { isLimited } from "./sizes.ts";
import { PLAIN_WRITE, TRACED_WRITE, type Write, type WriteHow } from "./trace.ts";
import { Packed } from "./value.ts";
import {
  type Budget,
  LENGTH_MAX,
  openArray,
  openBin,
  openMap,
  spend,
  tagHead,
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
export function compileWrite(node: MsgpackNode, limits: Limits, how: WriteHow = PLAIN_WRITE): Write {
  const budget: Budget = { limits, elements: 0, depth: 0 };
  const write = makeWrite(node, { budget, how });
  if (!isLimited(node)) return write;
  return (o, value) => {
    budget.elements = 0;
    budget.depth = 0;
    write(o, value);
  };
}

/** Writes a value of a shape with a trace, which throws for a value that does not fit, and says why. */
export function writeTraced(node: MsgpackNode, limits: Limits, value: unknown): void {
  const write = compileWrite(node, limits, TRACED_WRITE);
  bytesWritten((o) => {
    o.steps = [];
    write(o, value);
  });
}

/** What the writers of one shape have in common. */
interface Context {
  readonly budget: Budget;
  readonly how: WriteHow;
}

/**
 * The writer of a shape. `before` are the bytes that come before it: it writes them together with what
 * it knows itself, down to the first value.
 */
function makeWrite(node: MsgpackNode, context: Context, before: Uint8Array = NOTHING): Write {
  // The offset of an error comes after what was there before.
  if (before.length > 0 && context.how.traced) return after(before, makeWrite(node, context));
  switch (node.kind) {
    case "bytes":
      return bytesWrite(node, before);
    case "exact":
      return exactWrite(node.text, before);
    case "tagged":
      return makeWrite(node.item, context, joined(before, tagHead(node.tag)));
    case "tuple":
      return tupleWrite(node.items, context, before);
    case "named":
      if (!node.fields.some((field) => field.optional)) return wholeNamedWrite(node.fields, context, before);
  }
  return after(before, ownWrite(node, context));
}

/** The writer of a value that comes after bytes. */
function after(before: Uint8Array, write: Write): Write {
  if (before.length === 0) return write;
  return (o, value) => {
    writeBytes(o, before);
    write(o, value);
  };
}

function ownWrite(node: Exclude<MsgpackNode, BytesNode | ExactNode | TaggedNode | TupleNode>, context: Context): Write {
  const { budget, how } = context;
  const { stringBytesMax } = budget.limits;
  switch (node.kind) {
    case "nil":
      return writeNil;
    case "boolean":
      return writeBoolean;
    case "int":
      return intWrite(node);
    case "big":
      return bigWrite(node);
    case "float":
      return writeFloat;
    case "text": {
      const write = node.writes === "str" ? writeStr : writeTextBin;
      return (o, value) => write(o, value, stringBytesMax);
    }
    case "array":
      return arrayWrite(how.inside(makeWrite(node.item, context)), budget);
    case "named":
      return namedWrite(node.fields, context);
    case "map":
      return mapWrite(node, context);
    case "oneOf":
      return oneOfWrite(node, context);
    case "any":
      return anyWrite(budget, how);
    case "packed":
      return (o, value) => writePacked(o, value, node.bytesMax, budget);
  }
}

function joined(before: Uint8Array, after: Uint8Array): Uint8Array {
  return Uint8Array.of(...before, ...after);
}

function intWrite({ min, max }: IntNode): Write {
  return (o, value) => {
    if (!Number.isInteger(value)) failWrite(o, mistyped, "an integer", value);
    if ((value as number) < min || (value as number) > max) failWrite(o, outOfRange, value as number, min, max);
    writeInt(o, value as number);
  };
}

function bigWrite({ min, max }: BigNode): Write {
  return (o, value) => {
    if (typeof value !== "bigint") failWrite(o, mistyped, "a bigint", value);
    if (value < min || value > max) failWrite(o, outOfRange, value, min, max);
    writeBig(o, value);
  };
}

function bytesWrite({ size }: BytesNode, before: Uint8Array): Write {
  if (size === undefined || size > LENGTH_MAX) {
    return (o, value) => {
      checkBytes(o, value, size);
      writeBytes(o, before);
      writeBin(o, value);
    };
  }
  const head = joined(before, bytesWritten((o) => openBin(o, size)));
  return (o, value) => {
    checkBytes(o, value, size);
    const at = reserve(o, head.length + size);
    const { bytes } = o;
    copyBytes(bytes, at, head);
    copyBytes(bytes, at + head.length, value);
  };
}

function checkBytes(o: MessageOutput, value: unknown, size: number | undefined): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) failWrite(o, mistyped, "a Uint8Array", value);
  if (size !== undefined && value.length !== size) failWrite(o, wrongLength, value.length, "byte", size);
}

/** A text that is always the same is encoded once. */
function exactWrite(text: string, before: Uint8Array): Write {
  const bytes = joined(before, bytesWritten((o) => writeStr(o, text, LENGTH_MAX)));
  return (o, value) => {
    if (value !== text) failWrite(o, notTheText, text, value);
    writeBytes(o, bytes);
  };
}

function arrayWrite(write: Write, budget: Budget): Write {
  return (o, value) => {
    if (!Array.isArray(value)) failWrite(o, mistyped, "an array", value);
    const count = value.length;
    spend(o, budget, count);
    openArray(o, count);
    for (let index = 0; index < count; index++) write(o, value[index], index);
  };
}

/** The header of an array of values, and their writers, of which the first writes the header. */
function itemWrites(items: readonly MsgpackNode[], context: Context, before: Uint8Array): readonly Write[] {
  const { how } = context;
  const head = joined(before, bytesWritten((o) => openArray(o, items.length)));
  if (items.length === 0) return [(o) => writeBytes(o, head)];
  return items.map((item, index) => how.inside(makeWrite(item, context, index === 0 ? head : NOTHING)));
}

function tupleWrite(items: readonly MsgpackNode[], context: Context, before: Uint8Array): Write {
  const writes = itemWrites(items, context, before);
  return (o, value) => {
    if (!Array.isArray(value)) failWrite(o, mistyped, "an array", value);
    if (value.length !== items.length) failWrite(o, wrongLength, value.length, "element", items.length);
    for (let index = 0; index < writes.length; index++) writes[index](o, value[index], index);
  };
}

const INHERITED = Object.prototype as unknown as Readonly<Record<string, unknown>>;

/** Whether a field has a value. What every object inherits, such as `constructor`, does not count. */
function hasField(record: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = record[name];
  return value !== undefined && (value !== INHERITED[name] || Object.hasOwn(record, name));
}

type Fields = Readonly<Record<string, unknown>>;

function checkRecord(o: MessageOutput, value: unknown): asserts value is Fields {
  if (typeof value !== "object" || value === null) failWrite(o, mistyped, "an object", value);
}

/** The writer of an array of which the last elements may be missing. */
function namedWrite(fields: readonly FieldNode[], context: Context): Write {
  const names = fields.map((field) => field.name);
  const countMin = fields.filter((field) => !field.optional).length;
  const writes = fields.map((field) => context.how.inside(makeWrite(field.shape, context)));
  return (o, value) => {
    checkRecord(o, value);
    let count = fields.length;
    while (count > countMin && !hasField(value, names[count - 1])) count--;
    openArray(o, count);
    for (let index = 0; index < count; index++) writes[index](o, value[names[index]], names[index]);
  };
}

/** Writes the first fields without a loop. */
function wholeNamedWrite(fields: readonly FieldNode[], context: Context, before: Uint8Array): Write {
  const names = fields.map((field) => field.name);
  const writes = itemWrites(fields.map((field) => field.shape), context, before);
  const [a, b, c] = names;
  const [writeA, writeB, writeC] = writes;
  const count = writes.length;
  return (o, value) => {
    checkRecord(o, value);
    writeA(o, value[a], a);
    if (count > 1) writeB(o, value[b], b);
    if (count > 2) writeC(o, value[c], c);
    for (let index = 3; index < count; index++) writes[index](o, value[names[index]], names[index]);
  };
}

function mapWrite({ fields }: MapNode, context: Context): Write {
  const writes = fields.map(({ name, shape }) => {
    const key = bytesWritten((o) => writeStr(o, name, LENGTH_MAX));
    return context.how.inside(makeWrite(shape, context, key));
  });
  return (o, value) => {
    checkRecord(o, value);
    const present = fields.filter(({ name, optional }) => !optional || hasField(value, name));
    spend(o, context.budget, 2 * present.length);
    openMap(o, present.length);
    for (let index = 0; index < fields.length; index++) {
      const { name, optional } = fields[index];
      if (!optional || hasField(value, name)) writes[index](o, value[name], name);
    }
  };
}

function oneOfWrite(node: OneOfNode, context: Context): Write {
  const writes = node.options.map((option) => makeWrite(option, context));
  return (o, value) => {
    const which = selectVariant(node, value);
    if (which === -1) failWrite(o, mistyped, `one of ${node.options.map(({ kind }) => kind).join(", ")}`, value);
    writes[which](o, value);
  };
}

function writePacked(o: MessageOutput, value: unknown, bytesMax: number, budget: Budget): void {
  if (!(value instanceof Packed)) failWrite(o, mistyped, "a Packed value", value);
  const { bytes } = value;
  if (bytes.length > bytesMax) failWrite(o, packedTooLong, bytes.length, bytesMax);
  let elements;
  try {
    elements = checkValue(bytes, 0, bytes.length, budget.limits).elements;
  } catch (cause) {
    // What was packed under other limits may be more than the receiver accepts.
    return failWrite(o, packedBeyondLimits, cause);
  }
  spend(o, budget, elements);
  writeBytes(o, bytes);
}
