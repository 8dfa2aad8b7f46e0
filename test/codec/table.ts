/**
 * Tables of values and their bytes, and of what is refused, run through every way of encoding and decoding.
 *
 * @module
 */

import * as assert from "uvu/assert";
import {
  CodecError,
  type CodecErrorCode,
  decode,
  encode,
  formatHex,
  type Infer,
  parseHex,
  type Schema,
} from "../../codec/mod.ts";
import { assertDecodersAgree, assertEncodersAgree } from "./agreement.ts";
import { same } from "./same.ts";

/** Where a CodecError must be: code, path and offset. */
export type Refusal = readonly [code: CodecErrorCode, path: string, offset: number];

/** Bytes that stand for lengths, tags, signs and ends when they are put anywhere. */
const HARMFUL = [0x00, 0x01, 0x7f, 0x80, 0xc0, 0xff];

/** Asserts that each value has these bytes, both ways, and that no way of breaking them splits the decoders. */
export function rows<S extends Schema>(schema: S, list: readonly (readonly [value: Infer<S>, hex: string])[]): void {
  for (const [value, hex] of list) {
    const bytes = parseHex(hex);
    assert.is(formatHex(assertEncodersAgree(schema, value) ?? new Uint8Array()), formatHex(bytes));
    assertDecodersAgree(schema, bytes);
    const decoded = decode(schema, bytes);
    if (!same(decoded, value)) assert.equal(decoded, value, `${hex} decoded`);
    for (const broken of breakages(bytes)) assertDecodersAgree(schema, broken);
  }
}

/** All bytes that are one truncation, one changed byte or one byte more away. */
function* breakages(bytes: Uint8Array): Generator<Uint8Array> {
  // Of long messages the beginning says how they go on.
  const count = Math.min(bytes.length, bytes.length > 1000 ? 12 : 64);
  for (let length = 0; length < count; length++) yield bytes.slice(0, length);
  for (let at = 0; at < count; at++) {
    for (const byte of [...HARMFUL, bytes[at] ^ 1]) yield bytes.with(at, byte);
  }
  yield Uint8Array.from([...bytes, 0x00]);
}

/** Asserts that bytes are refused with this code, at this path and offset. */
export function decodeRefusals(schema: Schema, list: readonly (readonly [hex: string, ...Refusal])[]): void {
  for (const [hex, ...refusal] of list) {
    const bytes = parseHex(hex);
    assertRefused(() => decode(schema, bytes), refusal, hex);
    assertDecodersAgree(schema, bytes);
  }
}

/** Asserts that values are refused with this code, at this path and offset. */
export function encodeRefusals(schema: Schema, list: readonly (readonly [value: unknown, ...Refusal])[]): void {
  for (const [value, ...refusal] of list) {
    assertRefused(() => encode(schema, value), refusal, typeof value === "object" ? "object" : String(value));
    assert.is(assertEncodersAgree(schema, value), undefined);
  }
}

/** Asserts that a CodecError is thrown with this code, at this path and offset, and returns it. */
export function assertRefused(run: () => unknown, refusal: Refusal, what: string): CodecError {
  let thrown;
  try {
    run();
  } catch (error) {
    thrown = error;
  }
  assert.instance(thrown, CodecError, `${what} is refused`);
  const { code, path, offset } = thrown as CodecError;
  assert.equal([code, path, offset], refusal, `${what}: code, path, offset`);
  return thrown as CodecError;
}

/** Asserts that making a schema is refused. */
export function assertUnusable(make: () => unknown, message: RegExp): void {
  const { message: text } = assertRefused(make, ["schema", "", -1], "schema");
  assert.match(text, message);
}
