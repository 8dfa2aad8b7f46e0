/**
 * Minimum and maximum encoded size of a schema.
 *
 * @module
 */

import { CodecError } from "../error.ts";
import {
  children,
  type ExtensionNode,
  type IntNode,
  type LazyNode,
  type Node,
  type Size,
  some,
  type VarintNode,
} from "./node.ts";

/** The longest LEB128 form of a safe integer: 8 bytes of 7 bits carry 56. */
export const VARINT_BYTES_MAX = 8;

/** What is known of the size of a lazy schema. */
type LazySize = (lazy: LazyNode) => number;

const mins = new WeakMap<Node, number>();
const maxs = new WeakMap<Node, number>();

/**
 * Size in bytes of the smallest value of a schema. Where a schema contains itself it may be less than that, but never
 * more.
 */
export function sizeMin(node: Node): number {
  let size = mins.get(node);
  if (size === undefined) mins.set(node, size = bounded(node, smallest, 0));
  return size;
}

/** Size in bytes of the largest value of a schema; Infinity where only the limits bound it. */
export function sizeMax(node: Node): number {
  let size = maxs.get(node);
  if (size === undefined) maxs.set(node, size = bounded(node, largest, Infinity));
  return size;
}

const levels = new WeakMap<Node, number>();

/** How many levels of lazy schemas the flattest value of a schema has; Infinity when every value would go on forever. */
export function levelsMin(node: Node): number {
  let found = levels.get(node);
  if (found === undefined) levels.set(node, found = bounded(node, flattest, Infinity));
  return found;
}

/** More lazy schemas than this in one are a mistake: each asks for one that was not there before. */
const LAZIES_MAX = 10_000;

/**
 * Starts from what is true of every lazy schema (it has no bytes at least, infinitely many at most) and puts what is
 * known of them into each other. Every round makes the bounds better and leaves them true; to unfold schemas that
 * contain each other would take exponential time.
 */
function bounded(node: Node, sizeOf: (node: Node, lazySize: LazySize) => number, start: number): number {
  const known = new Map<LazyNode, number>();
  const lazySize = (lazy: LazyNode) => {
    if (!known.has(lazy)) known.set(lazy, start);
    return known.get(lazy)!;
  };
  let size = sizeOf(node, lazySize);
  for (let rounds = 0; rounds <= known.size; rounds++) {
    let better = false;
    for (const [lazy, before] of known) {
      if (known.size > LAZIES_MAX) throw new CodecError("schema", "A lazy schema must give the same schema each time");
      const now = sizeOf(lazy.get(), lazySize);
      known.set(lazy, now);
      better ||= now !== before;
    }
    if (!better) break;
    size = sizeOf(node, lazySize);
  }
  return size;
}

// Two functions, because every program that decodes contains the first one, and few contain the second.

function smallest(node: Node, lazySize: LazySize): number {
  switch (node.kind) {
    case "int":
    case "float":
      return node.bytes;
    case "literal":
      return node.bytes.length;
    case "bytes":
    case "string":
      return lengthMin(node.size, 1);
    case "array":
      return node.size.kind === "fixed"
        ? times(node.size.count, smallest(node.item, lazySize))
        : lengthMin(node.size, 0);
    case "struct":
      return sum(node.fields.map((field) => smallest(field.schema, lazySize)));
    case "tuple":
      return sum(node.items.map((item) => smallest(item, lazySize)));
    case "enum":
      return smallest(node.int, lazySize);
    case "union":
      return smallest(node.tag, lazySize) + Math.min(...node.cases.map((one) => smallest(one.schema, lazySize)));
    case "optional":
      return node.presence.kind === "byte" ? 1 : 0;
    case "framed":
      return smallest(node.int, lazySize) + smallest(node.schema, lazySize);
    case "extension":
      return node.extension.bytesMin;
    case "lazy":
      return lazySize(node);
    case "varint":
    case "bool":
      return 1;
    default:
      return smallest(node.schema, lazySize);
  }
}

function largest(node: Node, lazySize: LazySize): number {
  switch (node.kind) {
    case "int":
    case "float":
      return node.bytes;
    case "literal":
      return node.bytes.length;
    case "bytes":
    case "string":
      return lengthMax(node.size, 1);
    case "array":
      return lengthMax(node.size, largest(node.item, lazySize));
    case "struct":
      return sum(node.fields.map((field) => largest(field.schema, lazySize)));
    case "tuple":
      return sum(node.items.map((item) => largest(item, lazySize)));
    case "enum":
      return largest(node.int, lazySize);
    case "union":
      return largest(node.tag, lazySize) + Math.max(...node.cases.map((one) => largest(one.schema, lazySize)));
    case "optional":
      return (node.presence.kind === "byte" ? 1 : 0) + largest(node.schema, lazySize);
    case "limit":
      return Math.min(node.bytesMax, largest(node.schema, lazySize));
    case "framed":
      return largest(node.int, lazySize) + Math.min(intMax(node.int), largest(node.schema, lazySize));
    case "extension":
      return node.extension.bytesMax;
    case "lazy":
      return lazySize(node);
    case "varint":
      return VARINT_BYTES_MAX;
    case "bool":
      return 1;
    default:
      return largest(node.schema, lazySize);
  }
}

function flattest(node: Node, lazyLevels: LazySize): number {
  switch (node.kind) {
    case "lazy":
      return 1 + lazyLevels(node);
    case "array":
      // An earlier field that is the count can be 0.
      return node.size.kind === "fixed" && node.size.count > 0 ? flattest(node.item, lazyLevels) : 0;
    case "struct":
      return Math.max(0, ...node.fields.map((field) => flattest(field.schema, lazyLevels)));
    case "tuple":
      return Math.max(0, ...node.items.map((item) => flattest(item, lazyLevels)));
    case "enum":
      return node.names.length === 0 ? Infinity : 0;
    case "union":
      return Math.min(...node.cases.map((one) => flattest(one.schema, lazyLevels)));
    case "optional":
      return 0;
    default:
      return "schema" in node ? flattest(node.schema, lazyLevels) : 0;
  }
}

/** The size of every value of a schema, or -1 when they differ. */
export function sizeFixed(node: Node): number {
  const min = sizeMin(node);
  return min === sizeMax(node) ? min : -1;
}

/** The largest number that an integer schema can carry here. */
export function intMax(int: IntNode | VarintNode): number {
  if (int.kind === "varint" || int.bytes === 8) return Number.MAX_SAFE_INTEGER;
  return 2 ** (8 * int.bytes - (int.signed ? 1 : 0)) - 1;
}

/** The smallest number that an integer schema can carry here. */
export function intMin(int: IntNode | VarintNode): number {
  if (int.kind === "varint" || !int.signed) return 0;
  return int.bytes === 8 ? Number.MIN_SAFE_INTEGER : -(2 ** (8 * int.bytes - 1));
}

/** More lazy schemas than this in one are not looked through. */
const LOOKED_THROUGH_MAX = 500;

/**
 * Whether where a value ends depends on where its input does: a part of it has whatever is left, or is of another
 * language that may look that far. A frame says itself where it ends.
 */
export function reachesEnd(
  node: Node,
  mayExtension: (node: ExtensionNode) => boolean,
  seen: Set<Node> = new Set(),
): boolean {
  switch (node.kind) {
    case "framed":
      return false;
    case "extension":
      return mayExtension(node);
    case "lazy":
      if (seen.has(node)) return false;
      if (seen.size === LOOKED_THROUGH_MAX) return true;
      seen.add(node);
      return reachesEnd(node.get(), mayExtension, seen);
    default:
      if ("size" in node && node.size.kind === "rest") return true;
      return children(node).some((part) => reachesEnd(part, mayExtension, seen));
  }
}

/**
 * Whether a limit, a frame, a tag, the depth or another language may refuse what has the right size: these are entered, so
 * that they are refused in time and for the right reason. (Where a msgpack value of one byte is expected, a longer one of
 * another type is not cut off, but of the wrong type.)
 */
export function mayRefuse(node: Node): boolean {
  return some(node, ({ kind }) => REFUSING.has(kind));
}

const REFUSING: ReadonlySet<Node["kind"]> = /* @__PURE__ */ new Set<Node["kind"]>([
  "union",
  "lazy",
  "limit",
  "framed",
  "extension",
]);

function lengthMin(size: Size, unit: number): number {
  switch (size.kind) {
    case "fixed":
      return size.count * unit;
    case "prefix":
      return size.int.kind === "varint" ? 1 : size.int.bytes;
    default:
      return 0;
  }
}

function lengthMax(size: Size, unit: number): number {
  switch (size.kind) {
    case "fixed":
      return times(size.count, unit);
    case "prefix":
      return (size.int.kind === "varint" ? VARINT_BYTES_MAX : size.int.bytes) + times(intMax(size.int), unit);
    default:
      return Infinity;
  }
}

/** A product in which nothing of anything is nothing, even of infinitely much. */
function times(count: number, size: number): number {
  return count === 0 || size === 0 ? 0 : count * size;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
