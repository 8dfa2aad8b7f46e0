/**
 * How the parts of a message are read once more when somebody looks at them.
 *
 * @module
 */

import { compileRead } from "./compile-decode.ts";
import { startState } from "./decode-state.ts";
import { LIMITS, type Limits } from "../limits.ts";
import type { ExtensionNode, IntNode, Node, SpanKind, SpanRole, UnionNode, VarintNode } from "../schema/mod.ts";
import { readText } from "../text/mod.ts";

/** Texts were held against the limits when they were found. */
const UNLIMITED: Limits = { ...LIMITS, stringBytesMax: Infinity };

const values = new WeakMap<object, SpanKind>();
const lengths = new WeakMap<object, SpanKind>();

/** Bytes that are the value. */
export const BYTES: SpanKind = { role: "value", read: (bytes, start, end) => bytes.subarray(start, end) };

/** Bytes that are text. */
export const TEXT: SpanKind = { role: "value", read: (bytes, start, end) => readText(bytes, start, end) };

/** Bytes that are always the same, and say nothing. */
export const LITERAL: SpanKind = { role: "literal", read: () => undefined };

/** A byte that says whether a value follows. */
export const PRESENCE: SpanKind = { role: "presence", read: (bytes, start) => bytes[start] === 1 };

/** A value that can be read by itself. */
export function valueKind(node: Node): SpanKind {
  return made(values, node, () => kindOf("value", node));
}

/** A number of bytes or elements. */
export function lengthKind(node: IntNode | VarintNode): SpanKind {
  return made(lengths, node, () => kindOf("length", node));
}

/** A number that says which case of a union follows. */
export function tagKind(node: UnionNode): SpanKind {
  return made(values, node, () => {
    const { read } = kindOf("tag", node.tag);
    return {
      role: "tag",
      read: (bytes, start, end) => node.cases.find(({ tag }) => tag === read(bytes, start, end))?.name,
    };
  });
}

/** A value in another language whose parts nobody tells apart. */
export function extensionKind(extension: ExtensionNode["extension"]): SpanKind {
  return made(values, extension, () => ({
    role: "value",
    read: (bytes, pos, end) => extension.decode({ bytes, pos, end }),
  }));
}

function made(kinds: WeakMap<object, SpanKind>, key: object, make: () => SpanKind): SpanKind {
  let kind = kinds.get(key);
  if (kind === undefined) kinds.set(key, kind = make());
  return kind;
}

function kindOf(role: SpanRole, node: Node): SpanKind {
  const read = compileRead(node);
  return { role, read: (bytes, start, end) => read(startState(bytes, start, end, UNLIMITED), undefined) };
}
