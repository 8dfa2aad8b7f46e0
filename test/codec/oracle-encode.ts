/**
 * A second way from a value to its bytes: slow, plain, and written apart from the engine, which is held against it. It
 * knows the code, the path and the offset of an error, and no sentences.
 *
 * @module
 */

import { CodecError, type CodecErrorCode, type Field, type Limits, type Node, type Size } from "../../codec/mod.ts";
import { joinPath } from "../../codec/path.ts";
import {
  intMax,
  intMin,
  type IntNode,
  isPresent,
  isVoid,
  resolve,
  type Scope,
  type VarintNode,
} from "../../codec/schema/mod.ts";
import { equalValues } from "../../codec/values.ts";

/** What the oracle throws for a value that does not fit. */
export class Misfit {
  readonly facts: readonly [code: CodecErrorCode, path: string, offset: number];

  constructor(code: CodecErrorCode, { path, offset }: Place) {
    this.facts = [code, path, offset];
  }
}

type Place = { readonly path: string; readonly offset: number };
type Part = Place & { readonly node: Node; readonly value: unknown; readonly scope: Scope };
type Cost = { elements: number; depth: number; readonly limits: Limits };

/** The bytes of a value; throws a {@link Misfit} where there are none. */
export function oracleEncode(node: Node, value: unknown, limits: Limits): Uint8Array {
  const cost = { elements: 0, depth: 0, limits };
  return Uint8Array.from(write({ node, value, scope: undefined, path: "", offset: 0 }, cost));
}

function check(isRight: boolean, code: CodecErrorCode, place: Place): asserts isRight {
  if (!isRight) throw new Misfit(code, place);
}

function write(part: Part, cost: Cost): number[] {
  const { node, value, scope, path, offset } = part;
  const inner = (node: Node, value: unknown) => write({ ...part, node, value }, cost);
  switch (node.kind) {
    case "int":
    case "varint":
      return int(node, part);
    case "float": {
      check(typeof value === "number", "type", part);
      const view = new DataView(new ArrayBuffer(node.bytes));
      if (node.bytes === 8) view.setFloat64(0, value, node.littleEndian);
      else view.setFloat32(0, value, node.littleEndian);
      check(node.bytes === 8 || Object.is(view.getFloat32(0, node.littleEndian), value), "range", part);
      return [...new Uint8Array(view.buffer)];
    }
    case "bool":
      check(typeof value === "boolean", "type", part);
      return [value ? 1 : 0];
    case "literal":
      return [...node.bytes];
    case "bytes":
      check(value instanceof Uint8Array, "type", part);
      return [...length(node.size, value.length, part), ...value];
    case "string": {
      check(typeof value === "string", "type", part);
      check(value.isWellFormed(), "utf8", part);
      const bytes = new TextEncoder().encode(value);
      const before = length(node.size, bytes.length, part);
      check(bytes.length <= cost.limits.stringBytesMax, "limit", { path, offset: offset + before.length });
      return [...before, ...bytes];
    }
    case "array": {
      check(Array.isArray(value), "type", part);
      const before = length(node.size, value.length, part);
      cost.elements += value.length;
      check(cost.elements <= cost.limits.elementsMax, "limit", { path, offset: offset + before.length });
      const items = Array.from(value, (item, index) => ({ node: node.item, value: item, step: `[${index}]` }));
      return inOrder(before, items, part, cost);
    }
    case "struct":
      return fields([], node.fields, part, cost);
    case "tuple": {
      check(Array.isArray(value), "type", part);
      check(value.length === node.items.filter((item) => !isVoid(item)).length, "length", part);
      let index = 0;
      const items = node.items.map((item) =>
        isVoid(item)
          ? { node: item, value: undefined, step: "" }
          : { node: item, value: value[index], step: `[${index++}]` }
      );
      return inOrder([], items, part, cost);
    }
    case "enum": {
      const found = node.names.find(({ name }) => name === value);
      check(found !== undefined, "enum", part);
      return inner(node.int, found.value);
    }
    case "union": {
      check(typeof value === "object" && value !== null, "type", part);
      const found = node.cases.find(({ name }) => name === (value as Record<string, unknown>)[node.key]);
      check(found !== undefined, "tag", { path: joinPath(path, node.key), offset });
      return fields(inner(node.tag, found.tag), found.schema.fields, part, cost);
    }
    case "optional": {
      const present = value !== null && value !== undefined;
      if (node.presence.kind !== "byte") check(isPresent(node.presence, scope) === present, "reference", part);
      const before = node.presence.kind === "byte" ? [present ? 1 : 0] : [];
      return present ? inOrder(before, [{ node: node.schema, value, step: "" }], part, cost) : before;
    }
    case "constant":
      check(equalValues(value, node.value), "literal", part);
      return inner(node.schema, value);
    case "map":
      return inner(node.schema, called(() => node.encode(value as never), part));
    case "refine":
      check(called(() => node.test(value as never), part), "refused", part);
      return inner(node.schema, value);
    case "lazy": {
      check(cost.depth < cost.limits.depthMax, "limit", part);
      cost.depth++;
      const bytes = write({ ...part, node: node.get(), scope: undefined }, cost);
      cost.depth--;
      return bytes;
    }
    case "limit": {
      const bytes = inner(node.schema, value);
      check(bytes.length <= node.bytesMax, "limit", { path, offset: offset + bytes.length });
      return bytes;
    }
    case "framed": {
      // Seen from inside, the length before a frame is as short as it can be.
      const before = node.int.kind === "varint" ? 1 : node.int.bytes;
      const bytes = write({ ...part, node: node.schema, offset: offset + before }, cost);
      return [...length({ kind: "prefix", int: node.int }, bytes.length, part), ...bytes];
    }
    case "extension":
      try {
        return [...node.extension.encode(value)];
      } catch (error) {
        if (!(error instanceof CodecError)) throw error;
        throw new Misfit(error.code, { path: joinPath(path, error.path), offset: offset + Math.max(0, error.offset) });
      }
  }
}

/** A whole number that fits. */
function int(node: IntNode | VarintNode, part: Part): number[] {
  const isBig = node.kind === "int" && node.big;
  check(isBig ? typeof part.value === "bigint" : Number.isInteger(part.value), "type", part);
  const value = BigInt(part.value as number | bigint);
  const [min, max] = range(node);
  check(min <= value && value <= max, "range", part);
  if (node.kind === "varint") return varint(value);
  const bytes = Array.from({ length: node.bytes }, (_, index) => Number(value >> BigInt(8 * index) & 0xffn));
  return node.littleEndian ? bytes : bytes.reverse();
}

function varint(value: bigint): number[] {
  return value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];
}

function range(node: IntNode | VarintNode): [bigint, bigint] {
  if (node.kind === "varint" || !node.big) return [BigInt(intMin(node)), BigInt(intMax(node))];
  return node.signed ? [-(2n ** 63n), 2n ** 63n - 1n] : [0n, 2n ** 64n - 1n];
}

/** The length that comes first, if one does; one that is known must be this one. */
function length(size: Size, count: number, part: Part): number[] {
  if (size.kind === "rest") return [];
  if (size.kind === "fixed") check(count === size.count, "length", part);
  if (size.kind === "ref") check(count === resolve(size, part.scope), "reference", part);
  if (size.kind !== "prefix") return [];
  check(BigInt(count) <= range(size.int)[1], "length", part);
  return int(size.int, { ...part, value: count });
}

type Item = { readonly node: Node; readonly value: unknown; readonly step: string };

function inOrder(before: number[], items: readonly Item[], part: Part, cost: Cost): number[] {
  let bytes = before;
  for (const { node, value, step } of items) {
    const place = { path: joinPath(part.path, step), offset: part.offset + bytes.length };
    bytes = bytes.concat(write({ ...part, ...place, node, value }, cost));
  }
  return bytes;
}

function fields(before: number[], list: readonly Field[], part: Part, cost: Cost): number[] {
  check(typeof part.value === "object" && part.value !== null, "type", part);
  const record = part.value as Record<string, unknown>;
  const items = list.map(({ name, schema }) => ({ node: schema, value: record[name], step: name }));
  return inOrder(before, items, { ...part, scope: record }, cost);
}

function called<T>(call: () => T, part: Part): T {
  try {
    return call();
  } catch {
    throw new Misfit("refused", part);
  }
}
