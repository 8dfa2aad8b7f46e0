/**
 * Shapes of single values, and of values of unknown shape.
 *
 * @module
 */

import { checkArgument } from "../schema/mod.ts";
import { show } from "../text/mod.ts";
import { CodecError } from "../error.ts";
import type {
  AnyNode,
  BigNode,
  BooleanNode,
  BytesNode,
  ExactNode,
  FloatNode,
  IntNode,
  MsgpackShape,
  NilNode,
  PackedNode,
  TextNode,
} from "./shape.ts";
import type { Packed } from "./value.ts";
import type { MsgpackValue } from "./value.ts";

/** Nil: `null`. */
export const nil: NilNode & MsgpackShape<null> = Object.freeze({ kind: "nil" });

/** True or false. */
export const boolean: BooleanNode & MsgpackShape<boolean> = Object.freeze({ kind: "boolean" });

/** An unsigned integer, 0 to 2^53-1. Every integer form is accepted; the shortest one is written. */
export const uint: IntNode & MsgpackShape<number> = intBetween(0, Number.MAX_SAFE_INTEGER);

/** An integer, ±(2^53-1). Every integer form is accepted; the shortest is written, unsigned from 0 on. */
export const int: IntNode & MsgpackShape<number> = intBetween(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

/** An unsigned integer as a bigint, 0 to 2^64-1. */
export const uint64: BigNode & MsgpackShape<bigint> = bigBetween(0n, 2n ** 64n - 1n);

/** A signed integer as a bigint, -2^63 to 2^63-1. */
export const int64: BigNode & MsgpackShape<bigint> = bigBetween(-(2n ** 63n), 2n ** 63n - 1n);

/** A float, always written with 8 bytes. One of 4 bytes is accepted, an integer is not. */
export const float64: FloatNode & MsgpackShape<number> = Object.freeze({ kind: "float" });

/** Text as str; invalid UTF-8 and lone surrogates are `utf8` errors. */
export const str: TextNode & MsgpackShape<string> = text("str", false);

/** A value of any shape, decoded; see {@link MsgpackValue}. */
export const any: AnyNode & MsgpackShape<MsgpackValue> = Object.freeze({ kind: "any" });

/**
 * A value of any shape that stays as it came, byte for byte, until somebody unpacks it: for what is only stored, passed on
 * or signed. Decoding checks that it is one well-formed value within the limits.
 */
export const packed: PackedNode & MsgpackShape<Packed> = packedWithin(Infinity);

/** As {@link packed}, with at most `bytesMax` bytes; more are a `limit` error. */
export function packedWithin(bytesMax: number): PackedNode & MsgpackShape<Packed> {
  checkArgument(bytesMax >= 0, "build packedWithin: bytesMax", bytesMax, "a number of bytes");
  return Object.freeze({ kind: "packed", bytesMax });
}

/** An integer from `min` to `max`, both included and both safe; anything else is a `range` error. */
export function intBetween(min: number, max: number): IntNode & MsgpackShape<number> {
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || min > max) {
    throw new CodecError("schema", `Integers between ${show(min)} and ${show(max)} are not a range of safe integers`);
  }
  return Object.freeze({ kind: "int", min, max });
}

function bigBetween(min: bigint, max: bigint): BigNode & MsgpackShape<bigint> {
  return Object.freeze({ kind: "big", min, max });
}

function text(writes: "str" | "bin", both: boolean): TextNode & MsgpackShape<string> {
  return Object.freeze({ kind: "text", both, writes });
}

/** Text that may come as str or bin and is written in the form named: where peers disagree, as Python 2 and 3 do. */
export function textLike(writes: "str" | "bin"): TextNode & MsgpackShape<string> {
  return text(writes, true);
}

/** Bytes as bin: exactly `size`, or any number. Decoded bytes share the input's memory unless `decode` copies. */
export function bin(size?: number): BytesNode & MsgpackShape<Uint8Array> {
  return bytesNode(size, false);
}

/** Bytes that may come as bin or str and are written as bin: exactly `size`, or any number. */
export function bytesLike(size?: number): BytesNode & MsgpackShape<Uint8Array> {
  return bytesNode(size, true);
}

function bytesNode(size: number | undefined, both: boolean): BytesNode & MsgpackShape<Uint8Array> {
  if (size !== undefined && !(Number.isInteger(size) && size >= 0)) {
    throw new CodecError("schema", `A fixed length is a whole number from 0, not ${show(size)}`);
  }
  return Object.freeze({ kind: "bytes", both, size });
}

/** A str that is always the same, as the name of a call; it may come as bin, too. Others are `literal` errors. */
export function exactly<const T extends string>(text: T): ExactNode & MsgpackShape<T> {
  checkArgument(typeof text === "string", "build exactly: the text", text, "a string");
  if (!text.isWellFormed()) throw new CodecError("schema", "A constant text cannot have a lone surrogate");
  return Object.freeze({ kind: "exact", text });
}
