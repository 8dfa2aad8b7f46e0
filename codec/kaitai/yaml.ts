/**
 * Writes YAML: mappings, lists, texts and numbers, in a form that all readers of YAML 1.1 and 1.2 read alike.
 *
 * @module
 */

/** Integers on one line, in hex. */
export class HexBytes {
  readonly bytes: readonly number[];

  constructor(bytes: readonly number[]) {
    this.bytes = bytes;
  }
}

/** What can be written. Mappings with numbers as keys are Maps, which keep their order. */
export type Yaml =
  | string
  | number
  | bigint
  | boolean
  | HexBytes
  | readonly Yaml[]
  | ReadonlyMap<string | number, Yaml>
  | { readonly [key: string]: Yaml | undefined };

/** The lines of a document, with a line feed after each. Parts that are `undefined` are left out. */
export function writeYaml(value: Yaml): string {
  return blockLines(value).map((line) => `${line}\n`).join("");
}

const INDENT = "  ";
/** Texts that are the same without quotes, but for the words below. */
const PLAIN = /^-?[A-Za-z_][A-Za-z0-9_.-]*$/;
/** Words that some readers do not take for text. */
const WORDS = /^(?:true|false|null|yes|no|on|off|y|n)$/i;
/** What is escaped in quotes: what ends or changes the line, cannot be seen, or is not a character. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}"\\]/gu;

function blockLines(value: Yaml): string[] {
  if (isList(value)) {
    return value.flatMap((item) => {
      const scalar = inline(item);
      if (scalar !== undefined) return [`- ${scalar}`];
      const [first, ...others] = blockLines(item);
      return [`- ${first}`, ...others.map((line) => INDENT + line)];
    });
  }
  return entriesOf(value).flatMap(([key, part]) => {
    const name = typeof key === "number" ? String(key) : quoted(key);
    const scalar = inline(part);
    if (scalar !== undefined) return [`${name}: ${scalar}`];
    return [`${name}:`, ...blockLines(part).map((line) => INDENT + line)];
  });
}

/** A value that fits on the line of its key, or `undefined`. */
function inline(value: Yaml): string | undefined {
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "object") return String(value);
  if (value instanceof HexBytes) {
    return `[${value.bytes.map((byte) => `0x${byte.toString(16).padStart(2, "0")}`).join(", ")}]`;
  }
  if (isList(value)) return value.length === 0 ? "[]" : undefined;
  return entriesOf(value).length === 0 ? "{}" : undefined;
}

function quoted(text: string): string {
  if (PLAIN.test(text) && !WORDS.test(text)) return text;
  return `"${text.toWellFormed().replace(UNPRINTABLE, escaped)}"`;
}

function escaped(character: string): string {
  if (character === '"' || character === "\\") return `\\${character}`;
  const hex = character.codePointAt(0)!.toString(16);
  return hex.length > 4 ? `\\U${hex.padStart(8, "0")}` : `\\u${hex.padStart(4, "0")}`;
}

function isList(value: Yaml): value is readonly Yaml[] {
  return Array.isArray(value);
}

function entriesOf(value: Yaml): [string | number, Yaml][] {
  if (value instanceof Map) return [...value];
  return Object.entries(value as Record<string, Yaml | undefined>).filter((entry): entry is [string, Yaml] =>
    entry[1] !== undefined
  );
}
