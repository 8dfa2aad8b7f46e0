import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as w from "../../codec/mod.ts";
import { letters } from "./arbitrary-schema.ts";
import { assertRefused, assertUnusable, decodeRefusals, encodeRefusals, rows } from "./table.ts";

const constants = suite("codec: constant");

constants("always the same value", () => {
  rows(w.constant(w.u16, 7), [[7, "0007"]]);
  rows(w.constant(w.string(w.u8), "x"), [["x", "0178"]]);
  rows(w.constant(w.f64, NaN), [[NaN, "7ff8000000000000"]]);
  rows(w.constant(w.bytes(2), Uint8Array.of(1, 2)), [[Uint8Array.of(1, 2), "0102"]]);
  rows(w.constant(w.struct({ a: w.array(w.u8, w.u8) }), { a: [1, 2] }), [[{ a: [1, 2] }, "02 01 02"]]);
  rows(w.constant(w.optional(w.u8), null), [[null, "00"]]);
  rows(w.struct({ version: w.constant(w.u8, 1), n: w.u8 }), [[{ version: 1, n: 2 }, "01 02"]]);
});

constants("anything else is refused both ways", () => {
  const schema = w.struct({ version: w.constant(w.u16, 7) });
  decodeRefusals(schema, [["0008", "literal", "version", 0], ["00", "truncated", "version", 0]]);
  encodeRefusals(schema, [
    [{ version: 8 }, "literal", "version", 0],
    [{ version: "7" }, "literal", "version", 0],
    [{}, "literal", "version", 0],
  ]);
  encodeRefusals(w.constant(w.struct({ a: w.u8 }), { a: 1 }), [[{ b: undefined }, "literal", "", 0]]);
  decodeRefusals(w.constant(w.f64, 0), [["8000000000000000", "literal", "", 0]]);
  encodeRefusals(w.constant(w.f64, 0), [[-0, "literal", "", 0]]);
  decodeRefusals(w.constant(w.bytes(w.u8), Uint8Array.of(1)), [["00", "literal", "", 0], ["01 02", "literal", "", 0]]);
  encodeRefusals(w.constant(w.bytes(w.u8), Uint8Array.of(1)), [[[1], "literal", "", 0], [
    Uint8Array.of(1, 1),
    "literal",
    "",
    0,
  ]]);
  encodeRefusals(w.constant(w.array(w.u8, w.u8), [1]), [[{ 0: 1 }, "literal", "", 0], [[1, 1], "literal", "", 0], [
    [],
    "literal",
    "",
    0,
  ]]);
  encodeRefusals(w.constant(w.struct({ a: w.u8 }), { a: 1 }), [[{ b: 1 }, "literal", "", 0], [
    { a: 1, b: 1 },
    "literal",
    "",
    0,
  ]]);
});

constants("dates are compared by their time", () => {
  const date = w.map(w.u8, { name: "date", decode: (ms) => new Date(ms), encode: (date) => date.getTime() });
  const epoch = w.constant(date, new Date(0));
  rows(epoch, [[new Date(0), "00"]]);
  decodeRefusals(epoch, [["01", "literal", "", 0]]);
  encodeRefusals(epoch, [[new Date(1), "literal", "", 0], [{}, "literal", "", 0], [0, "literal", "", 0]]);
});

constants.run();

const mappings = suite("codec: map and refine");

const date = w.map(w.u64, { name: "date", decode: (ms) => new Date(ms), encode: (date) => date.getTime() });

mappings("a pair of functions", () => {
  rows(w.struct({ at: date }), [[{ at: new Date(258) }, "0000000000000102"]]);
  const hex = w.map(w.bytes(2), { name: "hex", decode: w.formatHex, encode: w.parseHex });
  rows(w.array(hex, w.u8), [[["0102", "ffff"], "02 0102 ffff"]]);
});

mappings("what the encoding function returns is checked like any value", () => {
  encodeRefusals(w.struct({ at: date }), [
    [{ at: new Date(NaN) }, "type", "at", 0],
    [{ at: new Date(-1) }, "range", "at", 0],
  ]);
});

mappings("functions that throw refuse, and what they threw is the cause", () => {
  const cause = new RangeError("not today");
  const never = w.map(w.u8, {
    name: "never",
    decode: (): number => {
      throw cause;
    },
    encode: () => {
      throw cause;
    },
  });
  const schema = w.struct({ n: w.u8, never });
  decodeRefusals(schema, [["01 02", "refused", "never", 1], ["01", "truncated", "never", 1]]);
  encodeRefusals(schema, [[{ n: 1, never: 2 }, "refused", "never", 1]]);
  for (const run of [() => w.decode(schema, Uint8Array.of(1, 2)), () => w.encode(schema, { n: 1, never: 2 })]) {
    const error = assertRefused(run, ["refused", "never", 1], "never");
    assert.is(error.cause, cause);
    assert.is(error.message, "Value is refused by never: not today (at never, offset 1)");
  }
});

mappings("anything can be thrown", () => {
  for (
    const thrown of [
      undefined,
      null,
      7,
      "text",
      Symbol("odd"),
      { message: "no error" },
      new w.CodecError("json", "Inner"),
    ]
  ) {
    const schema = w.map(w.u8, {
      name: "odd",
      decode: () => {
        throw thrown;
      },
      encode: () => {
        throw thrown;
      },
    });
    decodeRefusals(schema, [["00", "refused", "", 0]]);
    encodeRefusals(schema, [[0, "refused", "", 0]]);
  }
});

mappings("a function that throws only once: nothing is hidden", () => {
  let calls = 0;
  const cause = new RangeError("only the first time");
  const moody = w.map(w.u8, {
    name: "moody",
    decode: (value) => {
      if (calls++ === 0) throw cause;
      return value;
    },
    encode: (value: number) => value,
  });
  assert.throws(() => w.decode(moody, Uint8Array.of(1)), (error: unknown) => error === cause);
  assert.is(w.decode(moody, Uint8Array.of(1)), 1);
});

const even = w.refine(w.u8, { name: "even", test: (value) => value % 2 === 0 });

mappings("tests hold both ways", () => {
  rows(even, [[0, "00"], [254, "fe"]]);
  decodeRefusals(w.struct({ n: w.u8, even }), [["01 03", "refused", "even", 1]]);
  encodeRefusals(w.struct({ n: w.u8, even }), [
    [{ n: 1, even: 3 }, "refused", "even", 1],
    [{ n: 1, even: "a" }, "refused", "even", 1],
    // Passes the test and is no u8 for all that.
    [{ n: 1, even: 256 }, "range", "even", 1],
  ]);
  const short = w.refine(w.array(w.u8, w.u8), { name: "short", test: (list) => list.length < 2 });
  rows(short, [[[], "00"], [[1], "01 01"]]);
  decodeRefusals(short, [["02 01 01", "refused", "", 0]]);
});

mappings("a test that throws refuses", () => {
  const schema = w.refine(w.u8, {
    name: "odd",
    test: (value) => {
      if (value > 9) throw new Error("too large to tell");
      return value % 2 === 1;
    },
  });
  rows(schema, [[9, "09"]]);
  decodeRefusals(schema, [["0a", "refused", "", 0], ["08", "refused", "", 0]]);
  encodeRefusals(schema, [[10, "refused", "", 0], [8, "refused", "", 0]]);
  assert.throws(() => w.decode(schema, Uint8Array.of(10)), /refused by odd: too large to tell/);
});

mappings("a refined literal has no value either", () => {
  const schema = w.struct({ magic: w.refine(w.literal("x"), { name: "anything", test: () => true }), n: w.u8 });
  rows(schema, [[{ n: 1 }, "7801"]]);
});

mappings.run();

const limits = suite("codec: limit");

limits("exactly as many bytes, not one more", () => {
  const schema = w.limit(w.string(w.u8), 3);
  rows(schema, [["", "00"], ["ab", "02 6162"], ["é", "02 c3a9"]]);
  decodeRefusals(schema, [
    ["03 616263", "limit", "", 0],
    ["04 61626364", "limit", "", 1],
    ["ff", "truncated", "", 1],
    ["02 61", "truncated", "", 1],
    ["", "truncated", "", 0],
    ["02 6162 00", "trailing", "", 3],
  ]);
  encodeRefusals(schema, [["abc", "limit", "", 4], ["éa", "limit", "", 4]]);
});

limits("0 bytes", () => {
  rows(w.limit(w.struct({}), 0), [[{}, ""]]);
  decodeRefusals(w.limit(w.u8, 0), [["00", "limit", "", 0], ["", "truncated", "", 0]]);
  encodeRefusals(w.limit(w.u8, 0), [[1, "limit", "", 1]]);
});

limits("all that is left, up to a limit", () => {
  const schema = w.struct({ n: w.u8, rest: w.limit(w.bytes(w.rest), 2) });
  rows(schema, [
    [{ n: 1, rest: Uint8Array.of() }, "01"],
    [{ n: 1, rest: Uint8Array.of(2, 3) }, "01 0203"],
  ]);
  decodeRefusals(schema, [["01 020304", "limit", "rest", 1], ["01 0203040506", "limit", "rest", 1]]);
  encodeRefusals(schema, [[{ n: 1, rest: new Uint8Array(3) }, "limit", "rest", 4]]);
  const list = w.limit(w.array(w.u16, w.rest), 5);
  rows(list, [[[], ""], [[1, 2], "0001 0002"]]);
  decodeRefusals(list, [["0001 0002 0003", "limit", "", 0], ["0001 00", "truncated", "[1]", 2], [
    "0001 0002 00",
    "truncated",
    "[2]",
    4,
  ]]);
});

limits("limits inside limits, the narrower one first or last", () => {
  const inner = w.limit(w.bytes(w.u8), 3);
  rows(w.struct({ a: w.limit(w.tuple([inner, w.u8]), 4), b: w.u8 }), [
    [{ a: [Uint8Array.of(1, 2), 9], b: 7 }, "02 0102 09 07"],
  ]);
  decodeRefusals(w.limit(w.struct({ inner, more: w.u32 }), 5), [
    ["03 010203 00000000", "limit", "inner", 0],
    ["04 01020304 00000000", "limit", "inner", 1],
    ["01 01 00000000", "limit", "", 0],
    ["02 0101 00000000", "limit", "more", 3],
    ["00 00000000 00", "trailing", "", 5],
  ]);
  decodeRefusals(w.limit(w.struct({ more: w.u16, inner }), 4), [["0000 02 0102", "limit", "", 0], [
    "0000 03 010203",
    "limit",
    "inner",
    3,
  ]]);
});

limits("a frame that ends one byte after the limit, with a value that is cut off in it", () => {
  const schema = w.limit(w.framed(w.u8, w.tuple([w.u32, w.bytes(w.u8)])), 6);
  decodeRefusals(schema, [
    ["06 00000000 02 01 00", "truncated", "[1]", 6],
    ["06 00000000 01 01 00", "limit", "", 0],
    ["05 00000000 01 01 00", "truncated", "[1]", 6],
  ]);
});

limits("the bound does not outlive its value", () => {
  rows(w.struct({ a: w.limit(w.u8, 1), b: w.u32 }), [[{ a: 1, b: 2 }, "01 00000002"]]);
  rows(w.array(w.limit(w.string(w.u8), 2), w.u8), [[["a", "b", ""], "03 0161 0162 00"]]);
});

limits("what cannot be a limit", () => {
  for (const bytes of [-1, 0.5, NaN, Infinity]) assertUnusable(() => w.limit(w.u8, bytes), /whole number of bytes/);
});

limits.run();

const frames = suite("codec: framed");

frames("a length, then exactly that many bytes", () => {
  rows(w.framed(w.u8, w.struct({ a: w.u8, b: w.bytes(w.rest) })), [
    [{ a: 1, b: Uint8Array.of() }, "01 01"],
    [{ a: 1, b: Uint8Array.of(2, 3) }, "03 01 0203"],
  ]);
  rows(w.framed(w.u32le, w.string(w.rest)), [["hi", "02000000 6869"]]);
  rows(w.framed(w.u64, w.u8), [[1, "0000000000000001 01"]]);
  rows(w.framed(w.varint, w.bytes(w.rest)), [
    [Uint8Array.of(), "00"],
    [new Uint8Array(127), `7f ${"00".repeat(127)}`],
    [new Uint8Array(128), `8001 ${"00".repeat(128)}`],
    [new Uint8Array(20_000), `a09c01 ${"00".repeat(20_000)}`],
  ]);
  rows(w.framed(w.varint, w.framed(w.varint, w.framed(w.u8, w.u16))), [[258, "04 03 02 0102"]]);
  rows(w.struct({ skip: w.framed(w.u8, w.array(w.u16, w.rest)), n: w.u8 }), [[
    { skip: [1, 2], n: 3 },
    "04 0001 0002 03",
  ]]);
});

frames("bytes left in a frame, or missing", () => {
  const schema = w.struct({ frame: w.framed(w.u8, w.struct({ a: w.u16 })), n: w.u8 });
  decodeRefusals(schema, [
    ["", "truncated", "frame", 0],
    ["03 0001 02 09", "trailing", "frame", 3],
    ["01 00 01 09", "truncated", "frame.a", 1],
    ["00 0001 09", "truncated", "frame.a", 1],
    ["05 0001 09", "truncated", "frame", 1],
    ["ff 0001 09", "truncated", "frame", 1],
    ["02 0001", "truncated", "n", 3],
  ]);
  decodeRefusals(w.framed(w.u32, w.bytes(w.rest)), [["ffffffff 00", "truncated", "", 4]]);
});

frames("content that is too long for its length, and offsets inside frames", () => {
  encodeRefusals(w.framed(w.u8, w.bytes(w.rest)), [[new Uint8Array(256), "length", "", 0]]);
  const schema = w.struct({
    n: w.u16,
    frame: w.framed(w.u32, w.struct({ a: w.u8, inner: w.framed(w.u8, w.struct({ b: w.u8, c: w.u8 })) })),
  });
  const value = (b: number, c: number) => ({ n: 1, frame: { a: 1, inner: { b, c } } });
  encodeRefusals(schema, [
    [value(256, 1), "range", "frame.inner.b", 8],
    [value(1, 256), "range", "frame.inner.c", 9],
  ]);
  decodeRefusals(schema, [["0001 00000003 01 01 01", "truncated", "frame.inner.c", 9]]);
});

frames("an earlier length does not reach into a later frame", () => {
  const schema = w.tuple([w.framed(w.u8, w.bytes(w.rest)), w.framed(w.u8, w.bytes(w.rest))]);
  rows(schema, [[[Uint8Array.of(1), Uint8Array.of(2, 3)], "01 01 02 0203"]]);
});

frames.run();

const extensions = suite("codec: extension");

extensions("values in another language", () => {
  rows(letters, [["", "00"], ["abc", "616263 00"]]);
  rows(w.struct({ name: letters, n: w.u8 }), [[{ name: "a", n: 7 }, "61 00 07"]]);
  rows(w.framed(w.u8, letters), [["ab", "03 6162 00"]]);
});

extensions("their errors are placed in the message", () => {
  decodeRefusals(w.struct({ n: w.u8, names: w.array(letters, w.u8) }), [
    ["07 02 61 00 62 63 31", "syntax", "names[1][2]", 6],
    ["07 02 61 00 62", "truncated", "names[1]", 5],
  ]);
  encodeRefusals(w.struct({ n: w.u8, names: w.array(letters, w.u8) }), [
    [{ n: 7, names: ["a", "B"] }, "type", "names[1][0]", 4],
    [{ n: 7, names: ["a", 1] }, "type", "names[1][0]", 4],
  ]);
  encodeRefusals(w.framed(w.u16, w.struct({ name: letters })), [[{ name: 1 }, "type", "name[0]", 2]]);
});

extensions("they see no more than their frame", () => {
  decodeRefusals(w.struct({ a: w.framed(w.u8, letters), b: w.u8 }), [["02 6162 00", "truncated", "a", 3]]);
  decodeRefusals(w.limit(letters, 3), [["616263 00", "limit", "", 0], ["616263", "truncated", "", 3]]);
});

extensions("other errors of theirs are not hidden", () => {
  const broken = w.extension<string>({
    name: "broken",
    bytesMin: 1,
    bytesMax: 1,
    decode: () => {
      throw new RangeError("a mistake in the extension");
    },
    encode: () => {
      throw new RangeError("a mistake in the extension");
    },
    scanner: () => ({ push: () => -1 }),
  });
  for (
    const run of [
      () => w.decode(broken, Uint8Array.of(1)),
      () => w.encode(broken, ""),
      () => w.inspect(broken, Uint8Array.of(1)),
    ]
  ) {
    assert.throws(run, (error: unknown) => error instanceof RangeError);
  }
});

extensions("a value has at least one byte", () => {
  for (const bytesMin of [0, -1, NaN]) {
    assertUnusable(() => w.extension({ ...letters.extension, bytesMin }), /at least one byte/);
  }
});

extensions.run();
