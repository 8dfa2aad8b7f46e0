/**
 * Bytes compared and joined.
 *
 * @module
 */

import { equalValues } from "../codec/values.ts";

export { joinBytes } from "../codec/values.ts";

/** Whether bytes are the same. */
export const equalBytes: (a: Uint8Array, b: Uint8Array) => boolean = equalValues;
