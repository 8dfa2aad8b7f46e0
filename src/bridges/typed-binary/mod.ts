/**
 * typed-binary (version 4) both ways: its schemas in ours, and ours in its.
 *
 * @module
 */

export { fromTypedBinary, type FromTypedBinaryOptions, VALUE_BYTES_MAX } from "./extension.ts";
export { toTypedBinary, type ToTypedBinaryOptions } from "./schema.ts";
