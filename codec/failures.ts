/**
 * The errors of decoding and encoding. The engine, other languages and generated code use them, so each text is here
 * once. A function's name describes the error; it is called with the path and the offset, and never returns.
 *
 * @module
 */

import { CodecError, type CodecErrorCode } from "./error.ts";
import { plural, show, textBytes } from "./text/mod.ts";

type Context = Readonly<Record<string, unknown>>;

function fail(code: CodecErrorCode, reason: string, path: string, offset: number, context: Context = {}): never {
  throw new CodecError(code, reason, { path, offset, context });
}

/** The bytes end too early. */
export function truncated(path: string, offset: number, needed: number, left: number): never {
  fail("truncated", `Needs ${plural(needed, "byte")}, ${left} left`, path, offset, { needed, left });
}

/** Bytes are left after the value. */
export function trailing(left: number, offset: number): never {
  fail("trailing", `${plural(left, "byte")} left after the value`, "", offset, { left });
}

/** Bytes are left in a frame. */
export function trailingInFrame(path: string, offset: number, left: number): never {
  fail("trailing", `${plural(left, "byte")} left in the frame`, path, offset, { left });
}

/** A 64-bit integer is not a safe integer. */
export function unsafe(path: string, offset: number, value: bigint): never {
  fail("range", `Integer ${value} is outside the safe range of ±(2^53-1)`, path, offset, { value });
}

/** A bool or presence byte is neither 00 nor 01. */
export function notBool(path: string, offset: number, byte: number): never {
  fail("bool", `Byte 0x${hex(byte)} is neither 00 nor 01`, path, offset, { byte });
}

/** A byte of a literal is another one, or missing. */
export function notLiteral(
  path: string,
  bytes: Uint8Array,
  pos: number,
  end: number,
  literal: ArrayLike<number>,
): never {
  for (let index = 0;; index++) {
    if (pos + index >= end) truncated(path, pos + index, literal.length - index, 0);
    const expected = literal[index], found = bytes[pos + index];
    if (found !== expected) {
      fail("literal", `Expected byte 0x${hex(expected)}, found 0x${hex(found)}`, path, pos + index, {
        expected,
        found,
      });
    }
  }
}

/** Text is not valid UTF-8. */
export function notUtf8(path: string, offset: number): never {
  fail("utf8", "String is not valid UTF-8", path, offset);
}

/** A string is longer than allowed. */
export function stringTooLong(path: string, offset: number, count: number, max: number): never {
  fail("limit", `String of ${count} bytes is longer than ${max}`, path, offset);
}

/** There are too many elements. */
export function tooManyElements(path: string, offset: number, elements: number, elementsMax: number): never {
  fail("limit", `More than ${elementsMax} elements`, path, offset, { elements, elementsMax });
}

/** Recursion is too deep. */
export function tooDeep(path: string, offset: number, depthMax: number): never {
  fail("limit", `More than ${depthMax} levels`, path, offset, { depthMax });
}

/** A value is longer than its limit. */
export function tooLong(path: string, offset: number, bytesMax: number): never {
  fail("limit", `Value is longer than ${bytesMax} bytes`, path, offset, { bytesMax });
}

/** An integer is not in its enumeration. */
export function notInEnum(path: string, offset: number, number: number | bigint, numbers: string): never {
  fail("enum", `Number ${number} is not one of ${numbers}`, path, offset, { number });
}

/** A tag names no case. */
export function unknownTag(path: string, offset: number, tag: number | bigint, tags: string): never {
  fail("tag", `Tag ${tag} is not one of ${tags}`, path, offset, { tag });
}

/** A value is not the constant it must be. */
export function notConstant(path: string, offset: number, expected: unknown, found: unknown): never {
  fail("literal", `Value is not the constant ${show(expected)}`, path, offset, { expected, found });
}

/** A value does not pass the test of a refinement. */
export function notPassed(path: string, offset: number, name: string, context: Context): never {
  fail("refused", `Value is not ${name}`, path, offset, context);
}

/** A field that says a length says none. */
export function badLengthField(path: string, offset: number, name: string, value: unknown): never {
  fail("reference", `Field "${name}" is ${show(value)}, which is not a length`, path, offset);
}

/** A value to encode has the wrong type. */
export function mistyped(path: string, offset: number, expected: string, found: unknown): never {
  if (found === undefined) fail("type", `Expected ${expected}, but the value is missing`, path, offset, { expected });
  fail("type", `Expected ${expected}, not ${show(found)}`, path, offset, { expected, found });
}

/** An integer is outside its range. */
export function outOfRange<T extends number | bigint>(path: string, offset: number, value: T, min: T, max: T): never {
  fail("range", `Integer ${value} is not between ${min} and ${max}`, path, offset, { value, min, max });
}

/** A number to encode is not an integer within its bounds. */
export function badInt(path: string, offset: number, value: unknown, min: number, max: number): never {
  if (typeof value !== "number" || !Number.isInteger(value)) mistyped(path, offset, "an integer", value);
  outOfRange(path, offset, value, min, max);
}

/** A bigint to encode is none of 64 bits. */
export function badBig(path: string, offset: number, value: unknown, signed: boolean): never {
  if (typeof value !== "bigint") mistyped(path, offset, "a bigint", value);
  const min = signed ? -(2n ** 63n) : 0n;
  outOfRange(path, offset, value, min, signed ? 2n ** 63n - 1n : 2n ** 64n - 1n);
}

/** A number to encode needs more than 4 bytes, or is none. */
export function badFloat(path: string, offset: number, value: unknown): never {
  if (typeof value !== "number") mistyped(path, offset, "a number", value);
  fail("range", `Number ${value} needs more than 4 bytes`, path, offset);
}

/** A length is above what its prefix can say. */
export function lengthTooLarge(path: string, offset: number, length: number, unit: string, max: number): never {
  const reason = `Length of ${plural(length, unit)} is above ${max}, the maximum of its length prefix`;
  fail("length", reason, path, offset, { length, max });
}

/** A length is not the fixed one. */
export function wrongLength(path: string, offset: number, length: number, unit: string, expected: number): never {
  fail("length", `Expected ${plural(expected, unit)}, not ${length}`, path, offset, { length, expected });
}

/** A field does not say the length that there is. */
export function wrongLengthField(
  path: string,
  offset: number,
  { name, said, length, unit }: { name: string; said: unknown; length: number; unit: string },
): never {
  fail("reference", `Field "${name}" is ${show(said)}, but there are ${plural(length, unit)}`, path, offset);
}

/** A name is not in its enumeration. */
export function notAName(path: string, offset: number, value: unknown, names: string): never {
  fail("enum", `Value ${show(value)} is not one of ${names}`, path, offset);
}

/** A union's value has none of its cases. */
export function unknownCase(path: string, offset: number, key: string, value: unknown, names: string): never {
  fail("tag", `Property "${key}" is ${show(value)}, which is not one of ${names}`, path, offset);
}

/** A field does not agree with the presence of a value. */
export function wrongPresence(path: string, offset: number, name: string, said: unknown, present: boolean): never {
  const reason = `Field "${name}" is ${show(said)}, but the value is ${present ? "present" : "absent"}`;
  fail("reference", reason, path, offset);
}

/** A target has no room for a message. */
export function noRoom(needed: number, left: number): never {
  const reason = `Needs ${plural(needed, "byte")}, the target has room for ${left}`;
  fail("space", reason, "", left, { needed, left });
}

/** A text to encode is none, has a lone surrogate, or is too long for its length. */
export function badText(path: string, offset: number, value: unknown, max: number, limit: number): never {
  if (typeof value !== "string") mistyped(path, offset, "a string", value);
  const bytes = textBytes(value);
  if (bytes === undefined) fail("utf8", "String has a lone surrogate", path, offset);
  if (bytes.length > max) lengthTooLarge(path, offset, bytes.length, "byte", max);
  stringTooLong(path, offset, bytes.length, limit);
}

/** Reports what is wrong with a varint, according to the result of reading it. */
export function badVarint(path: string, offset: number, result: number): never {
  if (result === -1) truncated(path, offset, 1, 0);
  if (result === -2) fail("range", "Variable-length integer is above 2^53-1", path, offset);
  fail("canonical", "Variable-length integer is not in its shortest form", path, offset);
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
