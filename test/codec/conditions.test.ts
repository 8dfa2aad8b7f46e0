import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { arbitrary } from "../../codec/arbitrary/fast-check.ts";
import * as w from "../../codec/mod.ts";
import { loadGenerated } from "./codegen/load.ts";
import { seed } from "./seed.ts";
import { assertUnusable, rows } from "./table.ts";

const test = suite("codec: conditions");
const big = (field: w.Schema, mask: number | bigint) =>
  w.struct({ flags: field, extra: w.optional(w.u8, { field: "flags", mask }) }) as w.Schema;

/** A field, a mask, flags that have one of its bits, and flags that have none; both as bytes, too. */
const MASKS: [w.Schema, number | bigint, unknown, string, unknown, string][] = [
  [w.u64, 2 ** 40, 2 ** 40 + 2, "0000010000000002", 2 ** 41, "0000020000000000"],
  [w.u64, 1n << 52n, 2 ** 52, "0010000000000000", 1, "0000000000000001"],
  [w.u64le, 2 ** 40, 2 ** 40, "0000000000010000", 256, "0001000000000000"],
  [w.i64, 2 ** 40, -1, "ffffffffffffffff", 7, "0000000000000007"],
  [w.i64, 1n << 63n, -2, "fffffffffffffffe", 7, "0000000000000007"],
  [w.u64big, 1, 2n ** 60n + 1n, "1000000000000001", 2n ** 60n, "1000000000000000"],
  [w.u64big, 1n << 63n, 1n << 63n, "8000000000000000", 1n, "0000000000000001"],
  [w.i64big, 1n << 63n, -1n, "ffffffffffffffff", 1n, "0000000000000001"],
  [w.u64, (1n << 64n) - 1n, 2 ** 52, "0010000000000000", 0, "0000000000000000"],
  [w.u64big, 2 ** 40 + 1, 1n << 40n, "0000010000000000", 1n << 41n, "0000020000000000"],
  [w.u64bigle, 1n << 40n, 1n << 40n, "0000000000010000", 1n, "0100000000000000"],
  [w.i64bigle, 1n << 40n, -1n, "ffffffffffffffff", 1n, "0100000000000000"],
  [w.i64le, 2 ** 40, -1, "ffffffffffffffff", 1, "0100000000000000"],
  [w.u16le, 0x8000, 0x8000, "0080", 1, "0100"],
  [w.u32, 0x80000000, 0x80000000, "80000000", 1, "00000001"],
  [w.i32, 0x80000000, -1, "ffffffff", 1, "00000001"],
  [w.i8, 0x80, -128, "80", 127, "7f"],
  [w.varint, 2 ** 40, 2 ** 40, "808080808020", 1, "01"],
  [w.bool, 1, true, "01", false, "00"],
];

for (const [field, mask, set, setHex, unset, unsetHex] of MASKS) {
  test(`mask ${mask} of ${(field as { bytes?: number }).bytes} bytes (${setHex})`, () => {
    rows(big(field, mask), [
      [{ flags: set, extra: 7 }, `${setHex} 07`],
      [{ flags: unset, extra: null }, unsetHex],
    ]);
    const found = fc.sample(arbitrary(big(field, mask)), { numRuns: 60, seed }) as { extra: unknown }[];
    assert.ok(found.some(({ extra }) => extra !== null) && found.some(({ extra }) => extra === null));
  });
}

test("a bigint field equals a bigint", () => {
  const schema = w.struct({ n: w.u64big, extra: w.optional(w.u8, { field: "n", equals: 1n }) });
  rows(schema, [[{ n: 1n, extra: 7 }, "0000000000000001 07"], [{ n: 2n, extra: null }, "0000000000000002"]]);
});

test("generated code sees the same bits", async () => {
  for (const [field, mask, set, setHex, unset, unsetHex] of MASKS) {
    const schema = big(field, mask);
    const generated = await loadGenerated({ M: schema });
    assert.equal(generated.decodeM(w.parseHex(`${setHex} 07`)), { flags: set, extra: 7 });
    assert.equal(generated.decodeM(w.parseHex(unsetHex)), { flags: unset, extra: null });
    assert.is(w.formatHex(generated.encodeM({ flags: set, extra: 7 }) as Uint8Array), `${setHex}07`);
  }
});

test("conditions that are never met are not built", () => {
  const never = (field: w.Schema, condition: object) =>
    w.struct({ a: field, b: w.optional(w.u8, { field: "a", ...condition } as w.Condition) });
  const list: [w.Schema, unknown][] = [
    [w.u8, 300],
    [w.u8, -1],
    [w.u8, 1.5],
    [w.u8, "x"],
    [w.u8, true],
    [w.u8, 1n],
    [w.u8, NaN],
    [w.i8, 128],
    [w.varint, -1],
    [w.u64, 2 ** 53],
    [w.u64big, 1],
    [w.u64big, -1n],
    [w.i64big, 1n << 63n],
    [w.f32, 0.1],
    [w.f64, NaN],
    [w.bool, 1],
    [w.enumOf(w.u8, { x: 1 }), "y"],
    [w.enumOf(w.u8, { x: 1 }), 1],
    [w.string(2), "abc"],
    [w.string(w.u8), "\ud800"],
    [w.string(w.u8), "a".repeat(256)],
    [w.string(w.u8), 1],
    [w.bytes(1), "a"],
    [w.array(w.u8, 1), 1],
    [w.struct({ n: w.u8 }), 1],
    [w.constant(w.u8, 3), 4],
    [w.limit(w.u8, 1), 300],
    [w.optional(w.u8), 300],
  ]; // deno-fmt-ignore
  for (const [field, equals] of list) assertUnusable(() => never(field, { equals }), /"b" can never be present/);
  for (const equals of [undefined, null, {}]) assertUnusable(() => never(w.u8, { equals }), /equals is/);
  for (const mask of [0, -1, 1.5, NaN, 2 ** 53, 0n, -1n, 1n << 64n, "1", undefined]) {
    assertUnusable(() => never(w.u64big, { mask }), /the mask is/);
  }
  const masks: [w.Schema, number | bigint][] = [
    [w.u8, 256],
    [w.i8, 256],
    [w.u64, 1n << 53n],
    [w.u8, 0x101],
    [w.i8, 0x101],
    [w.varint, 1n << 60n],
    [w.f64, 1],
    [w.string(1), 1],
    [w.bool, 2],
    [w.enumOf(w.u8, { x: 1 }), 1],
    [w.constant(w.u8, 2), 1],
  ]; // deno-fmt-ignore
  for (const [field, mask] of masks) assertUnusable(() => never(field, { mask }), /"b" can never be present/);
});

test.run();
