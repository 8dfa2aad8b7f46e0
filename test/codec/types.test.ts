/**
 * What the compiler makes of schemas: a file that is right when it compiles. The one test runs what was written for it.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Arbitrary } from "fast-check";
import { arbitrary, hostile } from "../../codec/arbitrary/fast-check.ts";
import * as w from "../../codec/mod.ts";

/** Whether two types are the same one, not only assignable to each other. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for `true`. */
function holds<T extends true>(): T | undefined {
  return undefined;
}

/** Compiles only when it is given exactly the type that is expected. */
function typeIs<Expected>() {
  return <S extends w.Schema>(_schema: S, ..._same: Same<w.Infer<S>, Expected> extends true ? [] : [never]) =>
    undefined;
}

const test = suite("codec: types");

test("numbers and bool", () => {
  for (const schema of [w.u8, w.u16, w.u32, w.u64, w.i8, w.i16le, w.i64le, w.varint, w.f32, w.f64le]) {
    typeIs<number>()(schema);
  }
  for (const schema of [w.u64big, w.i64big, w.u64bigle, w.i64bigle]) typeIs<bigint>()(schema);
  typeIs<boolean>()(w.bool);
  // A bigint can be neither length nor tag.
  // @ts-expect-error -- u64big has bigints
  assert.throws(() => w.bytes(w.u64big));
  // @ts-expect-error -- f32 is no integer
  assert.throws(() => w.string(w.f32));
});

test("strings, bytes and arrays", () => {
  typeIs<string>()(w.string(w.u8));
  typeIs<Uint8Array>()(w.bytes(w.rest));
  typeIs<number[]>()(w.array(w.u8, 3));
  typeIs<string[][]>()(w.array(w.array(w.string(w.u8), w.u8), w.varint));
  typeIs<void>()(w.literal("x"));
  typeIs<void[]>()(w.array(w.literal("x"), 2));
});

test("structs: literals vanish, everything else stays, nothing is readonly or optional", () => {
  typeIs<Record<never, never>>()(
    w.struct({ magic: w.literal("x") }) as w.Schema<w.StructValue<{ magic: w.Schema<void> }>>,
  );
  const Offer = w.struct({
    magic: w.literal("ADC0"),
    id: w.string(w.u8),
    framed: w.framed(w.u8, w.literal("x")),
    limited: w.limit(w.literal("x"), 1),
    refined: w.refine(w.literal("x"), { name: "anything", test: () => true }),
    count: w.u16,
    files: w.array(w.struct({ name: w.string(w.u8), mark: w.literal([1]) }), w.ref("count")),
  });
  typeIs<{ id: string; count: number; files: { name: string }[] }>()(Offer);
  const value: w.Infer<typeof Offer> = { id: "", count: 0, files: [] };
  value.count = 1;
  value.files.push({ name: "" });
  assert.equal(w.decode(Offer, w.encode(Offer, value)), value);
});

test("undefined, any and unknown do not vanish", () => {
  const nothing = w.map(w.u8, { name: "nothing", decode: () => undefined, encode: () => 0 });
  typeIs<{ nothing: undefined; n: number }>()(w.struct({ nothing, n: w.u8 }));
  typeIs<[undefined, number]>()(w.tuple([nothing, w.u8]));
  // deno-lint-ignore no-explicit-any -- what a careless extension could have
  const careless = nothing as w.Schema as w.Schema<any>;
  // deno-lint-ignore no-explicit-any -- as above
  typeIs<{ careless: any }>()(w.struct({ careless }));
  typeIs<{ unknown: unknown }>()(w.struct({ unknown: nothing as w.Schema<unknown> }));
  assert.equal(w.decode(w.struct({ nothing, n: w.u8 }), Uint8Array.of(0, 1)), { nothing: undefined, n: 1 });
});

test("tuples", () => {
  typeIs<[]>()(w.tuple([]));
  typeIs<[]>()(w.tuple([w.literal("x")]));
  typeIs<[number, string]>()(w.tuple([w.literal("x"), w.u8, w.literal("y"), w.string(w.u8)]));
  typeIs<[[boolean], { n: number }]>()(w.tuple([w.tuple([w.bool]), w.struct({ n: w.u8 })]));
});

test("enums are the union of their names", () => {
  const Code = w.enumOf(w.u8, { awaiting: 0, accepted: 1 });
  typeIs<"awaiting" | "accepted">()(Code);
  // @ts-expect-error -- no such name
  assert.throws(() => w.encode(Code, "refused"));
});

test("unions are told apart by their key", () => {
  const Event = w.union("type", w.u8, {
    ping: [1, w.struct({ signal: w.u8, mark: w.literal("!") })],
    text: [2, w.struct({ text: w.string(w.u8) })],
    stop: [3, w.struct({})],
  });
  typeIs<{ type: "ping"; signal: number } | { type: "text"; text: string } | { type: "stop" }>()(Event);
  const event = w.decode(Event, w.parseHex("01 07 21"));
  switch (event.type) {
    case "ping":
      holds<Same<typeof event.signal, number>>();
      assert.is(event.signal, 7);
      break;
    case "text":
      holds<Same<typeof event.text, string>>();
      break;
    case "stop":
      // @ts-expect-error -- this case has no text
      assert.is(event.text, undefined);
      break;
    default:
      holds<Same<typeof event, never>>();
  }
  // @ts-expect-error -- the text is missing
  assert.throws(() => w.encode(Event, { type: "text" }));
  // @ts-expect-error -- no such case
  assert.throws(() => w.encode(Event, { type: "pong" }));
});

test("optional values are null when they are absent", () => {
  typeIs<number | null>()(w.optional(w.u8));
  typeIs<{ n: number; more: string | null }>()(
    w.struct({ n: w.u8, more: w.optional(w.string(w.u8), { field: "n", equals: 1 }) }),
  );
});

test("wrappers", () => {
  typeIs<7>()(w.constant(w.u8, 7));
  typeIs<"x">()(w.constant(w.string(w.u8), "x"));
  typeIs<Date>()(w.map(w.u64, { name: "date", decode: (ms) => new Date(ms), encode: (date) => date.getTime() }));
  typeIs<number>()(w.refine(w.u8, { name: "even", test: (n) => n % 2 === 0 }));
  typeIs<{ n: number }>()(w.limit(w.struct({ n: w.u8 }), 9));
  typeIs<{ n: number }>()(w.framed(w.u8, w.struct({ n: w.u8 })));
  typeIs<{ n: number }>()(w.lazy(() => w.struct({ n: w.u8 })));
  // @ts-expect-error -- no number
  w.constant(w.u8, "7");
});

interface Tree {
  name: string;
  children: Tree[];
}
const Tree: w.Schema<Tree> = w.lazy((): w.Schema<Tree> =>
  w.struct({ name: w.string(w.u8), children: w.array(Tree, w.u8) })
);

test("recursion", () => {
  typeIs<Tree>()(Tree);
  typeIs<{ tree: Tree; n: number }>()(w.struct({ tree: Tree, n: w.u8 }));
});

test("functions take and give the value's type", () => {
  const Offer = w.struct({ id: w.string(w.u8) });
  holds<Same<ReturnType<typeof w.decode<w.Infer<typeof Offer>>>, { id: string }>>();
  const codec = w.compile(Offer);
  holds<Same<typeof codec, w.Codec<{ id: string }>>>();
  const prefix = w.decodePrefix(Offer, Uint8Array.of(0));
  holds<Same<typeof prefix, w.Prefix<{ id: string }>>>();
  const inspection = w.inspect(Offer, Uint8Array.of(0));
  holds<Same<typeof inspection, w.Inspection<{ id: string }>>>();
  holds<Same<ReturnType<typeof w.encode>, Uint8Array>>();
  const values = arbitrary(Offer);
  holds<Same<typeof values, Arbitrary<{ id: string }>>>();
  const bytes = hostile(Offer);
  holds<Same<typeof bytes, Arbitrary<Uint8Array>>>();
  // @ts-expect-error -- the value does not change the type of the schema
  assert.throws(() => w.encode(Offer, { id: 7 }));
  // @ts-expect-error -- a property is missing
  assert.throws(() => w.encode(Offer, {}));
});

test("a schema of one type is none of another", () => {
  const takesStrings = (schema: w.Schema<string>) => schema;
  // @ts-expect-error -- numbers
  takesStrings(w.u8);
  // @ts-expect-error -- perhaps no string
  takesStrings(w.optional(w.string(w.u8)));
  takesStrings(w.enumOf(w.u8, { a: 1 }));
  const takesAny = (schema: w.Schema) => schema;
  takesAny(w.struct({ n: w.u8 }));
  assert.ok(true);
});

test.run();
