/**
 * Generated source whose schemas and fields have the names of other things in it.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fromSeed } from "../../../codec/arbitrary/random.ts";
import { generateSource } from "../../../codec/codegen/mod.ts";
import { arbitraryValue } from "../../../codec/arbitrary/values.ts";
import * as support from "../../../codec/codegen/runtime/mod.ts";
import {
  array,
  bytes,
  CodecError,
  compile,
  framed,
  i64,
  lazy,
  limit,
  optional,
  refine,
  rest,
  type Schema,
  string,
  struct,
  u64,
  u8,
  union,
} from "../../../codec/mod.ts";
import * as m from "../../../codec/msgpack/mod.ts";
import { same } from "../same.ts";
import { loadGenerated } from "./load.ts";
import { seed } from "../seed.ts";

const test = suite("codec: names in generated source");
const LANGUAGE = [
  ..."Array BigInt Infinity Math NaN Number Object Record String Uint8Array undefined".split(" "),
  ..."await class constructor default eval hasOwnProperty let new null prototype this toString valueOf yield".split(
    " ",
  ),
];

const OWN = [
  ..."bytes pos start end output value depth elements lastEnd error from target offset buffer origin".split(" "),
  ..."scan step options result length text after before extension extension2 document msgpack present".split(" "),
  ..."readRecursion writeRecursion scanRecursion Recursive tag item i inner number".split(" "),
];

/** Every name that stands in generated files for something else. */
const NAMES = [...new Set([...Object.keys(support), "Infer", "ScanOptions", "StreamDecoder", ...LANGUAGE, ...OWN])];

interface Tree {
  readonly children: readonly Tree[];
}

/** Schemas with one field of the name, and a value beside it. */
function schemasWith(name: string): Schema[] {
  const tree: Schema<Tree> = lazy(() => struct({ children: array(tree, u8), [name]: u8 }) as unknown as Schema<Tree>);
  return [
    struct({ [name]: string(u8), other: u64 }),
    struct({ [name]: array(limit(string(u8), 200), 2), other: i64 }),
    struct({ other: u8, [name]: optional(framed(u8, bytes(rest)), { field: "other", equals: 1 }) }),
    union(name, u8, { [name]: [1, struct({ other: tree })], other: [2, struct({ inside: string(u8) })] }),
    struct({ [name]: m.msgpack(m.mapOf({ [name]: m.int, other: m.arrayOf(m.str) })) }),
  ];
}

/** Asserts that generated functions do what the codec does. */
async function assertAllWork(schemas: Record<string, Schema>): Promise<void> {
  const { table } = await loadGenerated(schemas);
  for (const [name, schema] of Object.entries(schemas)) {
    const codec = compile(schema);
    for (let round = 0; round < 3; round++) {
      const value = arbitraryValue(schema, fromSeed(seed + round));
      const message = codec.encode(value, { owned: true });
      assert.equal(table[name].encode(value).slice(), message, name);
      assert.ok(same(table[name].decode(message), codec.decode(message)), name);
    }
  }
}

test("fields may have the name of anything", async () => {
  const cases = NAMES.flatMap((name) => schemasWith(name));
  await assertAllWork(Object.fromEntries(cases.map((schema, index) => [`Case${index}`, schema])));
});

test("schemas may have the name of anything but a global", async () => {
  const wishes = NAMES.flatMap((name) => [name, name.replace(/^(?:read|write|encode|decode|scan|stream|endsOf)/, "")])
    .map((name) => name.slice(0, 1).toUpperCase() + name.slice(1));
  const refused: string[] = [];
  const names = [...new Set(wishes)].filter((name) => {
    if (name === "") return false;
    try {
      generateSource({ [name]: u8 });
      return true;
    } catch (error) {
      assert.ok(error instanceof CodecError && error.code === "schema");
      refused.push(name);
      return false;
    }
  });
  assert.equal(refused.sort(), ["Array", "Infinity", "Math", "Number", "Object", "Record", "Uint8Array"]);
  const cases = schemasWith("field");
  await assertAllWork(Object.fromEntries(names.map((name, index) => [name, cases[index % cases.length]])));
});

test("what would give one name to two things is refused", () => {
  const cases: [schemas: Record<string, Schema>, table?: string][] = [
    [{ entry: u8, Entry: u8 }],
    [{ entry: u8, encodeEntry: u8 }, "encodeEntry"],
    [{ entry: u8 }, "decodeEntryPrefix"],
    [{ entry: u8, table: u8 }, "Table"],
    [{ entry: u8 }, "Object"],
  ];
  for (const [schemas, table] of cases) {
    assert.throws(
      () => generateSource(schemas, table === undefined ? {} : { table }),
      (error: unknown) =>
        error instanceof CodecError && error.code === "schema" && / needs the name /.test(error.message),
    );
  }
});

test("what is imported gives way to what is exported", () => {
  const Even = refine(u8, { name: "even", test: (value) => value % 2 === 0 });
  const source = generateSource({ Even }, { functions: { Even: { schema: Even, from: "./schemas.ts" } } });
  assert.match(source, 'import { Even as Even2 } from "./schemas.ts";');
  assert.match(source, "export type Even = Infer<typeof Even2>;");
  const text = generateSource({ text: string(u8), output: bytes(rest) });
  assert.match(text, /\breadText as readText2\b/);
  assert.match(text, /\bOutput as Output2\b/);
});

test.run();
