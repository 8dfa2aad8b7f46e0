/**
 * Parses the text of a pattern to its operations.
 *
 * @module
 */

import { CodecError } from "../error.ts";
import { escapeText } from "../text/mod.ts";
import { type IntLetter, type Operation, type Pattern, PATTERN_CHARACTERS_MAX, PATTERN_DEPTH_MAX } from "./pattern.ts";

/**
 * The operations of a pattern.
 *
 * As in the Go package, an `x` or `x0` (with any hex digit) that ends the whole pattern is dropped, unless it is in
 * brackets. Unlike there, a fixed length of 2^64 or more is refused; Go keeps its lowest 64 bits.
 *
 * ```ts
 * import { parsePattern } from "warpwire/cslq";
 *
 * const [name] = parsePattern("[c]c q");
 * console.log(name.kind); // array
 * ```
 *
 * @throws CodecError `syntax` whose offset is the index of the character that is wrong, or the length of the text where
 * something is missing; `limit` for a text of more than 16384 characters or with more than 64 levels of brackets
 */
export function parsePattern(text: string): Pattern {
  if (text.length > PATTERN_CHARACTERS_MAX) {
    throw new CodecError("limit", `Pattern has ${text.length} characters, more than ${PATTERN_CHARACTERS_MAX}`);
  }
  return new PatternReader(text).pattern();
}

/** An open bracket and its index. */
interface Opening {
  readonly bracket: "[" | "{" | "<";
  readonly at: number;
}

const CLOSERS = { "[": "]", "{": "}", "<": ">" } as const;

const LENGTH_END = 2n ** 64n;

class PatternReader {
  readonly #text: string;
  /** The brackets around the place that is being read, outermost first. */
  readonly #open: Opening[] = [];
  #pos = 0;

  constructor(text: string) {
    this.#text = text;
  }

  pattern(): Pattern {
    const parts: Operation[] = [];
    while (this.#peek() !== "" && !this.#isCutLiteral()) parts.push(this.#operation());
    return Object.freeze(parts);
  }

  /** The next character that is not white space, or "" at the end. */
  #peek(): string {
    while (isSpace(this.#text[this.#pos])) this.#pos++;
    return this.#text[this.#pos] ?? "";
  }

  #operation(): Operation {
    const character = this.#peek();
    switch (character) {
      case "c":
      case "s":
      case "l":
      case "q":
        this.#pos++;
        return Object.freeze({ kind: "int", letter: character });
      case "v":
        this.#pos++;
        return Object.freeze({ kind: "value" });
      case "x":
        return this.#literal();
      case "[":
        return this.#array();
      case "{":
        return Object.freeze({ kind: "struct", parts: this.#group("{") });
      case "<":
        return Object.freeze({ kind: "const", parts: this.#group("<") });
      default:
        return this.#unexpected("an operation");
    }
  }

  /** Whether the rest of the text is the beginning of a literal. Only asked where no bracket is open. */
  #isCutLiteral(): boolean {
    return /^x[0-9a-fA-F]?$/.test(this.#text.slice(this.#pos, this.#pos + 3));
  }

  #literal(): Operation {
    for (let at = this.#pos + 1; at < this.#pos + 3; at++) {
      if (at >= this.#text.length) this.#ended("a byte literal");
      if (!/[0-9a-fA-F]/.test(this.#text[at])) {
        this.#fail(`Byte literal needs two hex digits, not ${quote(this.#text, at)}`, at);
      }
    }
    const byte = Number.parseInt(this.#text.slice(this.#pos + 1, this.#pos + 3), 16);
    this.#pos += 3;
    return Object.freeze({ kind: "literal", byte });
  }

  #array(): Operation {
    this.#enter("[");
    const length = this.#length();
    if (this.#peek() !== "]") this.#unexpected(`"]"`);
    this.#pos++;
    // The element belongs to the array: its level ends after it.
    const item = this.#operation();
    this.#open.pop();
    return Object.freeze({ kind: "array", length, item });
  }

  #length(): IntLetter | bigint {
    const character = this.#peek();
    switch (character) {
      case "c":
      case "s":
      case "l":
      case "q":
        this.#pos++;
        return character;
      default:
        return isDigit(character) ? this.#number() : this.#unexpected("c, s, l, q or a number as the array's length");
    }
  }

  #number(): bigint {
    const start = this.#pos;
    while (isDigit(this.#text[this.#pos])) this.#pos++;
    const digits = this.#text.slice(start, this.#pos).replace(/^0+/, "");
    if (digits === "") this.#fail("Fixed array length is 0, it must be positive", start);
    // Twenty digits hold every number below 2^64.
    if (digits.length > 20 || BigInt(digits) >= LENGTH_END) this.#fail("Fixed array length is 2^64 or more", start);
    return BigInt(digits);
  }

  #group(bracket: "{" | "<"): Pattern {
    this.#enter(bracket);
    const parts: Operation[] = [];
    while (this.#peek() !== CLOSERS[bracket]) parts.push(this.#operation());
    this.#pos++;
    this.#open.pop();
    return Object.freeze(parts);
  }

  #enter(bracket: Opening["bracket"]): void {
    if (this.#open.length === PATTERN_DEPTH_MAX) {
      throw new CodecError("limit", `Pattern has more than ${PATTERN_DEPTH_MAX} levels of brackets`, {
        offset: this.#pos,
      });
    }
    this.#open.push({ bracket, at: this.#pos });
    this.#pos++;
  }

  #unexpected(expected: string): never {
    const character = this.#peek();
    const opening = this.#open.at(-1);
    if (character === "") this.#ended(opening === undefined ? expected : `"${opening.bracket}"`);
    this.#fail(`Expected ${expected}, not ${quote(this.#text, this.#pos)}`, this.#pos);
  }

  #ended(inside: string): never {
    const opening = this.#open.at(-1);
    const opened = opening === undefined ? {} : { opened: opening.at };
    this.#fail(`Pattern ends inside ${inside}`, this.#text.length, opened);
  }

  #fail(reason: string, offset: number, context: Record<string, unknown> = {}): never {
    throw new CodecError("syntax", reason, { offset, context });
  }
}

function isSpace(character: string | undefined): boolean {
  return character === " " || character === "\t" || character === "\n";
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= "0" && character <= "9";
}

/** The character at an index, whole and harmless. */
function quote(text: string, at: number): string {
  return `"${escapeText(String.fromCodePoint(text.codePointAt(at)!))}"`;
}
