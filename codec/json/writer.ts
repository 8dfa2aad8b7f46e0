/**
 * The state of writing one JSON document, and the parts that all values share.
 *
 * @module
 */

import { CodecError, type CodecErrorCode } from "../error.ts";
import type { JsonLimits } from "./limits.ts";
import { placeOf } from "./place.ts";
import { quoted } from "./quote.ts";

/** Where the writing of one document stands. */
export interface Writer {
  readonly limits: JsonLimits;
  text: string;
  /** Containers that are open. */
  depth: number;
  /** Values and keys so far. */
  count: number;
  /** The way to the present value. */
  readonly trail: (string | number)[];
}

/** Begins to write a document. */
export function startWriter(limits: JsonLimits): Writer {
  return { limits, text: "", depth: 0, count: 0, trail: [] };
}

/** Throws, with the place of the present value. */
export function refuse(
  writer: Writer,
  code: CodecErrorCode,
  what: string,
  context: Readonly<Record<string, unknown>> = {},
): never {
  throw new CodecError(code, what, { path: placeOf(writer.trail), context });
}

/** Throws because a value has not the type that the shape asks for. */
export function refuseType(writer: Writer, value: unknown, expected: string): never {
  const found = typeName(value);
  refuse(writer, "type", `Cannot write ${found} as ${expected}`, { expected, found });
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? "array" : typeof value;
}

/** Throws because of a limit. */
export function refuseLimit(writer: Writer, name: keyof JsonLimits, unit: string): never {
  const max = writer.limits[name];
  refuse(writer, "limit", `Cannot write more than ${max} ${unit}`, { [name]: max });
}

/** Counts one value or key. */
export function countOne(writer: Writer): void {
  writer.count++;
  if (writer.count > writer.limits.countMax) refuseLimit(writer, "countMax", "values and keys");
}

/** Begins an array or object. */
export function openContainer(writer: Writer, opener: "[" | "{"): void {
  writer.depth++;
  if (writer.depth > writer.limits.depthMax) refuseLimit(writer, "depthMax", "levels");
  write(writer, opener);
}

/** Ends an array or object. */
export function closeContainer(writer: Writer, closer: "]" | "}"): void {
  writer.depth--;
  write(writer, closer);
}

/** Writes text as it is. */
export function write(writer: Writer, text: string): void {
  writer.text += text;
  // A code unit takes at least one byte; what it takes more is counted at the end.
  if (writer.text.length > writer.limits.bytesMax) refuseLimit(writer, "bytesMax", "bytes");
}

/** Writes a string in quotes. */
export function writeString(writer: Writer, value: string): void {
  const text = quoted(value);
  if (text === null) refuse(writer, "utf8", "Cannot write a string with a lone surrogate");
  write(writer, text);
}
