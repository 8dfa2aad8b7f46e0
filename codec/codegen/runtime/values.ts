/**
 * How generated codecs check their arguments, call the functions of schemas and of other languages, and report errors.
 *
 * @module
 */

import { MessageOutput, release, type StreamOptions } from "../../engine/mod.ts";
import { CodecError, refused, relocated } from "../../error.ts";
import { noRoom, notPassed } from "../../failures.ts";
import type { Cursor, Extension, MapNode, RefineNode, Schema } from "../../schema/mod.ts";
import { textBytes } from "../../text/mod.ts";
import { checkOffset } from "../../values.ts";

/** Options of generated scans and streams. */
export type ScanOptions = Pick<StreamOptions, "messageBytesMax">;

/** Throws where something else than bytes is to be decoded. */
export function checkBytes(bytes: Uint8Array): void {
  if (!(bytes instanceof Uint8Array)) throw new TypeError("Only a Uint8Array can be decoded");
}

/** Bytes that a text takes at most, exactly where that saves much memory. */
export function textRoom(text: string): number {
  return text.length <= 4096 ? text.length * 3 : textBytes(text)?.length ?? 0;
}

/** Copies an encoded message into a target. */
export function copyInto(message: Uint8Array, target: Uint8Array, offset: number): number {
  const left = target.length - offset;
  if (message.length > left) noRoom(message.length, left);
  target.set(message, offset);
  return offset + message.length;
}

/** The output of a message that is written into a target: what has no room there continues in other memory. */
export function targetOutput(target: Uint8Array, offset: number): MessageOutput {
  checkOffset(offset, target.length);
  const output = new MessageOutput();
  output.bytes = target;
  output.start = output.pos = offset;
  output.end = target.length;
  return output;
}

/**
 * Ends a message that was begun with {@link targetOutput}; returns the offset after it. What was written elsewhere may fit
 * all the same: room is made for the largest value of a part.
 */
export function targetEnd(output: MessageOutput, pos: number, target: Uint8Array, offset: number): number {
  const { bytes, start, end } = output;
  if (bytes === target) return pos;
  release(bytes, start, start, end);
  return copyInto(bytes.subarray(start, pos), target, offset);
}

/** An error found in a part of a message, seen from the message; the part begins at `start`. */
export function below(error: unknown, path: string, start = 0): unknown {
  return error instanceof CodecError ? relocated(error, path, start) : error;
}

/** Where the value ends that {@link readSlowly} read last. */
export let slowEnd = 0;

/** Reads a value of another language with the language's own function. */
export function readSlowly<T>(extension: Extension<T>, cursor: Cursor, path: string): T {
  const { pos } = cursor;
  try {
    const value = extension.decode(cursor);
    slowEnd = cursor.pos;
    return value;
  } catch (error) {
    throw below(error, path, pos);
  }
}

/**
 * Writes a value of another language with the language's own function, to memory of its own. A call of this is so small
 * that the engine still optimizes the usual way around it.
 */
export function encodeSlowly<T>(extension: Extension<T>, value: T, path: string, offset: number): Uint8Array {
  try {
    return extension.encode(value);
  } catch (error) {
    throw below(error, path, offset);
  }
}

/** An error of a value inside a limit: what is cut off where the limit ends is too long. */
export function withinLimit(error: unknown, isCut: boolean, bytesMax: number): unknown {
  if (!isCut || !(error instanceof CodecError) || error.code !== "truncated") return error;
  return new CodecError("limit", `Value is longer than ${bytesMax} bytes`, { ...error, context: { bytesMax } });
}

/** What a mapping makes of a decoded value. */
export function mapped<T>(schema: Schema<T>, value: unknown, path: string, offset: number): T {
  const { name, decode } = schema as MapNode;
  return called(name, () => decode(value as never), path, offset) as T;
}

/** What a mapping makes of a value to encode. */
// deno-lint-ignore no-explicit-any -- whatever it is, it is checked when it is written
export function unmapped<T>(schema: Schema<T>, value: T, path: string, offset: number): any {
  const { name, encode } = schema as MapNode;
  return called(name, () => encode(value as never), path, offset);
}

/** Throws unless a value passes the test of a refinement; a decoded value is a fact of the error. */
export function mustPass(schema: Schema, value: unknown, path: string, offset: number, isDecoded: boolean): void {
  const { name, test } = schema as RefineNode;
  if (called(name, () => test(value as never), path, offset)) return;
  notPassed(path, offset, name, isDecoded ? { value } : {});
}

function called<R>(name: string, run: () => R, path: string, offset: number): R {
  try {
    return run();
  } catch (cause) {
    throw refused(name, cause, path, offset);
  }
}
