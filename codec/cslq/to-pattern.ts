/**
 * Patterns as text, and from a schema to the pattern of its bytes.
 *
 * @module
 */

import { checkSchema, type IntNode, type Node, type Schema, type Size, type VarintNode } from "../schema/mod.ts";
import { CodecError } from "../error.ts";
import { emptyArrayParts } from "./empty-array.ts";
import { type IntLetter, type Operation, type Pattern, PATTERN_CHARACTERS_MAX, PATTERN_DEPTH_MAX } from "./pattern.ts";

/**
 * The pattern of the bytes that a schema describes, in the form of `formatPattern`.
 *
 * A struct or tuple is a plain sequence at the top level and `{…}` inside. A pattern says less than a schema: signed
 * integers, bools and enumerations become `c s l q`, text and bytes `[…]c`, constants `<…>`, and mappings, tests and
 * bounds are left out. Signed integers keep their bytes, since the Go package takes integers of either sign. An array of
 * `u8` is `[…]c` like text; read back with `cslq`, it wants `{ bytes: true }`.
 *
 * ```ts
 * import { string, struct, u64, u8 } from "warpwire/codec";
 * import { toPattern } from "warpwire/cslq";
 *
 * console.log(toPattern(struct({ code: u8, offerId: string(u8), index: u64 }))); // c [c]c q
 * ```
 *
 * @throws CodecError `schema`, with the reason, when no pattern has these bytes
 */
export function toPattern(schema: Schema): string {
  checkSchema(schema, "write as a pattern: the schema");
  const text = formatPattern(patternOf(schema));
  if (text.length > PATTERN_CHARACTERS_MAX) refuse(`it would have more than ${PATTERN_CHARACTERS_MAX} characters`);
  return text;
}

function patternOf(node: Node): Pattern {
  switch (node.kind) {
    case "struct":
      return sequence(node.fields.map((field) => field.schema), 0);
    case "tuple":
      return sequence(node.items, 0);
    case "map":
    case "refine":
    case "limit":
      return patternOf(node.schema);
    default:
      return sequence([node], 0);
  }
}

function sequence(nodes: readonly Node[], depth: number): Operation[] {
  return nodes.flatMap((node) => node.kind === "literal" ? literals(node.bytes) : [operation(node, depth)]);
}

function literals(bytes: readonly number[]): Operation[] {
  return bytes.map((byte) => ({ kind: "literal", byte }));
}

/** The one operation that a schema is inside others; `depth` brackets are open around it. */
function operation(node: Node, depth: number): Operation {
  checkDepth(depth);
  switch (node.kind) {
    case "int":
      return { kind: "int", letter: letterOf(node) };
    case "bool":
      return { kind: "int", letter: "c" };
    case "enum":
      return { kind: "int", letter: letterOf(node.int) };
    case "literal":
      if (node.bytes.length === 1) return literals(node.bytes)[0];
      checkDepth(depth + 1);
      return { kind: "struct", parts: literals(node.bytes) };
    case "bytes":
    case "string":
      checkDepth(depth + 1);
      return { kind: "array", length: lengthOf(node.size), item: { kind: "int", letter: "c" } };
    case "array":
      return { kind: "array", length: lengthOf(node.size), item: operation(node.item, depth + 1) };
    case "struct":
      return { kind: "struct", parts: sequence(node.fields.map((field) => field.schema), depth + 1) };
    case "tuple":
      return { kind: "struct", parts: sequence(node.items, depth + 1) };
    case "constant":
      return { kind: "const", parts: sequence([node.schema], depth + 1) };
    case "map":
    case "refine":
    case "limit":
      return operation(node.schema, depth);
    case "extension": {
      const parts = emptyArrayParts(node) ?? refuse(`${node.extension.name} is a language of its own`);
      return { kind: "array", length: letterOf(parts.length), item: operation(parts.item, depth + 1) };
    }
    default:
      return refuse(REASONS[node.kind]);
  }
}

function checkDepth(depth: number): void {
  if (depth > PATTERN_DEPTH_MAX) refuse(`it has more than ${PATTERN_DEPTH_MAX} levels`);
}

const REASONS = {
  float: "it has a floating-point number",
  varint: "it has an integer of varying size",
  union: "it has a union, whose tag decides about what follows",
  optional: "it has an optional value",
  lazy: "it can contain itself",
  framed: "it has a length in bytes before a value",
} as const;

const LETTERS: Readonly<Record<IntNode["bytes"], IntLetter>> = { 1: "c", 2: "s", 4: "l", 8: "q" };

function letterOf(int: IntNode | VarintNode): IntLetter {
  if (int.kind === "varint") refuse(REASONS.varint);
  if (int.littleEndian && int.bytes > 1) refuse("it has a little-endian integer");
  return LETTERS[int.bytes];
}

function lengthOf(size: Size): IntLetter | bigint {
  switch (size.kind) {
    case "fixed":
      if (size.count === 0) refuse("a fixed length of 0 cannot be written");
      if (!Number.isSafeInteger(size.count)) refuse("a fixed length is above 2^53-1");
      return BigInt(size.count);
    case "prefix":
      return letterOf(size.int);
    case "ref":
      return refuse("a length is in another field");
    case "rest":
      return refuse("a value takes all that is left");
  }
}

function refuse(reason: string): never {
  throw new CodecError("schema", `Schema has no pattern: ${reason}`);
}

/**
 * The text of a pattern in its plain form: operations apart by one space, none inside brackets' edges, literals in
 * lower case, lengths without leading zeros. `parsePattern` reads it back.
 *
 * ```ts
 * import { formatPattern, parsePattern } from "warpwire/cslq";
 *
 * console.log(formatPattern(parsePattern("[ 033 ]c{ sxFFq}"))); // [33]c {s xff q}
 * ```
 */
export function formatPattern(pattern: Pattern): string {
  return pattern.map(formatOperation).join(" ");
}

function formatOperation(operation: Operation): string {
  switch (operation.kind) {
    case "int":
      return operation.letter;
    case "value":
      return "v";
    case "literal":
      return `x${operation.byte.toString(16).padStart(2, "0")}`;
    case "array":
      return `[${operation.length}]${formatOperation(operation.item)}`;
    case "struct":
      return `{${formatPattern(operation.parts)}}`;
    case "const":
      return `<${formatPattern(operation.parts)}>`;
  }
}
