import { Buffer } from "node:buffer";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as w from "../../codec/mod.ts";
import { costOf } from "./cost.ts";
import { assertRefused } from "./table.ts";

const SLAB_BYTES = 64 * 1024;

const Offer = w.struct({ id: w.string(w.u8), size: w.u64 });
const offer = { id: "6b036f4a", size: 1_000_000 };
const offerHex = "08366230333666346100000000000f4240";

const encoding = suite("codec: encode");

encoding("a value that its own functions change", () => {
  const list = [1, 2, 3];
  const shrinking = w.map(w.u8, {
    name: "shrinking",
    decode: (number) => number,
    encode: (number: number) => {
      list.length = 1;
      return number;
    },
  });
  assertRefused(() => w.encode(w.array(shrinking, w.u8), list), ["type", "", -1], "a list that shrinks");
});

encoding("results share memory and are never changed by later ones", () => {
  const results: { bytes: Uint8Array; hex: string }[] = [];
  for (let index = 0; index < 3000; index++) {
    const value = { id: "x".repeat(index % 200), size: index };
    const bytes = w.encode(Offer, value);
    results.push({ bytes, hex: w.formatHex(bytes) });
    if (index % 3 === 0) assert.throws(() => w.encode(Offer, { id: "y".repeat(100), size: -1 }));
    if (index % 5 === 0) assert.throws(() => w.encode(w.string(w.u32), "y".repeat(70_000) + "\ud800"));
  }
  for (const { bytes, hex } of results) assert.is(w.formatHex(bytes), hex);
});

encoding("a large message does not make small ones keep its memory alive", () => {
  for (const length of [SLAB_BYTES, 200_000, 1_000_000]) {
    w.encode(w.bytes(w.u32), new Uint8Array(length));
    assert.is(w.encode(Offer, offer).buffer.byteLength, SLAB_BYTES);
    assert.throws(() => w.encode(w.string(w.u32), "y".repeat(length) + "\ud800"));
    assert.is(w.encode(Offer, offer).buffer.byteLength, SLAB_BYTES);
  }
});

encoding("results do not overlap", () => {
  const results = Array.from(
    { length: 2000 },
    (_, index) => w.encode(Offer, { id: "z".repeat(index % 90), size: index }),
  );
  for (const memory of new Set(results.map(({ buffer }) => buffer))) {
    const sorted = results.filter(({ buffer }) => buffer === memory).sort((a, b) => a.byteOffset - b.byteOffset);
    for (let index = 1; index < sorted.length; index++) {
      assert.ok(sorted[index - 1].byteOffset + sorted[index - 1].length <= sorted[index].byteOffset);
    }
  }
});

encoding("owned results have memory of their own", () => {
  for (const value of [offer, { id: "", size: 0 }]) {
    const bytes = w.encode(Offer, value, { owned: true });
    assert.is(bytes.byteOffset, 0);
    assert.is(bytes.buffer.byteLength, bytes.length);
    assert.equal(w.decode(Offer, bytes), value);
  }
});

encoding("failing encodes take no memory of the others", () => {
  w.encode(Offer, offer);
  const { bytes } = costOf(() => {
    for (let index = 0; index < 2000; index++) {
      try {
        w.encode(Offer, { id: "y".repeat(200), size: -1 });
      } catch {
        // Is meant to fail, after most of it was written.
      }
    }
  });
  assert.ok(bytes <= SLAB_BYTES, `${bytes} bytes`);
});

encoding("many small messages share few blocks", () => {
  const { bytes } = costOf(() => {
    for (let index = 0; index < 10_000; index++) w.encode(Offer, offer);
  });
  assert.ok(bytes < 10_000 * 17 + 2 * SLAB_BYTES, `${bytes} bytes`);
});

encoding("messages around and above the size of a block", () => {
  const schema = w.struct({ n: w.u32, data: w.bytes(w.u32), text: w.string(w.varint) });
  for (
    const length of [0, 1000, SLAB_BYTES - 10, SLAB_BYTES - 9, SLAB_BYTES, SLAB_BYTES + 1, 3 * SLAB_BYTES, 1_000_000]
  ) {
    const value = { n: 7, data: new Uint8Array(length).fill(3), text: "é".repeat(length) };
    const before = w.encode(Offer, offer);
    const bytes = w.encode(schema, value);
    const after = w.encode(Offer, offer);
    const decoded = w.decode(schema, bytes);
    assert.is(decoded.text, value.text);
    assert.is(Buffer.compare(decoded.data, value.data), 0);
    for (const small of [before, after]) assert.is(w.formatHex(small), offerHex);
  }
});

encoding("every schema that grows the output at every place of a block", () => {
  const schema = w.struct({
    a: w.string(w.u8),
    b: w.string(w.u16),
    c: w.string(w.varint),
    d: w.string(3),
    e: w.framed(w.varint, w.bytes(w.varint)),
    f: w.framed(w.u32le, w.struct({ n: w.u64le, text: w.limit(w.string(w.u8), 30) })),
    g: w.string(w.rest),
  });
  const value = {
    a: "é".repeat(20),
    b: "é".repeat(20),
    c: "é".repeat(70),
    d: "€",
    e: new Uint8Array(150),
    f: { n: 5, text: "ü".repeat(10) },
    g: "ß".repeat(30),
  };
  const hex = w.formatHex(w.encode(schema, value, { owned: true }));
  const one = w.bytes(w.rest);
  // One step after the other up to the end of a block, so that the block ends in every field once.
  for (let step = 0; step < 700; step++) {
    assert.is(w.formatHex(w.encode(schema, value)), hex);
    w.encode(one, new Uint8Array(step % 7 === 0 ? 101 : 0));
  }
});

encoding("messages that ask for more room again and again, at every place of a block", () => {
  const schema = w.struct({ head: w.bytes(w.u16), text: w.string(w.varint), tail: w.array(w.u16, w.u16) });
  for (let step = 0; step < 1500; step++) {
    const length = step % 37 * 50;
    const value = { head: new Uint8Array(length).fill(step), text: "é".repeat(length), tail: Array(length).fill(step) };
    const { head, text, tail } = w.decode(schema, w.encode(schema, value));
    assert.is(Buffer.compare(head, value.head), 0);
    assert.is(text, value.text);
    assert.ok(tail.length === length && tail.every((number) => number === step));
  }
});

encoding("messages that use all of the room they were given", () => {
  const halves = w.tuple([w.bytes(w.rest), w.bytes(w.rest)]);
  const one = w.bytes(w.rest);
  for (let step = 0; step < 6000; step++) {
    const half = new Uint8Array(1100 + step % 11).fill(step);
    // The first half asks for twice its room, the second half fills it.
    const message = w.encode(halves, [half, half]);
    assert.ok(message.length === 2 * half.length && message[message.length - 1] === (step & 0xff));
    w.encode(one, half.subarray(0, step % 97));
  }
});

encoding("encoding inside a mapping", () => {
  const nested = w.map(w.bytes(w.u8), {
    name: "nested",
    decode: (bytes) => w.decode(Offer, bytes),
    encode: (value: typeof offer) => w.encode(Offer, value),
  });
  const schema = w.struct({ before: w.string(w.u8), nested: w.array(nested, w.u8), after: w.string(w.u8) });
  const value = { before: "b", nested: [offer, { id: "", size: 1 }, offer], after: "a" };
  for (let index = 0; index < 50; index++) {
    const bytes = w.encode(schema, value);
    assert.is(
      w.formatHex(bytes),
      `0162 03 11${offerHex} 0900${"0".repeat(15)}1 11${offerHex} 0161`.replaceAll(" ", ""),
    );
    assert.equal(w.decode(schema, bytes), value);
    const target = new Uint8Array(100);
    assert.is(w.encodeInto(schema, value, target, 3), 3 + bytes.length);
    assert.equal(w.decodePrefix(schema, target, 3), { value, length: bytes.length });
  }
  assertRefused(
    () => w.encode(schema, { ...value, nested: [offer, { id: "x", size: -1 }] }),
    ["refused", "nested[1]", 21],
    "nested",
  );
  assert.equal(w.decode(schema, w.encode(schema, value)), value);
});

encoding("a mapping that keeps the results of its own encoding", () => {
  const kept: Uint8Array[] = [];
  const keeping = w.map(w.u8, {
    name: "keeping",
    decode: (value) => value,
    encode: (value: number) => {
      kept.push(w.encode(w.string(w.u8), `kept ${value}`));
      return value;
    },
  });
  const list = w.array(keeping, w.u8);
  const bytes = w.encode(list, [1, 2, 3]);
  assert.throws(() => w.encode(list, [4, 5, 256]));
  w.encode(w.string(w.u8), "x".repeat(100));
  assert.is(w.formatHex(bytes), "03010203");
  assert.equal(kept.slice(0, 3).map((one) => w.decode(w.string(w.u8), one)), ["kept 1", "kept 2", "kept 3"]);
  // The message around them grows over the place where they were written.
  const growing = w.struct({ keeping, data: w.bytes(w.u32), again: keeping });
  for (let step = 0; step < 100; step++) {
    kept.length = 0;
    const message = w.encode(growing, { keeping: 7, data: new Uint8Array(500 * step).fill(0xff), again: 8 });
    assert.equal(kept.map((one) => w.decode(w.string(w.u8), one)), ["kept 7", "kept 8"]);
    assert.is(message.length, 6 + 500 * step);
    assert.ok(message.subarray(5, -1).every((byte) => byte === 0xff) && message.at(-1) === 8);
  }
});

encoding("a value may be the result of an earlier encoding", () => {
  const first = w.encode(Offer, offer);
  const second = w.encode(w.bytes(w.u8), first);
  assert.is(w.formatHex(second), "11" + offerHex);
  assert.is(w.formatHex(first), offerHex);
});

encoding.run();

const targets = suite("codec: encodeInto");

targets("returns the offset after the message and touches nothing else", () => {
  const target = new Uint8Array(30).fill(0xaa);
  assert.is(w.encodeInto(Offer, offer, target), 17);
  assert.is(w.formatHex(target), offerHex + "aa".repeat(13));
  target.fill(0xaa);
  assert.is(w.encodeInto(Offer, offer, target, 13), 30);
  assert.is(w.formatHex(target), "aa".repeat(13) + offerHex);
  assert.is(w.encodeInto(w.struct({}), {}, target, 30), 30);
});

targets("writes into a view, not into the memory around it", () => {
  const memory = new Uint8Array(60).fill(0xaa);
  assert.is(w.encodeInto(Offer, offer, memory.subarray(20, 40), 2), 19);
  assert.is(w.formatHex(memory), "aa".repeat(22) + offerHex + "aa".repeat(21));
  assertRefused(() => w.encodeInto(Offer, offer, memory.subarray(20, 40), 4), ["space", "", 16], "too small");
  assert.is(w.formatHex(memory.subarray(40)), "aa".repeat(20));
});

targets("says what is missing", () => {
  const { context, message } = assertRefused(
    () => w.encodeInto(Offer, offer, new Uint8Array(20), 4),
    ["space", "", 16],
    "too small",
  );
  assert.equal(context, { needed: 17, left: 16 });
  assert.is(message, "Needs 17 bytes, the target has room for 16 (offset 16)");
});

targets("a wrong value is told before a target that is too small", () => {
  assertRefused(
    () => w.encodeInto(Offer, { id: "a", size: -1 }, new Uint8Array(1)),
    ["range", "size", 2],
    "wrong value",
  );
  assertRefused(() => w.encodeInto(w.string(w.u8), "\ud800", new Uint8Array(0)), ["utf8", "", 0], "wrong value");
});

targets("offsets that are none", () => {
  for (const offset of [-1, 0.5, NaN, 21, Infinity]) {
    assert.throws(
      () => w.encodeInto(Offer, offer, new Uint8Array(20), offset),
      (error: Error) => error instanceof RangeError,
    );
    assert.throws(
      () => w.decodePrefix(Offer, new Uint8Array(20), offset),
      (error: Error) => error instanceof RangeError,
    );
  }
});

targets("varint lengths that grow move only their own message", () => {
  const schema = w.framed(w.varint, w.struct({ a: w.string(w.varint), b: w.framed(w.varint, w.bytes(w.rest)) }));
  for (const length of [0, 1, 60, 61, 62, 126, 127, 128, 129, 200, 16382, 16383, 16384]) {
    const value = { a: "é".repeat(length), b: new Uint8Array(length).fill(7) };
    const hex = w.formatHex(w.encode(schema, value));
    const memory = new Uint8Array(hex.length / 2 + 20).fill(0xaa);
    assert.is(w.encodeInto(schema, value, memory.subarray(0, memory.length - 10), 10), memory.length - 10);
    assert.is(w.formatHex(memory), "aa".repeat(10) + hex + "aa".repeat(10));
  }
});

targets.run();
