/**
 * The forms of the values that objects are made of: texts, bytes, numbers, times, identities.
 *
 * @module
 */

import {
  bool,
  CodecError,
  i64big,
  type IntSchema,
  optional,
  type Schema,
  string,
  struct,
  u16,
  u64big,
  u8,
} from "../../mod.ts";
import { jsonAny, jsonBool, jsonInt64, jsonInt64Big, jsonString, type JsonValue } from "../../json/mod.ts";
import { formatBase64, parseBase64 } from "./base64.ts";
import { ANYONE, identity, parseIdentity, ZERO_IDENTITY } from "./identity.ts";
import { formatNonce, formatZone, nonce64, parseNonce, parseZone, ZERO_NONCE } from "./query.ts";
import { atPath, form, type ObjectForm } from "./object-form.ts";
import { objectId, parseObjectId } from "./object-id.ts";
import { formatTime, parseTime } from "./time.ts";

/** Signed integer of 64 bits; also a duration in nanoseconds. JSON has it as a number of up to 19 digits. */
export const int64Form: ObjectForm<bigint> = form(i64big, {
  shape: jsonInt64Big,
  zero: 0n,
  read: (json) => json,
  write: (value) => value,
});

/** Unsigned integer of 64 bits. JSON has it as a number of up to 20 digits. */
export const uint64Form: ObjectForm<bigint> = form<bigint, JsonValue>(u64big, {
  shape: jsonInt64Big,
  // From 2^63 on only an integer without point and exponent is read as a bigint; anything else would have been rounded.
  wideShape: jsonAny,
  zero: 0n,
  read: (json, path) => {
    if (typeof json === "bigint") return json;
    throw new CodecError("json", "Cannot read JSON: expected an integer (uint64), found another value", { path });
  },
  write: (value) => value,
});

/** One byte, 00 or 01. */
export const boolForm: ObjectForm<boolean> = form(bool, {
  shape: jsonBool,
  zero: false,
  read: (json) => json,
  write: (value) => value,
});

/** Nanoseconds since 1970 in 64 bits; JSON has it as a time of RFC 3339, and it may not be missing there. */
export const timeForm: ObjectForm<bigint> = textForm(i64big, { parse: parseTime, format: formatTime });

/** A nonce; JSON has it as hex without leading zeros. */
export const nonceForm: ObjectForm<string> = textForm(nonce64, {
  zero: ZERO_NONCE,
  parse: parseNonce,
  format: formatNonce,
});

/** A set of zones in one byte; JSON has it as letters. */
export const zoneForm: ObjectForm<number> = textForm(u8, { zero: 0, parse: parseZone, format: formatZone });

/** An identity; JSON has it as 66 hex digits or `anyone`. */
export const identityForm: ObjectForm<string> = textForm(identity, {
  zero: ZERO_IDENTITY,
  parse: (text) => parseIdentity(text),
  format: formatIdentity,
});

/** The id of an object; JSON has it as its text. */
export const objectIdForm: ObjectForm<string> = textForm(objectId, { parse: parseObjectId, format: (id) => id });

/** An identity that may be missing: a presence byte before it in binary, `null` in JSON. */
export const identityPointerForm: ObjectForm<string | null> = form<string | null, JsonValue>(optional(identity), {
  shape: jsonAny,
  zero: null,
  read: (json, path) => {
    if (json === null) return null;
    if (typeof json === "string") return atPath(path, () => parseIdentity(json));
    throw new CodecError("json", "Cannot read JSON: expected a string or null, found another value", { path });
  },
  write: (value) => value === null ? null : formatIdentity(value),
});

/** An object without a payload. */
export type Empty = Record<never, never>;

/** No payload; JSON may have `{}`, `null` or nothing at all. */
export const emptyForm: ObjectForm<Empty> = form<Empty, JsonValue>(struct({}), {
  shape: jsonAny,
  zero: {},
  read: (json, path) => {
    if (json === null || (typeof json === "object" && !Array.isArray(json))) return {};
    throw new CodecError("json", "Cannot read JSON: expected an object or null, found another value", { path });
  },
  write: () => ({}),
});

/** Text that must not be sent as JSON: a Go process that reads an `error_message` from JSON dies of it. */
export const errorMessageForm: ObjectForm<string> = Object.freeze({ schema: string(u16), json: null });

/** UTF-8 text after its length in bytes. */
export function stringForm(length: IntSchema): ObjectForm<string> {
  return form(string(length), { shape: jsonString, zero: "", read: (json) => json, write: (value) => value });
}

/** Bytes; JSON has them as base64. */
export function bytesForm(schema: Schema<Uint8Array>): ObjectForm<Uint8Array> {
  return textForm(schema, { zero: new Uint8Array(0), parse: parseBase64, format: formatBase64 });
}

/** An integer of at most 32 bits. */
export function intForm(schema: Schema<number>): ObjectForm<number> {
  return form(schema, { shape: jsonInt64, zero: 0, read: (json) => json, write: (value) => value });
}

function formatIdentity(identity: string): string {
  return identity === ZERO_IDENTITY ? ANYONE : identity;
}

/** The conversions of a value that JSON has as a text. */
interface TextConversions<T> {
  readonly zero?: T;
  readonly parse: (text: string) => T;
  readonly format: (value: T) => string;
}

function textForm<T>(schema: Schema<T>, { zero, parse, format }: TextConversions<T>): ObjectForm<T> {
  return form<T, string>(schema, {
    shape: jsonString,
    ...(zero === undefined ? {} : { zero }),
    read: (json, path) => atPath(path, () => parse(json)),
    write: format,
  });
}
