import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fromSeed } from "../../../codec/arbitrary/random.ts";
import { arbitraryValue } from "../../../codec/arbitrary/values.ts";
import { pool } from "../../../codec/codegen/runtime/mod.ts";
import { typeName } from "../../../codec/codegen/names.ts";
import {
  array,
  bytes,
  CodecError,
  compile,
  encode,
  encodeInto,
  formatHex,
  framed,
  lazy,
  limit,
  optional,
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
import * as m from "../../../codec/msgpack/mod.ts";
import type { RandomSource } from "../../../codec/schema/extension.ts";
import { facts } from "../agreement.ts";
import { seed } from "../seed.ts";
import { spoil } from "../spoil.ts";
import { loadGenerated, writableSchemas } from "./load.ts";

const test = suite("codec: generated encodeInto");

type Into = (value: unknown, target: Uint8Array, offset?: number) => number;

/** What is in memory that nobody has written to. */
const EMPTY = 0xee;
/** Up to this many bytes a message is written into targets of every size, above it into some. */
const EVERY_SIZE_MAX = 160;

interface Folder {
  readonly name: string;
  readonly folders: Folder[];
}
const Folder: Schema<Folder> = lazy(() => struct({ name: string(u8), folders: array(Folder, u8) }));

const contact = m.namedTuple({ id: m.bin(20), ip: m.bin(), port: m.intBetween(0, 65535) });

/** Schemas without a small maximum, of every kind that makes room in a way of its own. */
const UNBOUNDED: Readonly<Record<string, Schema>> = {
  Texts: struct({ first: string(u16), second: string(u32), last: string(u8) }),
  Blob: struct({ kind: u8, data: bytes(u32), crc: u32 }),
  Rest: struct({ kind: u8, data: bytes(rest) }),
  Listing: struct({ entries: array(struct({ name: string(u8), size: u64, kind: u8 }), u16) }),
  Pair: tuple([string(varint), array(string(u8), u16)]),
  Frames: array(framed(u16, struct({ text: string(u16), number: u32 })), u8),
  Short: framed(u8, bytes(u16)),
  Limited: struct({ text: limit(string(u16), 30), number: u16 }),
  Maybe: array(optional(bytes(u16)), u16),
  Union: array(union("kind", u8, { text: [1, struct({ text: string(u16) })], none: [2, struct({})] }), u16),
  Folder,
  Contacts: struct({ id: bytes(20), contacts: m.msgpack(m.arrayOf(contact)), crc: u16 }),
  Names: m.msgpack(m.arrayOf(m.arrayOf(m.nullable(m.str)))),
  Open: struct({ value: m.msgpack(m.any), last: u8 }),
};

/** Sizes of targets: every one up to a little more than the message needs, or the first, the last and some others. */
function sizesFor(length: number, choose: RandomSource): number[] {
  const more = 12;
  if (length <= EVERY_SIZE_MAX) return Array.from({ length: length + more }, (_, size) => size);
  const near = Array.from({ length: 40 }, (_, index) => length - 28 + index);
  return [0, 1, 2, 3, ...Array.from({ length: 20 }, () => choose(length)), ...near];
}

function outcome(run: () => number): unknown {
  try {
    return { end: run() };
  } catch (thrown) {
    if (!(thrown instanceof CodecError)) throw thrown;
    return { thrown: [...facts(thrown), thrown.context] };
  }
}

/** Writes a value into a target inside of other memory; expects what the engine does, and only that. */
function compareInto(schema: Schema, into: Into, value: unknown, size: number, choose: RandomSource): void {
  const offset = choose(9), before = choose(5), after = 16;
  const memory = new Uint8Array(before + offset + size + after).fill(EMPTY);
  const target = memory.subarray(before, before + offset + size);
  const expected = outcome(() => encodeInto(schema, value, target.slice(), offset));
  const found = outcome(() => into(value, target, offset));
  assert.equal(found, expected);
  const { end } = expected as { end?: number };
  const isEmpty = (part: Uint8Array) => part.every((byte) => byte === EMPTY);
  assert.ok(isEmpty(memory.subarray(0, before + offset)), "what is before the offset");
  assert.ok(isEmpty(memory.subarray(before + offset + size)), "what is behind the target");
  if (end === undefined) return;
  assert.is(formatHex(target.subarray(offset, end)), formatHex(encode(schema, value)), "the message");
  assert.ok(isEmpty(target.subarray(end)), "what is behind the message");
}

async function compareAll(schemas: Readonly<Record<string, Schema>>, rounds: number): Promise<number> {
  const functions = await loadGenerated(schemas);
  let checked = 0;
  for (const [name, schema] of Object.entries(schemas)) {
    const into = functions[`encode${typeName(name)}Into`] as Into;
    const choose = fromSeed(seed + name.length);
    for (let round = 0; round < rounds; round++) {
      const value = arbitraryValue(schema, choose);
      const { length } = compile(schema).encode(value);
      const wrong = spoil(value, choose);
      for (const size of sizesFor(length, choose)) {
        try {
          compareInto(schema, into, value, size, choose);
          compareInto(schema, into, wrong, size, choose);
        } catch (error) {
          throw new Error(`${name}, round ${round}, size ${size}, WARPWIRE_SEED=${seed}`, { cause: error });
        }
        checked++;
      }
    }
  }
  return checked;
}

test("does what the engine does, with targets of every size, for random schemas", async () => {
  console.log(`  generated encodeInto: WARPWIRE_SEED=${seed}`);
  assert.ok(await compareAll(writableSchemas(seed + 2, 60), 5) > 60 * 5 * 12);
});

test("does what the engine does, with targets of every size, for schemas without a small maximum", async () => {
  assert.ok(await compareAll(UNBOUNDED, 40) > Object.keys(UNBOUNDED).length * 40 * 12);
});

test("what has room in the target is written there, and takes no other memory", async () => {
  const functions = await loadGenerated(UNBOUNDED);
  const data = new Uint8Array(300_000).fill(7);
  const values: Readonly<Record<string, unknown>> = {
    Blob: { kind: 1, data, crc: 2 },
    Rest: { kind: 1, data },
    Listing: { entries: Array.from({ length: 5000 }, (_, size) => ({ name: "a name", size, kind: 1 })) },
    Contacts: {
      id: new Uint8Array(20),
      contacts: Array.from({ length: 5000 }, () => ({ id: new Uint8Array(20), ip: data.subarray(0, 9), port: 7 })),
      crc: 7,
    },
    Folder: { name: "a", folders: Array.from({ length: 200 }, () => ({ name: "b".repeat(200), folders: [] })) },
  };
  const target = new Uint8Array(2 ** 20);
  for (const [name, value] of Object.entries(values)) {
    const { length } = encode(UNBOUNDED[name] as Schema, value);
    const [block, at] = [pool.bytes, pool.at];
    assert.is((functions[`encode${name}Into`] as Into)(value, target, 5), 5 + length, name);
    assert.ok(pool.bytes === block && pool.at === at, `${name}: none of the shared memory was used`);
  }
});

test("what comes first is in the target when the last field is asked for", async () => {
  const functions = await loadGenerated(UNBOUNDED);
  const target = new Uint8Array(1000);
  const contacts = [{ id: new Uint8Array(20).fill(9), ip: Uint8Array.of(1, 2), port: 7 }];
  const values = {
    Blob: { kind: 1, data: new Uint8Array(500).fill(7) },
    Contacts: { id: new Uint8Array(20), contacts },
  };
  for (const [name, value] of Object.entries(values)) {
    const expected = encode(UNBOUNDED[name] as Schema, { ...value, crc: 3 });
    const end = 5 + expected.length - (name === "Blob" ? 4 : 2);
    let there = "";
    const asked = {
      ...value,
      get crc() {
        there = formatHex(target.subarray(5, end));
        return 3;
      },
    };
    assert.is((functions[`encode${name}Into`] as Into)(asked, target, 5), 5 + expected.length);
    assert.is(there, formatHex(expected.subarray(0, end - 5)), name);
  }
});

test("what was written elsewhere for lack of room is given back", async () => {
  const functions = await loadGenerated({ Texts: UNBOUNDED.Texts as Schema });
  const into = functions.encodeTextsInto as Into;
  const value = { first: "x".repeat(100), second: "y", last: "z" };
  const { length } = encode(UNBOUNDED.Texts as Schema, value);
  const target = new Uint8Array(length);
  into(value, target);
  const { bytes: block, at } = pool;
  for (let index = 0; index < 1000; index++) into(value, target);
  assert.ok(pool.bytes === block && pool.at === at);
  assert.throws(() => into(value, target, 1), (error: CodecError) => error.code === "space");
  assert.is(pool.at, at);
});

test("offsets that are none", async () => {
  const functions = await loadGenerated({ Blob: UNBOUNDED.Blob as Schema, Count: u16 });
  for (const offset of [-1, 0.5, NaN, 21, Infinity]) {
    for (const [name, value] of [["Blob", { kind: 1, data: new Uint8Array(2), crc: 1 }], ["Count", 7]] as const) {
      const into = functions[`encode${name}Into`] as Into;
      assert.throws(() => into(value, new Uint8Array(20), offset), (error: Error) => error instanceof RangeError);
    }
  }
});

test.run();
