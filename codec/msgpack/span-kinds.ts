/**
 * How the parts of a msgpack value are read once more when somebody looks at them.
 *
 * @module
 */

import type { SpanKind } from "../schema/mod.ts";
import { readText } from "../text/mod.ts";
import { FLOAT32, INT64, INT8, TRUE } from "./forms.ts";
import { Ext } from "./value.ts";
import { type Head, readHead } from "./walk-head.ts";

/** Elements of an array or pairs of a map. */
export const LENGTH: SpanKind = kind("length", (_, { size }) => size);
/** A key of a map. */
export const KEY: SpanKind = kind("tag", text);
/** A str, or a bin, as text. */
export const TEXT: SpanKind = kind("value", text);
/** A bin, or a str, as bytes. */
export const CONTENT: SpanKind = kind("value", content);
/** An integer as a bigint. */
export const BIG: SpanKind = kind("value", big);
/** A nil, bool, int, float, str, bin or ext; wide integers as bigints only if they must be. */
export const SCALAR: SpanKind = kind("value", scalar);

function kind(role: SpanKind["role"], read: (bytes: Uint8Array, head: Head) => unknown): SpanKind {
  return { role, read: (bytes, start, end) => read(bytes, readHead(bytes, start, end) as Head) };
}

function text(bytes: Uint8Array, { body, size }: Head): string | undefined {
  return readText(bytes, body, body + size);
}

function content(bytes: Uint8Array, { body, size }: Head): Uint8Array {
  return bytes.subarray(body, body + size);
}

/** The value of a scalar that was checked. */
export function scalar(bytes: Uint8Array, head: Head): unknown {
  const { kind, lead, body, size } = head;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (kind) {
    case "nil":
      return null;
    case "bool":
      return lead === TRUE;
    case "float":
      return lead === FLOAT32 ? view.getFloat32(body) : view.getFloat64(body);
    case "int": {
      const exact = big(bytes, head);
      const value = Number(exact);
      return Number.isSafeInteger(value) ? value : exact;
    }
    case "str":
      return text(bytes, head);
    case "bin":
      return content(bytes, head);
    default:
      return new Ext(view.getInt8(body), bytes.subarray(body + 1, body + size));
  }
}

/** An integer of any form. */
export function big(bytes: Uint8Array, { lead, body, size }: Head): bigint {
  if (size === 0) return BigInt(lead < 128 ? lead : lead - 256);
  let value = 0n;
  for (let index = 0; index < size; index++) value = value << 8n | BigInt(bytes[body + index]);
  return lead >= INT8 && lead <= INT64 ? BigInt.asIntN(8 * size, value) : value;
}
