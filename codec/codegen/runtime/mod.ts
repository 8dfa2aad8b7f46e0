/**
 * What generated code imports. Programs do not call these functions themselves.
 *
 * @module
 */

export * from "../../failures.ts";
export * from "./numbers.ts";
export type { ScanOptions } from "./values.ts";
export {
  below,
  checkBytes,
  copyInto,
  encodeSlowly,
  mapped,
  mustPass,
  readSlowly,
  slowEnd,
  targetEnd,
  targetOutput,
  textRoom,
  unmapped,
  withinLimit,
} from "./values.ts";
export {
  allocate,
  copyBytes as putBytes,
  MessageOutput as Output,
  type MessageScan,
  pool,
  release,
  scanMessages,
  type StreamDecoder,
  streamWith,
} from "../../engine/mod.ts";
export { hasBits, type Infer, type Schema } from "../../schema/mod.ts";
export { readText, textBytes, writeText } from "../../text/mod.ts";
export { checkOffset, equalValues } from "../../values.ts";
