/**
 * Streams refuse a message before it is there when it is known that it cannot be one; it is never "cut off" then.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { typeName } from "../../../codec/codegen/names.ts";
import {
  array,
  bytes,
  CodecError,
  enumOf,
  extension,
  framed,
  limit,
  literal,
  parseHex,
  rest,
  type Schema,
  stream,
  type StreamDecoder,
  string,
  struct,
  tuple,
  u16,
  u32,
  u64big,
  u8,
  varint,
} from "../../../codec/mod.ts";
import { arrayOf, int, msgpack, str, tupleOf, uint } from "../../../codec/msgpack/mod.ts";
import { loadGenerated } from "../codegen/load.ts";

const test = suite("codec: streams refuse early");

/** What `pull` throws after some bytes have come. */
function refusal(schema: Schema, hex: string): CodecError | null {
  const decoder = stream(schema);
  decoder.push(parseHex(hex));
  try {
    decoder.pull();
    return null;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return error;
  }
}

test("a part of a known size that will not fit into the limit around it", () => {
  const Tail = struct({ number: u16, magic: literal([0xc9]), more: u64big });
  const schema = limit(struct({ text: string(u8), tail: Tail }), 20);
  assert.is(refusal(schema, "08 6162636465666768"), null);
  const { code, path, offset } = refusal(schema, "09 616263646566676869")!;
  assert.equal([code, path, offset], ["limit", "tail.number", 10]);
});

test("what exceeds a limit is refused for the same reason, in whatever pieces it comes", async () => {
  const Values = framed(u16, array(msgpack(tupleOf([int, str])), rest));
  const cases: Readonly<Record<string, readonly [Schema, hex: string]>> = {
    frame: [limit(Values, 3), "00021ef9"],
    fixed: [limit(struct({ a: u32, b: u32 }), 6), "0000000000000000"],
    text: [limit(string(u8), 2), "02c04c"],
    enumeration: [limit(tuple([string(u8), enumOf(u16, { a: 1 })]), 3), "0261620009"],
    elements: [array(limit(array(string(u8), u8), 5), 2), "05d97d9900"],
    byByte: [limit(array(string(u8), u8), 6), "02026161026161"],
    long: [limit(array(string(u8), u8), 280), `03${`b4${"61".repeat(180)}`.repeat(3)}`],
    utf8: [limit(struct({ text: string(u8), more: u32 }), 4), "02fffe00000000"],
    varint: [limit(struct({ a: u8, b: varint }), 2), "01ffff01"],
    language: [limit(msgpack(tupleOf([int, str])), 3), "9201a3616263"],
    reach: [limit(tuple([u8, bytes(rest)]), 3), "0102030405"],
  };
  const schemas = Object.fromEntries(Object.entries(cases).map(([name, [schema]]) => [name, schema]));
  const generated = await loadGenerated(schemas);
  for (const [name, [schema, text]] of Object.entries(cases)) {
    const input = parseHex(text);
    const make = generated[`stream${typeName(name)}`] as () => StreamDecoder<unknown>;
    const expected = refusalIn(stream(schema), input, input.length);
    assert.is(expected?.[0], name === "utf8" ? "utf8" : "limit", name);
    for (const size of [1, 2, 3, input.length]) {
      assert.equal(refusalIn(stream(schema), input, size), expected, `${name} in pieces of ${size}`);
      assert.equal(refusalIn(make(), input, size), expected, `${name}, generated, in pieces of ${size}`);
    }
  }
});

/** Code, path and offset of the error of an input that comes in pieces of a size. */
function refusalIn(decoder: StreamDecoder<unknown>, input: Uint8Array, size: number): unknown[] | null {
  try {
    for (let at = 0; at < input.length; at += size) {
      decoder.push(input.slice(at, at + size));
      decoder.pull();
    }
    decoder.finish();
    return null;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return [error.code, error.path, error.offset];
  }
}

test("a msgpack byte that begins nothing, in a list that goes on", () => {
  const schema = struct({ before: u8, list: msgpack(arrayOf(uint)) });
  assert.is(refusal(schema, "00 dc0010 01"), null);
  const { code, path, offset } = refusal(schema, "00 dc0010 01c1")!;
  assert.equal([code, path, offset], ["msgpack", "list[1]", 5]);
});

test("a msgpack value of another type than one of a fixed size is not cut off", () => {
  const schema = struct({ before: bytes(2), flag: msgpack(uint) });
  assert.is(refusal(schema, "0000 c4"), null);
  assert.is(refusal(schema, "0000 c40161")!.code, "msgpack");
});

test("a language that looks further ahead than its decoder is asked why", () => {
  const schema = extension<number>({
    name: "pair",
    bytesMin: 2,
    bytesMax: 2,
    decode(cursor) {
      if (cursor.end - cursor.pos < 2) throw new CodecError("truncated", "Needs 2 bytes", { offset: 0 });
      cursor.pos += 2;
      return cursor.bytes[cursor.pos - 1];
    },
    encode: (value) => Uint8Array.of(0, value),
    scanner() {
      let seen = 0;
      return {
        push(chunk, start, end) {
          for (let at = start; at < end; at++) {
            if (chunk[at] === 0xff) throw new CodecError("syntax", "Byte ff is never right", { offset: seen });
            if (++seen === 2) return at + 1;
          }
          return -1;
        },
      };
    },
  });
  const { code, reason, path } = refusal(struct({ a: u8, pair: schema }), "00ff")!;
  assert.equal([code, reason, path], ["syntax", "Byte ff is never right", "pair"]);
});

test.run();
