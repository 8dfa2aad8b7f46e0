/**
 * Events by content, above topics that carry them nowhere: what is published where, and what is delivered.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex, parseHex } from "../../../codec/mod.ts";
import { type MsgpackValue, pack, Packed } from "../../../codec/msgpack/mod.ts";
import { contentDigests, subscriptionDigests } from "../../../src/storj/mod.ts";
import { ContentEvents } from "../../../src/storj/pubsub/mod.ts";
import { rejects, throws } from "../expect.ts";
import { fakeTopics } from "./fake-quasar.ts";

const test = suite("storj: content, published and delivered");

type Offer = Record<string, MsgpackValue>;

const SCHEMA = {
  application: "shop",
  title: "offers",
  uuid: "1",
  fields: {
    sold: { type: "boolean" },
    price: { type: "number", minimum: 0, maximum: 100, resolution: 10 },
    kind: { type: "enum", choices: ["book", 1] },
    more: { type: "object" },
  },
  indexes: [["sold", "price"], ["kind"]],
};
const OTHER = { ...SCHEMA, uuid: "2" };
/** The same schema with its keys in another order. */
const TURNED = JSON.stringify(Object.fromEntries(Object.entries(SCHEMA).reverse()));

function offer(parts: Offer = {}): Offer {
  return { sold: false, price: 25, kind: "book", more: {}, ...parts };
}

function fakeContent(limits: Parameters<typeof fakeTopics>[0] = {}) {
  const { topics, quasar } = fakeTopics(limits);
  /** An event comes under each of its digests that is subscribed to. */
  const hear = (event: Offer, schema = SCHEMA) => {
    for (const digest of contentDigests(schema, event)) {
      if (quasar.topics.includes(digest)) quasar.hear(digest, event);
    }
  };
  return { topics, quasar, hear, content: new ContentEvents(topics) };
}

test("an event goes out under the digest of each index, and the schema is known from then on", async () => {
  const { content, quasar } = fakeContent();
  await rejects(content.publishEvent(offer()), "invalid-event");
  await content.publishEvent(offer(), { schema: SCHEMA });
  const topics = contentDigests(SCHEMA, offer());
  assert.equal(quasar.published, topics.map((topic) => [topic, pack(offer())]));
  await content.publishEvent(offer({ price: 77 }));
  assert.equal(quasar.published.slice(2).map(([topic]) => topic), contentDigests(SCHEMA, offer({ price: 77 })));
  // The reason of the one schema that is known.
  const { message } = await rejects(content.publishEvent(offer({ price: 100 })), "invalid-event");
  assert.match(message, "price is 100, and must be less than the maximum");
  await rejects(content.publishEvent(offer(), { schema: { ...SCHEMA, title: 5 } }), "invalid-schema");
  await rejects(content.publishEvent(offer({ more: "x".repeat(8000) })), "too-large");
  await rejects(content.publishEvent("{"), "invalid-event");
  assert.is(quasar.published.length, 4);
});

test("without a schema an event goes out under all known ones that it fits, subscribed to or published with", async () => {
  const { content, quasar } = fakeContent();
  content.subscribeSchema(SCHEMA);
  await content.publishEvent(offer(), { schema: OTHER });
  const narrow = { ...SCHEMA, fields: { ...SCHEMA.fields, price: { ...SCHEMA.fields.price, maximum: 20 } } };
  const loop = content.content(narrow);
  const one = { ...OTHER, uuid: "3", fields: { sold: { type: "boolean" } }, indexes: [["sold"], ["sold"]] };
  await content.publishEvent({ sold: true }, { schema: one });
  quasar.published.length = 0;
  await content.publishEvent(offer());
  // Schemas of the same names have topics in common.
  const digests = (event: Offer, ...schemas: Offer[]) => {
    return [...new Set(schemas.flatMap((schema) => contentDigests(schema, event)))].sort();
  };
  const published = () => quasar.published.splice(0).map(([topic]) => topic).sort();
  assert.equal(published(), digests(offer(), SCHEMA, OTHER));
  await content.publishEvent(offer({ price: 19 }));
  assert.equal(published(), digests(offer({ price: 19 }), SCHEMA, OTHER, narrow));
  await loop.return!();
  content.unsubscribeSchema(SCHEMA);
  await content.publishEvent(offer({ price: 19 }));
  assert.equal(published(), digests(offer({ price: 19 }), OTHER));
  // Two indexes with the same fields have the same digest.
  await content.publishEvent({ sold: false });
  assert.equal(published(), [contentDigests(one, { sold: false })[0]]);
  const { message } = await rejects(content.publishEvent({ sold: 0 }), "invalid-event");
  assert.match(message, "fits none of the 2 schemas");
});

test("an event may bring its schema along", async () => {
  const { content, quasar } = fakeContent();
  const both = { schema: SCHEMA, event: offer() };
  for (const given of [both, JSON.stringify(both), pack(both)]) {
    await content.publishEvent(given);
    assert.equal(quasar.published.splice(0), contentDigests(SCHEMA, offer()).map((topic) => [topic, pack(offer())]));
  }
  await content.publishEvent(offer());
  assert.is(quasar.published.splice(0).length, 2);
  await rejects(content.publishEvent({ schema: SCHEMA, event: offer({ sold: 1 }) }), "invalid-event");
  await rejects(content.publishEvent({ schema: { ...SCHEMA, uuid: null }, event: offer() }), "invalid-schema");
  await rejects(content.publishEvent({ schema: SCHEMA }), "invalid-event");
  // Where a schema has these two fields, an event of it is an event.
  const tricky = { ...SCHEMA, fields: { schema: { type: "object" }, event: { type: "object" } }, indexes: [["event"]] };
  await content.publishEvent(both, { schema: tricky });
  quasar.published.length = 0;
  await content.publishEvent(both);
  assert.equal(quasar.published.map(([topic]) => topic), contentDigests(tricky, both));
});

test("at most 256 schemas are remembered, the oldest are forgotten first", async () => {
  const { content, quasar } = fakeContent();
  const schemaOf = (title: string) => ({ ...SCHEMA, title });
  for (let at = 0; at < 256; at++) await content.publishEvent(offer(), { schema: schemaOf(`${at}`) });
  await content.publishEvent(offer(), { schema: schemaOf("0") });
  await content.publishEvent(offer(), { schema: schemaOf("256") });
  assert.is(content.stats().published, 256);
  // 512 topics are too many for one event.
  await rejects(content.publishEvent(offer()), "invalid-schema");
  const only = (title: string) => ({
    ...schemaOf(title),
    fields: { [title]: { type: "boolean" } },
    indexes: [[title]],
  });
  for (let at = 0; at < 200; at++) await content.publishEvent({ [`n${at}`]: true }, { schema: only(`n${at}`) });
  quasar.published.length = 0;
  await content.publishEvent(offer());
  assert.is(quasar.published.length, 2 * 56);
  assert.ok(quasar.published.some(([topic]) => topic === contentDigests(schemaOf("0"), offer())[0]));
});

test("texts keep the form of their numbers on the way, and come as they were sent", async () => {
  const { content, quasar } = fakeContent();
  content.subscribeSchema(SCHEMA);
  await content.publishEvent('{"sold": false, "price": 5.0, "kind": 1.0, "more": {"whole": 5, "float": 5.0}}');
  const [, event] = quasar.published[0];
  const float = "cb4014000000000000";
  assert.match(formatHex(event.bytes), `a57072696365${float}`);
  assert.match(formatHex(event.bytes), `a577686f6c6505a5666c6f6174${float}`);
  const [received] = content.schemaEvents(SCHEMA, { packed: true });
  assert.equal(received, event);
});

test("events of a schema wait until they are taken, each once", () => {
  const { content, quasar, hear } = fakeContent();
  content.subscribeSchema(SCHEMA);
  content.subscribeSchema(TURNED);
  // By the index of the kind: "book", 1, 1.0, true.
  assert.is(quasar.topics.length, 4);
  hear(offer());
  hear(offer({ kind: 1, price: 7 }));
  hear(offer({ kind: true, price: 8 }));
  assert.equal(content.schemaEvents(TURNED), [offer(), offer({ kind: 1, price: 7 }), offer({ kind: true, price: 8 })]);
  assert.equal(content.schemaEvents(SCHEMA), []);
  hear(offer());
  assert.equal(content.schemaEvents(SCHEMA), [offer()]);
  throws(() => content.schemaEvents(OTHER), "invalid-schema");
});

test("what came on a topic of a schema and does not fit is not delivered", () => {
  const { content, quasar } = fakeContent();
  content.subscribeSchema(SCHEMA);
  const [, book] = contentDigests(SCHEMA, offer());
  const [, one] = contentDigests(SCHEMA, offer({ kind: 1 }));
  const bad: (MsgpackValue | Packed)[] = [
    null,
    5,
    [],
    {},
    offer({ price: 100 }),
    offer({ price: NaN }),
    offer({ sold: 0 }),
  ];
  bad.push({ ...offer(), extra: 1 }, new Packed(parseHex("81c0c0")), new Packed(parseHex("d40500")));
  for (const event of bad) quasar.hear(book, event);
  // An event under the digest of another one.
  quasar.hear(one, offer());
  assert.equal(content.schemaEvents(SCHEMA), []);
  assert.is(content.stats().refused, bad.length + 1);
  quasar.hear(book, offer());
  assert.equal(content.schemaEvents(SCHEMA), [offer()]);
});

test("events of Python 2, whose texts are bytes, fit and come as texts", () => {
  const { content, quasar } = fakeContent();
  const schema = { ...SCHEMA, fields: { kind: SCHEMA.fields.kind }, indexes: [["kind"]] };
  content.subscribeSchema(schema);
  // {b"kind": b"book"}
  const event = new Packed(parseHex("81c4046b696e64c404626f6f6b"));
  quasar.hear(contentDigests(schema, { kind: "book" })[0], event);
  quasar.hear(contentDigests(schema, { kind: "book" })[0], event);
  assert.equal(content.schemaEvents(schema, { packed: true }), [event, event]);
  quasar.hear(contentDigests(schema, { kind: "book" })[0], event);
  assert.equal(content.schemaEvents(schema), [{ kind: "book" }]);
});

test("a bucket is coarser than a range: what is in the bucket only is not delivered", () => {
  const { content, quasar, hear } = fakeContent();
  const subscription = { sold: [false], price: [22, 28] };
  content.subscribeSchema(SCHEMA, { subscription });
  assert.equal(quasar.topics, subscriptionDigests(SCHEMA, subscription));
  assert.is(quasar.topics.length, 1);
  for (const price of [20, 21.99, 22, 25, 28, 28.01, 29.99]) hear(offer({ price }));
  assert.equal(content.schemaEvents(SCHEMA).map((event) => (event as Offer).price), [22, 25, 28]);
  assert.is(content.stats().refused, 0);
});

test("several subscriptions of a schema share a queue, in which no event is twice", () => {
  const { content, quasar, hear } = fakeContent();
  content.subscribeSchema(SCHEMA, { subscription: { sold: [false], price: [22, 28] } });
  content.subscribeSchema(SCHEMA, { subscription: { sold: [false, true], price: [25, 45] } });
  content.subscribeSchema(SCHEMA, { subscription: { kind: ["book"] }, indexes: [1] });
  content.subscribeSchema(SCHEMA, { subscription: '{"price": [22, 28], "sold": [false]}' });
  assert.is(quasar.topics.length, 3 + 3 + 1);
  const taken = () => content.schemaEvents(SCHEMA).map((event) => (event as Offer).price);
  for (const price of [10, 23, 26, 40, 50]) hear(offer({ price }));
  assert.equal(taken(), [10, 23, 26, 40, 50]);
  for (const price of [10, 23, 26, 40, 50]) hear(offer({ price, kind: 1 }));
  assert.equal(taken(), [23, 26, 40]);
  // Said again, it comes again; on whichever topic first.
  const [byPrice, byKind] = contentDigests(SCHEMA, offer());
  for (const topic of [byKind, byPrice, byKind, byPrice, byPrice]) quasar.hear(topic, offer());
  assert.equal(taken(), [25, 25, 25]);
  assert.equal(content.schemaSubscriptions(), [SCHEMA]);
  content.unsubscribeSchema(SCHEMA);
  assert.equal(quasar.topics, []);
});

test("schemas keep their events apart; those that are ended are unknown", () => {
  const { content, quasar, topics, hear } = fakeContent();
  content.subscribeSchema(SCHEMA);
  content.subscribeSchema(OTHER);
  assert.is(quasar.topics.length, 8);
  assert.equal(topics.subscriptions(), []);
  hear(offer({ price: 1 }));
  hear(offer({ price: 2 }), OTHER);
  assert.equal(content.schemaEvents(OTHER), [offer({ price: 2 })]);
  assert.equal(content.schemaSubscriptions(), [SCHEMA, OTHER]);
  assert.equal(content.schemaSubscriptions({ packed: true }), [pack(SCHEMA), pack(OTHER)]);
  content.unsubscribeSchema(TURNED);
  assert.equal(content.schemaSubscriptions(), [OTHER]);
  assert.is(topics.stats().waiting, 0);
  for (const call of ["unsubscribeSchema", "schemaEvents"] as const) {
    throws(() => content[call](SCHEMA), "invalid-schema");
    throws(() => content[call]("5"), "invalid-schema");
  }
  content.subscribeSchema(SCHEMA);
  assert.equal(content.schemaEvents(SCHEMA), []);
});

test("a subscription that fails changes nothing", () => {
  const { content, quasar } = fakeContent({ topics: 6 });
  content.subscribeSchema(SCHEMA, { indexes: [1] });
  throws(() => content.subscribeSchema(SCHEMA, { indexes: [0] }), "limit");
  throws(() => content.subscribeSchema(OTHER, { subscription: { price: [1] } }), "invalid-schema");
  throws(() => content.subscribeSchema(OTHER, { subscription: { sold: [true], price: [0, 99] } }), "limit");
  throws(() => content.content(OTHER, { indexes: [7] }), "invalid-schema");
  const big = JSON.stringify(SCHEMA).replace('"resolution":10', '"resolution":100000000000000000000');
  throws(() => content.subscribeSchema(big), "invalid-schema");
  assert.equal(content.schemaSubscriptions(), [SCHEMA]);
  assert.is(quasar.topics.length, 4);
  content.subscribeSchema(SCHEMA, { subscription: { sold: [true], price: [0, 15] } });
  assert.is(quasar.topics.length, 6);
});

test("loops each get every event that they want, and end with break, signal or node", async () => {
  const { content, quasar, topics, hear } = fakeContent();
  const all = content.content(SCHEMA);
  const cheap = content.content(SCHEMA, { subscription: { sold: [false], price: [0, 5] }, packed: true });
  const stop = new AbortController();
  const stopped = content.content(SCHEMA, { signal: stop.signal });
  assert.equal(content.schemaSubscriptions(), []);
  hear(offer({ price: 3 }));
  hear(offer({ price: 6 }));
  const prices: MsgpackValue[] = [];
  for await (const event of all) {
    prices.push((event as Offer).price);
    if (prices.length === 2) break;
  }
  assert.equal(prices, [3, 6]);
  assert.equal((await cheap.next()).value, pack(offer({ price: 3 })));
  const waiting = cheap.next();
  stop.abort();
  assert.is((await stopped.next()).done, true);
  assert.is(content.content(SCHEMA, { signal: stop.signal }).next !== undefined, true);
  // What the two that ended needed is not subscribed to any more.
  assert.is(quasar.topics.length, 1);
  hear(offer({ price: 4 }));
  assert.equal((await waiting).value, pack(offer({ price: 4 })));
  hear(offer({ price: 5 }));
  content.close();
  await topics.close();
  assert.equal((await cheap.next()).value, pack(offer({ price: 5 })));
  assert.is((await cheap.next()).done, true);
  assert.is(topics.stats().waiting, 0);
});

test("when the node is closed nothing more is published or subscribed to; what has come can be taken", async () => {
  const { content, topics, hear } = fakeContent();
  content.subscribeSchema(SCHEMA);
  hear(offer());
  content.close();
  await topics.close();
  await rejects(content.publishEvent(offer()), "closed");
  for (const call of ["subscribeSchema", "unsubscribeSchema", "content"] as const) {
    throws(() => content[call](SCHEMA), "closed");
  }
  assert.equal(content.schemaSubscriptions(), []);
  assert.equal(content.schemaEvents(SCHEMA), [offer()]);
});

test("events that nobody takes are bounded as those of topics are, and so is what is remembered of them", () => {
  const { content, topics, hear } = fakeContent({ events: 10 });
  content.subscribeSchema(SCHEMA, { subscription: { sold: [false], price: [0, 99] } });
  content.subscribeSchema(SCHEMA, { subscription: { kind: ["book"] }, indexes: [1] });
  for (let round = 0; round < 3000; round++) hear(offer({ more: round }));
  const events = content.schemaEvents(SCHEMA).map((event) => (event as Offer).more);
  assert.equal(events, Array.from({ length: 10 }, (_, at) => 2990 + at));
  assert.is(topics.stats().dropped, 2990);
});

test.run();
