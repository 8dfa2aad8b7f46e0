/**
 * Values of unknown shape: what their types are in JavaScript, and those that stay packed.
 *
 * @module
 */

import { CodecError, MISMATCH } from "../error.ts";
import { LIMITS } from "../limits.ts";
import { checkValue } from "./check.ts";

/**
 * A msgpack value of any shape. A str is a string, a bin a `Uint8Array`; an integer is a number, or a bigint beyond
 * ±(2^53-1); a map has string keys. A decoded map is written with its keys in the order in which they came: objects have
 * keys that look like whole numbers first, but a decoded one also knows where those stood; see {@link orderedKeys}.
 */
export type MsgpackValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Ext
  | MsgpackValue[]
  | { [key: string]: MsgpackValue };

/** A value of an extension type. What its bytes mean is not looked at: also a timestamp (type -1) stays as it is. */
export class Ext {
  /** -128 to 127; the specification keeps the negative ones for itself. */
  readonly type: number;
  readonly data: Uint8Array;

  /** @throws RangeError for a type outside -128 to 127 */
  constructor(type: number, data: Uint8Array) {
    if (!Number.isInteger(type) || type < -128 || type > 127) {
      throw new RangeError(`Extension type ${type} is not between -128 and 127`);
    }
    this.type = type;
    this.data = data;
  }
}

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

/** Whether bytes are exactly one value. */
export function isOneValue(bytes: Uint8Array): boolean {
  try {
    return checkValue(bytes, 0, bytes.length, LIMITS).end === bytes.length;
  } catch (thrown) {
    if (thrown !== MISMATCH) throw thrown;
    return false;
  }
}
