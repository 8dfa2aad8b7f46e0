/**
 * Values as users have them, and as they travel.
 *
 * @module
 */

import { CodecError } from "../../codec/mod.ts";
import { Ext, type MsgpackValue, pack, Packed, unpack } from "../../codec/msgpack/mod.ts";
import { StorjError } from "./error.ts";

/** A value to store or send: as JavaScript has it, or as its msgpack, which also says what JavaScript cannot, as `5.0`. */
export type ValueLike = MsgpackValue | Packed;

/** Options of what gives values. */
export interface ValueOptions {
  /** Whether values come as their msgpack, with everything that JavaScript does not tell apart. Default false. */
  readonly packed?: boolean;
}

/** What values are given as, by the options. */
export type Given<O> = O extends { readonly packed: true } ? Packed : MsgpackValue;

/** Options of loops over what comes. */
export interface ListenOptions extends ValueOptions {
  /** Ends the loop. */
  readonly signal?: AbortSignal;
}

/**
 * The bytes of a value.
 *
 * @param what What it is, for messages: `a value`
 * @throws StorjError `invalid-message`; `too-large` for more bytes than these
 */
export function packedValue(what: string, value: ValueLike, bytesMax: number): Packed {
  let packed: Packed;
  try {
    // Bytes that somebody has may change.
    packed = value instanceof Packed ? new Packed(value.bytes.slice()) : pack(value);
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause;
    throw new StorjError("invalid-message", `Cannot send ${what}: ${cause.message}`, { cause });
  }
  const { length } = packed.bytes;
  if (length <= bytesMax) return packed;
  throw new StorjError(
    "too-large",
    `Cannot send ${what} of ${length} bytes: ${bytesMax} is the most that all nodes read`,
  );
}

/**
 * The value in bytes that somebody has sent; one that is none stays as it is.
 *
 * @throws StorjError `invalid-message` for what JavaScript has no value for: a map with keys that are no texts, or twice
 */
export function valueOf(packed: ValueLike): MsgpackValue {
  if (!(packed instanceof Packed)) return packed;
  try {
    return unpack(packed);
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause;
    throw new StorjError("invalid-message", `Cannot read what was sent: ${cause.message}`, { cause });
  }
}

/**
 * Bytes that JavaScript has a value for: this node takes no others as messages.
 *
 * @throws StorjError `invalid-message`
 */
export function readable(packed: Packed): Packed {
  valueOf(packed);
  return packed;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A value in which bytes that are UTF-8 are texts: Python 2 has no other texts than bytes. */
export function withTexts(value: MsgpackValue): MsgpackValue {
  if (value instanceof Uint8Array) {
    try {
      return utf8.decode(value);
    } catch {
      return value;
    }
  }
  if (Array.isArray(value)) return value.map(withTexts);
  if (typeof value !== "object" || value === null || value instanceof Ext) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withTexts(one)]));
}

/** How values that have come are given, by the options. Those of JavaScript are made each time: whoever gets one may change it. */
export function formOf<O extends ValueOptions>(options: O | undefined): (packed: Packed) => Given<O> {
  const form = options?.packed === true ? (packed: Packed) => packed : unpack;
  return form as (packed: Packed) => Given<O>;
}
