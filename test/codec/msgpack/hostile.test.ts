import { decode as decodeOther } from "@msgpack/msgpack";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError, inspect, LIMITS, type Schema, stream } from "../../../codec/mod.ts";
import { checkValue } from "../../../codec/msgpack/check.ts";
import {
  any,
  arrayOf,
  bin,
  decodeMsgpack,
  mapOf,
  msgpack,
  msgpackScanner,
  type MsgpackShape,
  namedTuple,
  nil,
  packed,
  str,
  uint,
} from "../../../codec/msgpack/mod.ts";
import { costOf } from "../cost.ts";
import { assertRefused } from "../table.ts";

const test = suite("msgpack: hostile input");

/** How many elements `new Array(count)` was asked for while something ran. */
function arraySlots(run: () => void): number {
  const original = globalThis.Array;
  let slots = 0;
  globalThis.Array = new Proxy(original, {
    construct(target, args, newTarget) {
      if (args.length === 1 && typeof args[0] === "number") slots += args[0];
      return Reflect.construct(target, args, newTarget);
    },
  });
  try {
    run();
  } finally {
    globalThis.Array = original;
  }
  return slots;
}

function repeated(part: readonly number[], count: number): Uint8Array {
  return Uint8Array.from({ length: part.length * count }, (_, index) => part[index % part.length]);
}

/** Headers that claim more than there is, as one datagram holds them. */
const CLAIMS: readonly (readonly number[])[] = [
  [0xdc, 0xff, 0xff],
  [0xdd, 0xff, 0xff, 0xff, 0xff],
  [0xdd, 0x00, 0x0f, 0x42, 0x40],
  [0xde, 0xff, 0xff],
  [0xdf, 0xff, 0xff, 0xff, 0xff],
  [0xdf, 0x00, 0x07, 0xa1, 0x20, 0xa1, 0x61],
];

const SHAPES: readonly MsgpackShape[] = [
  any,
  packed,
  arrayOf(any),
  arrayOf(arrayOf(arrayOf(nil))),
  arrayOf(namedTuple({ id: bin(20), ip: str, port: uint })),
  mapOf({ value: any }, { extra: "ignore" }),
];

test("claims without content cost nothing", () => {
  for (const claim of CLAIMS) {
    const datagram = repeated(claim, Math.floor(1380 / claim.length));
    for (const shape of SHAPES) {
      const refused = () =>
        assert.throws(() => decodeMsgpack(shape, datagram), (error: unknown) => error instanceof CodecError);
      assert.is(arraySlots(refused), 0);
      const { bytes, pushes } = costOf(() => decodeMsgpack(shape, datagram));
      assert.ok(bytes < 100 && pushes < 100, `${bytes} bytes and ${pushes} elements`);
    }
  }
});

test("the same datagram costs @msgpack/msgpack millions of elements", () => {
  // Without this the test above would prove nothing.
  const datagram = repeated(CLAIMS[0], 460);
  const slots = arraySlots(() => assert.throws(() => decodeOther(datagram)));
  assert.ok(slots > 20_000_000, `${slots} elements`);
});

test("claims that the bytes could still meet stop at the depth limit", () => {
  const datagram = new Uint8Array(1380);
  for (let at = 0; at + 3 <= datagram.length; at += 3) {
    const left = datagram.length - at - 3;
    datagram.set([0xdc, left >> 8, left & 255], at);
  }
  assertRefused(() => decodeMsgpack(any, datagram), ["limit", "[0]".repeat(64), 3 * 64], "nested claims");
  const slots = arraySlots(() => assert.throws(() => decodeMsgpack(any, datagram)));
  assert.is(slots, 0);
  const { pushes } = costOf(() => decodeMsgpack(any, datagram));
  assert.ok(pushes < 1000, `${pushes} elements`);
});

test("deep nesting stops at the limit, whatever opens it", () => {
  for (const part of [[0x91], [0x81, 0xa1, 0x61], [0x81, 0xc0], [0xdc, 0x00, 0x01], [0x92, 0xc0]]) {
    const bytes = repeated(part, 30_000);
    for (const shape of [any, packed] as MsgpackShape[]) {
      const { error } = inspect(msgpack(shape) as Schema, bytes);
      assert.ok(error !== undefined && ["limit", "msgpack"].includes(error.code), error?.message);
      assert.ok(error.offset <= 65 * part.length + part.length, `${error.offset}`);
    }
    const decoder = stream(msgpack(any) as Schema);
    decoder.push(bytes);
    assert.throws(() => decoder.pull(), (error: unknown) => error instanceof CodecError);
    assert.throws(() => msgpackScanner({ depthMax: 64, elementsMax: 1e6 }).push(bytes, 0, bytes.length), /64 levels/);
  }
});

test("there are never more elements than bytes", () => {
  for (const part of [[0x90], [0x91, 0x90], [0x80], [0x92, 0x00, 0x01], [0x81, 0x00, 0x90]]) {
    const content = repeated(part, 100);
    const bytes = Uint8Array.from([0xdc, 0, 100, ...content]);
    const { elements, end } = checkValue(bytes, 0, bytes.length, LIMITS);
    assert.is(end, bytes.length);
    assert.ok(elements <= bytes.length, `${elements} elements in ${bytes.length} bytes`);
  }
});

test("a value of any shape ends with its bytes", () => {
  for (const hex of [[0xa2, 0x61], [0xc4, 2, 0x61], [0x91, 0xa2, 0x61], [0xd4, 1], [0xcb, 1]]) {
    const bytes = Uint8Array.from([...hex, 0x61]).subarray(0, hex.length);
    assert.throws(() => checkValue(bytes, 0, bytes.length, LIMITS));
  }
});

test("there are never more elements than the limit, in one array or in many", () => {
  const bytes = Uint8Array.from([0x92, 0x92, 0xc0, 0xc0, 0x92, 0xc0, 0xc0]);
  assert.is(checkValue(bytes, 0, bytes.length, { ...LIMITS, elementsMax: 6 }).end, bytes.length);
  for (const elementsMax of [1, 5]) {
    assert.throws(() => checkValue(bytes, 0, bytes.length, { ...LIMITS, elementsMax }));
  }
});

test("a scanner waits for nothing behind the byte that begins no value", () => {
  const bytes = Uint8Array.of(0x92, 0xc1);
  assert.throws(() => msgpackScanner(LIMITS).push(bytes, 0, bytes.length), /0xc1/);
});

test("a scanner goes into no array or map that claims more elements than the limit", () => {
  for (const head of [[0xdc, 0, 5], [0xdd, 0, 0, 0, 5], [0xde, 0, 3], [0x95], [0x83]]) {
    const bytes = Uint8Array.from(head);
    assert.is(msgpackScanner({ depthMax: 64, elementsMax: 6 }).push(bytes, 0, bytes.length), -1);
    assert.throws(() => msgpackScanner({ depthMax: 64, elementsMax: 4 }).push(bytes, 0, bytes.length), /More than 4/);
  }
});

test("lengths of texts, bytes and extensions are compared with what is there", () => {
  for (const head of [[0xdb], [0xc6], [0xc9], [0xd9], [0xc4], [0xc7], [0xda], [0xc5], [0xc8]]) {
    const bytes = Uint8Array.from([...head, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]);
    for (const shape of [any, packed] as MsgpackShape[]) {
      const { bytes: allocated } = costOf(() => decodeMsgpack(shape, bytes));
      assertRefused(() => decodeMsgpack(shape, bytes), ["truncated", "", 0], `0x${head[0].toString(16)}`);
      assert.ok(allocated < 100);
    }
  }
});

test("a scanner waits for what is claimed, and keeps nothing", () => {
  const scanner = msgpackScanner({ depthMax: 64, elementsMax: 1_000_000 });
  assert.is(scanner.push(Uint8Array.of(0xc6, 0xff, 0xff, 0xff, 0xff), 0, 5), -1);
  const chunk = new Uint8Array(1 << 20);
  for (let left = 2 ** 32 - 1; left > chunk.length; left -= chunk.length) {
    assert.is(scanner.push(chunk, 0, chunk.length), -1);
  }
  assert.is(scanner.push(chunk, 0, chunk.length), chunk.length - 1);
});

test("keys that reach into objects are refused or harmless", () => {
  const key = (text: string) => [0xa0 | text.length, ...new TextEncoder().encode(text)];
  const proto = Uint8Array.from([0x81, ...key("__proto__"), 0x81, ...key("polluted"), 0xc3]);
  assertRefused(() => decodeMsgpack(any, proto), ["msgpack", "", 1], "__proto__");
  const value = decodeMsgpack(any, Uint8Array.from([0x82, ...key("constructor"), 1, ...key("hasOwnProperty"), 2]));
  assert.equal(Object.entries(value as object), [["constructor", 1], ["hasOwnProperty", 2]]);
  assert.is(({} as { polluted?: boolean }).polluted, undefined);
  const known = mapOf({ a: uint }, { extra: "ignore" });
  assert.equal(decodeMsgpack(known, Uint8Array.from([0x82, ...key("__proto__"), 0x80, ...key("a"), 1])), { a: 1 });
});

test.run();
