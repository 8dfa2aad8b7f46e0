/**
 * Random schemas, their subscriptions, and by brute force the events that match.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fromSeed, pick } from "../../../codec/arbitrary/random.ts";
import type { RandomSource } from "../../../codec/schema/mod.ts";
import { contentDigests, subscriptionDigests } from "../../../src/storj/mod.ts";
import {
  contentEvent,
  contentSchema,
  contentSubscription,
  EVENT,
  matches,
  readContent,
} from "../../../src/storj/content/mod.ts";
import { seed } from "../../codec/seed.ts";
import { throws } from "../expect.ts";

const SCHEMAS = 1000;
const EVENTS = 120;

/** A field with values that fit and that do not, and a wish with how to tell what it wants. */
interface RandomField {
  readonly schema: string;
  /** Texts of values that fit. */
  readonly good: readonly string[];
  readonly bad: readonly string[];
  /** As it is in a subscription. */
  readonly wish: string;
  readonly wants: (value: string) => boolean;
}

/** Values in groups that are equal in Python. */
const EQUALS: readonly (readonly string[])[] = [
  ["0", "false", "0.0", "-0.0", "0e7"],
  ["1", "true", "1.0", "10e-1"],
  ["5", "5.0"],
  ["-3", "-3.0", "-30e-1"],
  ["3.14"],
  ["0.1"],
  ["9007199254740993"],
  ["9007199254740992", "9007199254740992.0"],
  ["10000000000000000000000", "1e22"],
  ["null"],
  ['"1"'],
  ['"\\u00e4"', '"ä"'],
  ['""'],
  ['"true"'],
];

function enumField(choose: RandomSource): RandomField {
  const groups = EQUALS.filter(() => choose(3) === 0);
  if (groups.length === 0) groups.push(pick(choose, EQUALS));
  const wanted = groups.filter(() => choose(1) === 0);
  if (wanted.length === 0) wanted.push(groups[0]);
  const list = (from: typeof groups) => `[${from.map((group) => pick(choose, group)).join(", ")}]`;
  return {
    schema: `{"type": "enum", "choices": ${list(groups)}}`,
    good: groups.flat(),
    bad: EQUALS.filter((group) => !groups.includes(group)).flat().concat("[]", "{}", "[1]"),
    wish: list(wanted),
    wants: (value) => wanted.flat().includes(value),
  };
}

const BOUNDS = [
  0,
  1,
  -1,
  0.1,
  0.30000000000000004,
  2.99,
  3,
  7,
  10,
  12.5,
  99.999,
  100,
  1e-7,
  -100,
  1000,
  1e16,
  123456789,
];

/** Compares texts of floats and of small integers. */
function numberField(choose: RandomSource): RandomField {
  const [minimum, maximum] = [pick(choose, BOUNDS), pick(choose, BOUNDS)].sort((a, b) => a - b);
  const resolution = pick(choose, [1, 2, 3, 4, 7]);
  const inside = (share: number) => minimum + (maximum - minimum) * share;
  const shares = Array.from({ length: resolution }, (_, bucket) => (bucket + 0.5) / resolution);
  const all = [minimum, below(maximum), ...shares.map(inside), inside(choose(1000) / 1001), inside(1 / resolution)];
  const good = all.filter((value) => minimum <= value && value < maximum);
  if (good.length === 0) return { ...numberField(choose) };
  const [lower, upper] = [pick(choose, good), pick(choose, good)].sort((a, b) => a - b);
  const forms = (value: number) => {
    const text = String(value);
    if (Number.isInteger(value) && Math.abs(value) < 1e15) return [text, `${text}.0`, `"${text}"`];
    // The text of other floats is not exactly their value, which may be on the other side of a bound.
    return Math.abs(value) < 1e6 && Number.isInteger(value * 1024) ? [text, `" ${text} "`] : [text];
  };
  return {
    schema: `{"type": "number", "minimum": ${minimum}, "maximum": ${maximum}, "resolution": ${resolution}}`,
    good: good.flatMap(forms),
    bad: [maximum, above(maximum), below(minimum)].flatMap(forms).concat(
      "null",
      "[]",
      '"x"',
      '""',
      '"NaN"',
      '"Infinity"',
    ),
    wish: `[${lower}, ${upper}]`,
    wants: (value) => {
      const number = Number(value.replaceAll('"', ""));
      return lower <= number && number <= upper;
    },
  };
}

function below(value: number): number {
  return -above(-value);
}

/** The next float. */
function above(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  bits.setBigInt64(0, bits.getBigInt64(0) + (value > 0 ? 1n : -1n));
  return bits.getFloat64(0);
}

function booleanField(choose: RandomSource): RandomField {
  const wish = pick(choose, [["true"], ["false"], ["true", "false"], ["true", "true"]]);
  const bad = ["1", "0", "null", '"true"', "[]"];
  return {
    schema: '{"type": "boolean"}',
    good: ["true", "false"],
    bad,
    wish: `[${wish.join()}]`,
    wants: (value) => wish.includes(value),
  };
}

const OBJECTS = [
  "{}",
  "[]",
  "5",
  "5.0",
  "true",
  '{"a": 1}',
  '{"a": 1.0}',
  '{"b": [], "a": {"ü": null}}',
  "null",
  '"5"',
];

function objectField(choose: RandomSource): RandomField {
  const wish = pick(choose, OBJECTS);
  return { schema: '{"type": "object"}', good: OBJECTS, bad: [], wish, wants: (value) => value === wish };
}

const NAMES = ["a", "B", "10", "9", "", "__proto__", "constructor", "ä", "\u{1f600}", "\uffff", 'quote"s', "tab\t"];

interface RandomCase {
  readonly schema: string;
  readonly fields: ReadonlyMap<string, RandomField>;
  readonly indexes: readonly (readonly string[])[];
  readonly subscription: string;
}

function randomCase(choose: RandomSource): RandomCase {
  const kinds = [booleanField, enumField, numberField, numberField, objectField];
  const names = NAMES.filter(() => choose(3) === 0).slice(0, 4);
  if (names.length === 0) names.push("field");
  const fields = new Map(names.map((name) => [name, pick(choose, kinds)(choose)]));
  const indexes = Array.from({ length: 1 + choose(2) }, () => {
    return Array.from({ length: 1 + choose(2) }, () => pick(choose, names));
  });
  const inside = (text: (field: RandomField) => string) => {
    return `{${[...fields].map(([name, field]) => `${JSON.stringify(name)}: ${text(field)}`).join()}}`;
  };
  const schema = `{"application": "a", "title": ${JSON.stringify(pick(choose, NAMES))}, "uuid": "u", ` +
    `"fields": ${inside((field) => field.schema)}, "indexes": ${JSON.stringify(indexes)}}`;
  return { schema, fields, indexes, subscription: inside((field) => field.wish) };
}

function eventText(values: ReadonlyMap<string, string>): string {
  return `{${[...values].map(([name, text]) => `${JSON.stringify(name)}: ${text}`).join()}}`;
}

/** All events if there are few, else a part of them. */
function randomEvents(choose: RandomSource, fields: ReadonlyMap<string, RandomField>): Map<string, string>[] {
  const total = [...fields.values()].reduce((count, { good }) => count * good.length, 1);
  return Array.from({ length: Math.min(total, EVENTS) }, (_, which) => {
    return new Map([...fields].map(([name, { good }]) => {
      const at = total <= EVENTS ? which % good.length : choose(good.length - 1);
      which = Math.floor(which / good.length);
      return [name, good[at]];
    }));
  });
}

const test = suite("storj: content, random schemas");

test("subscriptionDigests has each digest of each event that matches, and no event matches that should not", () => {
  console.log(`  ${SCHEMAS} schemas: WARPWIRE_SEED=${seed}`);
  const choose = fromSeed(seed);
  const counts = { matching: 0, others: 0, refused: 0, tooMany: 0 };
  for (let run = 0; run < SCHEMAS; run++) {
    const { schema, fields, indexes, subscription } = randomCase(choose);
    const checked = contentSchema(schema);
    const wanted = contentSubscription(checked, subscription);
    const planned = (number?: number) => planOf(schema, subscription, number);
    const plans = [...indexes.keys()].map(planned);
    const usable = plans.filter((plan) => plan !== null);
    counts.tooMany += plans.length - usable.length;
    const fewest = Math.min(...usable.map(({ size }) => size));
    if (usable.length > 0) assert.is(planned()!.size, fewest, schema);
    for (const values of randomEvents(choose, fields)) {
      const event = eventText(values);
      const expected = [...values].every(([name, value]) => fields.get(name)!.wants(value));
      const found = matches(wanted, contentEvent(checked, readContent(EVENT, event)));
      assert.is(found, expected, `${schema} ${subscription} ${event}`);
      counts[expected ? "matching" : "others"]++;
      if (!expected) continue;
      const digests = contentDigests(schema, event);
      plans.forEach((plan, index) => {
        assert.ok(plan === null || plan.has(digests[index]), `${schema} ${subscription} ${event} ${index}`);
      });
      if (usable.length > 0) assert.ok(digests.some((digest) => planned()!.has(digest)));
    }
    counts.refused += refusals(choose, schema, fields);
  }
  console.log(`  ${JSON.stringify(counts)}`);
  assert.ok(counts.matching > SCHEMAS && counts.others > SCHEMAS && counts.refused > SCHEMAS);
  assert.ok(counts.tooMany < SCHEMAS / 10);
});

function planOf(schema: string, subscription: string | undefined, index?: number): ReadonlySet<string> | null {
  try {
    return new Set(subscriptionDigests(schema, subscription, index === undefined ? undefined : [index]));
  } catch (error) {
    if (/ needs [\d.e+]+ topics, more than /.test((error as Error).message)) return null;
    throw error;
  }
}

/** Puts each bad value into an event that fits otherwise; how many there were. */
function refusals(choose: RandomSource, schema: string, fields: ReadonlyMap<string, RandomField>): number {
  const good = () => new Map([...fields].map(([name, field]) => [name, pick(choose, field.good)]));
  let count = 0;
  for (const [name, { bad }] of fields) {
    for (const value of bad) {
      throws(() => contentDigests(schema, eventText(good().set(name, value))), "invalid-event");
      count++;
    }
    const less = good();
    less.delete(name);
    throws(() => contentDigests(schema, eventText(less)), "invalid-event");
  }
  throws(() => contentDigests(schema, eventText(good().set("none", "1"))), "invalid-event");
  return count;
}

test("without a subscription all events match, where their values can be listed", () => {
  console.log(`  ${SCHEMAS} schemas: WARPWIRE_SEED=${seed}`);
  const choose = fromSeed(seed + 1);
  let listed = 0;
  for (let run = 0; run < SCHEMAS; run++) {
    const { schema, fields, indexes } = randomCase(choose);
    const byObject = indexes.map((names) => names.some((name) => fields.get(name)!.schema.includes("object")));
    for (const [index, unknown] of byObject.entries()) {
      if (unknown) {
        throws(() => subscriptionDigests(schema, undefined, [index]), "invalid-schema");
        continue;
      }
      const plan = planOf(schema, undefined, index);
      if (plan === null) continue;
      listed++;
      for (const values of randomEvents(choose, fields).slice(0, 30)) {
        assert.ok(plan.has(contentDigests(schema, eventText(values), [index])[0]), `${schema} ${eventText(values)}`);
      }
    }
  }
  assert.ok(listed > SCHEMAS / 2);
});

test.run();
