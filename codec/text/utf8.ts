/**
 * Strict UTF-8, written for speed on V8.
 *
 * Short ASCII goes through plain loops; longer text through the runtime's own converters. A leading BOM is kept.
 *
 * @module
 */

/** Up to this many characters a loop writes ASCII faster than `encodeInto` does, which costs more on Deno. */
const LOOP_CHARACTERS_MAX = "Deno" in globalThis ? 64 : 28;

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const looseDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

type Slice = (this: Uint8Array, start: number, end: number) => string;
type Convert = (bytes: Uint8Array, start: number, end: number) => string;

/** Node and Deno have a converter without TextDecoder's fixed cost; in a page there is none. */
function findConverter(): Convert {
  const slice = (globalThis as { Buffer?: { prototype?: { utf8Slice?: Slice } } }).Buffer?.prototype?.utf8Slice;
  if (slice === undefined) return (bytes, start, end) => looseDecoder.decode(bytes.subarray(start, end));
  return (bytes, start, end) => slice.call(bytes, start, end);
}

const IS_DENO = "Deno" in globalThis;
/** A constant, so that the engine can compile the call of it. */
const convert = IS_DENO ? undefined : findConverter();
/**
 * On Deno the converter is loaded when it is first needed, which takes some milliseconds. It is a function around the
 * runtime's own, which the engine compiles into the callers as long as it is the only one.
 */
let lateConvert: Convert | undefined;

function longText(bytes: Uint8Array, start: number, end: number): string {
  return convert !== undefined ? convert(bytes, start, end) : (lateConvert ??= findConverter())(bytes, start, end);
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
  return writeLongText(text, target, at, end);
}

/** By itself, so that the engine compiles the short way into its callers: a tenth less for small messages on Deno. */
function writeLongText(text: string, target: Uint8Array, at: number, end: number): number {
  const { length } = text;
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

/**
 * Above this the runtime's converter is about as fast, or faster. Up to it one call of `String.fromCharCode` with as many
 * arguments as there are characters makes one flat string: mixed texts of 10 to 30 characters took 45 ns on Node and 40 ns
 * on Deno this way; the runtime's converter and the check of what it made took 62 and 58 ns.
 */
const SHORT_TEXT_BYTES_MAX = 32;

const text = String.fromCharCode;

/** The text of `length` bytes from `start` on, at most {@link SHORT_TEXT_BYTES_MAX}; `undefined` when one is not ASCII. */
function readShortText(bytes: Uint8Array, start: number, length: number): string | undefined {
  let all = 0;
  for (let index = 0; index < length; index++) all |= bytes[start + index];
  return all > 127 ? undefined : latin1(bytes, start, length);
}

// deno-fmt-ignore
function latin1(b: Uint8Array, p: number, length: number): string | undefined {
  switch (length) {
    case 0: return "";
    case 1: return text(b[p]);
    case 2: return text(b[p], b[p+1]);
    case 3: return text(b[p], b[p+1], b[p+2]);
    case 4: return text(b[p], b[p+1], b[p+2], b[p+3]);
    case 5: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4]);
    case 6: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5]);
    case 7: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6]);
    case 8: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7]);
    case 9: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8]);
    case 10: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9]);
    case 11: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10]);
    case 12: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11]);
    case 13: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11], b[p+12]);
    case 14: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11], b[p+12], b[p+13]);
    case 15: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11], b[p+12], b[p+13], b[p+14]);
    case 16: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11], b[p+12], b[p+13], b[p+14], b[p+15]);
    case 17: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11], b[p+12], b[p+13], b[p+14], b[p+15], b[p+16]);
    case 18: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11], b[p+12], b[p+13], b[p+14], b[p+15], b[p+16], b[p+17]);
    case 19: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11], b[p+12], b[p+13], b[p+14], b[p+15], b[p+16], b[p+17], b[p+18]);
    case 20: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11], b[p+12], b[p+13], b[p+14], b[p+15], b[p+16], b[p+17], b[p+18], b[p+19]);
    case 21: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11], b[p+12], b[p+13], b[p+14], b[p+15], b[p+16], b[p+17], b[p+18], b[p+19], b[p+20]);
    case 22: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11], b[p+12], b[p+13], b[p+14], b[p+15], b[p+16], b[p+17], b[p+18], b[p+19], b[p+20], b[p+21]);
    case 23: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11], b[p+12], b[p+13], b[p+14], b[p+15], b[p+16], b[p+17], b[p+18], b[p+19], b[p+20], b[p+21], b[p+22]);
    case 24: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11], b[p+12], b[p+13], b[p+14], b[p+15], b[p+16], b[p+17], b[p+18], b[p+19], b[p+20], b[p+21], b[p+22], b[p+23]);
    case 25: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11], b[p+12], b[p+13], b[p+14], b[p+15], b[p+16], b[p+17], b[p+18], b[p+19], b[p+20], b[p+21], b[p+22], b[p+23], b[p+24]);
    case 26: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11], b[p+12], b[p+13], b[p+14], b[p+15], b[p+16], b[p+17], b[p+18], b[p+19], b[p+20], b[p+21], b[p+22], b[p+23], b[p+24], b[p+25]);
    case 27: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11], b[p+12], b[p+13], b[p+14], b[p+15], b[p+16], b[p+17], b[p+18], b[p+19], b[p+20], b[p+21], b[p+22], b[p+23], b[p+24], b[p+25], b[p+26]);
    case 28: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11], b[p+12], b[p+13], b[p+14], b[p+15], b[p+16], b[p+17], b[p+18], b[p+19], b[p+20], b[p+21], b[p+22], b[p+23], b[p+24], b[p+25], b[p+26], b[p+27]);
    case 29: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11], b[p+12], b[p+13], b[p+14], b[p+15], b[p+16], b[p+17], b[p+18], b[p+19], b[p+20], b[p+21], b[p+22], b[p+23], b[p+24], b[p+25], b[p+26], b[p+27], b[p+28]);
    case 30: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11], b[p+12], b[p+13], b[p+14], b[p+15], b[p+16], b[p+17], b[p+18], b[p+19], b[p+20], b[p+21], b[p+22], b[p+23], b[p+24], b[p+25], b[p+26], b[p+27], b[p+28], b[p+29]);
    case 31: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11], b[p+12], b[p+13], b[p+14], b[p+15], b[p+16], b[p+17], b[p+18], b[p+19], b[p+20], b[p+21], b[p+22], b[p+23], b[p+24], b[p+25], b[p+26], b[p+27], b[p+28], b[p+29], b[p+30]);
    case 32: return text(b[p], b[p+1], b[p+2], b[p+3], b[p+4], b[p+5], b[p+6], b[p+7], b[p+8], b[p+9], b[p+10], b[p+11], b[p+12], b[p+13], b[p+14], b[p+15], b[p+16], b[p+17], b[p+18], b[p+19], b[p+20], b[p+21], b[p+22], b[p+23], b[p+24], b[p+25], b[p+26], b[p+27], b[p+28], b[p+29], b[p+30], b[p+31]);
    default: return undefined;
  }
}
