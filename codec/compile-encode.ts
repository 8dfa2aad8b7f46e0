/**
 * Schemas turned into functions that write.
 *
 * A writer checks every value it writes. Like a reader it throws {@link FAIL} and leaves the explaining to the plain walk.
 *
 * @module
 */

import { FAIL } from "./compile-decode.ts";
import { setFloat32, setFloat64 } from "./floats.ts";
import type { Limits } from "./limits.ts";
import { isPresent, resolve, type Scope } from "./references.ts";
import type {
  ArrayNode,
  EnumNode,
  ExtensionNode,
  FloatNode,
  IntNode,
  Node,
  OptionalNode,
  Size,
  UnionNode,
  VarintNode,
} from "./schema.ts";
import { isVoid } from "./schema.ts";
import { refuseEmptyItems } from "./sequences.ts";
import { intMax } from "./sizes.ts";
import { writeText } from "./text.ts";
import { equalValues } from "./values.ts";

/** Where a writer writes. */
export interface EncodeState {
  bytes: Uint8Array;
  pos: number;
  end: number;
  depth: number;
  elements: number;
  limits: Limits;
  /** Where the message begins in `bytes`. */
  start: number;
  /** Gets room for `count` more bytes, or throws {@link FAIL} when there is none to get. */
  grow(count: number): void;
}

/** Writes one value and moves `state.pos` behind it. */
export type Write = (state: EncodeState, value: unknown, scope: Scope) => void;

const compiled = new WeakMap<Node, Write>();

/** The writer of a schema; made once. */
export function compileWrite(node: Node): Write {
  let write = compiled.get(node);
  if (write === undefined) {
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

/** Makes sure that `count` bytes can be written and returns where. */
function room(s: EncodeState, count: number): number {
  if (s.end - s.pos < count) s.grow(count);
  const { pos } = s;
  s.pos = pos + count;
  return pos;
}

function writeU8(s: EncodeState, value: unknown): void {
  if (((value as number) & 0xff) !== value) throw FAIL;
  const at = room(s, 1);
  s.bytes[at] = value as number;
}

function writeI8(s: EncodeState, value: unknown): void {
  if (((value as number) << 24 >> 24) !== value) throw FAIL;
  const at = room(s, 1);
  s.bytes[at] = value as number;
}

function writeU16(s: EncodeState, value: unknown): void {
  if (((value as number) & 0xffff) !== value) throw FAIL;
  put16(s, value as number);
}

function writeI16(s: EncodeState, value: unknown): void {
  if (((value as number) << 16 >> 16) !== value) throw FAIL;
  put16(s, value as number);
}

function writeU32(s: EncodeState, value: unknown): void {
  if (((value as number) >>> 0) !== value) throw FAIL;
  put32(s, value as number);
}

function writeI32(s: EncodeState, value: unknown): void {
  if (((value as number) | 0) !== value) throw FAIL;
  put32(s, value as number);
}

function writeU64(s: EncodeState, value: unknown): void {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw FAIL;
  put64(s, value as number);
}

function writeI64(s: EncodeState, value: unknown): void {
  if (!Number.isSafeInteger(value)) throw FAIL;
  put64(s, value as number);
}

function put16(s: EncodeState, value: number): void {
  const at = room(s, 2);
  const { bytes } = s;
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

function put32(s: EncodeState, value: number): void {
  const at = room(s, 4);
  const { bytes } = s;
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function put64(s: EncodeState, value: number): void {
  const high = Math.floor(value / 2 ** 32);
  put32(s, high);
  put32(s, value - high * 2 ** 32);
}

/** Turns the last bytes written around; big-endian is the rule here, so the little-endian forms may cost a little more. */
function reversed(write: Write, count: number): Write {
  return (s, value, scope) => {
    write(s, value, scope);
    s.bytes.subarray(s.pos - count, s.pos).reverse();
  };
}

const scratch = new DataView(new ArrayBuffer(8));

function fromScratch(s: EncodeState, count: number): void {
  const at = room(s, count);
  for (let index = 0; index < count; index++) s.bytes[at + index] = scratch.getUint8(index);
}

function bigWrite({ signed, littleEndian }: IntNode): Write {
  const wrap = signed ? BigInt.asIntN : BigInt.asUintN;
  return (s, value) => {
    if (typeof value !== "bigint" || wrap(64, value) !== value) throw FAIL;
    scratch.setBigUint64(0, BigInt.asUintN(64, value), littleEndian);
    fromScratch(s, 8);
  };
}

function intWrite(node: IntNode | VarintNode): Write {
  if (node.kind === "varint") return writeVarint;
  if (node.big) return bigWrite(node);
  const write = node.signed
    ? { 1: writeI8, 2: writeI16, 4: writeI32, 8: writeI64 }[node.bytes]
    : { 1: writeU8, 2: writeU16, 4: writeU32, 8: writeU64 }[node.bytes];
  return node.littleEndian ? reversed(write, node.bytes) : write;
}

function writeVarint(s: EncodeState, value: unknown): void {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw FAIL;
  let left = value as number;
  for (; left > 127; left = Math.floor(left / 128)) {
    const at = room(s, 1);
    s.bytes[at] = left % 128 | 128;
  }
  const at = room(s, 1);
  s.bytes[at] = left;
}

function floatWrite({ bytes, littleEndian }: FloatNode): Write {
  if (bytes === 8) {
    return (s, value) => {
      if (typeof value !== "number") throw FAIL;
      setFloat64(scratch, value, littleEndian);
      fromScratch(s, 8);
    };
  }
  return (s, value) => {
    if (typeof value !== "number" || !Object.is(Math.fround(value), value)) throw FAIL;
    setFloat32(scratch, value, littleEndian);
    fromScratch(s, 4);
  };
}

function writeBool(s: EncodeState, value: unknown): void {
  if (value !== true && value !== false) throw FAIL;
  const at = room(s, 1);
  s.bytes[at] = value ? 1 : 0;
}

/** Literals are a few bytes, for which a loop takes a third of the time of `set`. */
function literalWrite(literal: Uint8Array): Write {
  return (s) => {
    const at = room(s, literal.length);
    for (let index = 0; index < literal.length; index++) s.bytes[at + index] = literal[index];
  };
}

/** Checks a length that is not written as a prefix. */
function countCheck(size: Exclude<Size, { kind: "prefix" }>): (count: number, scope: Scope) => void {
  switch (size.kind) {
    case "fixed":
      return (count) => {
        if (count !== size.count) throw FAIL;
      };
    case "ref":
      return (count, scope) => {
        if (resolve(size, scope) !== count) throw FAIL;
      };
    case "rest":
      return () => {};
  }
}

function bytesWrite(size: Size): Write {
  const writeCount: Write = size.kind === "prefix" ? intWrite(size.int) : () => {};
  const check = size.kind === "prefix" ? () => {} : countCheck(size);
  return (s, value, scope) => {
    if (!(value instanceof Uint8Array)) throw FAIL;
    check(value.length, scope);
    writeCount(s, value.length, scope);
    const at = room(s, value.length);
    s.bytes.set(value, at);
  };
}

function stringWrite(size: Size): Write {
  if (size.kind === "prefix") {
    if (size.int.kind === "varint") return varintStringWrite;
    return size.int.bytes === 1 ? writeString8 : prefixedStringWrite(size.int);
  }
  const check = countCheck(size);
  return (s, value, scope) => {
    const before = s.pos - s.start;
    putText(s, value, s.limits.stringBytesMax);
    check(s.pos - s.start - before, scope);
  };
}

/** Writes a text of at most `bytesMax` bytes. */
function putText(s: EncodeState, value: unknown, bytesMax: number): void {
  if (typeof value !== "string" || value.length > bytesMax) throw FAIL;
  let after = writeText(value, s.bytes, s.pos, s.end);
  if (after === -1) {
    s.grow(value.length * 3);
    after = writeText(value, s.bytes, s.pos, s.end);
  }
  if (after < 0 || after - s.pos > bytesMax) throw FAIL;
  s.pos = after;
}

/** The length byte is written when the text is known, which saves measuring it first. */
function writeString8(s: EncodeState, value: unknown): void {
  room(s, 1);
  const before = s.pos - s.start;
  putText(s, value, Math.min(255, s.limits.stringBytesMax));
  s.bytes[s.start + before - 1] = s.pos - s.start - before;
}

function prefixedStringWrite(int: IntNode): Write {
  const writeCount = intWrite(int);
  const countMax = intMax(int);
  return (s, value, scope) => {
    room(s, int.bytes);
    const before = s.pos - s.start;
    putText(s, value, Math.min(countMax, s.limits.stringBytesMax));
    const after = s.pos;
    s.pos = s.start + before - int.bytes;
    writeCount(s, after - s.start - before, scope);
    s.pos = after;
  };
}

function varintStringWrite(s: EncodeState, value: unknown): void {
  room(s, 1);
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
    room(s, extra);
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
  const writeCount: Write = size.kind === "prefix" ? intWrite(size.int) : () => {};
  const check = size.kind === "prefix" ? () => {} : countCheck(size);
  return (s, value, scope) => {
    if (!Array.isArray(value)) throw FAIL;
    const count = value.length;
    s.elements += count;
    if (s.elements > s.limits.elementsMax) throw FAIL;
    check(count, scope);
    writeCount(s, count, scope);
    for (let index = 0; index < count; index++) write(s, value[index], scope);
  };
}

type Fields = readonly { readonly name: string; readonly schema: Node }[];

function structWrite(fields: Fields): Write {
  const names = fields.map(({ name }) => name);
  const writes = fields.map(({ schema }) => compileWrite(schema));
  const count = fields.length;
  return (s, value) => {
    if (typeof value !== "object" || value === null) throw FAIL;
    const record = value as Record<string, unknown>;
    for (let index = 0; index < count; index++) writes[index](s, record[names[index]], record);
  };
}

function tupleWrite(items: readonly Node[]): Write {
  const writes = items.map(compileWrite);
  const voids = items.map(isVoid);
  const count = voids.filter((one) => !one).length;
  return (s, value, scope) => {
    if (!Array.isArray(value) || value.length !== count) throw FAIL;
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
    if (number === undefined) throw FAIL;
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
    if (typeof value !== "object" || value === null) throw FAIL;
    const found = cases.get((value as Record<string, unknown>)[key]);
    if (found === undefined) throw FAIL;
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
    else if (isPresent(presence, scope) !== present) throw FAIL;
    if (present) write(s, value, scope);
  };
}

function constantWrite(write: Write, expected: unknown): Write {
  return (s, value, scope) => {
    if (!equalValues(value, expected)) throw FAIL;
    write(s, value, scope);
  };
}

function mapWrite(write: Write, encode: (value: never) => unknown): Write {
  return (s, value, scope) => write(s, encode(value as never), scope);
}

function refineWrite(write: Write, test: (value: never) => boolean): Write {
  return (s, value, scope) => {
    if (!test(value as never)) throw FAIL;
    write(s, value, scope);
  };
}

function lazyWrite(get: () => Node): Write {
  let write: Write | undefined;
  return (s, value) => {
    write ??= compileWrite(get());
    if (s.depth >= s.limits.depthMax) throw FAIL;
    s.depth++;
    write(s, value, undefined);
    s.depth--;
  };
}

function limitWrite(write: Write, bytesMax: number): Write {
  return (s, value, scope) => {
    const before = s.pos - s.start;
    write(s, value, scope);
    if (s.pos - s.start - before > bytesMax) throw FAIL;
  };
}

function framedWrite(int: IntNode | VarintNode, write: Write): Write {
  const writeCount = intWrite(int);
  const gap = int.kind === "varint" ? 1 : int.bytes;
  return (s, value, scope) => {
    room(s, gap);
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
  return (s, value) => {
    const bytes = encode(value);
    const at = room(s, bytes.length);
    s.bytes.set(bytes, at);
  };
}
