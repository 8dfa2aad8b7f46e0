/**
 * Answers as JSON text.
 *
 * @module
 */

import { formatHex } from "../../codec/mod.ts";
import { JsonNumber, orderedKeys } from "../../codec/json/mod.ts";
import { jsonOfPacked, pack, Packed } from "../../codec/msgpack/mod.ts";

/** JSON text that stands for itself. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/**
 * JSON text of what a node gives: values that are packed keep the forms of their numbers, bytes that are UTF-8 are texts,
 * and others `{"hex":"…"}`. What is undefined is left out of objects, and null elsewhere, as are numbers that JSON has not.
 */
export function jsonText(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.toWellFormed());
    case "number":
      return Number.isFinite(value) ? String(value) : "null";
    case "bigint":
    case "boolean":
      return String(value);
    case "object":
      return value === null ? "null" : objectText(value);
    default:
      return "null";
  }
}

function objectText(value: object): string {
  if (value instanceof Packed) return jsonOfPacked(value);
  if (value instanceof JsonText || value instanceof JsonNumber) return value.text;
  if (value instanceof Uint8Array) return jsonOfPacked(pack(value));
  if (Array.isArray(value)) return `[${value.map(jsonText).join(",")}]`;
  const entries = value instanceof Map
    ? [...value]
    : orderedKeys(value).map((key) => [key, (value as Readonly<Record<string, unknown>>)[key]] as const);
  const pairs = entries.filter(([, one]) => one !== undefined);
  return `{${pairs.map(([key, one]) => `${JSON.stringify(key)}:${jsonText(one)}`).join(",")}}`;
}

/** A value whose JSON says all of it: as the digits of its msgpack. */
export function packedForm({ bytes }: Packed): JsonText {
  return new JsonText(`{"msgpack":"${formatHex(bytes)}"}`);
}
