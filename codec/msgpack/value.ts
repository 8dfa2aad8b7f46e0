/**
 * Values of unknown shape: what their types are in JavaScript.
 *
 * @module
 */

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
