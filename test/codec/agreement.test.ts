import { suite } from "uvu";
import * as assert from "uvu/assert";
import { chosen } from "../../codec/arbitrary/fast-check.ts";
import { fromSeed } from "../../codec/arbitrary/random.ts";
import { arbitraryValue } from "../../codec/arbitrary/values.ts";
import { decode, describeText, encode, formatHex, inspect, type Schema } from "../../codec/mod.ts";
import { mutate } from "../../codec/arbitrary/mutate.ts";
import {
  assertDecodersAgree,
  assertEncodersAgree,
  assertGeneratedDecodes,
  assertGeneratedEncodes,
} from "./agreement.ts";
import { same } from "./same.ts";
import { ALL_LANGUAGES, randomSchema } from "./arbitrary-schema.ts";
import { loadGenerated, writableSchemas } from "./codegen/load.ts";
import { check, seed } from "./seed.ts";
import { spoil } from "./spoil.ts";

const test = suite("codec: all ways agree on random schemas");

/** Says in which schema and with which bytes something went wrong. */
function explained<T>(schema: Schema, what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new Error(`${(error as Error).stack}\n${what}\nSchema:\n${describeText(schema)}`, { cause: error });
  }
}

let inputs = 0;
let accepted = 0;

test("valid and hostile inputs", () => {
  const cases = chosen((choose) => ({ schema: randomSchema(choose, ALL_LANGUAGES), seed: choose(2 ** 32 - 1) }));
  check("agreement", cases, 1500, ({ schema, seed }) => {
    const choose = fromSeed(seed);
    for (let round = 0; round < 2; round++) {
      const value = explained(schema, "generate", () => arbitraryValue(schema, choose));
      const bytes = explained(schema, "encode", () => assertEncodersAgree(schema, value))!;
      explained(schema, bytes === undefined ? "refused" : formatHex(bytes), () => {
        assert.ok(bytes !== undefined, "generated values are valid");
        assertDecodersAgree(schema, bytes);
        assert.ok(same(decode(schema, bytes), value), "the value comes back");
      });
      const limits = { depthMax: choose(3), elementsMax: choose(8), stringBytesMax: choose(8) };
      explained(schema, `${formatHex(bytes)} within ${JSON.stringify(limits)}`, () => {
        const within = assertEncodersAgree(schema, value, limits);
        assertDecodersAgree(schema, bytes, limits);
        // The limits are the same ones both ways.
        if (within === undefined) assert.throws(() => decode(schema, bytes, { limits }));
        else decode(schema, bytes, { limits });
      });
      for (let harms = 0; harms < 4; harms++) {
        const spoiled = spoil(value, choose);
        explained(schema, "spoiled value", () => {
          const written = assertEncodersAgree(schema, spoiled);
          if (written === undefined) return;
          accepted++;
          assertDecodersAgree(schema, written);
          // What can be written can be read, except where a mapping is not the same both ways.
          if (!describeText(schema).includes("reversed")) decode(schema, written);
        });
      }
      const { spans } = inspect(schema, bytes);
      for (let harms = 0; harms < 4; harms++) {
        const broken = mutate(bytes, spans, choose);
        explained(schema, formatHex(broken), () => assertDecodersAgree(schema, broken));
        inputs++;
      }
      inputs++;
    }
  });
  assert.ok(inputs >= 10_000, `${inputs} inputs`);
  assert.ok(accepted >= 500, `${accepted} spoiled values that are valid after all`);
});

test("generated functions do what schemas do, with valid and hostile inputs", async () => {
  console.log(`  agreement of generated source: WARPWIRE_SEED=${seed}`);
  const schemas = writableSchemas(seed, 120);
  const { table } = await loadGenerated(schemas);
  const choose = fromSeed(seed);
  let refused = 0;
  for (const [name, schema] of Object.entries(schemas)) {
    const functions = table[name];
    for (let round = 0; round < 10; round++) {
      const value = arbitraryValue(schema, choose);
      const bytes = encode(schema, value, { owned: true });
      const broken = mutate(bytes, inspect(schema, bytes).spans, choose);
      const spoiled = spoil(value, choose);
      explained(schema, `${name}, ${formatHex(bytes)}, ${formatHex(broken)}`, () => {
        assertGeneratedDecodes(schema, functions, bytes);
        assertGeneratedDecodes(schema, functions, broken);
        assertGeneratedEncodes(schema, functions, value);
        assertGeneratedEncodes(schema, functions, spoiled);
      });
      if (inspect(schema, broken).error !== undefined) refused++;
    }
  }
  assert.ok(refused > 200, `${refused} inputs were refused`);
});

test.run();
