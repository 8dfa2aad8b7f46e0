/**
 * The rules of schemas, events and subscriptions, what their errors say, and what hostile ones cost.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pack } from "../../../codec/msgpack/mod.ts";
import { contentDigests, type ContentLike, subscriptionDigests } from "../../../src/storj/mod.ts";
import { throws } from "../expect.ts";

const test = suite("storj: content, rules");

type Parts = Record<string, string>;

const NUMBER = '{"type": "number", "minimum": 0, "maximum": 100, "resolution": 4}';
const FIELDS = `{"sold": {"type": "boolean"}, "price": ${NUMBER}, "more": {"type": "object"},
  "kind": {"type": "enum", "choices": [null, 1, "x"]}}`;

/** A schema of JSON texts, of which some may be others, or empty: then they are left out. */
function schemaOf(parts: Parts = {}): string {
  const all = {
    application: '"shop"',
    title: '"offers"',
    uuid: '"1"',
    fields: FIELDS,
    indexes: '[["sold"]]',
    ...parts,
  };
  const given = Object.entries(all).filter(([, text]) => text !== "");
  return `{${given.map(([key, text]) => `"${key}": ${text}`).join()}}`;
}

function fieldsOf(field: string): Parts {
  return { fields: `{"sold": ${field}}` };
}

const EVENT = '{"sold": true, "price": 30, "more": {"a": 1}, "kind": "x"}';

test("schemas that break a rule are refused, with the path of what does", () => {
  const rows: [parts: Parts, place: string][] = [
    [{ title: "" }, "title is missing"],
    [{ uuid: "1" }, "uuid is 1 instead of a text"],
    [{ more: "null" }, "more is not one of application, title, uuid, fields, indexes"],
    [{ fields: "{}" }, "fields is {} instead of an object with fields"],
    [{ fields: "[]" }, "fields is [] instead of an object with fields"],
    [{ indexes: "[]" }, "indexes is [] instead of an array of indexes"],
    [{ indexes: '[["sold"], []]' }, "indexes[1] is [] instead of an array of names of fields"],
    [{ indexes: '[["sold", "none"]]' }, 'indexes[0][1] is "none" instead of the name of a field'],
    [{ indexes: "[[0]]" }, "indexes[0][0] is 0 instead of the name of a field"],
    [fieldsOf("5"), "fields.sold is 5 instead of an object"],
    [fieldsOf("{}"), "fields.sold.type is missing"],
    [fieldsOf('{"type": "text"}'), 'fields.sold.type is "text" instead of boolean, number, enum or object'],
    [fieldsOf('{"type": "boolean", "minimum": 1}'), "fields.sold.minimum is not one of type"],
    [fieldsOf('{"type": "enum", "choices": []}'), "fields.sold.choices is [] instead of an array of choices"],
    [
      fieldsOf('{"type": "enum", "choices": [1, {}]}'),
      "fields.sold.choices[1] is {} instead of null, a boolean, a number or a text",
    ],
    [fieldsOf(NUMBER.replace("100", "true")), "fields.sold.maximum is true instead of a number"],
    [fieldsOf(NUMBER.replace("100", '"100"')), 'fields.sold.maximum is "100" instead of a number'],
    [fieldsOf(NUMBER.replace("4", "0")), "fields.sold.resolution is 0 instead of a whole number from 1"],
    [fieldsOf(NUMBER.replace("4", "1.5")), "fields.sold.resolution is 1.5 instead of a whole number from 1"],
    [fieldsOf(NUMBER.replace(', "resolution": 4', "")), "fields.sold.resolution is missing"],
    [fieldsOf(NUMBER.replace("100", "-1e-3")), "fields.sold.minimum is 0, more than the maximum of -0.001"],
  ];
  for (const [parts, place] of rows) {
    const { message } = throws(() => contentDigests(schemaOf(parts), EVENT), "invalid-schema");
    assert.is(message, `Cannot use the schema: ${place}`);
    throws(() => subscriptionDigests(schemaOf(parts)), "invalid-schema");
  }
  for (const schema of ["[]", "5", "null", "", pack(5), pack(null)]) {
    throws(() => contentDigests(schema, EVENT), "invalid-schema");
  }
  for (const schema of [undefined, null, 5, [], () => 1] as unknown as ContentLike[]) {
    throws(() => contentDigests(schema, EVENT), "invalid-schema");
  }
});

test("events that do not fit are refused, with the path of what does not", () => {
  const rows: [event: string, place: string][] = [
    ["[]", "it is [] instead of an object"],
    [EVENT.replace('"sold": true', '"sole": true'), "sole is not a field of the schema"],
    [EVENT.replace('"sold": true, ', ""), "sold is missing"],
    [EVENT.replace("true", "1"), "sold is 1 instead of a boolean"],
    [EVENT.replace("30", "null"), "price is null instead of a number"],
    [EVENT.replace("30", "[]"), "price is [] instead of a number"],
    [EVENT.replace("30", '"1_0"'), 'price is "1_0" instead of a number'],
    [EVENT.replace("30", '"NaN"'), 'price is "NaN" instead of a number'],
    [EVENT.replace("30", "-1e-9"), "price is -1e-09, less than the minimum"],
    [EVENT.replace("30", "100"), "price is 100, and must be less than the maximum"],
    [EVENT.replace('"x"', '"y"'), 'kind is "y" instead of one of the choices'],
    [EVENT.replace('"x"', "[]"), "kind is [] instead of one of the choices"],
    [EVENT.replace('"x"', `"${"y".repeat(1000)}"`), `kind is "${"y".repeat(59)}… instead of one of the choices`],
  ];
  for (const [event, place] of rows) {
    assert.is(
      throws(() => contentDigests(schemaOf(), event), "invalid-event").message,
      `Cannot use the event: ${place}`,
    );
  }
  for (const number of ["0", "-0", "99.99", "true", '"5"', '" +.5e1\\n"', '"99.9999999999999999999999999999999999"']) {
    assert.is(contentDigests(schemaOf({ indexes: '[["price"]]' }), EVENT.replace("30", number)).length, 1);
  }
});

test("subscriptions that do not fit are refused, with the path of what does not", () => {
  const schema = schemaOf({ indexes: '[["sold", "price"], ["sold", "kind", "more"]]' });
  const rows: [subscription: string, place: string][] = [
    ["[]", "it is [] instead of an object"],
    ['{"none": [true]}', "none is not a field of the schema"],
    ['{"sold": true}', "sold is true instead of an array of values"],
    ['{"sold": []}', "sold is [] instead of an array of values"],
    ['{"sold": [true, 1]}', "sold[1] is 1 instead of a boolean"],
    ['{"kind": ["x", "y"]}', 'kind[1] is "y" instead of one of the choices'],
    ['{"price": [1]}', "price is [1] instead of a lower and an upper number"],
    ['{"price": [1, 2, 3]}', "price is [1, 2, 3] instead of a lower and an upper number"],
    ['{"price": [2, 1]}', "price is [2, 1] instead of a lower and an upper number, in this order"],
    ['{"price": [0, 100]}', "price[1] is 100, and must be less than the maximum"],
    ['{"price": [-1, 5]}', "price[0] is -1, less than the minimum"],
  ];
  for (const [subscription, place] of rows) {
    assert.is(
      throws(() => subscriptionDigests(schema, subscription), "invalid-schema").message,
      `Cannot use the subscription: ${place}`,
    );
  }
  const few = throws(() => subscriptionDigests(schema, '{"sold": [true]}'), "invalid-schema");
  assert.match(few.message, 'indexes[0] needs a value of "price" in the subscription');
  const object = throws(() => subscriptionDigests(schema, undefined, [1]), "invalid-schema");
  assert.match(object.message, 'indexes[1] needs a value of the object "more"');
  for (const indexes of [[2], [-1], [0.5], [], [NaN], ["0"], 0, null] as unknown as number[][]) {
    throws(() => subscriptionDigests(schema, undefined, indexes), "invalid-schema");
  }
  for (const indexes of [[2], [-1], [0.5], [NaN], ["0"]] as unknown as number[][]) {
    throws(() => contentDigests(schema, EVENT, indexes), "invalid-schema");
  }
});

test("a subscription takes the index that needs the fewest topics", () => {
  const schema = schemaOf({ indexes: '[["sold", "price"], ["price"], ["kind", "sold", "sold"]]' });
  assert.is(subscriptionDigests(schema).length, 4);
  assert.is(subscriptionDigests(schema, undefined, [0]).length, 8);
  // null, "x", and 1 in its three forms: 1, 1.0 and true.
  assert.is(subscriptionDigests(schema, undefined, [2]).length, 2 * 5);
  assert.is(subscriptionDigests(schema, { sold: [true], price: [10, 30], kind: ["x"] }).length, 1);
  assert.is(subscriptionDigests(schema, { sold: [true], price: [10, 30] }).length, 2);
  assert.equal(
    subscriptionDigests(schema, { sold: [true, true], price: [49.99, 50] }, [0]),
    [30, 60].map((price) => contentDigests(schema, EVENT.replace("30", `${price}`), [0])[0]),
  );
  const object = schemaOf({ indexes: '[["more"]]' });
  assert.equal(subscriptionDigests(object, { more: { a: 1 } }), contentDigests(object, EVENT));
  assert.not.equal(subscriptionDigests(object, '{"more": {"a": 1.0}}'), contentDigests(object, EVENT));
});

test("256 combinations are not too many, 257 are, and the message says how many", () => {
  const sized = (resolution: string) => schemaOf({ ...fieldsOf(NUMBER.replace("4", resolution)) });
  assert.is(new Set(subscriptionDigests(sized("256"))).size, 256);
  const { message } = throws(() => subscriptionDigests(sized("257")), "invalid-schema");
  assert.is(message, "Cannot use the schema: indexes[0] needs 257 topics, more than 256");
  const billion = throws(() => subscriptionDigests(sized("1000000000")), "invalid-schema");
  assert.match(billion.message, "needs 1000000000 topics");
  assert.is(subscriptionDigests(sized("1000000000"), { sold: [50, 50.0000195] }).length, 196);
  // Numbers have several forms, each with a digest of its own; of two choices, 0 has four and 1 has three.
  const bits = (count: number) => {
    const names = Array.from({ length: count }, (_, at) => `f${at}`);
    const fields = names.map((name) => `"${name}": {"type": "enum", "choices": [0, 1]}`);
    return schemaOf({ fields: `{${fields.join()}}`, indexes: JSON.stringify([names]) });
  };
  assert.is(subscriptionDigests(bits(3)).length, 7 ** 3);
  assert.match(throws(() => subscriptionDigests(bits(8)), "invalid-schema").message, `needs ${7 ** 8} topics`);
  assert.match(
    throws(() => subscriptionDigests(bits(60)), "invalid-schema").message,
    "needs 1152921504606847000 topics",
  );
});

test("where rounding makes a bucket more, it is subscribed to", () => {
  const bounds = '{"type": "number", "minimum": -1e25, "maximum": 0.1, "resolution": 2}';
  const schema = schemaOf(fieldsOf(bounds));
  const events = ["-1e25", "-9e24", "-1", "0", "0.09", "0.09999999999999999"].map((sold) => `{"sold": ${sold}}`);
  const all = subscriptionDigests(schema);
  assert.is(all.length, 3);
  for (const event of events) assert.ok(all.includes(contentDigests(schema, event)[0]), event);
  assert.equal(subscriptionDigests(schemaOf(fieldsOf(NUMBER.replace("100", "0")))), []);
});

test("what a hostile schema costs is bounded", () => {
  const digits = "9".repeat(100_000);
  const schemas = [
    schemaOf(fieldsOf(NUMBER.replace("4", "1" + "0".repeat(100_000)))),
    schemaOf(fieldsOf(NUMBER.replace("100", digits))),
    schemaOf(fieldsOf(`{"type": "enum", "choices": [${"1,".repeat(100_000)}${digits}]}`)),
    schemaOf(fieldsOf(`{"type": "enum", "choices": [${Array.from({ length: 50_000 }, (_, n) => n).join()}]}`)),
    schemaOf({ indexes: `[${'["sold", "price", "kind"],'.repeat(10_000)}["more"]]` }),
    schemaOf(fieldsOf(NUMBER.replace("100", "1e308").replace("4", "1e308"))),
  ];
  const began = performance.now();
  for (const schema of schemas) {
    attempt(() => subscriptionDigests(schema));
    attempt(() => subscriptionDigests(schema, { sold: [1, 50] }));
    attempt(() => contentDigests(schema, { sold: 50 }));
  }
  const took = performance.now() - began;
  console.log(`  ${Math.round(took)} ms`);
  // One or two seconds; what lists the values of a resolution or a number digit by digit never ends.
  assert.ok(took < 60_000);
});

function attempt(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    assert.match((error as Error & { code: string }).code, /^invalid-(schema|event)$/);
    assert.ok((error as Error).message.length < 400);
  }
}

test.run();
