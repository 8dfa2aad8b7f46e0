import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  bytes,
  CodecError,
  decode,
  delimited,
  encode,
  hexdump,
  literal,
  parseHex,
  rest,
  type Schema,
  stream,
  string,
  struct,
  u8,
} from "../../codec/mod.ts";
import { assertDecodersAgree, assertEncodersAgree } from "./agreement.ts";

const test = suite("codec: delimited");

const ascii = (text: string) => new TextEncoder().encode(text);
const Line = delimited(string(rest), literal("\n"));
const Record = struct({ id: u8, text: delimited(string(rest), literal("--")), code: u8 });

function errorOf(run: () => unknown): CodecError {
  try {
    run();
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
  throw new Error("Nothing was thrown");
}

test("a value ends at the first delimiter", () => {
  const rows: [Schema, unknown, string][] = [
    [Line, "", "0a"],
    [Line, "hi", "68690a"],
    [Record, { id: 7, text: "a-b", code: 1 }, "07612d622d2d01"],
    [delimited(bytes(rest), literal("abab")), parseHex("616261"), "61626161626162"],
    [delimited(struct({ a: u8, b: u8 }), literal([0])), { a: 1, b: 2 }, "010200"],
  ];
  for (const [schema, value, hex] of rows) {
    assert.equal(encode(schema, value), parseHex(hex));
    assert.equal(decode(schema, parseHex(hex)), value);
    assertEncodersAgree(schema, value);
    for (let end = 0; end <= hex.length / 2; end++) assertDecodersAgree(schema, parseHex(hex).subarray(0, end));
  }
});

test("what contains its delimiter is not written", () => {
  for (
    const [schema, value] of [[Line, "a\nb"], [Record, { id: 1, text: "a--b", code: 1 }], [Record, {
      id: 1,
      text: "a-",
      code: 1,
    }]] as [Schema, unknown][]
  ) {
    assert.is(errorOf(() => encode(schema, value)).code, "refused");
  }
});

test("errors say where", () => {
  const cases: [Schema, Uint8Array, string, string, number][] = [
    [Line, ascii("abc"), "truncated", "", 3],
    [Record, parseHex("0761ff2d2d01"), "utf8", "text", 1],
    [delimited(u8, literal("\n")), ascii("ab\n"), "trailing", "", 1],
    [delimited(string(rest), literal("\n"), { bytesMax: 2 }), ascii("abc\n"), "limit", "", 0],
  ];
  for (const [schema, input, code, path, offset] of cases) {
    const error = errorOf(() => decode(schema, input));
    assert.equal([error.code, error.path, error.offset], [code, path, offset]);
    assertDecodersAgree(schema, input);
  }
  assert.is(errorOf(() => encode(delimited(string(rest), literal("\n"), { bytesMax: 2 }), "abc")).code, "limit");
  assert.is(errorOf(() => delimited(u8, literal([]))).code, "schema");
});

test("streams find it in pieces of any size", () => {
  const Crlf = delimited(string(rest), literal("\r\r\n"));
  const input = ascii("one\r\r\ntwo\r\r\r\n\r\r\nfour\r\r\n");
  for (let size = 1; size <= input.length; size++) {
    const decoder = stream(Crlf);
    const values: string[] = [];
    for (let at = 0; at < input.length; at += size) {
      decoder.push(input.slice(at, at + size));
      for (let message = decoder.pull(); message !== null; message = decoder.pull()) values.push(message.value);
    }
    assert.is(decoder.finish(), null);
    assert.equal(values, ["one", "two\r", "", "four"]);
  }
});

test("a stream does not wait for a delimiter that comes too late", () => {
  const decoder = stream(delimited(string(rest), literal("\n"), { bytesMax: 8 }));
  decoder.push(ascii("12345678"));
  assert.is(decoder.pull(), null);
  decoder.push(ascii("9"));
  assert.is(errorOf(() => decoder.pull()).code, "limit");
});

test("a dump shows the delimiter", () => {
  assert.is(
    hexdump(Record, parseHex("07612d2d01")),
    '000000  07                       id    7\n000001  61                       text  "a"\n' +
      "000002  2d 2d                    text  2 bytes\n000004  01                       code  1",
  );
});

test.run();
