/**
 * Typed msgpack, byte-compatible with u-msgpack.
 *
 * A shape describes a value as data and has its TypeScript type. A library that decodes any value is not a
 * replacement: a shape rejects what the protocol does not allow, distinguishes bin and str, defines which one is written,
 * and limits hostile input; errors have a path and an offset.
 *
 * ```ts
 * import { arrayOf, bin, decodeMsgpack, encodeMsgpack, intBetween, namedTuple, textLike } from "warpwire/msgpack";
 *
 * const Contacts = arrayOf(namedTuple({ id: bin(20), ip: textLike("bin"), port: intBetween(0, 65535) }));
 * const bytes = encodeMsgpack(Contacts, [{ id: new Uint8Array(20), ip: "10.0.0.1", port: 4000 }]);
 * console.log(decodeMsgpack(Contacts, bytes)[0].ip); // 10.0.0.1
 * ```
 *
 * @module
 */

export { orderedKeys } from "../key-order.ts";
export type { Infer as MsgpackInfer, Typed as MsgpackTyped } from "../schema/mod.ts";
export { decodeMsgpack, decodeMsgpackPrefix, encodeMsgpack, pack, packedPrefix, unpack } from "./codec.ts";
export {
  arrayOf,
  type FieldShapes,
  type FieldValues,
  mapOf,
  type MapOptions,
  namedTuple,
  nullable,
  oneOf,
  type OptionalField,
  optionalField,
  tagged,
  tupleOf,
} from "./fields.ts";
export { msgpack, MSGPACK_DEPTH_CEILING, type MsgpackOptions } from "./embed.ts";
export { jsonOfPacked, packJson } from "./json/mod.ts";
export { formatShape } from "./shape.ts";
export type { MsgpackNode, MsgpackShape } from "./shape.ts";
export {
  any,
  bin,
  boolean,
  bytesLike,
  exactly,
  float64,
  int,
  int64,
  intBetween,
  nil,
  packed,
  packedWithin,
  str,
  textLike,
  uint,
  uint64,
} from "./scalars.ts";
export { msgpackScanner, type ScanLimits } from "./scan.ts";
export { Ext, type MsgpackValue, Packed } from "./value.ts";
export { FIXARRAY, FIXSTR, FIXSTR_BYTES_MAX, type Head, readHead } from "./format.ts";
export type { FieldNode, NamedNode } from "./shape.ts";
export { shapeBytesMin } from "./sizes.ts";
