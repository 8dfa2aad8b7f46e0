/**
 * Messages that a stream reads at once, because all their bytes have come: nobody can tell them from those that it had to
 * scan first, and none costs more than twice.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { document, jsonInt } from "../../../codec/json/mod.ts";
import {
  array,
  bytes,
  CodecError,
  encode,
  extension,
  framed,
  lazy,
  limit,
  map,
  optional,
  ref,
  rest,
  type Schema,
  stream,
  type StreamDecoder,
  string,
  struct,
  tuple,
  u16,
  u32,
  u8,
  varint,
} from "../../../codec/mod.ts";
import { any, arrayOf, bin, msgpack, str, tupleOf, uint } from "../../../codec/msgpack/mod.ts";
import { loadGenerated } from "../codegen/load.ts";
import { drain, joined } from "./pieces.ts";

const test = suite("codec: streams read messages at once");

interface Tree {
  readonly name: string;
  readonly children: Tree[];
}
const Tree: Schema<Tree> = struct({ name: string(u8), children: array(lazy((): Schema<Tree> => Tree), u8) });

/** Schemas with messages of several lengths. */
const ROWS: Record<string, readonly [Schema, readonly unknown[]]> = {
  numbers: [struct({ a: u8, b: u16, c: varint }), [{ a: 1, b: 2, c: 3 }, { a: 4, b: 5, c: 6000 }]],
  text: [struct({ id: u16, text: string(u8) }), [{ id: 1, text: "a longer text" }, { id: 2, text: "" }]],
  views: [tuple([bytes(2), bytes(u8)]), [[Uint8Array.of(1, 2), Uint8Array.of(3)], [Uint8Array.of(4, 5), bytesOf(20)]]],
  tree: [Tree, [{ name: "root", children: [{ name: "leaf", children: [] }] }, { name: "", children: [] }]],
  references: [
    struct({ count: u8, size: u8, list: array(u16, ref("count")), data: bytes(ref("size")) }),
    [{ count: 2, size: 0, list: [1, 2], data: bytesOf(0) }, { count: 0, size: 3, list: [], data: bytesOf(3) }],
  ],
  frame: [framed(u8, struct({ a: u8, all: bytes(rest) })), [{ a: 1, all: bytesOf(5) }, { a: 2, all: bytesOf(0) }]],
  optional: [struct({ a: optional(string(u8)), b: u8 }), [{ a: "text", b: 1 }, { a: null, b: 2 }]],
  limit: [struct({ a: limit(array(string(u8), u8), 9), b: u8 }), [{ a: ["abc", "de"], b: 1 }, { a: [], b: 2 }]],
  msgpack: [
    struct({ a: u8, b: msgpack(tupleOf([str, arrayOf(uint), bin()])) }),
    [{ a: 1, b: ["text", [1, 300, 70000], bytesOf(4)] }, { a: 2, b: ["", [], bytesOf(0)] }],
  ],
  anyMsgpack: [msgpack(any), [[1, [2, "x"]], 300, "text"]],
};

function bytesOf(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => index * 37);
}

/** What a stream gives for an input in pieces, whose memory is spoiled as soon as that is allowed. */
function outcome(decoder: StreamDecoder<unknown>, input: Uint8Array, size: number): unknown[] {
  const memory = new Uint8Array(size);
  const seen: unknown[] = [];
  try {
    for (let at = 0; at < input.length; at += size) {
      const piece = input.subarray(at, at + size);
      memory.set(piece);
      decoder.push(memory.subarray(0, piece.length));
      for (let next = decoder.pull(); next !== null; next = decoder.pull()) seen.push(next);
      memory.fill(0xee);
    }
    const last = decoder.finish();
    if (last !== null) seen.push(last);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    seen.push([error.code, error.path, error.offset, error.reason]);
  }
  return seen;
}

test("messages are the same in pieces of every size, whole, cut off and broken", async () => {
  // Node 20 reads no TypeScript: generated source is tried out on Deno.
  const generated = "Deno" in globalThis
    ? (await loadGenerated(Object.fromEntries(Object.entries(ROWS).map(([name, [schema]]) => [name, schema])))).table
    : undefined;
  for (const [name, [schema, values]] of Object.entries(ROWS)) {
    const { input, messages } = joined(schema, [...values, ...values, ...values]);
    const makers = [() => stream(schema), ...(generated === undefined ? [] : [() => generated[name].stream()])];
    for (const make of makers) assert.equal(outcome(make(), input, input.length), messages, name);
    for (const broken of [input, input.subarray(0, -1), ...brokenBy(input)]) {
      const whole = outcome(stream(schema), broken, broken.length);
      for (const make of makers) {
        for (let size = 1; size <= broken.length; size += size < 40 ? 1 : 17) {
          const found = outcome(make(), broken, size);
          assert.equal(withoutReasons(found), withoutReasons(whole), `${name} in pieces of ${size}`);
        }
      }
    }
  }
});

/** The input with one byte after the other changed. */
function brokenBy(input: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.min(input.length, 24) }, (_, index) => {
    const broken = input.slice();
    broken[(index * 7) % broken.length] ^= 0xff >> (index % 3);
    return broken;
  });
}

/** Generated code may find other words for the same fault. */
function withoutReasons(seen: readonly unknown[]): unknown[] {
  return seen.map((one) => Array.isArray(one) ? one.slice(0, 3) : one);
}

test("a message costs no more than twice, however its bytes come", () => {
  let calls = 0;
  const counted = map(u8, { name: "count", decode: (value: number) => (calls++, value), encode: (value) => value });
  const Long = array(counted, u32);
  const message = encode(Long, new Array(5000).fill(1));
  const input = Uint8Array.from([...message, ...message, ...message]);
  for (const size of [1, 7, 64, 1000, 4999, 5004, 5005, 9000, input.length]) {
    calls = 0;
    assert.is(outcome(stream(Long), input, size).length, 3);
    assert.ok(calls <= 2 * 3 * 5000, `${calls} calls in pieces of ${size}`);
  }
  calls = 0;
  assert.is(outcome(stream(Long), input, input.length).length, 3);
  assert.is(calls, 3 * 5000);
});

test("a value whose end shows only in what follows waits for it", () => {
  const decoder = stream(document(jsonInt));
  decoder.push(Uint8Array.of(0x31));
  assert.is(decoder.pull(), null);
  decoder.push(Uint8Array.of(0x32));
  assert.is(decoder.pull(), null);
  assert.is(decoder.finish()?.value, 12);
  const all = stream(struct({ id: u8, all: bytes(rest) }));
  all.push(Uint8Array.of(1, 2));
  assert.is(all.pull(), null);
  all.push(Uint8Array.of(3));
  assert.equal(all.finish()?.value, { id: 1, all: Uint8Array.of(2, 3) });
});

test("another language is asked for the end unless it says that its values end themselves", () => {
  for (const endsItself of [undefined, true]) {
    let scanned = 0;
    const Byte = extension<number>({
      name: "byte",
      bytesMin: 1,
      bytesMax: 1,
      decode: (cursor) => cursor.bytes[cursor.pos++],
      encode: (value) => Uint8Array.of(value),
      scanner: () => ({ push: (_, start, end) => (scanned++, start < end ? start + 1 : -1) }),
      ...(endsItself && { endsItself }),
    });
    const decoder = stream(Byte);
    decoder.push(Uint8Array.of(1, 2, 3));
    assert.equal(drain(decoder).map(({ value }) => value), [1, 2, 3]);
    assert.is(scanned, endsItself ? 0 : 3);
  }
});

test("the largest message holds for what has come whole, too", () => {
  const Text = string(u8);
  const decoder = stream(Text, { messageBytesMax: 4 });
  decoder.push(encode(array(Text, 3), ["abc", "ab", "abcd"]));
  assert.equal([decoder.pull()?.value, decoder.pull()?.value], ["abc", "ab"]);
  assert.throws(() => decoder.pull(), (error: unknown) => {
    return error instanceof CodecError && error.code === "limit" && error.offset === 7 && error.context.bytesMax === 4;
  });
});

test("decoded bytes have memory of their own, which does not change", () => {
  const decoder = stream(struct({ id: bytes(2), data: bytes(u8) }));
  const memory = Uint8Array.of(1, 2, 1, 9, 3, 4, 2, 8, 7, 5);
  decoder.push(memory);
  const messages = drain(decoder).map(({ value }) => value);
  memory.fill(0);
  decoder.push(Uint8Array.of(6, 0));
  assert.equal([...messages, decoder.pull()!.value], [
    { id: Uint8Array.of(1, 2), data: Uint8Array.of(9) },
    { id: Uint8Array.of(3, 4), data: Uint8Array.of(8, 7) },
    { id: Uint8Array.of(5, 6), data: new Uint8Array(0) },
  ]);
  assert.is(messages[0].id.buffer.byteLength, 2);
});

test.run();
