/**
 * The fields of our binary-parser parsers, each as strict as the codec itself.
 *
 * A parser fills objects. Besides the fields of the schema they contain the parser's own fields, such as lengths, whose
 * names begin with `$`; so for each part there is also a function that takes its value out of the object.
 *
 * @module
 */

import { CodecError, type CodecErrorCode, type FloatNode, type IntNode } from "../../../codec/mod.ts";
import { plural } from "../../../codec/text/mod.ts";
import { emptyParser, type LengthOption, type NumberType, type Parser, type Vars } from "./library.ts";

/** Takes the value of a part out of the object that the part was read into. */
export type Get = (vars: Vars) => unknown;

/** An object that is being filled: its names, and the object around it. */
export interface Filled {
  readonly taken: Set<string>;
  readonly parent: Filled | undefined;
}

/** Where fields are added; cases and frames are parsers of their own that fill the object around them. */
export interface Place {
  readonly parser: Parser;
  readonly filled: Filled;
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
const strictText = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Throws an error with a code; parsers know neither path nor offset. */
export function fail(code: CodecErrorCode, reason: string, context: Record<string, unknown> = {}): never {
  throw new CodecError(code, reason, { context });
}

/** A name for a part of the schema: its own, unless binary-parser does not allow it or it is taken. */
export function nameFor(place: Place, wanted: string): string {
  const { taken } = place.filled;
  if (!IDENTIFIER.test(wanted) || taken.has(wanted)) return ownName(place);
  taken.add(wanted);
  return wanted;
}

/** A name that no part of the schema has. */
export function ownName({ filled: { taken } }: Place): string {
  const name = `$${taken.size}`;
  taken.add(name);
  return name;
}

/** A new object inside the one being filled. */
export function innerPlace({ filled }: Place): Place {
  return { parser: emptyParser(), filled: { taken: new Set(), parent: filled } };
}

/** The name of a number of fixed width. */
export function numberType(node: IntNode | FloatNode): NumberType {
  const order = node.littleEndian ? "le" : "be";
  if (node.kind === "float") return `${node.bytes === 4 ? "float" : "double"}${order}`;
  const sign = node.signed ? "int" : "uint";
  if (node.bytes === 1) return `${sign}8`;
  return `${sign}${(8 * node.bytes) as 16 | 32 | 64}${order}`;
}

/** Adds a number, and what makes its value out of it. */
export function number(place: Place, type: NumberType, name: string, format?: (read: never) => unknown): Get {
  place.parser[type](name, format === undefined ? {} : { formatter: format });
  return (vars) => vars[name];
}

/** A 64-bit integer as a number, when it is a safe one. */
export function safe(read: bigint): number {
  const value = Number(read);
  if (!Number.isSafeInteger(value)) fail("range", `Integer ${read} is outside the safe range of ±(2^53-1)`);
  return value;
}

/** The value of a byte that is 00 or 01. */
export function readBool(byte: number): boolean {
  if (byte > 1) fail("bool", `Byte 0x${byte.toString(16).padStart(2, "0")} is neither 00 nor 01`);
  return byte === 1;
}

/** binary-parser's own strings put U+FFFD instead of what is not UTF-8, and drop a BOM. */
export function readText(bytes: Uint8Array): string {
  try {
    return strictText.decode(bytes);
  } catch {
    return fail("utf8", "String is not valid UTF-8");
  }
}

/** Bytes without their end, where the input ends before, are an error here; binary-parser takes what there is. */
export function sizedBytes(
  place: Place,
  name: string,
  length: LengthOption,
  convert: (bytes: Uint8Array) => unknown,
): Get {
  const needed = ownName(place);
  place.parser.buffer(name, {
    length() {
      return this[needed] = typeof length === "function"
        ? length.call(this)
        : typeof length === "string"
        ? this[length] as number
        : length;
    },
    formatter(bytes: Uint8Array) {
      const count = this[needed] as number;
      if (bytes.length < count) {
        const context = { needed: count, left: bytes.length };
        fail("truncated", `Needs ${plural(count, "byte")}, ${bytes.length} left`, context);
      }
      return convert(plainBytes(bytes));
    },
  });
  return (vars) => vars[name];
}

/** All bytes that are left; binary-parser does not continue after them by itself. */
export function restOfBytes(place: Place, name: string, convert: (bytes: Uint8Array) => unknown): Get {
  const size = ownName(place);
  place.parser.buffer(name, {
    readUntil: "eof",
    formatter(bytes: Uint8Array) {
      this[size] = bytes.length;
      return convert(plainBytes(bytes));
    },
  });
  place.parser.seek(function () {
    return this[size] as number;
  });
  return (vars) => vars[name];
}

/** Bytes without what Node's `Buffer` adds to them. */
function plainBytes({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}

/** Adds bytes that are always the same and have no value. */
export function literal(place: Place, expected: readonly number[]): Get {
  if (expected.length > 0) {
    sizedBytes(place, ownName(place), expected.length, (found) => {
      const at = expected.findIndex((byte, index) => byte !== found[index]);
      if (at >= 0) {
        const [wanted, there] = [expected[at], found[at]].map((byte) => `0x${byte.toString(16).padStart(2, "0")}`);
        fail("literal", `Expected byte ${wanted}, found ${there}`, { expected: expected[at], found: found[at] });
      }
    });
  }
  return () => undefined;
}

/** Adds a part that may have so many bytes and no more. */
export function limited(place: Place, bytesMax: number, add: () => Get): Get {
  const start = ownName(place);
  place.parser.saveOffset(start);
  const get = add();
  check(place, (vars, end) => {
    if (end - (vars[start] as number) > bytesMax) fail("limit", `Value is longer than ${bytesMax} bytes`, { bytesMax });
  });
  return get;
}

/** Looks at what was read so far, and at the offset in the input (or frame), without reading anything. */
export function check(place: Place, look: (vars: Vars, offset: number) => void): void {
  place.parser.saveOffset(ownName(place), {
    formatter(offset: number) {
      look(this, offset);
    },
  });
}
