/**
 * JSON documents of msgpack.
 *
 * @module
 */

import { LIMITS } from "../../limits.ts";
import { formatHex, readText } from "../../text/mod.ts";
import { checkValue } from "../check.ts";
import { decodeMsgpackPrefix } from "../codec.ts";
import { type Head, readHead } from "../format.ts";
import { HEX_KEY, isForm, MSGPACK_KEY } from "./forms.ts";
import { any } from "../scalars.ts";
import type { Packed } from "../value.ts";

/** The JSON text of a value, and where the value ends. */
interface Written {
  readonly json: string;
  readonly end: number;
}

/**
 * The JSON text of a value. Floats keep a point or an exponent, so that `5.0` does not become `5`. Bytes that are UTF-8 are
 * texts, others `{"hex":"…"}`; what JSON cannot say (NaN, infinite floats, extensions, maps with keys that are no texts or
 * equal) is `{"msgpack":"…"}` with its hex digits. {@link packJson} takes both forms.
 */
export function jsonOfPacked({ bytes }: Packed): string {
  return written(bytes, 0).json;
}

function written(bytes: Uint8Array, at: number): Written {
  const head = readHead(bytes, at, bytes.length) as Head;
  const { kind, body, size } = head;
  const end = body + size;
  switch (kind) {
    case "nil":
      return { json: "null", end };
    case "bool":
    case "int":
      return { json: String(decodeMsgpackPrefix(any, bytes, at).value), end };
    case "float": {
      const value = decodeMsgpackPrefix(any, bytes, at).value as number;
      return Number.isFinite(value) ? { json: floatText(value), end } : packedForm(bytes, at, end);
    }
    case "str":
    case "bin": {
      const text = readText(bytes, body, end);
      return { json: text === undefined ? hexForm(bytes.subarray(body, end)) : JSON.stringify(text), end };
    }
    case "array":
      return writtenArray(bytes, head);
    case "map":
      return writtenMap(bytes, head);
    default:
      return packedForm(bytes, at, end);
  }
}

function writtenArray(bytes: Uint8Array, { body, size }: Head): Written {
  let end = body;
  let json = "[";
  for (let index = 0; index < size; index++) {
    const item = written(bytes, end);
    json += index === 0 ? item.json : `,${item.json}`;
    end = item.end;
  }
  return { json: `${json}]`, end };
}

function writtenMap(bytes: Uint8Array, { start, body, size }: Head): Written {
  const keys = new Set<string>();
  let end = body;
  let json = "{";
  for (let pair = 0; pair < size; pair++) {
    const head = readHead(bytes, end, bytes.length) as Head;
    const isText = head.kind === "str" || head.kind === "bin";
    const key = isText ? readText(bytes, head.body, head.body + head.size) : undefined;
    if (key === undefined || keys.has(key)) return packedForm(bytes, start);
    keys.add(key);
    const value = written(bytes, head.body + head.size);
    json += `${pair === 0 ? "" : ","}${JSON.stringify(key)}:${value.json}`;
    end = value.end;
    // A map that says by chance what stands for something else.
    if (size === 1 && value.json.startsWith('"') && isForm(key, JSON.parse(value.json))) {
      return packedForm(bytes, start, end);
    }
  }
  return { json: `${json}}`, end };
}

function hexForm(bytes: Uint8Array): string {
  return `{"${HEX_KEY}":"${formatHex(bytes)}"}`;
}

function packedForm(bytes: Uint8Array, at: number, end = checkValue(bytes, at, bytes.length, LIMITS).end): Written {
  return { json: `{"${MSGPACK_KEY}":"${formatHex(bytes.subarray(at, end))}"}`, end };
}

/** A float that is read as one again. */
function floatText(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
