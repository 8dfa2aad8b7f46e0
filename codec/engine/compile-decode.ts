/**
 * Schemas turned into functions that read.
 *
 * A reader knows nothing of paths and messages: at the first byte that does not fit it throws {@link MISMATCH}, and the same
 * bytes go once more through the plain walk, which says what is wrong and where.
 *
 * @module
 */

import {
  type ArrayNode,
  checkSchema,
  type IntNode,
  isPresent,
  isVoid,
  type Node,
  type OptionalNode,
  refuseEmptyItems,
  resolve,
  type Scope,
  type Size,
  sizeMin,
  type StructNode,
  type UnionNode,
  type VarintNode,
} from "../schema/mod.ts";
import { type DecodeState, type Read, readView } from "./decode-state.ts";
import { MISMATCH } from "../error.ts";
import { floatRead, intRead, readBool, readU8, readVarint } from "./read-numbers.ts";
import { readText } from "../text/mod.ts";
import { equalValues } from "../values.ts";

const compiled = new WeakMap<Node, Read>();

/** The reader of a schema; made once. */
export function compileRead(node: Node): Read {
  let read = compiled.get(node);
  if (read === undefined) {
    checkSchema(node, "decode: the schema");
    read = makeRead(node);
    compiled.set(node, read);
  }
  return read;
}

function makeRead(node: Node): Read {
  switch (node.kind) {
    case "int":
      return intRead(node);
    case "varint":
      return readVarint;
    case "float":
      return floatRead(node);
    case "bool":
      return readBool;
    case "literal":
      return literalRead(Uint8Array.from(node.bytes));
    case "bytes":
      return bytesRead(node.size);
    case "string":
      return stringRead(node.size);
    case "array":
      return arrayRead(node);
    case "struct":
      return structRead(node);
    case "tuple":
      return tupleRead(node.items);
    case "enum":
      return enumRead(node.int, node.names);
    case "union":
      return unionRead(node);
    case "optional":
      return optionalRead(node);
    case "constant":
      return constantRead(compileRead(node.schema), node.value);
    case "map":
      return mapRead(compileRead(node.schema), node.decode);
    case "refine":
      return refineRead(compileRead(node.schema), node.test);
    case "lazy":
      return lazyRead(node.get);
    case "limit":
      return limitRead(compileRead(node.schema), node.bytesMax);
    case "framed":
      return framedRead(intRead(node.int) as (state: DecodeState) => number, compileRead(node.schema));
    case "extension":
      return node.extension.read ?? node.extension.decode;
  }
}

function literalRead(expected: Uint8Array): Read {
  return (s) => {
    const { bytes, pos } = s;
    if (s.end - pos < expected.length) throw MISMATCH;
    for (let index = 0; index < expected.length; index++) {
      if (bytes[pos + index] !== expected[index]) throw MISMATCH;
    }
    s.pos = pos + expected.length;
  };
}

type Count = (state: DecodeState, scope: Scope) => number;

function countRead(size: Size): Count {
  switch (size.kind) {
    case "fixed":
      return () => size.count;
    case "prefix":
      return intRead(size.int) as Count;
    case "rest":
      return (s) => s.end - s.pos;
    case "ref":
      return (_, scope) => {
        const count = resolve(size, scope);
        if (!Number.isSafeInteger(count) || (count as number) < 0) throw MISMATCH;
        return count as number;
      };
  }
}

function bytesRead(size: Size): Read {
  if (size.kind === "fixed") return (s) => readView(s, size.count);
  const readCount = countRead(size);
  return (s, scope) => readView(s, readCount(s, scope));
}

function stringRead(size: Size): Read {
  if (size.kind === "prefix" && size.int.kind === "int" && size.int.bytes === 1) return readString8;
  const readCount = countRead(size);
  return (s, scope) => readString(s, readCount(s, scope));
}

const readString8 = (s: DecodeState): string => readString(s, readU8(s));

function readString(s: DecodeState, count: number): string {
  const start = s.pos;
  if (count > s.end - start || count > s.limits.stringBytesMax) throw MISMATCH;
  s.pos = start + count;
  const text = readText(s.bytes, start, start + count);
  if (text === undefined) throw MISMATCH;
  return text;
}

function arrayRead(node: ArrayNode): Read {
  refuseEmptyItems(node);
  const read = compileRead(node.item);
  if (node.size.kind === "rest") return restRead(read);
  const readCount = countRead(node.size);
  const itemMin = sizeMin(node.item);
  return (s, scope) => {
    const count = readCount(s, scope);
    s.elements += count;
    if (s.elements > s.limits.elementsMax || count * itemMin > s.end - s.pos) throw MISMATCH;
    const values: unknown[] = [];
    for (let index = 0; index < count; index++) values.push(read(s, scope));
    return values;
  };
}

function restRead(read: Read): Read {
  return (s, scope) => {
    const values: unknown[] = [];
    while (s.pos < s.end) {
      if (++s.elements > s.limits.elementsMax) throw MISMATCH;
      values.push(read(s, scope));
    }
    return values;
  };
}

function structRead(node: StructNode): Read {
  const fields = fieldReads(node);
  if (node.make !== undefined) return makingRead(fields, node.make as Make);
  const fill = filler(fields);
  return (s) => fill(s, {});
}

/** The readers of the fields that have a value, and one for what stands behind the last of them, if anything does. */
interface FieldReads {
  readonly names: readonly string[];
  readonly reads: readonly Read[];
  readonly last: Read | undefined;
}

/** What has no value is read with the field behind it. */
function fieldReads({ fields }: StructNode): FieldReads {
  const names: string[] = [];
  const reads: Read[] = [];
  let last: Read | undefined;
  for (const { name, schema } of fields) {
    last = inOrder(last, compileRead(schema));
    if (isVoid(schema)) continue;
    names.push(name);
    reads.push(last);
    last = undefined;
  }
  return { names, reads, last };
}

function inOrder(first: Read | undefined, then: Read): Read {
  return first === undefined ? then : (s, scope) => {
    first(s, scope);
    return then(s, scope);
  };
}

/** Reads fields into an object. A loop over the names beats objects with computed keys by far (105 to 312 ns for four). */
function filler(
  { names, reads, last }: FieldReads,
): (state: DecodeState, value: Record<string, unknown>) => unknown {
  const count = reads.length;
  return (s, value) => {
    for (let index = 0; index < count; index++) value[names[index]] = reads[index](s, value);
    last?.(s, value);
    return value;
  };
}

type Make = (...parts: unknown[]) => unknown;

/** One function per number of fields: calls with a list of arguments are slow. */
function makingRead({ reads, last }: FieldReads, make: Make): Read {
  const [a, b, c, d] = reads;
  const read: Read = [
    () => make(),
    (s: DecodeState) => make(a(s, undefined)),
    (s: DecodeState) => make(a(s, undefined), b(s, undefined)),
    (s: DecodeState) => make(a(s, undefined), b(s, undefined), c(s, undefined)),
    (s: DecodeState) => make(a(s, undefined), b(s, undefined), c(s, undefined), d(s, undefined)),
  ][reads.length] ?? ((s) => make(...reads.map((read) => read(s, undefined))));
  return last === undefined ? read : (s) => {
    const value = read(s, undefined);
    last(s, undefined);
    return value;
  };
}

function tupleRead(items: readonly Node[]): Read {
  const reads = items.map(compileRead);
  const voids = items.map(isVoid);
  return (s, scope) => {
    const values: unknown[] = [];
    for (let index = 0; index < reads.length; index++) {
      const value = reads[index](s, scope);
      if (!voids[index]) values.push(value);
    }
    return values;
  };
}

function enumRead(int: IntNode | VarintNode, names: readonly { name: string; value: number }[]): Read {
  const readInt = intRead(int);
  const byNumber = new Map<unknown, string>(names.map(({ name, value }) => [value, name]));
  return (s, scope) => {
    const name = byNumber.get(readInt(s, scope));
    if (name === undefined) throw MISMATCH;
    return name;
  };
}

function unionRead(node: UnionNode): Read {
  const { key } = node;
  const readTag = intRead(node.tag);
  const cases = new Map(node.cases.map(({ name, tag, schema }) => [tag, { name, fill: filler(fieldReads(schema)) }]));
  return (s, scope) => {
    const found = cases.get(readTag(s, scope) as number);
    if (found === undefined) throw MISMATCH;
    const value: Record<string, unknown> = {};
    value[key] = found.name;
    return found.fill(s, value);
  };
}

function optionalRead(node: OptionalNode): Read {
  const read = compileRead(node.schema);
  const { presence } = node;
  if (presence.kind === "byte") return (s, scope) => readBool(s) ? read(s, scope) : null;
  return (s, scope) => isPresent(presence, scope) ? read(s, scope) : null;
}

function constantRead(read: Read, expected: unknown): Read {
  return (s, scope) => {
    const value = read(s, scope);
    if (!equalValues(value, expected)) throw MISMATCH;
    return value;
  };
}

function mapRead(read: Read, decode: (value: never) => unknown): Read {
  return (s, scope) => decode(read(s, scope) as never);
}

function refineRead(read: Read, test: (value: never) => boolean): Read {
  return (s, scope) => {
    const value = read(s, scope);
    if (!test(value as never)) throw MISMATCH;
    return value;
  };
}

function lazyRead(get: () => Node): Read {
  let read: Read | undefined;
  return (s) => {
    read ??= compileRead(get());
    if (s.depth >= s.limits.depthMax) throw MISMATCH;
    s.depth++;
    const value = read(s, undefined);
    s.depth--;
    return value;
  };
}

function limitRead(read: Read, bytesMax: number): Read {
  return (s, scope) => {
    const { pos, end } = s;
    s.end = Math.min(end, pos + bytesMax + 1);
    const value = read(s, scope);
    if (s.pos - pos > bytesMax) throw MISMATCH;
    s.end = end;
    return value;
  };
}

function framedRead(readCount: (state: DecodeState) => number, read: Read): Read {
  return (s, scope) => {
    const count = readCount(s);
    const { end } = s;
    if (count > end - s.pos) throw MISMATCH;
    s.end = s.pos + count;
    const value = read(s, scope);
    if (s.pos !== s.end) throw MISMATCH;
    s.end = end;
    return value;
  };
}
