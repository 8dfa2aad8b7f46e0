/**
 * Source text: names, literals, paths and lines.
 *
 * @module
 */

import { CodecError } from "../error.ts";
import { laidOut, membersOf } from "./layout.ts";

/** Words that cannot name a variable in a module. */
const RESERVED: ReadonlySet<string> = new Set(
  ("arguments await break case catch class const continue debugger default delete do else enum eval export extends " +
    "false finally for function if implements import in instanceof interface let new null package private protected " +
    "public return static super switch this throw true try typeof undefined var void while with yield").split(" "),
);

const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** Whether a text can stand as a name in source code. */
export function isIdentifier(text: string): boolean {
  return IDENTIFIER.test(text) && !RESERVED.has(text);
}

/** A text in quotes, of the kind that it has less of. Characters that could end a line or hide are escaped. */
export function quote(text: string): string {
  const inside = escaped(text);
  const single = text.split("'").length - 1, double = text.split('"').length - 1;
  return double > single ? `'${inside.replaceAll('\\"', '"').replaceAll("'", "\\'")}'` : `"${inside}"`;
}

/** A text as it is in double quotes. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1).replace(
    /[\u007f-\uffff]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A property in an object literal or type. */
export function key(name: string): string {
  return IDENTIFIER.test(name) ? name : quote(name);
}

/** A property with its value in an object literal. */
export function property(name: string, value: string): string {
  return value === name ? name : `${key(name)}: ${value}`;
}

/** Parts in braces: an object literal, or with semicolons its type. */
export function braces(parts: readonly string[], separator = ", "): string {
  return parts.length === 0 ? "{}" : `{ ${parts.join(separator)} }`;
}

/** The type of arrays of a type. */
export function arrayOf(type: string): string {
  return membersOf(type).length > 1 ? `(${type})[]` : `${type}[]`;
}

/** A property of an expression. */
export function member(of: string, name: string): string {
  return IDENTIFIER.test(name) ? `${of}.${name}` : `${of}[${quote(name)}]`;
}

/** A constant value as source text. */
export function constantText(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Uint8Array) return `Uint8Array.of(${value.join(", ")})`;
  if (Array.isArray(value)) return `[${value.map(constantText).join(", ")}]`;
  if (Object.is(value, -0)) return "-0";
  if (typeof value !== "object" || value === null) return String(value);
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    throw new CodecError("schema", "A constant that is an object of a class cannot be written as source text");
  }
  return braces(Object.entries(value).map(([name, part]) => `${key(name)}: ${constantText(part)}`));
}

/** The path of a value as source text: fixed text, and variables for indexes. */
export class PathText {
  readonly #parts: readonly (string | { readonly index: string })[];

  constructor(parts: readonly (string | { readonly index: string })[] = []) {
    this.#parts = parts;
  }

  /** The path of a field. */
  field(name: string): PathText {
    return new PathText([...this.#parts, this.#parts.length === 0 ? name : `.${name}`]);
  }

  /** The path of the element whose index a variable holds. */
  element(index: string): PathText {
    return new PathText([...this.#parts, { index }]);
  }

  /** The path of a fixed element. */
  item(index: number): PathText {
    return new PathText([...this.#parts, `[${index}]`]);
  }

  toString(): string {
    if (this.#parts.every((part) => typeof part === "string")) return quote(this.#parts.join(""));
    const text = this.#parts.map((part) =>
      typeof part === "string" ? escaped(part).replaceAll("`", "\\`").replaceAll("${", "\\${") : `[\${${part.index}}]`
    );
    return `\`${text.join("")}\``;
  }
}

/** Lines of source text, and names that are not taken. */
export class Lines {
  readonly #lines: string[] = [];
  readonly #reserved = new Set<string>();
  #taken = new Set<string>();
  #depth = 0;

  /** Takes a name in the whole file, so that no variable gets it. */
  reserve(name: string): void {
    this.#reserved.add(name);
  }

  /** Adds a function, in which names are free again. */
  function(head: string, body: () => void): void {
    this.#taken = new Set();
    this.add("");
    this.block(head, body);
  }

  /** A name for a variable: the wish, made an identifier, with a number when it is taken. */
  name(wish: string): string {
    const words = wish.replace(/[^A-Za-z0-9_$]+/g, "_").replace(/^(?=\d)/, "_");
    const base = isIdentifier(words) ? words : `_${words}`;
    let name = base;
    for (let number = 2; this.#taken.has(name) || this.#reserved.has(name); number++) name = `${base}${number}`;
    this.#taken.add(name);
    return name;
  }

  /** Adds a line. */
  add(line: string): void {
    this.#lines.push(line === "" ? "" : "  ".repeat(this.#depth) + line);
  }

  /** Adds a line that ends with an opening brace, an indented block, and the closing brace. */
  block(head: string, body: () => void, tail = "}"): void {
    this.add(head);
    this.#depth++;
    body();
    this.#depth--;
    this.add(tail);
  }

  /** Adds a line and an indented block below it. */
  nest(head: string, body: () => void): void {
    this.add(head);
    this.#depth++;
    body();
    this.#depth--;
  }

  /** Whether a text is in a line. */
  includes(text: string): boolean {
    return this.#lines.some((line) => line.includes(text));
  }

  toString(): string {
    return `${laidOut(this.#lines).join("\n")}\n`;
  }
}

/** Up to this many bytes of a fixed number are copied four at a time by a loop of their own, which is faster than a call. */
const UNROLLED_BYTES_MAX = 64;

/** Whether a fixed number of bytes is copied by `putFours`. */
export function isCopied(count: number): boolean {
  return count > 0 && count <= UNROLLED_BYTES_MAX && count % 4 === 0;
}
