/**
 * Events by content among nodes of a simulated network.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fromSeed, pick } from "../../../codec/arbitrary/random.ts";
import { pack } from "../../../codec/msgpack/mod.ts";
import { contentDigests } from "../../../src/storj/mod.ts";
import { seed } from "../../codec/seed.ts";
import { rejects, throws } from "../expect.ts";
import { storjWorld } from "../world.ts";

const test = suite("storj: content among nodes");

const SCHEMA = {
  application: "shop",
  title: "offers",
  uuid: "1",
  fields: {
    sold: { type: "boolean" },
    price: { type: "number", minimum: 0, maximum: 100, resolution: 10 },
    kind: { type: "enum", choices: ["book", "map", 1] },
    number: { type: "object" },
  },
  indexes: [["sold", "price"], ["kind"]],
};

test("who subscribes gets the events that it wants, each once, whoever publishes them", async () => {
  console.log(`  WARPWIRE_SEED=${seed}`);
  const choose = fromSeed(seed);
  const world = await storjWorld({ nodes: 30, seed });
  const wanting = world.nodes.slice(0, 12).map((node, at) => {
    const lower = choose(60);
    const wish = { lower, upper: lower + choose(39), sold: choose(1) === 1, kind: pick(choose, ["book", "map"]) };
    const byKind = at % 3 === 0;
    const subscription = byKind ? { kind: [wish.kind] } : { sold: [wish.sold], price: [wish.lower, wish.upper] };
    node.subscribeSchema(SCHEMA, { subscription });
    const wants = ({ sold, price, kind }: { sold: boolean; price: number; kind: string }) => {
      return byKind ? kind === wish.kind : sold === wish.sold && wish.lower <= price && price <= wish.upper;
    };
    return { node, wants };
  });
  await world.pass(5000);
  const events = Array.from({ length: 40 }, (_, number) => {
    return { sold: choose(1) === 1, price: choose(990) / 10, kind: pick(choose, ["book", "map"]), number };
  });
  for (const event of events) {
    await world.drive(pick(choose, world.nodes).publishEvent(event, { schema: SCHEMA }));
    await world.pass(300);
  }
  await world.pass(5000);
  let delivered = 0;
  for (const { node, wants } of wanting) {
    const got = node.schemaEvents(SCHEMA).sort((a, b) => Number(a.number) - Number(b.number));
    assert.equal(got, events.filter(wants));
    assert.is(node.stats().content.refused, 0);
    delivered += got.length;
  }
  assert.ok(delivered > 60);
  for (const node of world.nodes.slice(12)) assert.equal(node.schemaSubscriptions(), []);
  await world.close();
});

test("two nodes with all events of a schema; what does not fit is not delivered, and texts keep their numbers", async () => {
  const world = await storjWorld({ nodes: 3 });
  const [first, second, third] = world.nodes;
  first.subscribeSchema(JSON.stringify(SCHEMA), { indexes: [1] });
  const loop = second.content(SCHEMA, { indexes: [0], packed: true });
  await world.pass(4000);
  await rejects(third.publishEvent({ sold: true, price: 5, kind: 1, number: 1 }), "invalid-event");
  await world.drive(
    third.publishEvent('{"sold": true, "price": 5.0, "kind": 1.0, "number": [1, 1.0]}', { schema: SCHEMA }),
  );
  await world.pass(1000);
  assert.equal(first.schemaEvents(SCHEMA), [{ sold: true, price: 5, kind: 1, number: [1, 1] }]);
  const { value } = await world.drive(loop.next());
  assert.equal(value.bytes.length, pack({ sold: true, price: 5, kind: 1, number: [1, 1] }).bytes.length + 3 * 8);
  // A stranger's event under the topic of another one.
  const event = { sold: true, price: 5, kind: "map", number: 2 };
  const [, topic] = contentDigests(SCHEMA, event);
  await world.drive(third.publish(topic, { ...event, kind: "book" }));
  await world.drive(third.publish(topic, "no event"));
  await world.pass(1000);
  assert.equal(first.schemaEvents(SCHEMA), []);
  assert.is(first.stats().content.refused, 2);
  first.unsubscribeSchema(SCHEMA);
  throws(() => first.schemaEvents(SCHEMA), "invalid-schema");
  assert.is(first.stats().topics.topics, 0);
  await world.close();
  assert.is((await loop.next()).done, true);
  throws(() => first.subscribeSchema(SCHEMA), "closed");
});

test("alone, nothing is published: the same event can be when somebody is there", async () => {
  const world = await storjWorld({ nodes: 1 });
  const [node] = world.nodes;
  node.subscribeSchema(SCHEMA);
  const event = { sold: true, price: 5, kind: 1, number: 1 };
  await rejects(world.drive(node.publishEvent(event)), "no-peers");
  assert.equal(node.schemaEvents(SCHEMA), []);
  await world.join(1);
  await world.drive(node.publishEvent(event));
  assert.equal(node.schemaEvents(SCHEMA), [event]);
  await world.close();
});

test.run();
