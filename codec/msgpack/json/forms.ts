/**
 * How JSON says what it has no form of its own for: bytes and other values of msgpack.
 *
 * @module
 */

import { isOneValue } from "../value.ts";
import { parseHex } from "../../text/mod.ts";

/** The one key of an object that stands for bytes, with their hex digits. */
export const HEX_KEY = "hex";
/** The one key of an object that stands for a value, with the hex digits of its msgpack. */
export const MSGPACK_KEY = "msgpack";

/** Whether a JSON value is hex digits, two for each byte. */
export function isHex(value: unknown): value is string {
  return typeof value === "string" && value.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(value);
}

/** Whether an object with one key would be taken for bytes or for a value. */
export function isForm(key: string, value: string): boolean {
  return isHex(value) && (key === HEX_KEY || key === MSGPACK_KEY && isOneValue(parseHex(value)));
}
