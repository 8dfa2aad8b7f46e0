import * as tb from "typed-binary";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { chosen } from "../../../codec/arbitrary/fast-check.ts";
import { fromSeed } from "../../../codec/arbitrary/random.ts";
import { arbitraryValue } from "../../../codec/arbitrary/values.ts";
import {
  array,
  bytes,
  CodecError,
  decode,
  describeText,
  encode,
  formatHex,
  framed,
  inspect,
  lazy,
  limit,
  map,
  optional,
  parseHex,
  rest,
  type Schema,
  string,
  struct,
  tuple,
  u16,
  u32,
  u64,
  u8,
  union,
  varint,
} from "../../../codec/mod.ts";
import { mutate } from "../../../codec/arbitrary/mutate.ts";
import { requestSchema, unified } from "../../../codec/protocols/warpdrive/mod.ts";
import { fromTypedBinary, toTypedBinary } from "../../../src/bridges/typed-binary/mod.ts";
import { same } from "../../codec/same.ts";
import { randomSchema } from "../../codec/arbitrary-schema.ts";
import { check } from "../../codec/seed.ts";
import { fails, thrown } from "../failing.ts";
import { FRAMES } from "../frames.ts";
import { RECORDED, recordedRequests } from "../recorded.ts";

const test = suite("bridges: our schemas in typed-binary");

const big = { endianness: "big" } as const;
const Download = struct({ offerId: string(u8), index: u64, offset: u64 });
const download = { offerId: "6b036f4a", index: 2, offset: 1_000_000 };

/** The bytes that typed-binary writes for a value. */
function written<S extends tb.AnySchema>(schema: S, value: tb.Parsed<S>, endianness: tb.Endianness): Uint8Array {
  const buffer = new ArrayBuffer(schema.measure(value as never).size);
  const writer = new tb.BufferWriter(buffer, { endianness });
  schema.write(writer, value as never);
  assert.is(writer.currentByteOffset, buffer.byteLength, "as many bytes as were measured");
  return new Uint8Array(buffer);
}

function readIn(schema: tb.AnySchema, bytes: Uint8Array, endianness: tb.Endianness): unknown {
  const reader = new tb.BufferReader(bytes.slice().buffer, { endianness });
  const value = schema.read(reader);
  assert.is(reader.currentByteOffset, bytes.length, "all bytes were read");
  return value;
}

for (const endianness of ["big", "little"] as const) {
  test(`stands in every composite of typed-binary, ${endianness}-endian`, () => {
    const ours = toTypedBinary(Download);
    const Log = tb.object({
      time: tb.u16,
      first: ours,
      two: tb.arrayOf(ours, 2),
      more: tb.dynamicArrayOf(ours),
      pair: tb.tupleOf([tb.u8, ours]),
      maybe: tb.optional(ours),
      none: tb.optional(ours),
      chain: tb.keyed("node", (ref) => tb.object({ here: ours, next: tb.optional(ref) })),
      kind: tb.generic({ at: ours }, { plain: tb.object({ too: ours }) }),
    });
    const log: tb.Parsed<typeof Log> = {
      time: 258,
      first: download,
      two: [download, { ...download, index: 7 }],
      more: [download],
      pair: [1, download],
      maybe: download,
      none: undefined,
      chain: { here: download, next: { here: download, next: undefined } },
      kind: { type: "plain", at: download, too: download },
    };
    const bytes = written(Log, log, endianness);
    assert.equal(readIn(Log, bytes, endianness), log);
    const [time, offset] = endianness === "big" ? ["0102", "00000000000f4240"] : ["0201", "00000000000f4240"];
    assert.ok(formatHex(bytes).replaceAll(" ", "").startsWith(`${time}0836623033366634610000000000000002${offset}`));
    // And the whole of it stands in a schema of ours again.
    const Message = struct({ kind: u8, log: fromTypedBinary(Log, { endianness }) });
    const message = encode(Message, { kind: 9, log });
    assert.equal(message, Uint8Array.of(9, ...bytes));
    assert.equal(decode(Message, message), { kind: 9, log });
  });
}

test("types follow the schema", () => {
  const Log = tb.object({ download: toTypedBinary(Download) });
  const log: tb.Parsed<typeof Log> = { download };
  // @ts-expect-error: the offset of a download is a number
  const wrong: tb.Parsed<typeof Log> = { download: { ...download, offset: "0" } };
  fails(() => written(Log, wrong, "big"), "type", { path: "offset" });
  const back = fromTypedBinary(Log, big);
  const offset: number = decode(back, encode(back, log)).download.offset;
  assert.is(offset, 1_000_000);
});

test("reads recorded messages and frames", () => {
  let count = 0;
  for (const { message, schema, value } of RECORDED) {
    assert.equal(readIn(toTypedBinary(schema), message.bytes, "little"), value);
    count++;
  }
  assert.ok(count > 200, `${count} messages`);
  for (const { schema, bytes, value } of FRAMES) {
    assert.equal(readIn(toTypedBinary(schema as Schema), bytes, "big"), value);
  }
});

test("reads requests one after another", () => {
  const Requests = tb.arrayOf(toTypedBinary(requestSchema(unified.ports[0])), 3);
  const requests = ["createOffer", "download", "listOffers"].map((name) =>
    recordedRequests(name).find(({ dialect }) => dialect === "unified")!
  );
  const values = requests.map(({ message }) => ({ command: message.command, ...message.value }));
  assert.equal(readIn(Requests, written(Requests, values, "big"), "big"), values);
});

test("random schemas are read and written as by our own functions", () => {
  let bridged = 0;
  let refusals = 0;
  const cases = chosen((choose) => ({ schema: randomSchema(choose), seed: choose(2 ** 32 - 1) }));
  check("typed-binary", cases, 400, ({ schema, seed }) => {
    const choose = fromSeed(seed);
    let theirs;
    try {
      theirs = toTypedBinary(schema);
    } catch (error) {
      assert.instance(error, CodecError);
      assert.ok(describeText(schema).includes("all that is left"), "only schemas without an end are refused");
      refusals++;
      return;
    }
    bridged++;
    const endianness = choose(1) === 0 ? "big" : "little";
    const value = arbitraryValue(schema, choose);
    const bytes = encode(schema, value);
    const Around = tb.tupleOf([tb.u16, theirs, tb.u8]);
    const whole = written(Around, [513, value, 7], endianness);
    assert.equal(whole.subarray(2, whole.length - 1), bytes);
    assert.ok(same((readIn(Around, whole, endianness) as unknown[])[1], value), "the value comes back");
    const { spans } = inspect(schema, bytes);
    for (let harms = 0; harms < 4; harms++) {
      const broken = mutate(bytes, spans, choose);
      const direct = thrown(() => decode(schema, broken));
      const bridgedError = thrown(() => readIn(theirs, broken, endianness));
      if (direct === undefined) assert.is(bridgedError, undefined);
      else if (direct instanceof CodecError && direct.code !== "trailing") {
        assert.instance(bridgedError, CodecError, formatHex(broken));
        const found = bridgedError as CodecError;
        // A reader that does not know where its input ends may find a bound exceeded before the end is found missing.
        if ([direct.code, found.code].some((code) => code === "truncated" || code === "limit")) continue;
        assert.equal([found.code, found.path, found.offset], [direct.code, direct.path, direct.offset]);
      }
    }
  });
  console.log(`  typed-binary: ${bridged} schemas, ${refusals} reach the end of the input`);
  assert.ok(bridged > refusals / 4);
});

test("errors have the path inside the value and the offset of the reader", () => {
  const Log = tb.object({ time: tb.u32, download: toTypedBinary(Download) });
  const bytes = written(Log, { time: 0, download }, "big");
  fails(() => readIn(Log, bytes.subarray(0, 20), "big"), "truncated", { path: "index", offset: 13 });
  const wrong = bytes.slice();
  wrong[13] = 0xff;
  fails(() => readIn(Log, wrong, "big"), "range", { path: "index", offset: 13 });
  fails(() => written(Log, { time: 0, download: { ...download, index: -1 } }, "big"), "range", { path: "index" });
});

test("a buffer without room is an error with a code", () => {
  const writer = new tb.BufferWriter(new ArrayBuffer(10), big);
  fails(() => toTypedBinary(Download).write(writer, download), "space");
});

test("measures values, and the largest of all", () => {
  assert.is(toTypedBinary(Download).measure(download).size, 25);
  assert.is(toTypedBinary(Download).measure(tb.MaxValue).size, 272);
  assert.ok(toTypedBinary(string(varint)).measure(tb.MaxValue).isUnbounded);
});

test("bounds what it reads", () => {
  const large = encode(string(u32), "x".repeat(100_000));
  assert.is((readIn(toTypedBinary(string(u32)), large, "big") as string).length, 100_000);
  fails(() => readIn(toTypedBinary(string(u32), { bytesMax: 1000 }), large, "big"), "limit");
  fails(() => readIn(toTypedBinary(string(u32), { limits: { stringBytesMax: 10 } }), large, "big"), "limit");
  const Short = fromTypedBinary(toTypedBinary(string(u32)), { ...big, bytesMax: 1000 });
  fails(() => decode(Short, large), "limit");
  fails(() => readIn(toTypedBinary(array(u8, u32)), parseHex("ffffffff 00"), "big"), "limit");
  fails(() => readIn(toTypedBinary(bytes(u32)), parseHex("000fffff 00"), "big"), "truncated");
  fails(() => readIn(toTypedBinary(bytes(u32)), parseHex("ffffffff 00"), "big"), "limit");
});

test("refuses values that end with their input", () => {
  const tail: Schema<unknown> = lazy(() => union("kind", u8, { a: [0, struct({ text: string(rest) })] }));
  const schemas: Schema[] = [
    bytes(rest),
    string(rest),
    array(u16, rest),
    struct({ a: u8, b: bytes(rest) }),
    tuple([u8, optional(bytes(rest))]),
    limit(bytes(rest), 5),
    map(bytes(rest), { name: "same", decode: (value) => value, encode: (value) => value }),
    tail,
  ];
  for (const schema of schemas) fails(() => toTypedBinary(schema), "schema");
  assert.equal(readIn(toTypedBinary(framed(u8, bytes(rest))), Uint8Array.of(2, 5, 6), "big"), Uint8Array.of(5, 6));
  const Tree: Schema<unknown> = lazy(() => struct({ kids: array(Tree, u8) }));
  assert.equal(readIn(toTypedBinary(Tree), Uint8Array.of(1, 0), "big"), { kids: [{ kids: [] }] });
});

test("schemas without bytes have values", () => {
  assert.equal(readIn(toTypedBinary(struct({})), new Uint8Array(0), "big"), {});
});

test.run();
