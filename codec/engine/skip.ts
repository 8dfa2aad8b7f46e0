/**
 * Finds the end of a complete value, without building it and without a stack.
 *
 * This is the fast path for the many small values in messages. Where it cannot decide, the scanner's state machine
 * does: for a value that is incomplete, invalid, or depends on more than its own bytes.
 *
 * @module
 */

import { mayRefuse, type Node, sizeFixed, type UnionNode } from "../schema/mod.ts";

/** Returns the offset after the value that begins at `pos`, {@link INCOMPLETE} or {@link UNSURE}. */
export type Skip = (bytes: Uint8Array, pos: number, end: number) => number;

/** The value continues after the bytes that are there. */
export const INCOMPLETE = -1;
/** Only the state machine can decide. */
const UNSURE = -2;

const fixedSizes = new WeakMap<Node, number>();

/** The size of a node that can be passed over without a look, or -1. */
export function fixedSize(node: Node): number {
  let size = fixedSizes.get(node);
  if (size === undefined) fixedSizes.set(node, size = mayRefuse(node) ? -1 : sizeFixed(node));
  return size;
}

const skips = new WeakMap<Node, Skip | null>();

/** The way over the values of a schema, or `null` when the schema needs the machine. */
export function skipOf(node: Node): Skip | null {
  let skip = skips.get(node);
  if (skip === undefined) {
    skip = makeSkip(node);
    skips.set(node, skip);
  }
  return skip;
}

function makeSkip(node: Node): Skip | null {
  switch (node.kind) {
    case "int":
    case "float":
    case "bool":
    case "literal":
      return skipFixed(sizeFixed(node));
    case "bytes":
    case "string":
      return skipSized(node);
    case "struct":
      return skipAll(node.fields.map(({ schema }) => schema));
    case "tuple":
      return skipAll(node.items);
    case "enum":
      return makeSkip(node.int);
    case "union":
      return skipUnion(node);
    case "constant":
    case "map":
    case "refine":
      return skipOf(node.schema);
    default:
      return null;
  }
}

function skipFixed(size: number): Skip {
  return (_, pos, end) => end - pos < size ? INCOMPLETE : pos + size;
}

/**
 * Bytes and text after a length of one or two bytes: longer ones are rare, and the state machine checks their limits.
 */
function skipSized({ size }: Extract<Node, { kind: "bytes" | "string" }>): Skip | null {
  if (size.kind === "fixed") return skipFixed(size.count);
  if (size.kind !== "prefix" || size.int.kind !== "int" || size.int.littleEndian) return null;
  switch (size.int.bytes) {
    case 1:
      return (bytes, pos, end) => {
        if (pos >= end) return INCOMPLETE;
        const after = pos + 1 + bytes[pos];
        return after > end ? INCOMPLETE : after;
      };
    case 2:
      return (bytes, pos, end) => {
        if (end - pos < 2) return INCOMPLETE;
        const after = pos + 2 + (bytes[pos] << 8 | bytes[pos + 1]);
        return after > end ? INCOMPLETE : after;
      };
    default:
      return null;
  }
}

function skipAll(nodes: readonly Node[]): Skip | null {
  const steps: Skip[] = [];
  let fixed = 0;
  for (const node of nodes) {
    const size = fixedSize(node);
    if (size >= 0) {
      fixed += size;
      continue;
    }
    const skip = skipOf(node);
    if (skip === null) return null;
    if (fixed > 0) steps.push(skipFixed(fixed));
    fixed = 0;
    steps.push(skip);
  }
  if (fixed > 0) steps.push(skipFixed(fixed));
  return (bytes, pos, end) => {
    let at = pos;
    for (let index = 0; index < steps.length; index++) {
      at = steps[index](bytes, at, end);
      if (at < 0) break;
    }
    return at;
  };
}

function skipUnion(node: UnionNode): Skip | null {
  if (node.tag.kind !== "int" || node.tag.bytes !== 1 || node.tag.signed) return null;
  const cases = new Map<number, Skip>();
  for (const { tag, schema } of node.cases) {
    const skip = skipOf(schema);
    if (skip !== null) cases.set(tag, skip);
  }
  return (bytes, pos, end) => {
    if (pos >= end) return INCOMPLETE;
    const skip = cases.get(bytes[pos]);
    return skip === undefined ? UNSURE : skip(bytes, pos + 1, end);
  };
}
