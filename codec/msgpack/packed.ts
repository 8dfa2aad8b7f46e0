/**
 * Values that stay packed.
 *
 * @module
 */

import { CodecError, MISMATCH } from "../error.ts";
import { LIMITS } from "../limits.ts";
import { checkValue } from "./check.ts";

/** Says that the bytes were checked already. */
export const CHECKED: unique symbol = Symbol("checked");

/**
 * One msgpack value as its bytes. It is what was received, byte for byte, so that it can be kept, compared, passed on,
 * hashed or verified without becoming something else on the way.
 */
export class Packed {
  readonly bytes: Uint8Array;

  /**
   * @param bytes exactly one value; they are not copied
   * @throws CodecError `msgpack` when they are not
   */
  constructor(bytes: Uint8Array, checked?: typeof CHECKED) {
    if (checked !== CHECKED && !isOneValue(bytes)) {
      throw new CodecError("msgpack", `The ${bytes.length} bytes are not exactly one msgpack value`, { offset: 0 });
    }
    this.bytes = bytes;
  }
}

function isOneValue(bytes: Uint8Array): boolean {
  try {
    return checkValue(bytes, 0, bytes.length, LIMITS).end === bytes.length;
  } catch (thrown) {
    if (thrown !== MISMATCH) throw thrown;
    return false;
  }
}
