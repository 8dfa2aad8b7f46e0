/**
 * Publish/subscribe of whole nodes on a simulated network: each call with its good and its other outcomes.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type MsgpackValue, pack, Packed, unpack } from "../../../codec/msgpack/mod.ts";
import type { FilterKey } from "../../../codec/protocols/storj/mod.ts";
import { type StorjNode, storjNode, type TopicLike } from "../../../src/storj/mod.ts";
import { OriginalNode } from "../../quasar/original-node.ts";
import { rejects, throws } from "../expect.ts";
import { StorjWorld, storjWorld } from "../world.ts";

const test = suite("storj: publish/subscribe of nodes");

/** Until subscriptions are known in the whole network. */
const SPREAD_MS = 4000;

/** What a loop gets, as it comes, and whether it is over. */
function collect(items: AsyncIterable<MsgpackValue>): { readonly got: MsgpackValue[]; over: boolean } {
  const collected = { got: [] as MsgpackValue[], over: false };
  void (async () => {
    for await (const event of items) collected.got.push(event);
    collected.over = true;
  })();
  return collected;
}

test("events reach subscribers as they are, own subscriptions too, and nobody else", async () => {
  const world = await storjWorld({ nodes: 12 });
  const [publisher, first, second, other] = world.nodes;
  for (const node of [publisher, first, second]) node.subscribe("news");
  other.subscribe("olds");
  await world.pass(SPREAD_MS);
  const events: MsgpackValue[] = [{ text: "hi", numbers: [1, 2.5, 2n ** 63n] }, null, new Uint8Array(3), "", []];
  for (const event of events) await world.drive(publisher.publish("news", event));
  assert.equal(publisher.events("news"), events);
  await world.pass(2000);
  for (const node of [first, second]) {
    const got = node.events("news").map((event) => JSON.stringify(pack(event).bytes));
    assert.equal(got.sort(), events.map((event) => JSON.stringify(pack(event).bytes)).sort());
  }
  for (const node of world.nodes) assert.equal([node.events("news"), node.events("olds")], [[], []]);
  const { quasar, topics } = first.stats();
  assert.equal([quasar.subscriptions, quasar.delivered, topics.received, topics.topics], [1, 5, 5, 1]);
  await world.close();
});

test("with its msgpack, 5.0 stays 5.0", async () => {
  const world = await storjWorld({ nodes: 2 });
  const [first, second] = world.nodes;
  first.subscribe("numbers");
  await world.pass(SPREAD_MS);
  const float = new Packed(Uint8Array.of(0xcb, 0x40, 0x14, 0, 0, 0, 0, 0, 0));
  await world.drive(second.publish("numbers", float));
  await world.pass(500);
  assert.equal(first.events("numbers", { packed: true }), [float]);
  await world.close();
});

test("alone in the network nobody can be told; with a node that comes later, somebody can", async () => {
  const world = new StorjWorld({ seed: 2 });
  const { node, place } = await world.add();
  node.subscribe("news");
  await rejects(world.drive(node.publish("news", 1)), "no-peers");
  assert.equal(node.events("news"), []);
  const { node: late } = await world.add({ bootstrap: [place] });
  await world.drive(late.ready());
  await world.drive(late.publish("news", "right after it was ready"));
  await world.pass(1000);
  assert.equal(node.events("news"), ["right after it was ready"]);
  late.subscribe("news");
  await world.pass(SPREAD_MS);
  await world.drive(node.publish("news", 1));
  await world.pass(1000);
  assert.equal([node.events("news"), late.events("news")], [[1], [1]]);
  await world.close();
});

test("the same event is nothing new within a minute, on the same topic", async () => {
  const world = await storjWorld({ nodes: 5 });
  const [publisher, subscriber] = world.nodes;
  for (const node of [publisher, subscriber]) for (const topic of ["a", "b"]) node.subscribe(topic);
  await world.pass(SPREAD_MS);
  for (const topic of ["a", "a", "b", "a"]) await world.drive(publisher.publish(topic, "same"));
  await world.pass(2000);
  for (const node of [publisher, subscriber]) {
    assert.equal([node.events("a"), node.events("b")], [["same"], ["same"]]);
  }
  await world.pass(60_000);
  await world.drive(publisher.publish("a", "same"));
  await world.pass(2000);
  for (const node of [publisher, subscriber]) assert.equal(node.events("a"), ["same"]);
  await world.close();
});

test("what cannot be sent is refused", async () => {
  const world = await storjWorld({ nodes: 2 });
  const [first, second] = world.nodes;
  second.subscribe("news");
  await world.pass(SPREAD_MS);
  await rejects(first.publish("news", undefined as unknown as MsgpackValue), "invalid-message");
  await rejects(first.publish({} as TopicLike, 1), "invalid-message");
  await rejects(world.drive(first.publish("news", "x".repeat(8103))), "too-large");
  // Topic and event have 8,103 bytes together.
  const large = "x".repeat(8103 - 5 - 3);
  await world.drive(first.publish("news", large));
  await world.pass(1000);
  assert.equal(second.events("news"), [large]);
  await world.close();
});

test("there are 512 topics; what is not subscribed to cannot be ended", async () => {
  const world = await storjWorld({ nodes: 2 });
  const [node] = world.nodes;
  for (let topic = 0; topic < 512; topic++) node.subscribe(topic);
  node.subscribe("0");
  throws(() => node.subscribe("one more"), "limit");
  throws(() => node.topic("one more"), "limit");
  node.unsubscribe(7);
  throws(() => node.unsubscribe("7"), "not-found");
  node.subscribe("one more");
  assert.is(node.subscriptions().length, 512);
  await world.pass(SPREAD_MS);
  await world.drive(world.nodes[1].publish("511", "last"));
  await world.pass(1000);
  assert.equal(node.events(511), ["last"]);
  await world.close();
});

test("the end of a subscription is told at once; what had come can be taken once", async () => {
  const world = await storjWorld({ nodes: 8 });
  const [publisher, subscriber] = world.nodes;
  subscriber.subscribe("news");
  await world.pass(SPREAD_MS);
  await world.drive(publisher.publish("news", 1));
  await world.pass(2000);
  subscriber.unsubscribe("news");
  await world.pass(SPREAD_MS);
  const before = subscriber.stats().quasar.notifiesReceived;
  const sent = publisher.stats().quasar.notifiesSent;
  for (let event = 2; event < 22; event++) await world.drive(publisher.publish("news", event));
  await world.pass(2000);
  assert.equal([subscriber.events("news"), subscriber.events("news")], [[1], []]);
  // Where nobody is known to subscribe, events take walks at random.
  assert.ok(publisher.stats().quasar.notifiesSent > sent);
  assert.ok(subscriber.stats().quasar.notifiesReceived - before < 20 * 8, "no storm");
  await world.close();
});

test("200 events come to each subscriber, each once, over a network that loses some", async () => {
  const world = await storjWorld({ nodes: 20, link: { loss: 0.01 }, seed: 5 });
  const subscribers = world.nodes.slice(10);
  for (const node of subscribers) node.subscribe("news");
  await world.pass(SPREAD_MS);
  for (let event = 0; event < 200; event++) await world.drive(world.nodes[event % 3].publish("news", event));
  await world.pass(10_000);
  for (const node of subscribers) {
    const got = node.events("news") as number[];
    assert.equal(got.sort((a, b) => a - b), Array.from({ length: 200 }, (_, event) => event));
  }
  await world.close();
});

test("events that come later are later in the queue", async () => {
  const world = await storjWorld({ nodes: 6 });
  const [publisher, subscriber] = world.nodes;
  subscriber.subscribe("news");
  const loop = collect(subscriber.topic("news"));
  await world.pass(SPREAD_MS);
  for (let event = 0; event < 50; event++) {
    await world.drive(publisher.publish("news", event));
    await world.pass(1000);
  }
  const all = Array.from({ length: 50 }, (_, event) => event);
  assert.equal([subscriber.events("news"), loop.got], [all, all]);
  await world.close();
});

test("loops each get everything, and end with break, their signal, or the node", async () => {
  const world = await storjWorld({ nodes: 4 });
  const [publisher, node] = world.nodes;
  const over = new AbortController();
  const loops = [collect(node.topic("news")), collect(node.topic("news", { signal: over.signal }))];
  const broken: MsgpackValue[] = [];
  const breaks = (async () => {
    for await (const event of node.topic("news")) {
      broken.push(event);
      if (broken.length === 2) break;
    }
  })();
  assert.is(node.stats().topics.topics, 1);
  await world.pass(SPREAD_MS);
  for (const event of [1, 2]) {
    await world.drive(publisher.publish("news", event));
    await world.pass(1000);
  }
  await breaks;
  over.abort();
  await world.pass(1);
  assert.equal(loops.map((loop) => loop.over), [false, true]);
  await world.drive(publisher.publish("news", 3));
  await world.pass(1000);
  assert.equal([broken, ...loops.map(({ got }) => got)], [[1, 2], [1, 2, 3], [1, 2]]);
  const waiting = node.topic("other").next();
  await world.drive(node.close());
  assert.equal(await waiting, { done: true, value: undefined });
  assert.is(loops[0].over, true);
  throws(() => node.topic("news"), "closed");
  throws(() => node.subscribe("news"), "closed");
  await rejects(node.publish("news", 4), "closed");
  world.members.splice(1, 1);
  await world.close();
});

test("a node that knows only whom it was told of publishes as soon as it is ready", async () => {
  const world = await storjWorld({ nodes: 10 });
  world.nodes[7].subscribe("news");
  await world.pass(SPREAD_MS);
  const { node } = await world.add({ bootstrap: [world.members[0].place] });
  await world.drive(node.ready());
  await world.drive(node.publish("news", "early"));
  await world.pass(3000);
  assert.equal(world.nodes[7].events("news"), ["early"]);
  await world.close();
});

test("content is delivered by what it says", async () => {
  const world = await storjWorld({ nodes: 6 });
  const [publisher, wants, all] = world.nodes;
  const schema = {
    ...{ application: "shop", title: "offers", uuid: "1", indexes: [["sold", "price"]] },
    fields: { sold: { type: "boolean" }, price: { type: "number", minimum: 0, maximum: 100, resolution: 10 } },
  };
  wants.subscribeSchema(schema, { subscription: { sold: [false], price: [0, 30] } });
  all.subscribeSchema(schema);
  assert.equal(wants.subscriptions(), []);
  await world.pass(SPREAD_MS);
  const events = [{ sold: false, price: 24.5 }, { sold: true, price: 5 }, { sold: false, price: 31 }];
  for (const event of events) await world.drive(publisher.publishEvent(event, { schema }));
  await world.pass(2000);
  assert.equal(wants.schemaEvents(schema), [events[0]]);
  const price = ({ price }: { price: number }) => price;
  assert.equal((all.schemaEvents(schema) as typeof events).map(price).sort(), events.map(price).sort());
  assert.is(wants.stats().content.schemas, 1);
  await world.close();
});

test("a node has as many filters as its depth says, and there are bounds", async () => {
  const world = new StorjWorld({ seed: 3 });
  const host = world.network.addHost();
  for (const depth of [0, 5, 1.5, NaN]) {
    const error = await storjNode({ host, pubsub: { depth } }).catch((error) => error);
    assert.instance(error, RangeError);
  }
  await world.add({ pubsub: { depth: 2 } }, host);
  const [old] = await originals(world, 1);
  const text = await world.drive(
    old.original.node.request(host.addresses()[0], "quasar_filters", { nodeId: new Uint8Array(20) }),
  );
  assert.is(JSON.parse(text!).length, 2);
  await world.close();
});

/** Originals that have joined, with what they get. */
async function originals(world: StorjWorld, count: number) {
  const all = [];
  for (let index = 0; index < count; index++) {
    const got: (readonly [topic: FilterKey, event: MsgpackValue])[] = [];
    const original = new OriginalNode(world.network, {
      received: (topic, event) => void got.push([topic, unpack(event)]),
    });
    await world.drive(original.join(world.members[0].address));
    all.push({ original, got });
  }
  return all;
}

test("originals and ours hear of each other", async () => {
  const world = await storjWorld({ nodes: 4 });
  const [first, second]: StorjNode[] = world.nodes;
  const [old] = await originals(world, 2);
  await world.pass(10_000);
  second.subscribe("to ours");
  old.original.subscribe("to old");
  await world.pass(SPREAD_MS);
  await world.drive(first.publish("to old", { text: "hi" }));
  await world.pass(5000);
  assert.equal(old.got, [["to old", { text: "hi" }]]);
  old.original.publish("to ours", pack([1, "two"]));
  await world.pass(5000);
  assert.equal(second.events("to ours"), [[1, "two"]]);
  await world.close();
});

test("a node among originals alone", async () => {
  const world = await storjWorld({ nodes: 1 });
  const [node] = world.nodes;
  const olds = await originals(world, 3);
  await world.pass(10_000);
  for (const { original } of olds.slice(1)) original.subscribe("news");
  node.subscribe("olds");
  await world.pass(SPREAD_MS);
  await world.drive(node.publish("news", "hi"));
  await world.pass(5000);
  for (const { got } of olds.slice(1)) assert.equal(got, [["news", "hi"]]);
  olds[0].original.publish("olds", pack("from an original"));
  await world.pass(5000);
  assert.equal(node.events("olds"), ["from an original"]);
  await world.close();
});

test.run();
