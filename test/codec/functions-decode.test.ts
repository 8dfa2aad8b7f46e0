import { Buffer } from "node:buffer";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as w from "../../codec/mod.ts";
import { assertRefused } from "./table.ts";

const Offer = w.struct({ id: w.string(w.u8), size: w.u64 });
const offer = { id: "6b036f4a", size: 1_000_000 };
const offerHex = "08366230333666346100000000000f4240";

const decoding = suite("codec: decode");

decoding("bytes are views of the input, or copies", () => {
  const schema = w.struct({ n: w.u8, data: w.bytes(w.u8), list: w.array(w.bytes(1), w.rest) });
  const input = w.parseHex("01 02 0a0b 0c0d");
  const views = w.decode(schema, input);
  const copies = w.decode(schema, input, { copy: true });
  assert.ok(views.data.buffer === input.buffer && views.list[1].buffer === input.buffer);
  assert.ok(copies.data.buffer !== input.buffer && copies.list[1].buffer !== input.buffer);
  assert.is(copies.data.buffer.byteLength, 2);
  input.fill(0);
  assert.equal([...views.data], [0, 0]);
  assert.equal([...copies.data], [10, 11]);
  assert.equal([...copies.list[1]], [13]);
});

decoding("a message inside a shared pool sees nothing of its neighbours", () => {
  const secret = Buffer.from("SECRET".repeat(20));
  const schema = w.struct({ n: w.u8, secret: w.u32 });
  const text = w.struct({ n: w.u8, text: w.string(w.u8) });
  for (let start = 0; start < 20; start++) {
    assertRefused(() => w.decode(schema, secret.subarray(start, start + 1)), ["truncated", "secret", 1], "pooled");
    assertRefused(() => w.decode(text, Buffer.from([1, 200, 65]).subarray(0, 3)), ["truncated", "text", 2], "pooled");
    assert.is(w.decode(w.string(w.rest), secret.subarray(start, start)), "");
    assert.is(w.decode(w.bytes(w.rest), secret.subarray(start, start + 2)).length, 2);
  }
});

decoding("a Buffer as input gives plain bytes", () => {
  const pool = Buffer.from("..0123456789");
  const input = pool.subarray(2);
  assert.ok(input.byteOffset > 0 || input.buffer.byteLength >= 10);
  const { data, rest } = w.decode(w.struct({ data: w.bytes(3), rest: w.bytes(w.rest) }), input);
  for (const bytes of [data, rest, w.decode(w.bytes(w.rest), input, { copy: true })]) {
    assert.is(Object.getPrototypeOf(bytes), Uint8Array.prototype);
    assert.not(Buffer.isBuffer(bytes));
  }
  assert.is(Buffer.from(data).toString(), "012");
});

decoding("a Buffer as a value", () => {
  assert.is(w.formatHex(w.encode(w.bytes(w.u8), Buffer.from("ab"))), "026162");
  assert.is(Object.getPrototypeOf(w.encode(w.bytes(w.u8), Buffer.from("ab"))), Uint8Array.prototype);
});

decoding("only bytes can be decoded", () => {
  for (
    const input of [
      "00",
      [0],
      new ArrayBuffer(1),
      new Uint16Array(1),
      new DataView(new ArrayBuffer(1)),
      null,
      undefined,
    ]
  ) {
    assert.throws(() => w.decode(w.u8, input as unknown as Uint8Array), (error: Error) => error instanceof TypeError);
  }
});

decoding("decodePrefix tells how many bytes a value took", () => {
  const input = w.parseHex(`ff${offerHex}00`);
  assert.equal(w.decodePrefix(Offer, input, 1), { value: offer, length: 17 });
  assert.equal(w.decodePrefix(w.struct({}), input, 19), { value: {}, length: 0 });
  assert.equal(w.decodePrefix(w.u8, input), { value: 255, length: 1 });
  assertRefused(() => w.decodePrefix(Offer, input, 2), ["truncated", "id", 3], "prefix");
  assertRefused(() => w.decodePrefix(w.u8, input, 19), ["truncated", "", 19], "prefix");
});

decoding("decodePrefix is not confused by decoding inside a mapping", () => {
  const nested = w.map(w.bytes(w.u8), {
    name: "nested",
    decode: (bytes) => w.decodePrefix(w.u8, bytes).value,
    encode: (value: number) => w.encode(w.u8, value),
  });
  assert.equal(w.decodePrefix(w.struct({ n: w.u8, nested }), w.parseHex("07 03 010203 ff")), {
    value: { n: 7, nested: 1 },
    length: 5,
  });
  const failing = w.map(nested, {
    name: "failing inside",
    decode: (value) => {
      assert.throws(() => w.decode(w.u32, new Uint8Array(2)));
      assert.throws(() => w.encode(w.u8, 256));
      return value;
    },
    encode: (value: number) => value,
  });
  assert.equal(w.decode(w.array(failing, w.u8), w.parseHex("02 0105 0106")), [5, 6]);
});

decoding("an input that a mapping changes while it is read stays inside its bounds", () => {
  const input = w.parseHex("02 01 02 03");
  const meddling = w.map(w.u8, {
    name: "meddling",
    decode: (value) => {
      input.fill(0xff);
      return value;
    },
    encode: (value: number) => value,
  });
  assert.throws(() => w.decode(w.struct({ n: w.u8, a: meddling, b: w.string(w.u8) }), input));
});

decoding.run();

const compiling = suite("codec: compile");

compiling("makes the functions of a schema once", () => {
  const codec = w.compile(Offer);
  assert.is(w.compile(Offer), codec);
  assert.is(codec.schema, Offer);
  assert.is(w.formatHex(codec.encode(offer)), offerHex);
  assert.equal(codec.decode(w.parseHex(offerHex)), offer);
  assert.equal(codec.decodePrefix(w.parseHex(offerHex + "00")), { value: offer, length: 17 });
  const target = new Uint8Array(17);
  assert.is(codec.encodeInto(offer, target), 17);
  assert.is(w.formatHex(target), offerHex);
});

compiling("functions of a codec need no object", () => {
  const { encode, decode, encodeInto, decodePrefix } = w.compile(w.u16);
  assert.is(w.formatHex(encode(258)), "0102");
  assert.is(decode(Uint8Array.of(1, 2)), 258);
  assert.is(encodeInto(258, new Uint8Array(2)), 2);
  assert.is(decodePrefix(Uint8Array.of(1, 2)).length, 2);
});

compiling("schemas with the same parts share them", () => {
  const part = w.struct({ n: w.u8 });
  const a = w.tuple([part, part]);
  const b = w.array(part, w.u8);
  assert.equal(w.decode(a, Uint8Array.of(1, 2)), [{ n: 1 }, { n: 2 }]);
  assert.equal(w.decode(b, Uint8Array.of(1, 2)), [{ n: 2 }]);
});

compiling.run();
