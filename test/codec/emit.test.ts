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
import { mutate } from "../../codec/mutate.ts";
import { facts, same } from "./agreement.ts";
import { randomSchema } from "./arbitrary-schema.ts";
import { seed } from "./seed.ts";

const test = suite("codec: generated source");
/** Node 20 reads no TypeScript: what the source does is tried out on Deno. */
const runTest = "Deno" in globalThis ? test : test.skip;

const SUPPORT = new URL("../../codec/generated.ts", import.meta.url).href;
const DOORS = { json: new URL("../../codec/json/mod.ts", import.meta.url).href };

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

runTest("does what the compiled codec does, for values and bytes of random schemas", async () => {
  console.log(`  generated source: WARPWIRE_SEED=${seed}`);
  const schemas = writableSchemas(seed, 60);
  const functions = await load(schemas);
  let checked = 0;
  for (const [name, schema] of Object.entries(schemas)) {
    const choose = seededChoices(seed + name.length);
    const codec = compile(schema);
    for (let round = 0; round < VALUES; round++) {
      const value = generate(schema, choose);
      const bytes = codec.encode(value, { owned: true });
      const hostile = mutate(bytes, inspect(schema, bytes).spans, choose);
      const wrong = broken(choose, value);
      const room = bytes.length + choose(3) - 1;
      const what = `${name} of seed ${seed}, round ${round}`;
      const pairs: [() => unknown, () => unknown][] = [
        [() => bytes, () => functions[`encode${name}`](value)],
        [() => codec.decode(bytes), () => functions[`decode${name}`](bytes)],
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
  assert.ok(checked >= 6 * 60 * VALUES);
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
    "1",
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
