import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fromSeed } from "../../../codec/arbitrary/random.ts";
import type { RandomSource } from "../../../codec/schema/extension.ts";
import { type GenerateOptions, generateSource } from "../../../codec/codegen/mod.ts";
import { typeName } from "../../../codec/codegen/names.ts";
import { arbitraryValue } from "../../../codec/arbitrary/values.ts";
import {
  array,
  bytes,
  CodecError,
  compile,
  constant,
  enumOf,
  formatHex,
  framed,
  inspect,
  map,
  rest,
  type Schema,
  stream,
  type StreamDecoder,
  string,
  struct,
  u16,
  u64,
  u8,
  union,
} from "../../../codec/mod.ts";
import * as m from "../../../codec/msgpack/mod.ts";
import type { MessageScan } from "../../../codec/codegen/runtime/mod.ts";
import { mutate } from "../../../codec/arbitrary/mutate.ts";
import { facts } from "../agreement.ts";
import { same } from "../same.ts";
import * as schemasWithFunctions from "./functions.ts";
import { loadGenerated, sourceUrl, writableSchemas } from "./load.ts";
import { seed } from "../seed.ts";

const test = suite("codec: generated source");
function outcome(run: () => unknown): unknown {
  try {
    return { value: run() };
  } catch (thrown) {
    if (!(thrown instanceof CodecError)) throw thrown;
    return { thrown: [...facts(thrown), thrown.context] };
  }
}

function textOf(value: unknown): string {
  return String(JSON.stringify(value, (_, part) => {
    if (part instanceof Uint8Array) return formatHex(part);
    return typeof part === "bigint" ? `${part}n` : part;
  }));
}

function assertSame(expected: unknown, actual: unknown, what: string): void {
  if (same(expected, actual)) return;
  const [left, right] = [textOf(expected), textOf(actual)];
  // They may have many bytes: what is the same is left out.
  const at = Math.max(0, [...left].findIndex((character, index) => character !== right[index]) - 100);
  throw new Error(`${what}\nexpected ${left.slice(at, at + 800)}\nfound    ${right.slice(at, at + 800)}`);
}

/** The value with something in it that does not belong there. */
function broken(choose: RandomSource, value: unknown, depth = 0): unknown {
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

/** What a stream says to pieces of an input, in order: messages, and at last an error if there is one. */
function told(decoder: StreamDecoder<unknown>, input: Uint8Array, cuts: readonly number[]): unknown[] {
  const all: unknown[] = [];
  const failure = outcome(() => {
    let start = 0;
    for (const end of [...cuts, input.length]) {
      const chunk = input.slice(start, end);
      start = end;
      decoder.push(chunk);
      for (let one = decoder.pull(); one !== null; one = decoder.pull()) all.push(one);
      chunk.fill(0xdb);
    }
    all.push(decoder.finish());
  });
  return [...all, failure, decoder.offset];
}

/** Compares the streams of a compiled and of a generated codec for an input cut in some ways. */
function compareStreams(
  [schema, make]: readonly [Schema, (options?: unknown) => unknown],
  input: Uint8Array,
  choose: RandomSource,
  what: string,
): number {
  const everywhere = Array.from({ length: input.length }, (_, index) => index);
  const somewhere = Array.from({ length: choose(4) }, () => choose(input.length)).sort((a, b) => a - b);
  const ways = [[], somewhere, ...(input.length <= 200 ? [everywhere] : [])];
  for (const cuts of ways) {
    for (const options of [{}, { messageBytesMax: choose(input.length) }]) {
      const expected = told(stream(schema, options), input, cuts);
      const found = told(make(options) as StreamDecoder<unknown>, input, cuts);
      const how = `${what}, cut at ${cuts}, ${JSON.stringify(options)}, ${formatHex(input)}`;
      assertSame(expected, found, how);
    }
  }
  return 2 * ways.length;
}

const VALUES = 25;

/** Compares compiled and generated functions for values, broken values and broken bytes; returns how often it did. */
async function compare(
  schemas: Record<string, Schema>,
  seed: number,
  rounds = VALUES,
  sources: GenerateOptions["functions"] = {},
): Promise<number> {
  const functions = await loadGenerated(schemas, sources);
  let checked = 0;
  for (const [name, schema] of Object.entries(schemas)) {
    const choose = fromSeed(seed + name.length);
    const codec = compile(schema);
    for (let round = 0; round < rounds; round++) {
      const value = arbitraryValue(schema, choose);
      const message = codec.encode(value, { owned: true });
      const hostile = mutate(message, inspect(schema, message).spans, choose);
      const wrong = broken(choose, value);
      const room = message.length + choose(3) - 1;
      const what = `${name} of seed ${seed}, round ${round}`;
      const pairs: [() => unknown, () => unknown][] = [
        [() => message, () => functions[`encode${typeName(name)}`](value)],
        [() => codec.decode(message), () => functions[`decode${typeName(name)}`](message)],
        [() => codec.decode(hostile), () => functions[`decode${typeName(name)}`](hostile)],
        [() => codec.decodePrefix(hostile), () => functions[`decode${typeName(name)}Prefix`](hostile)],
        [() => codec.encode(wrong), () => functions[`encode${typeName(name)}`](wrong)],
        [
          () => codec.encodeInto(value, new Uint8Array(Math.max(0, room))),
          () => functions[`encode${typeName(name)}Into`](value, new Uint8Array(Math.max(0, room))),
        ],
      ];
      for (const [compiled, generated] of pairs) {
        assertSame(outcome(compiled), outcome(generated), what);
        checked++;
      }
      const streams = [schema, functions[`stream${typeName(name)}`]] as const;
      checked += compareStreams(streams, Uint8Array.from([...message, ...message]), choose, what);
      checked += compareStreams(streams, Uint8Array.from([...message, ...hostile]), choose, what);
    }
  }
  return checked;
}

test("does what the compiled codec does, for values and bytes of random schemas", async () => {
  console.log(`  generated source: WARPWIRE_SEED=${seed}`);
  const checked = await compare(writableSchemas(seed, 60), seed);
  assert.ok(checked >= 6 * 60 * VALUES);
});

test("does what the compiled codec does, for msgpack of every shape", async () => {
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

test("functions that a module exports are asked as the compiled codec asks them", async () => {
  const from = sourceUrl("test/codec/codegen/functions.ts");
  const { doubled, late, boxed, Places } = schemasWithFunctions;
  const functions = Object.fromEntries(
    Object.entries({ doubled, late, boxed }).map(([name, schema]) => [name, { schema, from }]),
  );
  const checked = await compare({ doubled, late, boxed, Places, List: array(Places, u8) }, seed, 4 * VALUES, functions);
  assert.ok(checked > 1000);
});

test("what is longer than its frame can say is refused, however long, and other memory is left alone", async () => {
  const frames = {
    text: framed(u8, string(rest)),
    twice: framed(u64, framed(u8, string(rest))),
    prefixed: struct({ data: framed(u8, bytes(u16)), last: u8 }),
    listed: framed(u8, array(u16, u64)),
  };
  const functions = await loadGenerated(frames);
  for (const length of [0, 1, 200, 254, 255, 256, 300, 5000, 70_000]) {
    const values: Readonly<Record<keyof typeof frames, unknown>> = {
      text: "x".repeat(length),
      twice: "é".repeat(length),
      prefixed: { data: new Uint8Array(length), last: 7 },
      listed: new Array(length).fill(1),
    };
    for (const [name, schema] of Object.entries(frames)) {
      const value = values[name as keyof typeof frames];
      const title = name[0].toUpperCase() + name.slice(1);
      const expected = outcome(() => compile(schema as Schema).encode(value));
      assertSame(expected, outcome(() => functions[`encode${title}`](value)), `${name}, ${length}`);
      const memory = new Uint8Array(500).fill(0xee);
      const target = memory.subarray(40, 440), offset = 7;
      const into = outcome(() => functions[`encode${title}Into`](value, target, offset)) as { value?: number };
      // What was refused may have been written, as far as there is room.
      const end = into.value ?? target.length;
      const others = [memory.subarray(0, 40 + offset), target.subarray(end), memory.subarray(440)];
      for (const other of others) assertSame(new Uint8Array(other.length).fill(0xee), other, "around it");
      if (into.value === undefined) continue;
      assertSame(compile(schema as Schema).encode(value), target.subarray(offset, end), `${name}, ${length}, into`);
    }
  }
});

test("limits of msgpack values are the shape's own", async () => {
  const shape = m.arrayOf(m.arrayOf(m.str));
  const few = m.msgpack(shape, { limits: { elementsMax: 4, stringBytesMax: 5 } });
  const codec = compile(few);
  const functions = await loadGenerated({ few });
  for (const value of [[["a", "b"], ["c"]], [["a"], ["b", "c"]], [["12345"]], [["123456"]], [["", ""], ["", ""]]]) {
    const message = m.encodeMsgpack(shape, value);
    assertSame(outcome(() => codec.encode(value)), outcome(() => functions.encodeFew(value)), "encode");
    assertSame(outcome(() => codec.decode(message)), outcome(() => functions.decodeFew(message)), "decode");
  }
});

test("scans say how many more bytes are needed at least, and leave off where they were", async () => {
  const choose = fromSeed(seed);
  const schemas = writableSchemas(seed + 1, 30);
  const functions = await loadGenerated(schemas);
  let checked = 0;
  for (const [name, schema] of Object.entries(schemas)) {
    const message = compile(schema).encode(arbitraryValue(schema, choose), { owned: true });
    // What ends with its input has no end in a stream.
    const whole = (functions[`scan${name}`]() as MessageScan).scan(message);
    if (whole !== message.length) continue;
    const scan = functions[`scan${name}`]() as MessageScan;
    for (let there = 0, needed = 0; there < message.length; there += choose(2)) {
      // Other memory every time; what was looked at before may be gone, but for its place.
      const length = scan.scan(Uint8Array.from([...message.subarray(0, there)]));
      assert.ok(length < 0 && there - length <= message.length, `${name}: ${length} of ${message.length} at ${there}`);
      assert.ok(there - length >= needed, `${name}: needs less than before`);
      needed = there - length;
      checked++;
    }
    assert.is(scan.scan(message), message.length, name);
    assert.is(scan.scan(message), message.length, `${name} again`);
  }
  assert.ok(checked > 30);
});

test("a function that makes something else than an object of the fields is refused", () => {
  for (const make of [(id: Uint8Array) => ({ id, at: 1 }), (id: Uint8Array) => ({ id: id.slice() })]) {
    const schema = m.msgpack(m.namedTuple({ id: m.bin(2) }, make));
    assert.throws(() => generateSource({ schema }), /cannot be written as source text/);
  }
});

test("names cannot break out of the source", async () => {
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
  const functions = await loadGenerated({ Named, Kinds, Names, Always, List: array(Kinds, u8) });
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
