/**
 * Values, messages and ids as people see and write them.
 *
 * @module
 */

import { Ext, type MsgpackValue, pack, Packed, unpack } from "../../../codec/msgpack/mod.ts";
import { type ExactJson, exactJson } from "../../../codec/json/mod.ts";
import { CodecError, formatHex, parseHex } from "../../../codec/mod.ts";
import { UsageError } from "../command.ts";
import { jsonLine } from "../json/mod.ts";

const NODE_ID = /^[0-9a-f]{40}$/i;

/**
 * A node id that was typed.
 *
 * @throws UsageError
 */
export function nodeIdArgument(text: string): string {
  if (NODE_ID.test(text)) return text.toLowerCase();
  throw new UsageError(`A node id has 40 hex digits, unlike ${JSON.stringify(text)}`);
}

/** A value that was typed: JSON, in which numbers keep their form, or else text. */
export function jsonArgument(word: string): ExactJson {
  try {
    return exactJson(word);
  } catch (error) {
    if (error instanceof CodecError) return word;
    throw error;
  }
}

/** A value as programs get it: bytes that are UTF-8 are the text that they are in Python 2. */
export function plainValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return textOf(value) ?? value;
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== "object" || value === null || value instanceof Ext) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plainValue(part)]));
}

/** A value as people see it: text as it is, other values as JSON. Not escaped. */
export function valueText(value: unknown): string {
  const plain = plainValue(value);
  return typeof plain === "string" ? plain : jsonLine(plain);
}

/** The bytes of a value alone. */
export function valueBytes(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new TextEncoder().encode(valueText(value));
}

/** Bytes as text, unless they are none. */
function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** A msgpack value as the user API takes it, whatever it is. */
export function packedForm(value: MsgpackValue): { readonly msgpack: string } {
  return { msgpack: formatHex(pack(value).bytes) };
}

/** See {@link packedForm}. Throws CodecError. */
export function unpackedForm(form: unknown): MsgpackValue {
  return unpack(new Packed(parseHex((form as { readonly msgpack: string }).msgpack)));
}
