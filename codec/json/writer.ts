/**
 * The state of writing one JSON document, and the parts that all values share.
 *
 * @module
 */

import { CodecError, type CodecErrorCode } from "../error.ts";
import { type JsonLimits, moreThan } from "./limits.ts";
import { formatJsonPath } from "../path.ts";
import { quoted } from "./strings.ts";

/**
 * A text to which others are added keeps all of them beside it, which is many times its size; after so many characters
 * it becomes one without them.
 */
const PART_CHARACTERS = 16 * 1024;

/** The state of writing one document. */
export interface Writer {
  readonly limits: JsonLimits;
  /** What is written, but for the last part, and its characters. */
  readonly parts: string[];
  length: number;
  /** The last part, and how long it may become. */
  text: string;
  room: number;
  /** Containers that are open. */
  depth: number;
  /** Values and keys so far. */
  count: number;
  /** The way to the present value. */
  readonly path: (string | number)[];
}

/** Begins to write a document after some text. */
export function startWriter(limits: JsonLimits, before = ""): Writer {
  const parts = before === "" ? [] : [before];
  return { limits, parts, length: 0, text: "", room: roomAfter(limits, 0), depth: 0, count: 0, path: [] };
}

/** Throws, with the place of the present value. */
export function refuse(
  writer: Writer,
  code: CodecErrorCode,
  what: string,
  context: Readonly<Record<string, unknown>> = {},
): never {
  throw new CodecError(code, what, { path: formatJsonPath(writer.path), context });
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
export function refuseLimit(writer: Writer, name: keyof JsonLimits): never {
  refuse(writer, "limit", `Cannot write ${moreThan(writer.limits, name)}`, { [name]: writer.limits[name] });
}

/** Counts one value or key. */
export function countOne(writer: Writer): void {
  writer.count++;
  if (writer.count > writer.limits.countMax) refuseLimit(writer, "countMax");
}

/** Begins an array or object. */
export function openContainer(writer: Writer, opener: "[" | "{"): void {
  writer.depth++;
  if (writer.depth > writer.limits.depthMax) refuseLimit(writer, "depthMax");
  write(writer, opener);
}

/** Ends an array or object. */
export function closeContainer(writer: Writer, closer: "]" | "}"): void {
  writer.depth--;
  write(writer, closer);
}

/** Writes text as it is. */
export function write(writer: Writer, text: string): void {
  if (writer.text.length + text.length > writer.room) endPart(writer, text);
  else writer.text += text;
}

/** Everything that was written. */
export function writtenText({ parts, text }: Writer): string {
  return parts.length === 0 ? text : [...parts, text].join("");
}

function endPart(writer: Writer, text: string): void {
  // Joining makes a new text, unlike adding.
  const part = [writer.text, text].join("");
  writer.length += part.length;
  // A code unit takes at least one byte; what it takes more is counted at the end.
  if (writer.length > writer.limits.bytesMax) refuseLimit(writer, "bytesMax");
  writer.parts.push(part);
  writer.text = "";
  writer.room = roomAfter(writer.limits, writer.length);
}

function roomAfter({ bytesMax }: JsonLimits, length: number): number {
  return Math.min(PART_CHARACTERS, bytesMax - length);
}

/** Writes a string in quotes. */
export function writeString(writer: Writer, value: string): void {
  const text = quoted(value);
  if (text === null) refuse(writer, "utf8", "Cannot write a string with a lone surrogate");
  write(writer, text);
}
