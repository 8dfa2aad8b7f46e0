/**
 * A short fuzzing run of everything, the inputs in which fuzzing has found mistakes, and the fuzzer against mistakes made
 * on purpose.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { MessageScan } from "../codec/codegen/runtime/mod.ts";
import {
  array,
  bytes,
  CodecError,
  compile,
  extension,
  formatHex,
  type Infer,
  map,
  parseHex,
  refine,
  type Schema,
  stream,
  string,
  struct,
  u16,
  u8,
} from "../codec/mod.ts";
import {
  fuzz,
  type FuzzFailure,
  type GeneratedFunctions,
  generatedSubject,
  schemaSubject,
  type Subject,
} from "../src/fuzz/mod.ts";
import { failureText, outcomesText } from "../src/fuzz/fuzz.ts";
import { SUBJECTS, subjectsOf } from "../tasks/fuzz-subjects.ts";
import { root } from "../tasks/project.ts";
import { loadGenerated, writableSchemas } from "./codec/codegen/load.ts";
import { seed } from "./codec/seed.ts";
import { fixture } from "./fixture.ts";

const test = suite("fuzz");

test("a short run of everything", () => {
  // A round of every subject: some ten thousand inputs, in some seconds.
  const report = fuzz(SUBJECTS, { seed: seed >>> 0, roundsMax: SUBJECTS.length });
  console.log(`  fuzz: ${report.inputs} inputs, WARPWIRE_SEED=${seed}`);
  if (report.failure !== undefined) throw new Error(failureText(report.failure, "npm run fuzz --"));
  for (const [name, outcomes] of report.outcomes) assert.ok(outcomes.size > 0, `${name} had inputs`);
  assert.is(outcomesText(report).trimEnd().split("\n").length, SUBJECTS.length);
  // A run in which nothing is accepted, or nothing refused, would prove little.
  const words = new Set([...report.outcomes.values()].flatMap((counts) => [...counts.keys()]));
  for (const word of ["value", "truncated", "trailing", "tag", "literal", "utf8", "json"]) {
    assert.ok(words.has(word), word);
  }
});

interface Found {
  readonly subject: string;
  readonly input: string;
  readonly about: string;
}

for (const { subject, input, about } of (fixture("fuzz/found.json") as { found: Found[] }).found) {
  test(`found before: ${about}`, () => {
    const [found] = subjectsOf(subject);
    assert.type(found.check(parseHex(input)), "string");
  });
}

test("the same seed makes the same inputs, and round n of a run is the first one of the seed n further on", () => {
  const [subject] = subjectsOf("schemas");
  const inputsOf = (from: number, rounds: number) => {
    const inputs: string[] = [];
    const listening: Subject = {
      name: "listening",
      inputs: (choose) => subject.inputs(choose),
      check: (input) => {
        inputs.push(formatHex(input));
        return "";
      },
    };
    fuzz([listening], { seed: from, roundsMax: rounds });
    return inputs;
  };
  const all = inputsOf(0xfffffffe, 4);
  assert.equal(all, inputsOf(0xfffffffe, 4));
  assert.equal(all, [0xfffffffe, 0xffffffff, 0, 1].flatMap((from) => inputsOf(from, 1)));
});

/** One byte, then as many more as it says; with mistakes put in. */
function flawed(flaws: Partial<Parameters<typeof extension<Uint8Array>>[0]>): Schema<Uint8Array> {
  return extension<Uint8Array>({
    name: "flawed",
    bytesMin: 1,
    bytesMax: 256,
    decode(cursor) {
      const start = cursor.pos;
      const needed = start < cursor.end ? 1 + cursor.bytes[start] : 1;
      const left = cursor.end - start;
      if (left < needed) throw new CodecError("truncated", `Needs ${needed} bytes, ${left} left`, { offset: 0 });
      cursor.pos += needed;
      const content = cursor.bytes.subarray(start + 1, cursor.pos);
      return cursor.copy === true
        ? content.slice()
        : new Uint8Array(content.buffer, content.byteOffset, content.length);
    },
    encode: (value) => Uint8Array.of(value.length, ...value),
    scanner() {
      let left = -1;
      return {
        push(chunk, start, end) {
          let at = start;
          if (left < 0 && at < end) left = chunk[at++];
          const count = Math.min(Math.max(left, 0), end - at);
          left -= count;
          return left === 0 ? at + count : -1;
        },
      };
    },
    generate: (choose) => Uint8Array.from({ length: choose(9) }, () => choose(255)),
    ...flaws,
  });
}

const sound = flawed({});
const soundExtension = (sound as Extract<Schema, { kind: "extension" }>).extension;

test("what is without mistakes passes", () => {
  const { failure, outcomes } = fuzz([schemaSubject("sound", sound)], { seed: 1, inputsMax: 2000 });
  assert.is(failure, undefined);
  assert.equal([...outcomes.get("sound")!.keys()].sort(), ["trailing", "truncated", "value"]);
});

const FLAWS: [name: string, schema: Schema, what: RegExp][] = [
  [
    "another error than a CodecError",
    flawed({
      decode(cursor) {
        if (cursor.bytes[cursor.pos] === 3) throw new TypeError("Three");
        return soundExtension.decode(cursor) as Uint8Array;
      },
    }),
    /^TypeError: Three$/,
  ],
  [
    "a scanner that sees another end",
    flawed({
      scanner() {
        return { push: (chunk, start, end) => end > start && chunk[end - 1] === 0x41 ? end : -1 };
      },
    }),
    /^stream/,
  ],
  [
    "a scanner that forgets what came before",
    flawed({
      scanner: () => ({
        push: (chunk, start, end) => end - start > chunk[start] ? start + 1 + chunk[start] : -1,
      }),
    }),
    /^stream/,
  ],
  [
    "reading beyond the view",
    flawed({
      decode(cursor) {
        const length = cursor.bytes[cursor.pos] ?? 0;
        const found = new Uint8Array(cursor.bytes.buffer, cursor.bytes.byteOffset + cursor.pos + 1);
        if (found.length < length || cursor.pos >= cursor.end) {
          throw new CodecError("truncated", "Needs more", { offset: 0 });
        }
        cursor.pos = Math.min(cursor.end, cursor.pos + 1 + length);
        return found.slice(0, length);
      },
    }),
    /larger buffer|stream/,
  ],
  [
    "an encoder that writes other values",
    flawed({ encode: (value) => Uint8Array.of(value.length, ...value.map(() => 7)) }),
    /./,
  ],
  [
    "bytes that differ each time",
    (() => {
      let calls = 0;
      return map(struct({ a: u8, b: u8 }), {
        name: "sum",
        decode: ({ a, b }) => a + b,
        encode: (value: number) => ({ a: Math.min(value, ++calls % 2), b: value - Math.min(value, calls % 2) }),
      });
    })(),
    /bytes|encode/,
  ],
  [
    "a mapping that is not the same both ways",
    map(u16, { name: "half", decode: (value) => value >> 1, encode: (value: number) => Math.min(value, 100) }),
    /decode/,
  ],
  [
    "a value that is larger than its bytes",
    map(u8, { name: "many", decode: (value) => new Array(100 * value).fill(0), encode: (value) => value.length / 100 }),
    /too large for its bytes/,
  ],
  [
    "a decoder that changes its input",
    flawed({
      decode(cursor) {
        const value = soundExtension.decode(cursor) as Uint8Array;
        value.fill(0, 0, 1);
        return value;
      },
    }),
    /changes its input|decode|stream/,
  ],
  [
    "a copy that is none",
    flawed({ decode: (cursor) => soundExtension.decode({ ...cursor, copy: false }) as Uint8Array }),
    /./,
  ],
  [
    "a test that accepts what it has refused",
    (() => {
      let calls = 0;
      return refine(bytes(u8), { name: "moody", test: () => ++calls % 7 !== 0 });
    })(),
    /./,
  ],
];

for (const [name, schema, what] of FLAWS) {
  test(`finds ${name}`, () => {
    const subject = schemaSubject(name, struct({ before: string(u8), flawed: schema }));
    const { failure } = fuzz([subject], { seed: 1, inputsMax: 5000 });
    assert.ok(failure !== undefined, "found");
    assert.match(failure.what, what);
    assertReplayable(subject, failure);
  });
}

function assertReplayable(subject: Subject, failure: FuzzFailure): void {
  const text = failureText(failure, "fuzz");
  assert.ok(text.includes(`fuzz --schema "${subject.name}" --seed ${failure.seed} --rounds 1`), text);
  // What keeps a state of its own does not fail in the same way twice.
  if (/differ each time|accepts what/.test(subject.name)) return;
  const again = fuzz([subject], { seed: failure.seed, roundsMax: 1 });
  assert.is(again.failure?.what, failure.what);
  if (failure.input === undefined) return;
  assert.ok(failure.shrunk!.length <= failure.input.length);
  assert.throws(() => subject.check(failure.shrunk!));
  assert.ok(text.includes(`--input ${formatHex(failure.shrunk!)}`));
}

test("a short run of generated codecs of random schemas", async () => {
  const schemas = writableSchemas(seed, 40);
  const { table } = await loadGenerated(schemas);
  const subjects = Object.entries(schemas).map(([name, schema]) => generatedSubject(name, schema, table[name]));
  const { failure, inputs } = fuzz(subjects, { seed: seed >>> 0, inputsMax: 4000 });
  if (failure !== undefined) throw new Error(`WARPWIRE_SEED=${seed}\n${failureText(failure, "npm run fuzz --")}`);
  assert.ok(inputs >= 4000);
});

/** A schema, and mistakes that a generated codec for it could have. */
const Pair = struct({ name: string(u8), port: u16 });
const pair = {
  decodePrefix: (bytes: Uint8Array, offset = 0) => compile(Pair).decodePrefix(bytes, offset),
  decode: (bytes: Uint8Array) => compile(Pair).decode(bytes),
  encode: (value: Infer<typeof Pair>) => compile(Pair).encode(value),
  encodeInto: (value: Infer<typeof Pair>, target: Uint8Array, offset = 0) =>
    compile(Pair).encodeInto(value, target, offset),
  stream: () => stream(Pair),
  scan: (): MessageScan => ({
    scan: (bytes, start = 0, end = bytes.length) => {
      const there = end - start;
      const length = there === 0 ? 3 : 3 + bytes[start];
      return length > there ? there - length : length;
    },
  }),
};
const GENERATED_FLAWS: [name: string, flaw: Partial<GeneratedFunctions>, what: RegExp][] = [
  ["another value", { decode: (bytes) => ({ ...pair.decode(bytes), port: 0 }) }, /^decode and generated decode$/],
  [
    "another offset",
    { decodePrefix: (bytes, offset) => pair.decodePrefix(bytes.subarray(offset)) },
    /generated decodePrefix at an offset$/,
  ],
  ["other bytes", { encode: (value) => pair.encode(value as Infer<typeof Pair>).toReversed() }, /generated encode$/],
  [
    "a scan that asks for too much",
    { scan: () => ({ scan: (bytes, start, end) => Math.min(pair.scan().scan(bytes, start, end) - 1) }) },
    /^generated scan/,
  ],
  ["a stream that skips a message", { stream: () => stream(array(Pair, 2)) }, /^generated stream/],
];

test("what does what the compiled codec does passes for generated", () => {
  const subject = generatedSubject("pair", Pair, pair as GeneratedFunctions);
  assert.is(fuzz([subject], { seed: 1, inputsMax: 1000 }).failure, undefined);
});

for (const [name, flaw, what] of GENERATED_FLAWS) {
  test(`finds ${name} in generated functions`, () => {
    const subject = generatedSubject(name, Pair, { ...pair, ...flaw } as GeneratedFunctions);
    const { failure } = fuzz([subject], { seed: 1, inputsMax: 2000 });
    assert.match(failure!.what, what);
  });
}

test("an input that takes too long is a failure where somebody looks at the clock", () => {
  let clock = 0;
  const slow: Subject = {
    name: "slow",
    inputs: (choose) => [Uint8Array.of(choose(255))],
    check: () => {
      clock += 3000;
      return "value";
    },
  };
  assert.is(fuzz([slow], { seed: 1, roundsMax: 3 }).failure, undefined);
  assert.is(fuzz([slow], { seed: 1, roundsMax: 3, now: () => clock }).failure?.what, "Error: The input took 0 ms");
});

test("the command line replays an input, and knows its subjects", () => {
  const self = fileURLToPath(import.meta.url);
  const [command, ...args] = self.endsWith(".ts")
    ? [process.execPath, "run", "-A", "--no-check", join(root, "tasks/fuzz.ts")]
    : [process.execPath, join(root, ".build/tasks/fuzz.js")];
  const { status, stdout, stderr } = spawnSync(command, [...args, "--schema", "cslq:[c]c", "--input", "0261"], {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  assert.is(status, 0, stderr);
  assert.is(stdout, "cslq:[c]c: truncated\n");
  assert.throws(() => subjectsOf("no.such.schema"), (error: unknown) => error instanceof CodecError);
  assert.ok(subjectsOf("warpdrive").length > 5);
});

test.run();
