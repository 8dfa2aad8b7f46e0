/**
 * Streams refuse a message before it is there when it is known that it cannot be one; it is never "cut off" then.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  bytes,
  CodecError,
  extension,
  limit,
  literal,
  parseHex,
  type Schema,
  stream,
  string,
  struct,
  u16,
  u64big,
  u8,
} from "../../codec/mod.ts";
import { arrayOf, msgpack, uint } from "../../codec/msgpack/mod.ts";

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
