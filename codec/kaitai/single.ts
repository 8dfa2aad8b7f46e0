/**
 * Schema nodes that one attribute of Kaitai Struct describes completely, and the context that they need.
 *
 * @module
 */

import type { Access, KaitaiType, Keys } from "./type.ts";
import { HexBytes, type Yaml } from "./yaml.ts";
import { type IntNode, type Node, sizeFixed, some } from "../schema/mod.ts";

/** The only attribute of a node, and what it is. */
export interface Single {
  readonly keys: Keys;
  readonly access: (id: string) => Access;
}

/** The place of a node. */
export interface Place {
  readonly type: KaitaiType;
  /** The name of the node, as far as it has one. */
  readonly name: string;
  /** How many bytes follow the node in its stream; `undefined` when there may be more or less of them. */
  readonly tail: number | undefined;
  /** What else is to be said of the node. */
  readonly doc?: string;
}

/** The attribute for a node without parts whose size depends on nothing around it, unless it has no bytes. */
export function leaf(node: Node): Single | undefined {
  switch (node.kind) {
    case "int":
      return {
        keys: { type: intType(node), valid: intRange(node) },
        access: (expression) =>
          node.big ? { kind: "other", expression } : { kind: "int", expression, signed: node.signed },
      };
    case "float":
      return other({ type: `f${node.bytes}${node.littleEndian ? "le" : "be"}` });
    case "bool":
      return {
        keys: { type: "u1", valid: { max: 1 }, doc: "1 is true, 0 is false" },
        access: (expression) => ({ kind: "bool", expression }),
      };
    case "literal":
      return node.bytes.length === 0 ? undefined : other({ contents: new HexBytes(node.bytes) });
    case "bytes":
    case "string":
      if (node.size.kind === "fixed") return textOrBytes(node, { size: node.size.count });
      return node.size.kind === "rest" ? textOrBytes(node, { "size-eos": true }) : undefined;
    default:
      return undefined;
  }
}

/** Adds a field of the schema, with all that is to be said of it. */
export function addField({ type, name, doc }: Place, keys: Keys): string {
  return type.addField(name, { ...keys, doc: joinDocs(keys.doc as string | undefined, doc) });
}

/** What a function makes of a value is not in the bytes: these are described, and the function is named. */
export function withNote(node: Extract<Node, { kind: "map" | "refine" }>, place: Place): Place {
  const note = node.kind === "map" ? `Stands for ${node.name}` : `Must be ${node.name}, which is not checked here`;
  return { ...place, doc: joinDocs(place.doc, note)! };
}

function joinDocs(...docs: (string | undefined)[]): string | undefined {
  const texts = docs.filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : texts.join("; ");
}

/** An attribute whose value nothing can depend on. */
export function other(keys: Keys): Single {
  return { keys, access: (expression) => ({ kind: "other", expression }) };
}

/** Text or bytes of a size. */
export function textOrBytes(node: Extract<Node, { kind: "bytes" | "string" }>, size: Keys): Single {
  if (node.kind === "bytes") return other(size);
  return { keys: { type: "str", ...size }, access: (expression) => ({ kind: "text", expression }) };
}

/** The name of an integer type, as in `u2be`. */
export function intType({ bytes, signed, littleEndian }: IntNode): string {
  return `${signed ? "s" : "u"}${bytes}${bytes === 1 ? "" : littleEndian ? "le" : "be"}`;
}

/** Integers of 8 bytes are safe ones here, unless they are bigints. */
function intRange({ bytes, signed, big }: IntNode): Yaml | undefined {
  if (bytes < 8 || big) return undefined;
  return signed ? { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER } : { max: Number.MAX_SAFE_INTEGER };
}

/** How many bytes nodes have together with what follows them; `undefined` when that is not always the same. */
export function tailOf(nodes: readonly Node[], after: number | undefined): number | undefined {
  return nodes.reduce<number | undefined>((sum, node) => {
    const size = sizeFixed(node);
    return sum === undefined || size < 0 ? undefined : sum + size;
  }, after);
}

/** Whether a node has a value in another language, which ends where its message does. */
export function hasExtension(node: Node): boolean {
  return some(node, ({ kind }) => kind === "extension");
}

/** Whether a value may have more than one encoding. */
export function hasManyForms(node: Node, value: unknown): boolean {
  return some(node, ({ kind }) => kind === "extension" || kind === "map" || kind === "lazy") ||
    (some(node, ({ kind }) => kind === "float") && hasNaN(value));
}

function hasNaN(value: unknown): boolean {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return Number.isNaN(value);
  return Object.values(value).some(hasNaN);
}
