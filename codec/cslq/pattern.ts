/**
 * A parsed cslq pattern: plain data, one operation after the other.
 *
 * The language is the one of the Go package `github.com/cryptopunkscc/astrald/cslq`, with which the protocols of 2022 to
 * 2025 on that network were written. Everything is big-endian; there is no padding, no type tag and no version byte.
 *
 * @module
 */

/** The four unsigned integers: 1, 2, 4 and 8 bytes. */
export type IntLetter = "c" | "s" | "l" | "q";

/** An unsigned integer. */
export interface IntOperation {
  readonly kind: "int";
  readonly letter: IntLetter;
}

/** `v`: a value that knows its own bytes. */
export interface ValueOperation {
  readonly kind: "value";
}

/** `xHH`: a byte that is always the same. */
export interface LiteralOperation {
  readonly kind: "literal";
  /** 0 to 255. */
  readonly byte: number;
}

/** `[length]op`: elements of one operation. */
export interface ArrayOperation {
  readonly kind: "array";
  /** The integer that is written before the elements, or how many there always are: 1 to 2^64-1. */
  readonly length: IntLetter | bigint;
  readonly item: Operation;
}

/** `{…}`: operations that are one value together. */
export interface StructOperation {
  readonly kind: "struct";
  readonly parts: Pattern;
}

/** `<…>`: operations whose values the reader knows beforehand. */
export interface ConstOperation {
  readonly kind: "const";
  readonly parts: Pattern;
}

/** One operation of a pattern. */
export type Operation =
  | IntOperation
  | ValueOperation
  | LiteralOperation
  | ArrayOperation
  | StructOperation
  | ConstOperation;

/** Operations in order. */
export type Pattern = readonly Operation[];

/** How deep brackets of all kinds may be nested: 64 is deeper than any protocol and far from the end of the stack. */
export const PATTERN_DEPTH_MAX = 64;

/** How many characters the text of a pattern may have: 16384 describe thousands of values. */
export const PATTERN_CHARACTERS_MAX = 16_384;

/**
 * How many arguments operations take at the top level or in a const group.
 *
 * A literal takes none there, and a const group takes as many as its content.
 */
export function countArguments(parts: Pattern): number {
  let count = 0;
  for (const part of parts) {
    if (part.kind === "const") count += countArguments(part.parts);
    else if (part.kind !== "literal") count += 1;
  }
  return count;
}
