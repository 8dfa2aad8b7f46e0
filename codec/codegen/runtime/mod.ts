/**
 * What generated code imports. Programs do not call these functions themselves.
 *
 * @module
 */

export * from "../../failures.ts";
export * from "./numbers.ts";
export {
  below,
  checkBytes,
  checkOffset,
  copyInto,
  encodeSlowly,
  fewItems,
  isPartial,
  mapped,
  mustPass,
  Output,
  readSlowly,
  slowEnd,
  textRoom,
  unmapped,
  withinLimit,
} from "./values.ts";
export { type MessageScan, PublicScan, type Scan, type ScanOptions, type ScanRun } from "./stream.ts";
export type { StreamDecoder } from "../../engine/mod.ts";
// The names that generated modules import: those made before must keep working.
export { GeneratedStream as MessageStream } from "./stream.ts";
export { allocate as take, copyBytes as putBytes, pool as slab, release as give } from "../../engine/mod.ts";
export { hasBits, type Infer, type Scanner } from "../../schema/mod.ts";
export { readText, textBytes, writeText } from "../../text/mod.ts";
export { equalValues } from "../../values.ts";
