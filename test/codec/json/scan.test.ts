import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError, type CodecErrorCode } from "../../../codec/error.ts";
import { type JsonLimits, jsonScanner } from "../../../codec/json/mod.ts";

const ascii = (text: string) => new TextEncoder().encode(text);

function push(text: string, limits?: Partial<JsonLimits>): number {
  const bytes = ascii(text);
  return jsonScanner(limits).push(bytes, 0, bytes.length);
}

function throws(run: () => unknown, code: CodecErrorCode, offset: number): void {
  assert.throws(run, (error: unknown) => {
    if (!(error instanceof CodecError)) throw error;
    assert.is(error.code, code, error.message);
    assert.is(error.offset, offset, error.message);
    return true;
  });
}

const test = suite("json scanner");

test("a value ends with its last byte; what follows is not looked at", () => {
  assert.is(push('{"a":[1,2]}}}'), 11);
  assert.is(push("[]\u0000"), 2);
  assert.is(push('"a"x'), 3);
  assert.is(push("nullnull"), 4);
  assert.is(push(" \t\r\n true"), 9);
});

test("a number that stands alone ends before the next byte, or at the end", () => {
  assert.is(push("12 "), 2);
  assert.is(push("-1.5e+3]"), 7);
  assert.is(push("01"), 1);
  const scanner = jsonScanner();
  assert.is(scanner.push(ascii(" 12"), 0, 3), -1);
  assert.is(scanner.push(ascii("34"), 0, 2), -1);
  assert.is(scanner.finish(), 5);
  const cut = jsonScanner();
  assert.is(cut.push(ascii("12"), 0, 2), -1);
  assert.is(cut.push(ascii("\n"), 0, 1), 0);
});

test("only the bytes from start to end count, and offsets count from the first byte pushed", () => {
  const bytes = ascii('xx["a",]yy');
  throws(() => jsonScanner().push(bytes, 2, 8), "json", 5);
  const scanner = jsonScanner();
  assert.is(scanner.push(bytes, 2, 4), -1);
  throws(() => scanner.push(bytes, 4, 10), "json", 5);
  assert.is(jsonScanner().push(ascii("x[1]y"), 1, 4), 4);
});

test("an error says what was expected and found", () => {
  assert.throws(() => push('["a" 1]'), (error: CodecError) => {
    assert.equal(error.context, { expected: '"," or "]"', found: '"1"' });
    assert.is(error.message, 'Cannot read JSON: expected "," or "]", found "1" (offset 5)');
    return true;
  });
});

test("the end inside a value is truncated", () => {
  for (const text of ["", " ", "[", '{"a"', '"a', "tru", "-", "1.", "1e", '"\\', '"\\u12']) {
    const scanner = jsonScanner();
    const bytes = ascii(text);
    assert.is(scanner.push(bytes, 0, bytes.length), -1, text);
    throws(() => scanner.finish(), "truncated", bytes.length);
  }
});

test("limit of bytes: a value of exactly so many, also a number that a further byte ends", () => {
  assert.is(push("[10,2]", { bytesMax: 6 }), 6);
  assert.is(push("123456 ", { bytesMax: 6 }), 6);
  throws(() => push("[10,2]", { bytesMax: 5 }), "limit", 5);
  throws(() => push("1234567 ", { bytesMax: 6 }), "limit", 6);
  throws(() => push("      1 ", { bytesMax: 6 }), "limit", 6);
  const scanner = jsonScanner({ bytesMax: 6 });
  for (const byte of ascii("123456")) assert.is(scanner.push(Uint8Array.of(byte), 0, 1), -1);
  assert.is(scanner.finish(), 6);
  const pieces = jsonScanner({ bytesMax: 6 });
  for (const byte of ascii('"12345')) assert.is(pieces.push(Uint8Array.of(byte), 0, 1), -1);
  throws(() => pieces.push(Uint8Array.of(0x36), 0, 1), "limit", 6);
});

test("limit of depth", () => {
  assert.is(push("[{}]", { depthMax: 2 }), 4);
  assert.is(push("1 ", { depthMax: 0 }), 1);
  throws(() => push("[{}]", { depthMax: 1 }), "limit", 1);
  throws(() => push("[".repeat(65)), "limit", 64);
  const deep = "[".repeat(10_000) + "]".repeat(10_000);
  assert.is(push(deep, { depthMax: 10_000 }), 20_000);
});

test("limit of values and keys", () => {
  assert.is(push('{"a":[1,2]}', { countMax: 5 }), 11);
  throws(() => push('{"a":[1,2]}', { countMax: 4 }), "limit", 8);
  throws(() => push('{"a":[1,2]}', { countMax: 1 }), "limit", 1);
});

test("limits outside their range are a mistake of the caller", () => {
  assert.throws(() => jsonScanner({ depthMax: 10_001 }), (error: unknown) => error instanceof RangeError);
  assert.throws(() => jsonScanner({ bytesMax: -1 }), (error: unknown) => error instanceof RangeError);
  assert.throws(() => jsonScanner({ countMax: NaN }), (error: unknown) => error instanceof RangeError);
  const push = () => jsonScanner().push(new Uint8Array(2), 1, 3);
  assert.throws(push, (error: unknown) => error instanceof RangeError);
});

test("after its value, or an error, a scanner takes no more", () => {
  const done = jsonScanner();
  assert.is(done.push(ascii("[]"), 0, 2), 2);
  assert.throws(() => done.push(ascii("[]"), 0, 2), (error: unknown) => error instanceof TypeError);
  assert.throws(() => done.finish(), (error: unknown) => error instanceof TypeError);
  const failed = jsonScanner();
  throws(() => failed.push(ascii("}"), 0, 1), "json", 0);
  assert.throws(() => failed.push(ascii("[]"), 0, 2), (error: unknown) => error instanceof TypeError);
});

test.run();
