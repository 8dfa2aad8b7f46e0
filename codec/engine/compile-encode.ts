/**
 * Schemas turned into functions that write.
 *
 * A writer checks every value it writes. Like a reader it throws {@link MISMATCH} and leaves the explaining to the plain walk.
 *
 * @module
 */

import {
  type ArrayNode,
  checkSchema,
  type EnumNode,
  type ExtensionNode,
  intMax,
  type IntNode,
  isPresent,
  isVoid,
  type Node,
  type OptionalNode,
  refuseEmptyItems,
  resolve,
  type Scope,
  type Size,
  type UnionNode,
  type VarintNode,
} from "../schema/mod.ts";
import { type EncodeState, reserve, type Write, writeBytes } from "./encode-state.ts";
import { MISMATCH } from "../error.ts";
import { writeText } from "../text/mod.ts";
import { equalValues } from "../values.ts";
import { floatWrite, intWrite, writeBool, writeVarint } from "./write-numbers.ts";

const compiled = new WeakMap<Node, Write>();

/** The writer of a schema; made once. */
export function compileWrite(node: Node): Write {
  let write = compiled.get(node);
  if (write === undefined) {
    checkSchema(node, "encode: the schema");
    write = makeWrite(node);
    compiled.set(node, write);
  }
  return write;
}

function makeWrite(node: Node): Write {
  switch (node.kind) {
    case "int":
    case "varint":
      return intWrite(node);
    case "float":
      return floatWrite(node);
    case "bool":
      return writeBool;
    case "literal":
      return literalWrite(Uint8Array.from(node.bytes));
    case "bytes":
      return bytesWrite(node.size);
    case "string":
      return stringWrite(node.size);
    case "array":
      return arrayWrite(node);
    case "struct":
      return structWrite(node.fields);
    case "tuple":
      return tupleWrite(node.items);
    case "enum":
      return enumWrite(node);
    case "union":
      return unionWrite(node);
    case "optional":
      return optionalWrite(node);
    case "constant":
      return constantWrite(compileWrite(node.schema), node.value);
    case "map":
      return mapWrite(compileWrite(node.schema), node.encode);
    case "refine":
      return refineWrite(compileWrite(node.schema), node.test);
    case "lazy":
      return lazyWrite(node.get);
    case "limit":
      return limitWrite(compileWrite(node.schema), node.bytesMax);
    case "framed":
      return framedWrite(node.int, compileWrite(node.schema));
    case "extension":
      return extensionWrite(node.extension);
  }
}

function literalWrite(literal: Uint8Array): Write {
  if (literal.length !== 1) return (s) => writeBytes(s, literal);
  const [byte] = literal;
  return (s) => {
    const at = reserve(s, 1);
    s.bytes[at] = byte;
  };
}

/** Writes a length that stands in front, and checks one that is known. */
function countWrite(size: Size): (state: EncodeState, count: number, scope: Scope) => void {
  switch (size.kind) {
    case "prefix":
      return intWrite(size.int);
    case "fixed":
      return (_, count) => {
        if (count !== size.count) throw MISMATCH;
      };
    case "ref":
      return (_, count, scope) => {
        if (resolve(size, scope) !== count) throw MISMATCH;
      };
    case "rest":
      return () => {};
  }
}

function bytesWrite(size: Size): Write {
  if (size.kind === "fixed") {
    const { count } = size;
    return (s, value) => {
      if (!(value instanceof Uint8Array) || value.length !== count) throw MISMATCH;
      writeBytes(s, value);
    };
  }
  const writeCount = countWrite(size);
  return (s, value, scope) => {
    if (!(value instanceof Uint8Array)) throw MISMATCH;
    writeCount(s, value.length, scope);
    writeBytes(s, value);
  };
}

function stringWrite(size: Size): Write {
  if (size.kind === "prefix") {
    if (size.int.kind === "varint") return varintStringWrite;
    return size.int.bytes === 1 ? writeString8 : prefixedStringWrite(size.int);
  }
  const check = countWrite(size);
  return (s, value, scope) => {
    const before = s.pos - s.start;
    putText(s, value, s.limits.stringBytesMax);
    check(s, s.pos - s.start - before, scope);
  };
}

/** Writes a text of at most `bytesMax` bytes. */
function putText(s: EncodeState, value: unknown, bytesMax: number): void {
  if (typeof value !== "string" || value.length > bytesMax) throw MISMATCH;
  let after = writeText(value, s.bytes, s.pos, s.end);
  if (after === -1) {
    s.grow(value.length * 3);
    after = writeText(value, s.bytes, s.pos, s.end);
  }
  if (after < 0 || after - s.pos > bytesMax) throw MISMATCH;
  s.pos = after;
}

/** The length byte is written when the text is known, which saves measuring it first. */
function writeString8(s: EncodeState, value: unknown): void {
  const { bytes, pos, limits } = s;
  if (typeof value === "string" && limits.stringBytesMax > 255) {
    const after = writeText(value, bytes, pos + 1, Math.min(s.end, pos + 256));
    if (after > 0) {
      bytes[pos] = after - pos - 1;
      s.pos = after;
      return;
    }
  }
  reserve(s, 1);
  const before = s.pos - s.start;
  putText(s, value, Math.min(255, s.limits.stringBytesMax));
  s.bytes[s.start + before - 1] = s.pos - s.start - before;
}

function prefixedStringWrite(int: IntNode): Write {
  const writeCount = intWrite(int);
  const countMax = intMax(int);
  return (s, value, scope) => {
    reserve(s, int.bytes);
    const before = s.pos - s.start;
    putText(s, value, Math.min(countMax, s.limits.stringBytesMax));
    const after = s.pos;
    s.pos = s.start + before - int.bytes;
    writeCount(s, after - s.start - before, scope);
    s.pos = after;
  };
}

function varintStringWrite(s: EncodeState, value: unknown): void {
  reserve(s, 1);
  const before = s.pos - s.start;
  putText(s, value, s.limits.stringBytesMax);
  putVarintBefore(s, before);
}

/**
 * Writes the length of what was written since `before` into the one byte kept free there. A longer length moves what was
 * written: that is rare and quick, and no byte behind the end of the message is ever touched.
 */
function putVarintBefore(s: EncodeState, before: number): void {
  const length = s.pos - s.start - before;
  let extra = 0;
  for (let left = length; left > 127; left = Math.floor(left / 128)) extra++;
  if (extra > 0) {
    reserve(s, extra);
    const from = s.start + before;
    s.bytes.copyWithin(from + extra, from, from + length);
  }
  const after = s.pos;
  s.pos = s.start + before - 1;
  writeVarint(s, length);
  s.pos = after;
}

function arrayWrite(node: ArrayNode): Write {
  refuseEmptyItems(node);
  const { size } = node;
  const write = compileWrite(node.item);
  const writeCount = countWrite(size);
  return (s, value, scope) => {
    if (!Array.isArray(value)) throw MISMATCH;
    const count = value.length;
    s.elements += count;
    if (s.elements > s.limits.elementsMax) throw MISMATCH;
    writeCount(s, count, scope);
    for (let index = 0; index < count; index++) write(s, value[index], scope);
  };
}

type Fields = readonly { readonly name: string; readonly schema: Node }[];

function structWrite(fields: Fields): Write {
  const names: string[] = [];
  const writes: Write[] = [];
  // What has no value is written with the field behind it: asking an object for what it does not have is slow.
  let last: Write | undefined;
  for (const { name, schema } of fields) {
    last = inOrder(last, compileWrite(schema));
    if (isVoid(schema)) continue;
    names.push(name);
    writes.push(last);
    last = undefined;
  }
  const writeLast = last;
  const count = names.length;
  const [a, b, c, d] = names;
  const [writeA, writeB, writeC, writeD] = writes;
  return (s, value) => {
    if (typeof value !== "object" || value === null) throw MISMATCH;
    const record = value as Record<string, unknown>;
    if (count > 0) writeA(s, record[a], record);
    if (count > 1) writeB(s, record[b], record);
    if (count > 2) writeC(s, record[c], record);
    if (count > 3) writeD(s, record[d], record);
    for (let index = 4; index < count; index++) writes[index](s, record[names[index]], record);
    writeLast?.(s, undefined, record);
  };
}

function inOrder(first: Write | undefined, then: Write): Write {
  if (first === undefined) return then;
  return (s, value, scope) => {
    first(s, undefined, scope);
    then(s, value, scope);
  };
}

function tupleWrite(items: readonly Node[]): Write {
  const writes = items.map(compileWrite);
  const voids = items.map(isVoid);
  const count = voids.filter((one) => !one).length;
  return (s, value, scope) => {
    if (!Array.isArray(value) || value.length !== count) throw MISMATCH;
    let next = 0;
    for (let index = 0; index < writes.length; index++) {
      writes[index](s, voids[index] ? undefined : value[next++], scope);
    }
  };
}

function enumWrite(node: EnumNode): Write {
  const write = intWrite(node.int);
  const byName = new Map<unknown, number>(node.names.map(({ name, value }) => [name, value]));
  return (s, value, scope) => {
    const number = byName.get(value);
    if (number === undefined) throw MISMATCH;
    write(s, number, scope);
  };
}

function unionWrite(node: UnionNode): Write {
  const { key } = node;
  const writeTag = intWrite(node.tag);
  const cases = new Map<unknown, { tag: number; write: Write }>(
    node.cases.map(({ name, tag, schema }) => [name, { tag, write: structWrite(schema.fields) }]),
  );
  return (s, value, scope) => {
    if (typeof value !== "object" || value === null) throw MISMATCH;
    const found = cases.get((value as Record<string, unknown>)[key]);
    if (found === undefined) throw MISMATCH;
    writeTag(s, found.tag, scope);
    found.write(s, value, scope);
  };
}

function optionalWrite(node: OptionalNode): Write {
  const write = compileWrite(node.schema);
  const { presence } = node;
  return (s, value, scope) => {
    const present = value !== null && value !== undefined;
    if (presence.kind === "byte") writeBool(s, present);
    else if (isPresent(presence, scope) !== present) throw MISMATCH;
    if (present) write(s, value, scope);
  };
}

function constantWrite(write: Write, expected: unknown): Write {
  return (s, value, scope) => {
    if (!equalValues(value, expected)) throw MISMATCH;
    write(s, value, scope);
  };
}

function mapWrite(write: Write, encode: (value: never) => unknown): Write {
  return (s, value, scope) => write(s, encode(value as never), scope);
}

function refineWrite(write: Write, test: (value: never) => boolean): Write {
  return (s, value, scope) => {
    if (!test(value as never)) throw MISMATCH;
    write(s, value, scope);
  };
}

function lazyWrite(get: () => Node): Write {
  let write: Write | undefined;
  return (s, value) => {
    write ??= compileWrite(get());
    if (s.depth >= s.limits.depthMax) throw MISMATCH;
    s.depth++;
    write(s, value, undefined);
    s.depth--;
  };
}

function limitWrite(write: Write, bytesMax: number): Write {
  return (s, value, scope) => {
    const before = s.pos - s.start;
    write(s, value, scope);
    if (s.pos - s.start - before > bytesMax) throw MISMATCH;
  };
}

function framedWrite(int: IntNode | VarintNode, write: Write): Write {
  const writeCount = intWrite(int);
  const gap = int.kind === "varint" ? 1 : int.bytes;
  return (s, value, scope) => {
    reserve(s, gap);
    const before = s.pos - s.start;
    write(s, value, scope);
    if (int.kind === "varint") return putVarintBefore(s, before);
    const after = s.pos;
    s.pos = s.start + before - gap;
    writeCount(s, after - s.start - before, scope);
    s.pos = after;
  };
}

function extensionWrite({ encode, write }: ExtensionNode["extension"]): Write {
  if (write !== undefined) return write;
  return (s, value) => writeBytes(s, encode(value));
}
