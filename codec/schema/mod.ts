/**
 * What a schema is: its nodes, the functions that build them, and what can be derived without reading a byte.
 *
 * @module
 */

export { checkArgument, checkFunction, checkObject, checkSchema, checkShape } from "./arguments.ts";
export { enumOf, struct, type StructValue, union, type UnionValue } from "./composites.ts";
export type { Cursor, Extension, Input, Output, RandomSource, Scanner } from "./extension.ts";
export { children, isNode, isSchema, isVoid, some } from "./node.ts";
export type * from "./node.ts";
export {
  bool,
  f32,
  f32le,
  f64,
  f64le,
  i16,
  i16le,
  i32,
  i32le,
  i64,
  i64big,
  i64bigle,
  i64le,
  i8,
  type IntSchema,
  u16,
  u16le,
  u32,
  u32le,
  u64,
  u64big,
  u64bigle,
  u64le,
  u8,
  varint,
} from "./numbers.ts";
export { type Condition, optional } from "./optional.ts";
export {
  type FieldPresence,
  hasBits,
  isPresent,
  meets,
  ownRef,
  refsOf,
  resolve,
  sameScope,
  type Scope,
} from "./references.ts";
export { array, bytes, literal, ref, refuseEmptyItems, rest, type SizeArgument, string, tuple } from "./sequences.ts";
export {
  intMax,
  intMin,
  levelsMin,
  mayRefuse,
  reachesEnd,
  sizeFixed,
  sizeMax,
  sizeMin,
  VARINT_BYTES_MAX,
} from "./sizes.ts";
export { addShifted, type Span, type SpanKind, type SpanRole, type SpanSink } from "./spans.ts";
export { constant, extension, framed, lazy, limit, map, type Mapping, refine, type Refinement } from "./wrappers.ts";
