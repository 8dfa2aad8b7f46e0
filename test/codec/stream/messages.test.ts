/**
 * Messages out of bytes that arrive in pieces: where they end, what is wrong with them, and whose memory it is.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { document, jsonArray, jsonInt, jsonString } from "../../../codec/json/mod.ts";
import {
  array,
  bool,
  bytes,
  CodecError,
  encode,
  enumOf,
  extension,
  framed,
  lazy,
  limit,
  type Limits,
  literal,
  parseHex,
  ref,
  refine,
  rest,
  type Schema,
  stream,
  string,
  struct,
  u16,
  u32,
  u64,
  u8,
  union,
  varint,
} from "../../../codec/mod.ts";
import { countAllocations } from "../../allocations.ts";
import { drain, errorOf, joined, streamed } from "./pieces.ts";

const test = suite("codec: streams");

const ascii = (text: string) => new TextEncoder().encode(text);

interface Tree {
  readonly name: string;
  readonly children: Tree[];
}
const Tree: Schema<Tree> = struct({ name: string(u8), children: array(lazy((): Schema<Tree> => Tree), u8) });

/** What is wrong in the second message of a stream, and where; the first message is whole. */
const FAULTS: Record<string, readonly [Schema, first: string, second: string, path: string, offset: number]> = {
  bool: [struct({ a: u8, b: bool }), "0101", "0202", "b", 3],
  literal: [struct({ a: u8, magic: literal("AB") }), "014142", "014143", "magic", 5],
  utf8: [string(u8), "0161", "02c328", "", 3],
  tag: [union("kind", u8, { a: [1, struct({ n: u16 })] }), "010000", "02", "kind", 3],
  enum: [enumOf(u8, { a: 1 }), "01", "02", "", 1],
  canonical: [varint, "05", "8000", "", 1],
  range: [u64, "0000000000000001", "0020000000000000", "", 8],
  limit: [limit(string(u8), 3), "0161", "ff", "", 3],
  trailing: [framed(u8, u16), "020000", "03000000", "", 6],
  refused: [refine(u8, { name: "odd", test: (value) => value % 2 === 1 }), "01", "02", "", 1],
  json: [struct({ list: document(jsonArray(jsonInt)), end: literal(";") }), "5b315d3b", "5b317d3b", "list", 6],
};

test("an error has its offset in the stream, and comes again", () => {
  for (const [code, [schema, first, second, path, offset]] of Object.entries(FAULTS)) {
    const start = parseHex(first).length;
    for (const pieces of [[first + second], [first, second], Array.from(parseHex(first + second), toHex)]) {
      const decoder = stream(schema);
      const messages: unknown[] = [];
      const error = errorOf(() => {
        for (const piece of pieces) {
          decoder.push(parseHex(piece));
          for (let next = decoder.pull(); next !== null; next = decoder.pull()) messages.push(next);
        }
      });
      assert.is(messages.length, 1, code);
      assert.is(decoder.offset, start, code);
      assert.equal([error.code, error.path, error.offset], [code, path, offset], error.message);
      for (const again of [() => decoder.pull(), () => decoder.finish()]) {
        assert.throws(again, (thrown: unknown) => thrown === error);
      }
    }
  }
});

function toHex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

test("a fault shows as soon as its byte is there", () => {
  const early: readonly (readonly [Schema, string, code: string])[] = [
    [union("kind", u8, { a: [1, struct({ big: bytes(1000) })] }), "02", "tag"],
    [enumOf(u8, { a: 1 }), "02", "enum"],
    [array(u16, varint), "ffffffffffffffff", "range"],
    [limit(bytes(u32), 10), "0000000b", "limit"],
    [document(jsonArray(jsonInt)), "5b5b5d7d", "json"],
    [array(string(u8), u32), "00ffffff", "limit"],
  ];
  for (const [schema, hex, code] of early) {
    const decoder = stream(schema);
    decoder.push(parseHex(hex));
    assert.is(errorOf(() => decoder.pull()).code, code, hex);
  }
});

test("a message that reaches to the end of its input is complete when the input is", () => {
  const Line = struct({ id: u8, text: string(rest) });
  const decoder = stream(Line);
  for (const text of ["\x07", "ab", "", "c"]) {
    decoder.push(ascii(text));
    assert.is(decoder.pull(), null);
  }
  assert.equal(decoder.finish(), { value: { id: 7, text: "abc" }, start: 0, end: 4 });
  assert.is(decoder.offset, 4);
  assert.is(stream(Line).finish(), null);
  assert.is(
    errorOf(() => streamed(struct({ all: bytes(rest), more: u8 }), [ascii("abc")])).message,
    "Needs 1 byte, 0 left (at more, offset 3)",
  );
});

test("all messages are pulled before the stream is finished", () => {
  const decoder = stream(u8);
  decoder.push(Uint8Array.of(1, 2));
  assert.throws(() => decoder.finish(), /Pull all messages/);
});

test("messages without bytes cannot stand in a stream", () => {
  for (const schema of [struct({}), bytes(0), array(u8, 0), literal([])]) {
    const decoder = stream(schema as Schema);
    assert.is(decoder.pull(), null);
    assert.is(decoder.finish(), null);
    decoder.push(Uint8Array.of(1));
    assert.is(errorOf(() => decoder.pull()).code, "schema");
  }
});

test("the largest message: one byte more is refused before it is there", () => {
  const options = { messageBytesMax: 10 };
  const decoder = stream(bytes(u16), options);
  decoder.push(parseHex("0008 0102030405060708 0009"));
  assert.is(decoder.pull()?.end, 10);
  const error = errorOf(() => decoder.pull());
  assert.equal([error.code, error.offset, error.message], ["limit", 10, "Message is longer than 10 bytes (offset 10)"]);
  const many: readonly (readonly [Schema, string])[] = [
    [array(u16, u32), "00000004"],
    [array(string(u8), u32), "0000000a"],
    [framed(u32, u8), "ffffffff"],
    [document(jsonString), "2261616161616161616161"],
    [bytes(rest), "0102030405060708090a0b"],
    [bytes(11), "01"],
    [struct({ size: u32, data: bytes(ref("size")) }), "00000007"],
  ];
  for (const [schema, hex] of many) {
    const decoder = stream(schema, options);
    decoder.push(parseHex(hex));
    assert.is(errorOf(() => decoder.pull()).message, "Message is longer than 10 bytes (offset 0)", hex);
  }
});

test("limits hold for every message", () => {
  const refused: readonly (readonly [Schema, string, Partial<Limits>])[] = [
    [string(u8), "04", { stringBytesMax: 3 }],
    [array(u8, u8), "04", { elementsMax: 3 }],
    [Tree, "0001000100010001", { depthMax: 2 }],
  ];
  for (const [schema, hex, limits] of refused) {
    const decoder = stream(schema, { limits });
    decoder.push(parseHex(hex));
    assert.is(errorOf(() => decoder.pull()).code, "limit", hex);
  }
  for (const value of [NaN, -1]) {
    assert.throws(() => stream(u8, { messageBytesMax: value }), (error: unknown) => error instanceof RangeError);
    assert.throws(() => stream(u8, { limits: { depthMax: value } }), (error: unknown) => error instanceof RangeError);
  }
  const counted = stream(array(u8, u8), { limits: { elementsMax: 3 } });
  counted.push(parseHex("03000000 03000000"));
  assert.is(drain(counted).length, 2);
});

test("memory of a piece may be used again when there is no more message in it", () => {
  const Pair = struct({ id: bytes(2), text: string(u8) });
  const { input, messages } = joined(Pair, [
    { id: Uint8Array.of(1, 2), text: "first" },
    { id: Uint8Array.of(3, 4), text: "" },
    { id: Uint8Array.of(5, 6), text: "the last one" },
  ]);
  for (let size = 1; size <= input.length; size++) {
    const memory = new Uint8Array(size);
    const decoder = stream(Pair);
    const found = [];
    for (let at = 0; at < input.length; at += size) {
      const piece = input.subarray(at, at + size);
      memory.set(piece);
      decoder.push(memory.subarray(0, piece.length));
      found.push(...drain(decoder));
      memory.fill(0xee);
    }
    assert.equal(found, messages, `pieces of ${size}`);
  }
});

test("pieces that are pushed one behind the other before anything is pulled", () => {
  const decoder = stream(string(u8));
  for (const piece of ["\x02a", "b\x01", "", "c\x03", "def"]) decoder.push(ascii(piece));
  assert.equal(drain(decoder).map(({ value }) => value), ["ab", "c", "def"]);
  assert.is(decoder.offset, 9);
});

test("a long message in small pieces: memory for twice its bytes, each looked at once", () => {
  const length = 300_000;
  const message = encode(bytes(u32), new Uint8Array(length));
  const decoder = stream(bytes(u32));
  const { bytes: all, bytesMax } = countAllocations(() => {
    for (let at = 0; at < message.length; at += 100) decoder.push(message.subarray(at, at + 100));
    assert.is((decoder.pull()!.value as Uint8Array).length, length);
  });
  assert.ok(bytesMax <= 2 * message.length, `a buffer of ${bytesMax} bytes`);
  assert.ok(all <= 5 * message.length, `buffers of ${all} bytes together`);
});

test("what stays of one piece is moved seldom, however it goes on", () => {
  const decoder = stream(bytes(u16));
  const message = encode(bytes(u16), new Uint8Array(5000));
  const { bytes: all } = countAllocations(() => {
    for (let round = 0; round < 200; round++) {
      for (let at = 0; at < message.length; at += 500) {
        decoder.push(message.subarray(at, at + 500));
        drain(decoder);
      }
    }
  });
  assert.ok(all < 200 * 4 * message.length, `buffers of ${all} bytes together`);
});

test("another language sees every byte once, and its errors count from its first byte", () => {
  let seen = 0;
  const Dotted = struct({
    id: u8,
    text: extension<string>({
      name: "text up to a dot",
      bytesMin: 1,
      bytesMax: Infinity,
      decode(cursor) {
        const end = cursor.bytes.indexOf(0x2e, cursor.pos);
        if (end < 0 || end >= cursor.end) {
          throw new CodecError("truncated", "No dot", { offset: cursor.end - cursor.pos });
        }
        const text = new TextDecoder().decode(cursor.bytes.subarray(cursor.pos, end));
        cursor.pos = end + 1;
        return text;
      },
      encode: (text) => ascii(`${text}.`),
      scanner: () => {
        let before = 0;
        return {
          push(bytes, start, end) {
            for (let at = start; at < end; at++) {
              seen++;
              if (bytes[at] === 0x21) {
                throw new CodecError("syntax", "No exclamation marks", { offset: before + at - start });
              }
              if (bytes[at] === 0x2e) return at + 1;
            }
            before += end - start;
            return -1;
          },
        };
      },
    }),
  });
  const input = ascii("\x01ab.\x02.\x03" + "c".repeat(100) + ".");
  const found = streamed(Dotted, Array.from(input, (byte) => Uint8Array.of(byte)));
  assert.equal(found.map(({ start, end }) => [start, end]), [[0, 4], [4, 6], [6, 108]]);
  assert.is(seen, input.length - 3);
  const cut = stream(Dotted);
  cut.push(ascii("\x01.\x02xy"));
  drain(cut);
  assert.is(errorOf(() => cut.finish()).message, "No dot (at text, offset 5)");
});

test.run();
