/**
 * Finds the end of one JSON value in bytes that arrive in chunks, and checks its grammar.
 *
 * The grammar is that of RFC 8259, but strings may contain invalid UTF-8, which Go reads as U+FFFD.
 *
 * @module
 */

import { CodecError, type CodecErrorCode } from "../error.ts";
import {
  AFTER_MINUS,
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  endsNumber,
  escapedByte,
  firstNumberState,
  isDigit,
  isHexDigit,
  isSpace,
  LETTER_F,
  LETTER_N,
  LETTER_T,
  LETTER_U,
  MINUS,
  numberState,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  showByte,
} from "./bytes.ts";
import { type JsonLimits, jsonLimits, moreThan } from "./limits.ts";

/** Finds the end of one JSON value; made by {@link jsonScanner}. */
export interface JsonScanner {
  /**
   * Looks at `bytes[start, end)`, which follow what was pushed before; nothing of them is kept.
   *
   * A number by itself ends only before a byte that cannot continue it; all other values with their last byte.
   *
   * @returns the offset in `bytes` after the value, or -1 when the value continues
   * @throws CodecError `json` or `limit` as soon as the bytes cannot be the beginning of a value; its offset counts
   * from the first byte that was ever pushed. TypeError when the value has ended, or failed, before
   */
  push(bytes: Uint8Array, start: number, end: number): number;
  /**
   * Called when no byte follows, which ends a number by itself.
   *
   * @returns the offset after the value, counted from the first byte that was ever pushed
   * @throws CodecError `truncated` when the value is not complete. TypeError when the value has ended, or failed,
   * before
   */
  finish(): number;
}

/**
 * A scanner for one value. White space before the value is skipped, and counts towards the limit of bytes.
 *
 * ```ts
 * import { jsonScanner } from "warpwire/json";
 *
 * const scanner = jsonScanner();
 * const [first, second] = ['{"Size":', "16}\nrest"].map((text) => new TextEncoder().encode(text));
 * console.log(scanner.push(first, 0, first.length)); // -1
 * console.log(scanner.push(second, 0, second.length)); // 3
 * ```
 */
export function jsonScanner(limits?: Partial<JsonLimits>): JsonScanner {
  const scan = startScan(jsonLimits(limits), 0, 0);
  return {
    push: (bytes, start, end) => pushBytes(scan, bytes, start, end),
    finish: () => finishScan(scan),
  };
}

// States: what the next byte may be. White space may come in those up to AFTER_VALUE.
const AT_VALUE = 0;
const AT_FIRST_ITEM = 1;
const AT_FIRST_KEY = 2;
const AT_KEY = 3;
const AT_COLON = 4;
const AFTER_VALUE = 5;
const IN_STRING = 6;
const IN_ESCAPE = 7;
const IN_HEX = 8;
const IN_WORD = 9;
// 10 to 17 are the states inside a number, see bytes.ts.
// Nothing more may be pushed.
const ENDED = 18;
const FAILED = 19;

/** The state of a scan between two bytes. */
interface Scan {
  readonly limits: JsonLimits;
  state: number;
  /** Offset of `bytes[0]` of the present push, counted from the first byte that was ever pushed. */
  base: number;
  /** Bytes dealt with in earlier pushes. */
  offset: number;
  /** Values and keys so far. */
  count: number;
  /** Containers around the scanned value. */
  readonly depth: number;
  /** The closing bytes of the containers that are open, the innermost last. */
  readonly closers: number[];
  /** Whether the string being read is a key. */
  inKey: boolean;
  /** The word being read, as in `true`, and how many of its letters are done. */
  word: string;
  wordLetters: number;
  /** Hex digits that the escape being read still needs. */
  hexDigits: number;
}

function startScan(limits: JsonLimits, depth: number, count: number): Scan {
  return {
    limits,
    state: AT_VALUE,
    base: 0,
    offset: 0,
    count,
    depth,
    closers: [],
    inKey: false,
    word: "",
    wordLetters: 0,
    hexDigits: 0,
  };
}

/** What {@link skipJson} went past. */
export interface Skipped {
  /** Offset after the value. */
  readonly end: number;
  /** Values and keys, with those counted before. */
  readonly count: number;
}

/**
 * Goes past one value inside a document without building it; error offsets count from `start`.
 *
 * @param around containers around the value, and values and keys before it
 */
export function skipJson(
  limits: JsonLimits,
  bytes: Uint8Array,
  start: number,
  end: number,
  around: { readonly depth: number; readonly count: number },
): Skipped {
  const scan = startScan(limits, around.depth, around.count);
  const stop = pushBytes(scan, bytes, start, end);
  return { end: stop === -1 ? start + finishScan(scan) : stop, count: scan.count };
}

function pushBytes(scan: Scan, bytes: Uint8Array, start: number, end: number): number {
  refuseEnded(scan);
  if (!(start >= 0 && start <= end && end <= bytes.length)) {
    throw new RangeError(`Cannot scan bytes ${start} to ${end} of ${bytes.length}`);
  }
  // One byte above the limit is looked at, as it can be the one that ends a number.
  const stop = Math.min(end, start + scan.limits.bytesMax + 1 - scan.offset);
  scan.base = scan.offset - start;
  let pos = start;
  while (pos < stop && scan.state < ENDED) pos = step(scan, bytes, pos, stop);
  scan.offset = scan.base + pos;
  if (scan.offset > scan.limits.bytesMax) {
    failLimit(scan, scan.limits.bytesMax, "bytesMax");
  }
  return scan.state === ENDED ? pos : -1;
}

function finishScan(scan: Scan): number {
  refuseEnded(scan);
  if (scan.closers.length > 0 || !endsNumber(scan.state)) {
    fail(scan, "truncated", scan.offset, "the document ends inside the value");
  }
  scan.state = ENDED;
  return scan.offset;
}

function refuseEnded(scan: Scan): void {
  if (scan.state >= ENDED) {
    throw new TypeError("Cannot continue scanning: the value has ended; use a new scanner for the next one");
  }
}

/** Deals with at least one byte, or ends a number before it; returns the offset of the next byte. */
function step(scan: Scan, bytes: Uint8Array, pos: number, stop: number): number {
  const state = scan.state;
  if (state === IN_STRING) return stringStep(scan, bytes, pos, stop);
  if (state <= AFTER_VALUE) {
    if (!isSpace(bytes[pos])) tokenStep(scan, bytes[pos], pos);
    return pos + 1;
  }
  if (state >= AFTER_MINUS) return numberStep(scan, bytes[pos], pos);
  if (state === IN_WORD) wordStep(scan, bytes[pos], pos);
  else escapeStep(scan, bytes[pos], pos);
  return pos + 1;
}

/** The first byte of a token. */
function tokenStep(scan: Scan, byte: number, pos: number): void {
  switch (scan.state) {
    case AT_COLON:
      if (byte !== COLON) unexpected(scan, byte, pos, '":"');
      scan.state = AT_VALUE;
      return;
    case AT_FIRST_KEY:
      if (byte === CLOSE_OBJECT) return closeContainer(scan);
      return beginKey(scan, byte, pos, 'a key or "}"');
    case AT_KEY:
      return beginKey(scan, byte, pos, "a key");
    case AFTER_VALUE:
      return afterValue(scan, byte, pos);
    case AT_FIRST_ITEM:
      if (byte === CLOSE_ARRAY) return closeContainer(scan);
      return beginValue(scan, byte, pos, 'a value or "]"');
    default:
      return beginValue(scan, byte, pos, "a value");
  }
}

function beginKey(scan: Scan, byte: number, pos: number, expected: string): void {
  if (byte !== QUOTE) unexpected(scan, byte, pos, expected);
  countOne(scan, pos);
  scan.inKey = true;
  scan.state = IN_STRING;
}

function afterValue(scan: Scan, byte: number, pos: number): void {
  const closer = scan.closers[scan.closers.length - 1];
  if (byte === closer) return closeContainer(scan);
  if (byte !== COMMA) unexpected(scan, byte, pos, closer === CLOSE_ARRAY ? '"," or "]"' : '"," or "}"');
  scan.state = closer === CLOSE_ARRAY ? AT_VALUE : AT_KEY;
}

function beginValue(scan: Scan, byte: number, pos: number, expected: string): void {
  switch (byte) {
    case QUOTE:
      scan.inKey = false;
      scan.state = IN_STRING;
      break;
    case OPEN_OBJECT:
      openContainer(scan, CLOSE_OBJECT, pos);
      scan.state = AT_FIRST_KEY;
      break;
    case OPEN_ARRAY:
      openContainer(scan, CLOSE_ARRAY, pos);
      scan.state = AT_FIRST_ITEM;
      break;
    case LETTER_T:
      beginWord(scan, "true");
      break;
    case LETTER_F:
      beginWord(scan, "false");
      break;
    case LETTER_N:
      beginWord(scan, "null");
      break;
    default:
      if (byte !== MINUS && !isDigit(byte)) unexpected(scan, byte, pos, expected);
      scan.state = firstNumberState(byte);
  }
  countOne(scan, pos);
}

function openContainer(scan: Scan, closer: number, pos: number): void {
  scan.closers.push(closer);
  if (scan.depth + scan.closers.length > scan.limits.depthMax) failLimit(scan, scan.base + pos, "depthMax");
}

function closeContainer(scan: Scan): void {
  scan.closers.pop();
  endValue(scan);
}

function endValue(scan: Scan): void {
  scan.state = scan.closers.length === 0 ? ENDED : AFTER_VALUE;
}

function countOne(scan: Scan, pos: number): void {
  scan.count++;
  if (scan.count > scan.limits.countMax) failLimit(scan, scan.base + pos, "countMax");
}

function beginWord(scan: Scan, word: string): void {
  scan.word = word;
  scan.wordLetters = 1;
  scan.state = IN_WORD;
}

function wordStep(scan: Scan, byte: number, pos: number): void {
  if (byte !== scan.word.charCodeAt(scan.wordLetters)) unexpected(scan, byte, pos, `"${scan.word}"`);
  scan.wordLetters++;
  if (scan.wordLetters === scan.word.length) endValue(scan);
}

function stringStep(scan: Scan, bytes: Uint8Array, start: number, stop: number): number {
  for (let pos = start; pos < stop; pos++) {
    const byte = bytes[pos];
    if (byte === QUOTE) {
      if (scan.inKey) scan.state = AT_COLON;
      else endValue(scan);
      return pos + 1;
    }
    if (byte === BACKSLASH) {
      scan.state = IN_ESCAPE;
      return pos + 1;
    }
    if (byte < 0x20) unexpected(scan, byte, pos, "a character of a string");
  }
  return stop;
}

function escapeStep(scan: Scan, byte: number, pos: number): void {
  if (scan.state === IN_HEX) {
    if (!isHexDigit(byte)) unexpected(scan, byte, pos, "a hex digit");
    scan.hexDigits--;
    if (scan.hexDigits === 0) scan.state = IN_STRING;
  } else if (byte === LETTER_U) {
    scan.hexDigits = 4;
    scan.state = IN_HEX;
  } else {
    if (escapedByte(byte) === -1) unexpected(scan, byte, pos, "an escape");
    scan.state = IN_STRING;
  }
}

function numberStep(scan: Scan, byte: number, pos: number): number {
  const next = numberState(scan.state, byte);
  if (next !== -1) {
    scan.state = next;
    return pos + 1;
  }
  if (!endsNumber(scan.state)) unexpected(scan, byte, pos, "a digit");
  endValue(scan);
  return pos;
}

function unexpected(scan: Scan, byte: number, pos: number, expected: string): never {
  const found = showByte(byte);
  fail(scan, "json", scan.base + pos, `expected ${expected}, found ${found}`, { expected, found });
}

function failLimit(scan: Scan, offset: number, name: keyof JsonLimits): never {
  fail(scan, "limit", offset, moreThan(scan.limits, name), { [name]: scan.limits[name] });
}

function fail(
  scan: Scan,
  code: CodecErrorCode,
  offset: number,
  what: string,
  context: Readonly<Record<string, unknown>> = {},
): never {
  scan.state = FAILED;
  throw new CodecError(code, `Cannot read JSON: ${what}`, { offset, context });
}
