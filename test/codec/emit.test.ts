import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Choose, seededChoices } from "../../codec/choose.ts";
import { generateSource } from "../../codec/emit/mod.ts";
import { generate } from "../../codec/generate.ts";
import {
  array,
  bytes,
  CodecError,
  compile,
  constant,
  enumOf,
  inspect,
  map,
  type Schema,
  string,
  struct,
  u16,
  u64,
  u8,
  union,
} from "../../codec/mod.ts";
import * as m from "../../codec/msgpack/mod.ts";
import { mutate } from "../../codec/mutate.ts";
import { facts, same } from "./agreement.ts";
import { randomSchema } from "./arbitrary-schema.ts";
import { seed } from "./seed.ts";

const test = suite("codec: generated source");
/** Node 20 reads no TypeScript: what the source does is tried out on Deno. */
const runTest = "Deno" in globalThis ? test : test.skip;

const SUPPORT = new URL("../../codec/generated.ts", import.meta.url).href;
const DOORS = {
  json: new URL("../../codec/json/mod.ts", import.meta.url).href,
  msgpack: new URL("../../codec/msgpack/mod.ts", import.meta.url).href,
};

type Functions = Record<string, (...args: unknown[]) => unknown>;

/** Writes the source to a file and loads it. */
async function load(schemas: Record<string, Schema>): Promise<Functions> {
  const folder = mkdtempSync(join(tmpdir(), "warpwire-emit-"));
  try {
    const file = join(folder, "codecs.ts");
    writeFileSync(file, generateSource(schemas, { support: SUPPORT, doors: DOORS }));
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function outcome(run: () => unknown): unknown {
  try {
    return { value: run() };
  } catch (thrown) {
    if (!(thrown instanceof CodecError)) throw thrown;
    return { thrown: [...facts(thrown), thrown.context] };
  }
}

function assertSame(expected: unknown, actual: unknown, what: string): void {
  if (!same(expected, actual)) assert.equal(actual, expected, what);
}

/** Random schemas that have source text, by name. */
function writableSchemas(seed: number, count: number): Record<string, Schema> {
  const schemas: Record<string, Schema> = {};
  for (let index = 0; Object.keys(schemas).length < count; index++) {
    const schema = randomSchema(seededChoices(seed + index));
    try {
      generateSource({ schema });
      schemas[`Schema${index}`] = schema;
    } catch (error) {
      // Only functions, and languages without source text, are no reason to worry.
      assert.ok(error instanceof CodecError && /cannot be written as source text/.test(error.message), String(error));
    }
  }
  return schemas;
}

/** The value with something in it that does not belong there. */
function broken(choose: Choose, value: unknown, depth = 0): unknown {
  const strange = [null, undefined, -1, 1.5, "x", {}, [], 1e20, 5n, "\ud800", 256, "y".repeat(300)];
  if (choose(5) === 0 || depth > 4) return strange[choose(strange.length - 1)];
  if (value instanceof Uint8Array) return value.slice(1);
  if (typeof value !== "object" || value === null) return strange[choose(strange.length - 1)];
  const keys = Object.keys(value);
  if (keys.length === 0) return 3;
  const key = keys[choose(keys.length - 1)];
  const copy: Record<string, unknown> = Array.isArray(value) ? [...value] as never : { ...value };
  copy[key] = broken(choose, copy[key], depth + 1);
  return copy;
}

const VALUES = 25;

/** Compares compiled and generated functions for values, broken values and broken bytes; returns how often it did. */
async function compare(schemas: Record<string, Schema>, seed: number, rounds = VALUES): Promise<number> {
  const functions = await load(schemas);
  let checked = 0;
  for (const [name, schema] of Object.entries(schemas)) {
    const choose = seededChoices(seed + name.length);
    const codec = compile(schema);
    for (let round = 0; round < rounds; round++) {
      const value = generate(schema, choose);
      const message = codec.encode(value, { owned: true });
      const hostile = mutate(message, inspect(schema, message).spans, choose);
      const wrong = broken(choose, value);
      const room = message.length + choose(3) - 1;
      const what = `${name} of seed ${seed}, round ${round}`;
      const pairs: [() => unknown, () => unknown][] = [
        [() => message, () => functions[`encode${name}`](value)],
        [() => codec.decode(message), () => functions[`decode${name}`](message)],
        [() => codec.decode(hostile), () => functions[`decode${name}`](hostile)],
        [() => codec.decodePrefix(hostile), () => functions[`decode${name}Prefix`](hostile)],
        [() => codec.encode(wrong), () => functions[`encode${name}`](wrong)],
        [
          () => codec.encodeInto(value, new Uint8Array(Math.max(0, room))),
          () => functions[`encode${name}Into`](value, new Uint8Array(Math.max(0, room))),
        ],
      ];
      for (const [compiled, generated] of pairs) {
        assertSame(outcome(compiled), outcome(generated), what);
        checked++;
      }
    }
  }
  return checked;
}

runTest("does what the compiled codec does, for values and bytes of random schemas", async () => {
  console.log(`  generated source: WARPWIRE_SEED=${seed}`);
  const checked = await compare(writableSchemas(seed, 60), seed);
  assert.ok(checked >= 6 * 60 * VALUES);
});

runTest("does what the compiled codec does, for msgpack of every shape", async () => {
  const { msgpack, nil, boolean, int, uint, uint64, int64, float64, str, any, packed } = m;
  const contact = m.namedTuple(
    { id: m.bin(20), ip: m.bin(), port: m.intBetween(0, 65535) },
    (id, ip, port) => ({ id, ip, port }),
  );
  const shapes = {
    ping: m.tagged("ping", m.namedTuple({ nodeId: m.bin(20) })),
    contacts: m.arrayOf(contact),
    scalars: m.tupleOf([nil, boolean, int, uint, float64, str, m.textLike("bin"), m.bytesLike(4), m.bytesLike()]),
    ranges: m.tupleOf([
      m.intBetween(-3, 7),
      m.intBetween(-200, 70000),
      m.intBetween(5, 200),
      m.intBetween(1, 2 ** 33),
      m.intBetween(-9, -5),
    ]),
    lone: str,
    call: m.exactly("caf\u00e9"),
    long: m.exactly("x".repeat(40)),
    flag: boolean,
    nothing: nil,
    number: int,
    half: float64,
    key: m.bin(40),
    large: m.bin(300),
    none: m.bin(0),
    empty: m.tupleOf([]),
    wide: m.tupleOf(Array.from({ length: 18 }, () => uint)),
    names: m.arrayOf(m.arrayOf(str)),
    maybe: m.nullable(contact),
    maybes: m.arrayOf(m.nullable(m.tupleOf([int, m.nullable(str)]))),
    either: m.oneOf([str, int]),
    map: m.mapOf({ a: int, "b c": m.optionalField(str) }, { extra: "ignore", binKeys: true }),
    short: m.namedTuple({ a: int, b: m.optionalField(m.bin()) }),
    open: m.tupleOf([any, packed, uint64, int64]),
  };
  const schemas: Record<string, Schema> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    schemas[`Alone_${name}`] = msgpack(shape as m.MsgpackShape);
    schemas[`Within_${name}`] = struct({ id: bytes(20), value: msgpack(shape as m.MsgpackShape), crc: u16 });
    schemas[`Many_${name}`] = array(msgpack(shape as m.MsgpackShape), u8);
  }
  schemas.Canonical = msgpack(m.arrayOf(m.tupleOf([m.bin(2), int])), { canonical: true });
  const checked = await compare(schemas, seed, 4 * VALUES);
  assert.ok(checked >= 6 * 4 * 25 * VALUES);
});

runTest("limits of msgpack values are the shape's own", async () => {
  const shape = m.arrayOf(m.arrayOf(m.str));
  const few = m.msgpack(shape, { limits: { elementsMax: 4, stringBytesMax: 5 } });
  const codec = compile(few);
  const functions = await load({ few });
  for (const value of [[["a", "b"], ["c"]], [["a"], ["b", "c"]], [["12345"]], [["123456"]], [["", ""], ["", ""]]]) {
    const message = m.encodeMsgpack(shape, value);
    assertSame(outcome(() => codec.encode(value)), outcome(() => functions.encodeFew(value)), "encode");
    assertSame(outcome(() => codec.decode(message)), outcome(() => functions.decodeFew(message)), "decode");
  }
});

test("a function that makes something else than an object of the fields is refused", () => {
  for (const make of [(id: Uint8Array) => ({ id, at: 1 }), (id: Uint8Array) => ({ id: id.slice() })]) {
    const schema = m.msgpack(m.namedTuple({ id: m.bin(2) }, make));
    assert.throws(() => generateSource({ schema }), /cannot be written as source text/);
  }
});

runTest("names cannot break out of the source", async () => {
  const names = [
    '"',
    "`",
    "${1}",
    "\\",
    "\n",
    "\u2028",
    "constructor",
    "take",
    "pos",
    "a b",
    "a-b",
    "a_b",
    "1a",
    "*/",
    "é",
  ];
  const Named = struct(Object.fromEntries(names.map((name) => [name, u8])));
  const Kinds = union(
    "kind`${0}",
    u8,
    Object.fromEntries(names.map((name, tag) => [name, [tag, struct({ [name]: u8 })]])),
  );
  const Names = enumOf(u8, Object.fromEntries(names.map((name, value) => [name, value])));
  const Always = constant(string(u8), '"; throw 1; //`${2}\u2029');
  const functions = await load({ Named, Kinds, Names, Always, List: array(Kinds, u8) });
  const value = Object.fromEntries(names.map((name, index) => [name, index]));
  assert.equal(functions.decodeNamed(functions.encodeNamed(value)), value);
  for (const name of names) {
    const one = { "kind`${0}": name, [name]: 7 };
    assert.equal(functions.decodeList(functions.encodeList([one])), [one]);
    assert.is(functions.decodeNames(functions.encodeNames(name)), name);
  }
  const always = functions.encodeAlways('"; throw 1; //`${2}\u2029');
  assert.is(functions.decodeAlways(always), '"; throw 1; //`${2}\u2029');
});

test("the same schemas give the same text", () => {
  const make = () => generateSource({ Entry: struct({ name: string(u8), size: u64 }), Count: u16 });
  assert.is(make(), make());
});

test("what has no source text is refused, and so are names that are none", () => {
  const date = map(u64, { name: "date", decode: (ms) => new Date(ms), encode: (at) => at.getTime() });
  for (const schemas of [{ Date: date }, { "no name": u8 }, { class: u8 }, { "": u8 }]) {
    assert.throws(
      () => generateSource(schemas),
      (error: unknown) => error instanceof CodecError && error.code === "schema",
    );
  }
});

test.run();
