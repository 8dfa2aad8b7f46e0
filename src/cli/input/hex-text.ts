/**
 * Hex digits as people and programs write them: `6508`, `65 08`, `65:08`, `0x65, 0x08`, `\x65\x08`, a C array.
 *
 * @module
 */

import { CodecError } from "../../../codec/mod.ts";
import { plural } from "../../../codec/text/mod.ts";

/** Bytes read from a text. */
export interface ReadText {
  readonly bytes: Uint8Array;
  /** What had to be assumed, as the beginning of a sentence; `null` if nothing. */
  readonly assumed: string | null;
}

/** What source code has before and after the numbers of an array or string. */
const CODE_HEAD = /^[\w\s*&<>:.,=()[\]{}+$'"]*[{[(="']\s*$|^[b$]?\s*$/;
const CODE_TAIL = /^ ?,? ?["'}\])]* ?[ ;)\]}]*(?:unsigned int \w+ = (\d+); ?)?$/;
/** How long these can be. */
const CODE_LENGTH_MAX = 2000;
const COMMENT = /\/\*[^]*?\*\/|\/\/[^\n]*/g;
const NUMBER = /(?:0x|\\x)[0-9a-f]/i;

/** Where in a text the numbers are, and how many bytes they are said to be. */
interface Code {
  readonly start: number;
  readonly end: number;
  readonly length?: number;
}

/**
 * The bytes of hex digits.
 *
 * @throws CodecError `syntax` with line, column and offset of what is not hex
 */
export function parseHexText(text: string): ReadText {
  const code = codeIn(text);
  const { bytes, wide, commas, prefixed } = new HexReader(text, code ?? { start: 0, end: text.length }).read();
  if (code?.length !== undefined && code.length !== bytes.length) {
    throw new CodecError("syntax", `The array has ${plural(bytes.length, "byte")}, but its length is ${code.length}`);
  }
  if (wide) return { bytes, assumed: "Numbers of several bytes are read in the order of their digits" };
  return { bytes, assumed: commas && !prefixed ? "Numbers without 0x are read as hex digits" : null };
}

/** Whether a text is an array or a string in source code. */
export function isHexCode(text: string): boolean {
  const code = codeIn(text);
  return code !== null && code.start > 0;
}

/** The numbers of an array or string in source code; `null` for text that is neither. */
function codeIn(text: string): Code | null {
  const start = NUMBER.exec(text.slice(0, CODE_LENGTH_MAX))?.index;
  if (start === undefined || !CODE_HEAD.test(text.slice(0, start))) return null;
  const last = Math.max(...["0x", "0X", "\\x"].map((prefix) => text.lastIndexOf(prefix)));
  let end = last + 2;
  while (digitAt(text, end) >= 0) end++;
  if (text.length - end > CODE_LENGTH_MAX) return null;
  const tail = CODE_TAIL.exec(text.slice(end).replace(COMMENT, " ").replace(/\s+/g, " "));
  if (tail === null) return null;
  return tail[1] === undefined ? { start, end } : { start, end, length: Number(tail[1]) };
}

/** Reads digits, their prefixes, and what separates them. */
class HexReader {
  readonly #text: string;
  readonly #code: Code;
  readonly #bytes: Uint8Array;
  #count = 0;
  #numbers = 0;
  #separated = true;
  #wide = false;
  #commas = false;
  #prefixed = false;

  constructor(text: string, code: Code) {
    this.#text = text;
    this.#code = code;
    // A number of one digit is a byte as well.
    this.#bytes = new Uint8Array((code.end - code.start >> 1) + 1);
  }

  read() {
    const { start, end } = this.#code;
    for (let at = start; at < end;) at = this.#step(at);
    const wide = this.#wide && this.#numbers > 1;
    return { bytes: this.#bytes.slice(0, this.#count), wide, commas: this.#commas, prefixed: this.#prefixed };
  }

  /** Reads what is at a place, and returns where the next begins. */
  #step(at: number): number {
    const text = this.#text;
    if (isPrefix(text, at)) return this.#number(at);
    if (digitAt(text, at) >= 0) return this.#digits(at, runEnd(text, at));
    const character = text[at];
    if (character === " " || character === "\n" || /\s/.test(character)) return at + 1;
    if (this.#prefixed) {
      if (character === '"' || character === "'") return at + 1;
      if (text.startsWith("/*", at)) return endOf(text, "*/", at + 2);
      if (text.startsWith("//", at)) return endOf(text, "\n", at + 2);
    }
    if (!",;:-".includes(character) || this.#separated) throw noDigit(text, at);
    this.#separated = true;
    this.#commas ||= character === ",";
    return at + 1;
  }

  #number(at: number): number {
    const text = this.#text;
    const start = at + 2;
    const end = text[at] === "0" ? runEnd(text, start) : Math.min(runEnd(text, start), start + 2);
    if (end === start) throw noDigit(text, Math.min(start, text.length - 1));
    this.#prefixed = true;
    if (end - start === 1 && text[at] === "0") {
      this.#bytes[this.#count++] = digitAt(text, start);
      this.#separated = false;
      this.#numbers++;
      return end;
    }
    if ((end - start) % 2 !== 0) {
      const number = text.slice(at, Math.min(end, at + NUMBER_LENGTH_MAX));
      throw syntax(text, at, `Number ${JSON.stringify(number)}`, "has an odd number of digits");
    }
    this.#wide ||= end - start > 2;
    return this.#digits(start, end);
  }

  #digits(start: number, end: number): number {
    const text = this.#text;
    if ((end - start) % 2 !== 0) throw halfByte(text, end);
    for (let at = start; at < end; at += 2) this.#bytes[this.#count++] = digitAt(text, at) << 4 | digitAt(text, at + 1);
    this.#separated = false;
    this.#numbers++;
    return end;
  }
}

/** How much of a wrong number is shown. */
const NUMBER_LENGTH_MAX = 20;

function isPrefix(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (code === 0x30 || code === 0x5c) && (text.charCodeAt(at + 1) | 0x20) === 0x78;
}

/** Where digits end; another number may follow them at once, as in `0x650x08`. */
function runEnd(text: string, start: number): number {
  let at = start;
  while (digitAt(text, at) >= 0 && !isPrefix(text, at)) at++;
  return at;
}

function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? text.length : at + mark.length;
}

/** The value of a hex digit, or -1. */
function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function halfByte(text: string, at: number): CodecError {
  return at >= text.length
    ? syntax(text, at, "Hex ends in the middle of a byte", "")
    : syntax(text, at, `Character ${JSON.stringify(text[at])}`, "is not the second hex digit of a byte");
}

function noDigit(text: string, at: number): CodecError {
  return syntax(
    text,
    at,
    `Character ${JSON.stringify(String.fromCodePoint(text.codePointAt(at)!))}`,
    "is not a hex digit",
  );
}

/** An error with the place for people: `in line 2, column 7`. */
function syntax(text: string, at: number, what: string, why: string): CodecError {
  const line = text.slice(0, at).split("\n").length;
  const column = at - text.lastIndexOf("\n", at - 1);
  return new CodecError("syntax", `${what} in line ${line}, column ${column}${why && ` ${why}`}`, { offset: at });
}
