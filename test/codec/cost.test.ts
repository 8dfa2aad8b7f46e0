import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fromSeed } from "../../codec/arbitrary/random.ts";
import * as w from "../../codec/mod.ts";
import { costOf } from "./cost.ts";
import { seed } from "./seed.ts";

const test = suite("codec: what input can cost");

/** A schema that counts how many of its values were made. */
function counted(schema: w.Schema<number>): { schema: w.Schema<number>; count: () => number } {
  let count = 0;
  const decode = (value: number) => {
    count++;
    return value;
  };
  return { schema: w.map(schema, { name: "counted", decode, encode: (value) => value }), count: () => count };
}

interface Tree {
  readonly n: number;
  readonly left: readonly Tree[];
  readonly right: readonly Tree[];
}
const Tree: w.Schema<Tree> = w.lazy((): w.Schema<Tree> =>
  w.struct({ n: w.u8, left: w.array(Tree, w.varint), right: w.array(Tree, w.u8) })
);

/** What a message of a few bytes could blow up. */
const GREEDY: readonly w.Schema[] = [
  w.array(w.array(w.u8, w.varint), w.varint),
  w.array(w.array(w.array(w.array(w.u8, w.u8), w.u8), w.u8), w.u8),
  w.array(w.array(w.u8, w.u32), w.u32),
  w.array(w.array(w.bytes(w.u8), w.u64), w.u64),
  w.array(w.string(w.varint), w.u16),
  w.array(w.optional(w.u8), w.rest),
  w.array(w.optional(w.array(w.bool, w.u32le)), w.u16le),
  w.array(w.struct({ n: w.u8, list: w.array(w.u8, w.ref("n")) }), w.u32),
  w.array(w.framed(w.u8, w.array(w.u8, w.rest)), w.rest),
  w.struct({ n: w.u64, list: w.array(w.u8, w.ref("n")), data: w.bytes(w.ref("n")), text: w.string(w.ref("n")) }),
  w.string(w.u32),
  w.bytes(w.u64),
  w.limit(w.array(w.bytes(w.varint), w.u32), 1_000_000),
  Tree,
  w.array(Tree, w.u32),
];

test("ten bytes never cost more than a few hundred elements and no memory to speak of", () => {
  console.log(`  hostile bytes: WARPWIRE_SEED=${seed}`);
  const choose = fromSeed(seed);
  for (const schema of GREEDY) {
    for (let round = 0; round < 300; round++) {
      const likely = [0x00, 0x01, 0x02, 0x7f, 0x80, 0xff];
      const input = Uint8Array.from({ length: 10 }, () => choose(3) === 0 ? choose(255) : likely[choose(5)]);
      const { bytes, pushes } = costOf(() => w.decode(schema, input));
      assert.ok(pushes <= 300, `${pushes} pushes for ${w.formatHex(input)}`);
      assert.ok(bytes <= 1000, `${bytes} bytes for ${w.formatHex(input)}`);
    }
  }
});

test("a count is held against the bytes that are left before any element is made", () => {
  const huge: readonly (readonly [size: w.IntSchema, hex: string])[] = [
    [w.u32, "ffffffff"],
    [w.u32, "000f4240"],
    [w.u32, "00000010"],
    [w.u32le, "ffffff7f"],
    [w.u64, "001fffffffffffff"],
    [w.u64, "0000000100000000"],
    [w.varint, "ffffffffffffff0f"],
    [w.varint, "ffffffff0f"],
  ];
  for (const [size, hex] of huge) {
    const { schema, count } = counted(w.u8);
    const input = w.parseHex(hex + "00".repeat(8));
    for (const list of [w.array(schema, size), w.struct({ size, list: w.array(schema, w.ref("size")) })]) {
      const cost = costOf(() => w.decode(list as w.Schema, input));
      assert.is(count(), 0, hex);
      assert.ok(cost.pushes < 10 && cost.bytes === 0, `${cost.pushes} pushes, ${cost.bytes} bytes for ${hex}`);
    }
  }
});

test("what is left is what follows, not the whole input", () => {
  const { schema, count } = counted(w.u8);
  const late = w.struct({ first: w.bytes(1000), list: w.array(schema, w.u16) });
  const input = new Uint8Array(1002 + 10);
  new DataView(input.buffer).setUint16(1000, 500);
  costOf(() => w.decode(late, input));
  costOf(() => w.decode(w.framed(w.u16, late), w.encode(w.framed(w.u16, w.bytes(w.rest)), input)));
  assert.is(count(), 0);
});

test("a limit ends what is behind it at once", () => {
  const { schema, count } = counted(w.u8);
  costOf(() => w.decode(w.limit(w.array(schema, w.rest), 20), new Uint8Array(5000)));
  // One element more shows that there are too many, in the plain decoder and in the traced one.
  assert.is(count(), 2 * 21);
});

test("a string or byte string of 4 GiB that is not there costs nothing", () => {
  const input = w.parseHex("ffffffff 6161");
  for (const schema of [w.string(w.u32), w.bytes(w.u32), w.framed(w.u32, w.string(w.rest))]) {
    for (const options of [{}, { copy: true }, { limits: { stringBytesMax: Infinity } }]) {
      const { bytes, pushes } = costOf(() => w.decode<string | Uint8Array>(schema, input, options));
      assert.ok(bytes === 0 && pushes < 10);
    }
  }
});

test("elements of all arrays of a message are counted together", () => {
  const { schema, count } = counted(w.u8);
  const lists = w.array(w.array(schema, w.u8), w.u8);
  const input = w.encode(lists, [[1, 2, 3], [4, 5, 6], [7, 8, 9]]);
  const refuse = (elementsMax: number) => w.inspect(lists, input, { limits: { elementsMax } }).error;
  assert.is(refuse(12), undefined);
  const before = count();
  const error = refuse(11);
  assert.equal([error?.code, error?.path, error?.offset], ["limit", "[2]", 9]);
  assert.is(count() - before, 6, "no element of the list that is too long is made");
  assert.throws(() => w.decode(lists, input, { limits: { elementsMax: 11 } }), /More than 11 elements/);
  const rest = w.array(schema, w.rest);
  assert.throws(() => w.decode(rest, new Uint8Array(8), { limits: { elementsMax: 7 } }), /More than 7 elements/);
  assert.is(w.decode(rest, new Uint8Array(7), { limits: { elementsMax: 7 } }).length, 7);
});

test("strings have a limit of their own, whatever their length says", () => {
  const limits = { stringBytesMax: 3 };
  for (const schema of [w.string(w.u8), w.string(w.rest)]) {
    const [fits, long] = ["abc", "abcd"].map((text) => w.encode(schema, text));
    assert.is(w.decode(schema, fits, { limits }), "abc");
    assert.throws(() => w.decode(schema, long, { limits }), (error: w.CodecError) => error.code === "limit");
  }
});

test("elements without bytes, of a fixed number, are counted, too", () => {
  const cheap = w.array(w.struct({ n: w.u8, nothing: w.array(w.struct({}), 1000) }), w.rest);
  const { pushes } = costOf(() => w.decode(cheap, new Uint8Array(10_000), { limits: { elementsMax: 5000 } }));
  assert.ok(pushes < 5000 * 4, `${pushes} pushes`);
  assert.throws(() => w.decode(cheap, new Uint8Array(10_000)), /More than 1000000 elements/);
});

test("a million levels end at the sixty-fourth", () => {
  interface Chain {
    readonly n: number;
    readonly next: Chain | null;
  }
  const { schema, count } = counted(w.u8);
  const Chain: w.Schema<Chain> = w.lazy((): w.Schema<Chain> => w.struct({ n: schema, next: w.optional(Chain) }));
  const input = new Uint8Array(1_000_000).fill(1);
  costOf(() => w.decode(Chain, input));
  // Once in the plain decoder and once more to explain.
  assert.is(count(), 2 * 64);
});

test("to explain an error costs no more than a small multiple of reading", () => {
  const list = w.array(w.u8, w.u32);
  const input = new Uint8Array(200_005).fill(1);
  new DataView(input.buffer).setUint32(0, 200_000);
  const good = costOf(() => w.decode(list, input.subarray(0, 200_004)));
  const bad = costOf(() => w.decode(list, input));
  assert.is(good.pushes, 200_000);
  assert.ok(bad.pushes <= 3 * good.pushes + 10, `${bad.pushes} pushes`);
  assert.ok(bad.bytes === 0);
});

test("an error message shows little of a large value", () => {
  let asked = 0;
  const large = Array.from({ length: 100_000 }, () => ({
    get part() {
      asked++;
      return "x".repeat(1000);
    },
  }));
  for (const value of [large, { large }, { deep: { deeper: { deepest: { large } } } }, "x".repeat(1_000_000)]) {
    const { error } = failure(() => w.encode(w.u8, value as never));
    assert.ok(error.message.length < 150, `${error.message.length} characters`);
  }
  assert.ok(asked < 500, `${asked} properties read`);
});

function failure(run: () => unknown): { error: Error } {
  try {
    run();
  } catch (error) {
    return { error: error as Error };
  }
  throw new Error("Nothing was thrown");
}

test("encoding counts as decoding does", () => {
  const lists = w.array(w.array(w.u8, w.u8), w.u8);
  const limits = { elementsMax: 11 };
  assert.throws(() => w.encode(lists, [[1, 2, 3], [4, 5, 6], [7, 8, 9]], { limits }), /More than 11 elements/);
  w.encode(lists, [[1, 2, 3], [4, 5, 6], [7, 8]], { limits });
  assert.throws(() => w.encode(w.string(w.u32), "abc", { limits: { stringBytesMax: 2 } }), /longer than 2/);
  assert.throws(() => w.encode(w.string(w.u8), "éa", { limits: { stringBytesMax: 2 } }), /longer than 2/);
  assert.throws(() => w.encode(w.string(w.rest), "éa", { limits: { stringBytesMax: 2 } }), /longer than 2/);
});

test("a limit that was forgotten keeps its default; one that bounds nothing is refused", () => {
  const forgotten = { elementsMax: undefined, depthMax: undefined, stringBytesMax: undefined } as unknown as Partial<
    w.Limits
  >;
  const list = w.array(w.u8, w.rest);
  assert.throws(() => w.decode(list, new Uint8Array(1_000_001), { limits: forgotten }), /More than 1000000 elements/);
  for (const elementsMax of [NaN, -1, "many" as unknown as number]) {
    const limits = { elementsMax };
    for (
      const run of [
        () => w.decode(list, new Uint8Array(1), { limits }),
        () => w.encode(list, [1], { limits }),
        () => w.encodeInto(list, [1], new Uint8Array(9), 0, { limits }),
        () => w.inspect(list, new Uint8Array(1), { limits }),
      ]
    ) assert.throws(run, (error: Error) => error instanceof RangeError);
  }
  assert.is(w.decode(list, new Uint8Array(3), { limits: { elementsMax: Infinity } }).length, 3);
});

test("dumps of many parts", () => {
  const list = w.array(w.u8, w.u32);
  const dump = w.hexdump(list, w.encode(list, new Array(150_000).fill(1)));
  assert.is(dump.split("\n").length, 150_001);
});

test.run();
