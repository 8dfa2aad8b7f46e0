import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { arbitrary, chosen, hostile } from "../../codec/arbitrary/fast-check.ts";
import { fromList, fromSeed, pick } from "../../codec/arbitrary/random.ts";
import { arbitraryValue } from "../../codec/arbitrary/values.ts";
import * as w from "../../codec/mod.ts";
import { mutate } from "../../codec/arbitrary/mutate.ts";
import { same } from "./same.ts";
import { letters, randomSchema } from "./arbitrary-schema.ts";
import { check, seed } from "./seed.ts";
import { assertRefused } from "./table.ts";

/** So many values of a schema, the same ones for the same seed. */
function samples<T>(schema: w.Schema<T>, count: number): T[] {
  return fc.sample(arbitrary(schema), { numRuns: count, seed });
}

/** Asserts that among many values there are some of each kind. */
function assertFound<T>(values: readonly T[], kinds: Readonly<Record<string, (value: T) => boolean>>): void {
  for (const [name, is] of Object.entries(kinds)) assert.ok(values.some(is), `${name}, WARPWIRE_SEED=${seed}`);
}

const values = suite("codec: generated values");

interface Tree {
  readonly name: string;
  readonly children: readonly Tree[];
}
const Tree: w.Schema<Tree> = w.lazy((): w.Schema<Tree> =>
  w.struct({ name: w.string(w.u8), children: w.array(Tree, w.u8) })
);

const depth = ({ children }: Tree): number => 1 + Math.max(0, ...children.map(depth));

values("integers: extremes, small ones and all between", () => {
  for (const [schema, min, max] of [[w.u8, 0, 255], [w.i16, -32768, 32767], [w.u64, 0, 2 ** 53 - 1]] as const) {
    const found = samples(schema, 1000);
    assert.ok(found.every((n) => Number.isInteger(n) && n >= min && n <= max && !Object.is(n, -0)));
    assertFound(found, {
      "0": (n) => n === 0,
      "least": (n) => n === min,
      "most": (n) => n === max,
      "middle": (n) => n > 30 && n < max - 30,
      "negative": (n) => min === 0 || n < -30 && n > min + 30,
    });
  }
  assertFound(samples(w.i64big, 1000), {
    "positive": (n) => n > 2n ** 40n,
    "negative": (n) => n < -(2n ** 40n),
    "least": (n) => n === -(2n ** 63n),
    "most": (n) => n === 2n ** 63n - 1n,
    "small": (n) => n < 20n,
  });
  assertFound(samples(w.u64big, 1000), { "0": (n) => n === 0n, "most": (n) => n === 2n ** 64n - 1n });
});

values("floats: what is special about them", () => {
  for (const schema of [w.f32, w.f64]) {
    assertFound(samples(schema, 2000), {
      "NaN": Number.isNaN,
      "-0": (n) => Object.is(n, -0),
      "infinity": (n) => n === Infinity,
      "negative infinity": (n) => n === -Infinity,
      "fraction": (n) => n % 1 !== 0,
      "tiny": (n) => n > 0 && n < 1e-30,
      "large": (n) => n > 1e30 && n < Infinity,
    });
  }
});

values("strings: every width of character, a BOM, controls, empty and not", () => {
  assertFound(samples(w.string(w.u8), 3000), {
    "empty": (text) => text === "",
    "long": (text) => text.length >= 10,
    "ASCII": (text) => /^[a-z]{3,}$/.test(text),
    "two bytes": (text) => /[\u0080-\u07ff]/.test(text),
    "three bytes": (text) => /[\u0800-\ud7ff]/.test(text),
    "four bytes": (text) => /[\u{10000}-\u{10ffff}]/u.test(text),
    "BOM first": (text) => text.startsWith("\ufeff"),
    "replacement character": (text) => text.includes("\ufffd"),
    "NUL": (text) => text.includes("\0"),
  });
});

values("options, unions, enums: all of their kinds", () => {
  const schema = w.union("kind", w.u8, {
    a: [1, w.struct({ code: w.enumOf(w.u8, { x: 0, y: 1 }), maybe: w.optional(w.u8) })],
    b: [2, w.struct({ yes: w.bool })],
  });
  assertFound(samples(schema, 300), {
    "a with a value": (value) => value.kind === "a" && value.maybe !== null && value.code === "x",
    "a without one": (value) => value.kind === "a" && value.maybe === null && value.code === "y",
    "b": (value) => value.kind === "b" && value.yes,
    "b, no": (value) => value.kind === "b" && !value.yes,
  });
});

values("counts and flags agree with what they stand for, and are useful ones", () => {
  const schema = w.struct({
    header: w.struct({ count: w.u32, flags: w.u16, kind: w.string(w.u8) }),
    list: w.array(w.u16, w.ref("header.count")),
    low: w.optional(w.u8, { field: "header.flags", mask: 0x0001 }),
    high: w.optional(w.u8, { field: "header.flags", mask: 0x8000 }),
    named: w.optional(w.u8, { field: "header.kind", equals: "special" }),
  });
  const found = samples(schema, 500);
  for (const value of found) assert.ok(same(w.decode(schema, w.encode(schema, value)), value));
  assertFound(found, {
    "no elements": ({ list }) => list.length === 0,
    "some elements": ({ list }) => list.length > 3,
    "low": ({ low, high }) => low !== null && high === null,
    "high": ({ low, high }) => low === null && high !== null,
    "both": ({ low, high }) => low !== null && high !== null,
    "named": ({ named }) => named !== null,
    "not named": ({ named }) => named === null,
  });
});

values("counts that are not free", () => {
  const even = w.refine(w.u8, { name: "even", test: (n) => n % 2 === 0 });
  const words = w.map(w.u8, { name: "words", decode: (n) => n * 4, encode: (n) => n / 4 });
  const counts: readonly w.Schema<number>[] = [w.constant(w.u16, 300), even, words, w.i8, w.limit(w.varint, 1), w.f32];
  for (const count of counts) {
    const schema = w.struct({ count, data: w.bytes(w.ref("count")) });
    for (const value of samples(schema, 50)) w.encode(schema, value);
  }
});

values("recursion: deep, flat and always with an end", () => {
  const found = samples(Tree, 500);
  assertFound(found, {
    "leaf": (tree) => depth(tree) === 1,
    "three levels": (tree) => depth(tree) === 3,
    "wide": ({ children }) => children.length > 2,
  });
  assert.ok(found.every((tree) => depth(tree) <= 4));
  const deep = fc.sample(arbitrary(Tree, { depthMax: 8 }), { numRuns: 200, seed });
  assert.ok(deep.some((tree) => depth(tree) > 4), `WARPWIRE_SEED=${seed}`);
});

values("recursion that a condition ends", () => {
  interface Link {
    readonly more: number;
    readonly next: Link | null;
  }
  const Link: w.Schema<Link> = w.lazy((): w.Schema<Link> =>
    w.struct({ more: w.u8, next: w.optional(Link, { field: "more", equals: 1 }) })
  );
  const found = samples(Link, 200);
  for (const value of found) assert.equal(w.decode(Link, w.encode(Link, value)), value);
  assertFound(found, { "one": ({ next }) => next === null, "two": ({ next }) => next !== null });
});

values("limits and frames are kept, and come close to being broken", () => {
  const schema = w.limit(w.struct({ a: w.string(w.u8), b: w.bytes(w.u8), c: w.array(w.u16, w.u8) }), 10);
  const lengths = samples(schema, 300).map((value) => w.encode(schema, value).length);
  assert.ok(Math.max(...lengths) >= 9 && Math.min(...lengths) === 3, lengths.join());
  const framed = w.framed(w.u8, w.struct({ a: w.array(w.bytes(60), w.u8), b: w.bytes(100) }));
  for (const value of samples(framed, 100)) assert.ok(value.a.length <= 2);
});

values("refinements and mappings hold", () => {
  const even = w.refine(w.u16, { name: "even", test: (n) => n % 2 === 0 });
  assert.ok(samples(even, 200).every((n) => n % 2 === 0));
  const long = w.refine(w.string(w.u8), { name: "long", test: (text) => text.length >= 20 });
  assert.ok(samples(long, 20).every((text) => text.length >= 20));
  const date = w.map(w.u32, { name: "date", decode: (ms) => new Date(ms), encode: (date) => date.getTime() });
  assert.ok(samples(date, 20).every((value) => value instanceof Date));
});

values("the same choices make the same value, no choices a simple one", () => {
  const schema = w.struct({ n: w.u8, list: w.array(w.string(w.u8), w.u8), tree: Tree });
  assert.equal(arbitraryValue(schema, fromSeed(seed)), arbitraryValue(schema, fromSeed(seed)));
  assert.equal(arbitraryValue(schema, fromList([])), { n: 0, list: [], tree: { name: "", children: [] } });
});

values("shrinking finds a small value", () => {
  const schema = w.struct({ list: w.array(w.u16, w.u8), name: w.string(w.u8) });
  const property = fc.property(arbitrary(schema), ({ list }) => !list.some((n) => n >= 1000));
  const { counterexample } = fc.check(property, { seed, numRuns: 1000 });
  assert.ok(counterexample !== null, `WARPWIRE_SEED=${seed}`);
  const [{ list, name }] = counterexample;
  assert.ok(list.length <= 3 && name.length <= 3, JSON.stringify(counterexample));
});

values("values can be given for what cannot be generated", () => {
  const { generate: _, ...mute } = letters.extension;
  const silent = w.extension(mute);
  const rare = w.refine(w.string(w.u8), { name: "a certain word", test: (text) => text === "certainly" });
  const schema = w.struct({ silent, rare });
  const given = new Map<w.Schema, readonly unknown[]>([[silent, ["x", "y"]], [rare, ["certainly"]]]);
  const found = fc.sample(arbitrary(schema, { values: given }), { numRuns: 50, seed });
  for (const value of found) assert.equal(w.decode(schema, w.encode(schema, value)), value);
  assertFound(found, { x: (value) => value.silent === "x", y: (value) => value.silent === "y" });
  const cannot = (part: w.Schema) => () => fc.sample(arbitrary(part), 1);
  assert.match(assertRefused(cannot(silent), ["schema", "", -1], "silent").message, /letters can be made/);
  assert.match(assertRefused(cannot(rare), ["schema", "", -1], "rare").message, /No valid value was found/);
});

values("schemas that have no value", () => {
  const loop: w.Schema = w.lazy((): w.Schema => w.struct({ loop }));
  const pair: w.Schema = w.lazy((): w.Schema => w.array(pair, 2));
  const constant = w.constant(w.u8, 2);
  const forced: w.Schema = w.lazy((): w.Schema => w.struct({ constant, list: w.array(forced, w.ref("constant")) }));
  const tooLong = w.limit(w.bytes(3), 2);
  const refusal = (schema: w.Schema) =>
    assertRefused(() => arbitraryValue(schema, fromSeed(seed)), ["schema", "", -1], "no value").message;
  for (const schema of [loop, pair, w.enumOf(w.u8, {}), w.union("kind", w.u8, {})]) {
    assert.match(refusal(schema), /no finite value/);
  }
  for (const schema of [forced, tooLong]) assert.match(refusal(schema), /No valid value was found/);
});

values("random schemas have valid values, and their encodings come back", () => {
  const cases = chosen((choose) => {
    const schema = randomSchema(choose);
    return { schema, value: arbitraryValue(schema, choose) };
  });
  check("round trips", cases, 500, ({ schema, value }) => {
    assert.ok(same(w.decode(schema, w.encode(schema, value)), value));
  });
});

values.run();

const harm = suite("codec: hostile messages");

harm("hardly any is valid", () => {
  const schema = w.struct({ id: w.string(w.u8), kind: w.enumOf(w.u8, { a: 0, b: 1 }), list: w.array(w.bool, w.u16) });
  const inputs = fc.sample(hostile(schema), { numRuns: 1000, seed });
  const codes = new Map<string, number>();
  for (const bytes of inputs) {
    const code = w.inspect(schema, bytes).error?.code ?? "valid";
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  const text = JSON.stringify([...codes]);
  for (const code of ["truncated", "trailing", "utf8", "enum", "bool"] as const) {
    assert.ok((codes.get(code) ?? 0) > 10, text);
  }
  assert.ok((codes.get("valid") ?? 0) < 250, text);
});

harm("lengths, tags and presence bytes are hit, whatever their form", () => {
  const schema = w.struct({ big: w.bytes(w.u64), leb: w.array(w.u8, w.varint), maybe: w.optional(w.u16) });
  const inputs = fc.sample(hostile(schema), { numRuns: 3000, seed });
  const errors = inputs.map((bytes) => w.inspect(schema, bytes).error);
  assertFound(errors, {
    "a length above 2^53-1": (error) => error?.code === "range" && error.path === "big",
    "a length that is cut off": (error) => error?.code === "truncated" && error.path === "big" && error.offset === 0,
    "a length that is too large": (error) => error?.code === "truncated" && error.path === "big" && error.offset === 8,
    "a varint of the wrong form": (error) => error?.code === "canonical" && error.path === "leb",
    "a varint too large": (error) => error?.code === "range" && error.path === "leb",
    "too many elements": (error) => error?.code === "limit" && error.path === "leb",
    "a presence byte": (error) => error?.code === "bool" && error.path === "maybe",
  });
});

harm("mutations cut, change, put in, take out and add", () => {
  const message = Uint8Array.from({ length: 20 }, (_, index) => index);
  const choose = fromSeed(seed);
  const broken = Array.from({ length: 3000 }, () => mutate(message, [], choose));
  const starts = (bytes: Uint8Array) => bytes.every((byte, index) => byte === message[index]);
  assertFound(broken, {
    "cut": (bytes) => bytes.length < 20 && starts(bytes),
    "changed": (bytes) => bytes.length === 20 && bytes.filter((byte, index) => byte !== index).length === 1,
    "put in": (bytes) => bytes.length > 20 && bytes.at(-1) === 19 && bytes[0] === 0,
    "taken out": (bytes) => bytes.length < 20 && bytes.length > 0 && bytes.at(-1) === 19,
    "added": (bytes) => bytes.length > 20 && starts(bytes.subarray(0, 20)),
    "empty": (bytes) => bytes.length === 0,
  });
  assert.equal([...message], Array.from({ length: 20 }, (_, index) => index), "the message itself is not changed");
});

harm("an empty message can be broken, too", () => {
  for (let round = 0; round < 100; round++) mutate(new Uint8Array(), [], fromSeed(round));
});

harm.run();

const choices = suite("codec: choices");

choices("stay in their range", () => {
  for (
    const choose of [
      fromSeed(seed),
      fromList(Array.from({ length: 3000 }, (_, index) => index * 1431655765 % 2 ** 32)),
    ]
  ) {
    for (const max of [0, 1, 2, 7, 255, 1000, 2 ** 32 - 1]) {
      const found = Array.from({ length: 300 }, () => choose(max));
      assert.ok(found.every((choice) => Number.isInteger(choice) && choice >= 0 && choice <= max));
      if (max > 0 && max < 8) assert.is(new Set(found).size, max + 1);
      if (max > 7) assert.ok(new Set(found).size > 100);
    }
  }
  assert.is(pick(() => 0, ["a", "b"]), "a");
  assert.is(pick((max) => max, ["a", "b"]), "b");
});

choices.run();
