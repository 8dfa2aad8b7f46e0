/**
 * What `inspect` keeps of messages with many parts, and where it stops.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as w from "../../codec/mod.ts";
import { any, arrayOf, encodeMsgpack, msgpack, tupleOf, uint } from "../../codec/msgpack/mod.ts";
import { astralObject } from "../../codec/protocols/astral/mod.ts";
import { costOf } from "./cost.ts";

const test = suite("codec: inspect many parts");

const Row = w.struct({ id: w.u16, text: w.string(w.u8), more: w.optional(w.u8) });
const Rows = w.array(Row, w.u32);
const ROWS = 20_000;
const rows = w.encode(Rows, Array.from({ length: ROWS }, (_, id) => ({ id, text: `${id % 10}`, more: null })), {
  owned: true,
});
/** Bytes that may be kept for one part: its end, kind and place, and the place itself. */
const PART_BYTES_MAX = 24;

test("a part takes few bytes, whatever it is", () => {
  const numbers = Array.from({ length: ROWS }, (_, index) => index);
  const many: Readonly<Record<string, readonly [w.Schema, Uint8Array]>> = {
    rows: [Rows, rows],
    numbers: [w.array(w.u8, w.rest), new Uint8Array(ROWS)],
    msgpack: [msgpack(any), encodeMsgpack(any, numbers, { owned: true })],
    keys: [msgpack(any), encodeMsgpack(any, Object.fromEntries(numbers.map((n) => [`k${n}`, n])), { owned: true })],
    values: [
      w.array(msgpack(tupleOf([uint, uint])), w.rest),
      new Uint8Array(3 * ROWS).map((_, at) => [0x92, 1, 2][at % 3]),
    ],
    lines: [w.array(w.delimited(w.string(w.rest), w.literal("\n")), w.rest), new Uint8Array(ROWS).fill(10)],
  };
  for (const [name, [schema, bytes]] of Object.entries(many)) {
    let spans: readonly w.Span[] = [];
    const plain = costOf(() => w.decode(schema, bytes)).bytes;
    const cost = costOf(() => spans = w.inspect(schema, bytes).spans).bytes - plain;
    assert.ok(spans.length >= ROWS, name);
    // Memory is made in blocks, of which the last ones are not full.
    assert.ok(cost <= PART_BYTES_MAX * spans.length + 6 * 4 * 2 ** 16, `${name}: ${cost / spans.length} bytes a part`);
  }
});

test("paths and values of every part, in any order", () => {
  const { spans } = w.inspect(Rows, rows);
  assert.is(spans.length, 1 + 4 * ROWS);
  for (const row of [ROWS - 1, 0, 12_345]) {
    assert.equal(spans.slice(1 + 4 * row, 5 + 4 * row).map(({ path, role, value }) => [path, role, value]), [
      [`[${row}].id`, "value", row],
      [`[${row}].text`, "length", 1],
      [`[${row}].text`, "value", `${row % 10}`],
      [`[${row}].more`, "presence", false],
    ]);
  }
  const map = { list: [{ deep: 1 }, { deep: "two" }], "": null, big: 2n ** 64n - 1n };
  const { spans: parts } = w.inspect(msgpack(any), encodeMsgpack(any, map));
  assert.equal(parts.map(({ path, role, value }) => [path, role, value]), [
    ["", "length", 3],
    ["list", "tag", "list"],
    ["list", "length", 2],
    ["list[0]", "length", 1],
    ["list[0].deep", "tag", "deep"],
    ["list[0].deep", "value", 1],
    ["list[1]", "length", 1],
    ["list[1].deep", "tag", "deep"],
    ["list[1].deep", "value", "two"],
    ["", "tag", ""],
    ["", "value", null],
    ["big", "tag", "big"],
    ["big", "value", 2n ** 64n - 1n],
  ]);
});

test("the parts are an array to everybody", () => {
  const { spans } = w.inspect(w.array(w.u8, w.u8), Uint8Array.of(2, 7, 8));
  const [length, first, second] = spans;
  assert.equal([length, first, second], [
    { path: "", start: 0, end: 1, role: "length", value: 2 },
    { path: "[0]", start: 1, end: 2, role: "value", value: 7 },
    { path: "[1]", start: 2, end: 3, role: "value", value: 8 },
  ]);
  assert.ok(Array.isArray(spans));
  assert.equal([...spans], spans);
  assert.equal(JSON.parse(JSON.stringify(spans)), [length, first, second]);
  assert.equal([spans.at(-1), spans[1], spans[3], spans.findIndex(({ value }) => value === 8)], [
    second,
    first,
    undefined,
    2,
  ]);
  assert.equal([Object.keys(spans), 2 in spans, 3 in spans, "01" in spans], [["0", "1", "2"], true, false, false]);
  assert.throws(() => (spans as w.Span[]).push(first), TypeError);
  assert.throws(() => (spans as w.Span[])[0] = first, TypeError);
  assert.is(spans.length, 3);
});

test("stops after as many parts as were asked for, and looks no further", () => {
  let looked = 0;
  const item = w.refine(w.u8, { name: "counted", test: () => ++looked > 0 });
  const schema = w.struct({ list: w.array(item, w.u16), end: w.bool });
  const bytes = w.encode(schema, { list: new Array(1000).fill(5), end: true }, { owned: true });
  looked = 0;
  const { spans, length, stopped, ...rest } = w.inspect(schema, bytes, { spansMax: 5 });
  assert.equal([spans.length, spans.at(-1)?.path, length, stopped, rest], [5, "list[3]", 6, true, {}]);
  assert.ok(looked <= 5);
  assert.is(w.inspect(schema, bytes, { spansMax: 1002 }).stopped, undefined);
  assert.is(w.inspect(schema, bytes, { spansMax: 1001 }).stopped, true);
  const numbers = msgpack(arrayOf(uint));
  let made = 0;
  const watched = w.extension({ ...numbers.extension, decode: (cursor) => (made++, numbers.extension.decode(cursor)) });
  assert.is(w.inspect(watched, Uint8Array.of(0x93, 1, 2, 3), { spansMax: 2 }).stopped, true);
  assert.is(made, 0);
  assert.equal(w.hexdump(schema, bytes, { spansMax: 2 }).split("\n"), [
    "000000  03 e8                    list (length)  1000",
    "000002  05                       list[0]        5",
    "… stopped after 2 parts: 1000 bytes were not looked at",
  ]);
  for (const spansMax of [-1, NaN]) {
    assert.throws(() => w.inspect(w.u8, Uint8Array.of(1), { spansMax }), (error: Error) => error instanceof RangeError);
  }
});

test("a dump does not repeat a long key on every line", () => {
  const key = "k".repeat(50_000);
  const bytes = encodeMsgpack(any, { [key]: new Array(1000).fill(1) });
  assert.ok(w.hexdump(msgpack(any), bytes).length < 1_000_000);
  assert.is(w.inspect(msgpack(any), bytes).spans.at(-1)?.path, `${key}[999]`);
});

test("bytes that an extension says nothing about are a part, too", () => {
  const BYTE: w.SpanKind = { role: "value", read: (bytes, start) => bytes[start] };
  const pair = w.extension<number>({
    name: "pair",
    bytesMin: 2,
    bytesMax: 2,
    decode: (cursor) => cursor.bytes[(cursor.pos += 2) - 1],
    encode: (value) => Uint8Array.of(0, value),
    scanner: () => ({ push: (_, start, end) => end - start < 2 ? -1 : start + 2 }),
    spans(_, parts) {
      parts.enter("first");
      parts.part(1, BYTE);
      throw new w.CodecError("truncated", "What follows says nothing");
    },
  });
  const { spans } = w.inspect(w.struct({ pair, after: w.u8 }), Uint8Array.of(0, 1, 2));
  assert.equal(spans.map(({ path, start, end }) => [path, start, end]), [["pair.first", 0, 1], ["pair", 1, 2], [
    "after",
    2,
    3,
  ]]);
});

test("a value in another language that breaks off has the error of decoding", () => {
  const schema = w.struct({ before: w.u8, object: astralObject });
  for (const hex of ["00", "00 05 75696e", "00 05 75696e7438 00000001", "00 03 787878 00000000"]) {
    const bytes = w.parseHex(hex);
    const { error } = w.inspect(schema, bytes);
    assert.throws(() => w.decode(schema, bytes), (thrown: w.CodecError) => {
      assert.equal([error?.code, error?.path, error?.offset], [thrown.code, thrown.path, thrown.offset]);
      return true;
    });
  }
});

test.run();
