/**
 * The errors that only msgpack values have; see `codec/failures.ts` for the others.
 * A function's name describes the error; it is called with the path and the offset, and never returns.
 *
 * @module
 */

import { CodecError, type CodecErrorCode } from "../error.ts";
import { mistyped } from "../failures.ts";
import { show } from "../text/mod.ts";

type Context = Readonly<Record<string, unknown>>;

function fail(code: CodecErrorCode, reason: string, path: string, offset: number, context: Context = {}): never {
  throw new CodecError(code, reason, { path, offset, context });
}

/** The byte begins no value. */
export function notAByte(path: string, offset: number): never {
  fail("msgpack", "Byte 0xc1 begins no value", path, offset, { found: "never" });
}

/** A value has another msgpack type. */
export function otherType(path: string, offset: number, expected: string, found: string): never {
  fail("msgpack", `Expected ${expected}, found ${found}`, path, offset, { expected, found });
}

/** A value is longer than it need be. */
export function notShortest(path: string, offset: number, kind: string): never {
  fail("canonical", `The ${kind} is not in its shortest form`, path, offset);
}

/** An integer of unknown shape is wider than msgpack has them. */
export function tooWide(path: string, offset: number, value: bigint): never {
  fail("range", `Integer ${value} needs more than 8 bytes`, path, offset, { value });
}

/** A number of a JSON document is none of 64 bits. */
export function tooLarge(path: string, offset: number, text: string): never {
  const shown = text.length <= 40 ? text : `${text.slice(0, 40)}…`;
  fail("range", `Number ${shown} needs more than 8 bytes`, path, offset, { text: shown });
}

/** An array has another number of elements than the shape says. */
export function otherCount(path: string, offset: number, expected: string, length: number): never {
  fail("length", `Expected an array of ${expected} elements, found ${length}`, path, offset, { length });
}

/** What msgpack cannot say the length of. */
export function tooMuch(path: string, offset: number, length: number): never {
  fail("length", `Length ${length} is more than msgpack can say`, path, offset, { length });
}

/** A text is not the one that it always is; `found` is undefined for bytes that are not UTF-8. */
export function otherText(path: string, offset: number, expected: string, found: string | undefined): never {
  fail("literal", `Expected ${show(expected)}, found ${show(found)}`, path, offset, { expected, found });
}

/** A value to encode is not the text that it always is. */
export function notTheText(path: string, offset: number, expected: string, value: unknown): never {
  fail("literal", `Value ${show(value)} is not ${show(expected)}`, path, offset);
}

/** A value to encode is not one that msgpack has: dates and the like would be written as empty objects. */
export function notAValue(path: string, offset: number, value: unknown): never {
  if (typeof value !== "object" || value === null) mistyped(path, offset, "a msgpack value", value);
  const found = `a ${value.constructor?.name ?? "object"}`;
  fail("type", `Expected a msgpack value, not ${found}`, path, offset, { expected: "a msgpack value", found: value });
}

/** A map has a key that the shape does not have. */
export function unknownKey(path: string, offset: number, key: string): never {
  fail("msgpack", `Key ${show(key)} is unknown`, path, offset, { key });
}

/** A map has a key twice. */
export function duplicateKey(path: string, offset: number, key: string): never {
  fail("msgpack", `Duplicate key ${show(key)}`, path, offset, { key });
}

/** A map does not have a key that the shape has. */
export function missingKey(path: string, offset: number, key: string): never {
  fail("msgpack", `Key ${show(key)} is missing`, path, offset, { key });
}

/** A key that would change what an object inherits. */
export function refusedKey(path: string, offset: number, code: "msgpack" | "type", key: string): never {
  fail(code, `Key ${show(key)} is refused`, path, offset, { key });
}

/** A packed value is longer than allowed. */
export function packedTooLong(path: string, offset: number, count: number, bytesMax: number): never {
  fail("limit", `Value of ${count} bytes is longer than ${bytesMax}`, path, offset, { bytesMax });
}

/** A value was packed under other limits. */
export function packedBeyondLimits(path: string, offset: number, cause: unknown): never {
  fail("limit", "Packed value is beyond the limits", path, offset, { cause });
}
