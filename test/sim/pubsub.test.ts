import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PUBSUB, type PubsubFigures, type PubsubScenario, PubsubSimulation } from "./pubsub.ts";

const test = suite("simulated publish/subscribe");

function run(changes: Partial<PubsubScenario>): Promise<PubsubFigures> {
  return new PubsubSimulation({ ...PUBSUB, nodes: 40, topics: 40, ...changes }).run();
}

/** Nothing comes twice or to the wrong ones, and so much of it comes. */
function isDelivered({ delivered, expected, doubled, strays }: PubsubFigures, least: number): void {
  assert.equal([doubled, strays], [0, 0]);
  assert.ok(delivered >= least * expected, `${delivered} of ${expected}`);
}

test("an event comes to the only subscriber, by few hops; a subscription costs little and changes no table", async () => {
  const figures = await run({ topics: 60 });
  isDelivered(figures, 1);
  assert.is(figures.expected, 60);
  const { requestsUntil, hops, requestsPerDelivery, ms, updates, updateBytes, tablesChanged } = figures;
  assert.ok(requestsUntil.p50 <= 3 && requestsUntil.p95 <= 5, JSON.stringify(requestsUntil));
  assert.ok(hops.p95 <= 3, JSON.stringify(hops));
  assert.ok(requestsPerDelivery <= 15, `${requestsPerDelivery} requests`);
  assert.ok(ms.p95 <= 1000, JSON.stringify(ms));
  assert.ok(updates <= 40 && updateBytes <= 250, `${updates} updates of ${updateBytes} bytes`);
  assert.is(tablesChanged, 0);
});

test("events come to two subscribers, and to half of the nodes", async () => {
  const [two, half] = [await run({ subscribers: 2 }), await run({ subscribers: "half", topics: 20 })];
  isDelivered(two, 0.99);
  isDelivered(half, 0.99);
  assert.is(half.expected, 20 * 20);
  assert.ok(two.requestsPerDelivery <= 20, `${two.requestsPerDelivery} requests`);
  assert.ok(half.requestsPerDelivery <= 12, `${half.requestsPerDelivery} requests`);
});

test("where all subscribe, hardly more is sent than has to be, also if much is lost", async () => {
  const all = await run({ subscribers: "all", topics: 20, loss: 0.05 });
  isDelivered(all, 0.999);
  assert.ok(all.requestsPerDelivery <= 8, `${all.requestsPerDelivery} requests`);
});

test("events come while nodes are replaced", async () => {
  const figures = await run({ churnMinutes: 10, subscribers: 5, topics: 10 });
  assert.ok(figures.expected >= 2500, `${figures.expected} expected`);
  isDelivered(figures, 0.98);
});

test("among ten originals, ours reach each other, and nothing grows without bounds", async () => {
  const figures = await run({ nodes: 30, old: 10, oldDepth: 1 });
  isDelivered({ ...figures, ...figures.between!.oursToOurs }, 0.99);
  assert.ok(figures.between!.oldToOurs.delivered >= 1);
  assert.ok(figures.requestsMax <= 10 * 30, `${figures.requestsMax} requests for an event`);
});

test("a seed replays everything", async () => {
  const small = { nodes: 15, topics: 5, loss: 0.05 };
  const { digest } = await run(small);
  assert.is((await run(small)).digest, digest);
  assert.not.equal((await run({ ...small, seed: 2 })).digest, digest);
});

test.run();
