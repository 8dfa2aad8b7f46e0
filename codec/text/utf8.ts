/**
 * Strict UTF-8, in the forms that are fast on V8.
 *
 * Short ASCII goes through plain loops; longer text through the runtime's own converters. A leading BOM is kept.
 *
 * @module
 */

import { readShortText, SHORT_TEXT_BYTES_MAX } from "./short-utf8.ts";

/** Up to this many characters a loop writes ASCII faster than `encodeInto` does, which costs more on Deno. */
const LOOP_CHARACTERS_MAX = "Deno" in globalThis ? 64 : 28;

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const looseDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

type Slice = (this: Uint8Array, start: number, end: number) => string;

/** Node and Deno have a converter without TextDecoder's fixed cost; in a page there is none. */
function findSlice(): Slice | undefined {
  return (globalThis as { Buffer?: { prototype?: { utf8Slice?: Slice } } }).Buffer?.prototype?.utf8Slice;
}

const IS_DENO = "Deno" in globalThis;
/** A constant, so that the engine can compile the call of it. */
const utf8Slice = IS_DENO ? undefined : findSlice();
/** On Deno the converter is loaded when it is first needed, which takes some milliseconds. */
let lateSlice: Slice | undefined;

function longText(bytes: Uint8Array, start: number, end: number): string {
  if (utf8Slice !== undefined) return utf8Slice.call(bytes, start, end);
  if (IS_DENO) lateSlice ??= findSlice();
  return lateSlice === undefined ? looseDecoder.decode(bytes.subarray(start, end)) : lateSlice.call(bytes, start, end);
}

/** The text of `bytes[start, end)`, or `undefined` when it is not valid UTF-8. */
export function readText(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start <= SHORT_TEXT_BYTES_MAX) {
    const ascii = readShortText(bytes, start, end - start);
    if (ascii !== undefined) return ascii;
  }
  const text = longText(bytes, start, end);
  // A replacement character is either in the text or stands for invalid bytes; only then is the slow check needed.
  return text.includes("\uFFFD") ? readStrictly(bytes, start, end) : text;
}

function readStrictly(bytes: Uint8Array, start: number, end: number): string | undefined {
  try {
    return strictDecoder.decode(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}

/**
 * Writes a text as UTF-8 into `target[at, end)`.
 *
 * @returns the offset after the text, or -1 when it does not fit, or -2 when it has a lone surrogate
 */
export function writeText(text: string, target: Uint8Array, at: number, end: number): number {
  const length = text.length;
  if (length > end - at) return -1;
  if (length <= LOOP_CHARACTERS_MAX && isWrittenAsAscii(text, target, at)) return at + length;
  const { read, written } = encoder.encodeInto(text, target.subarray(at, end));
  if (written !== length && !text.isWellFormed()) return -2;
  return read === length ? at + written : -1;
}

function isWrittenAsAscii(text: string, target: Uint8Array, at: number): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) return false;
    target[at + index] = code;
  }
  return true;
}

/** The UTF-8 bytes of a text, or `undefined` when it has a lone surrogate. */
export function textBytes(text: string): Uint8Array | undefined {
  return text.isWellFormed() ? encoder.encode(text) : undefined;
}
