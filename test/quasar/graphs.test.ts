import { suite } from "uvu";
import * as assert from "uvu/assert";
import { seed } from "../codec/seed.ts";
import { type RoutingNode, World } from "./world.ts";

const test = suite("quasar: events on random graphs");

/** Publishes events to random subscribers, and says what became of them. */
async function run(world: World, subscribers: number, events: number) {
  const topics = Array.from({ length: events }, (_, index) => `of ${subscribers}, ${index}`);
  const wanted = new Map(topics.map((topic) => [topic, world.some(subscribers)]));
  for (const [topic, nodes] of wanted) world.subscribe(nodes, topic);
  const before = world.count("warpwire_notify");
  const times = (node: RoutingNode, topic: string) =>
    node.received.filter((received) => received.topic === topic).length;
  let [deliveries, reached, strays] = [0, 0, 0];
  for (const [topic, nodes] of wanted) {
    world.publish(world.some(1)[0], topic, `event of ${topic}`);
    await world.pass(3000);
    for (const node of world.nodes) {
      const count = times(node, topic);
      assert.ok(count <= 1, `seed ${seed}: ${count} times`);
      if (!nodes.includes(node)) strays += count;
      else [deliveries, reached] = [deliveries + 1, reached + count];
    }
  }
  assert.is(strays, 0);
  return { reached: reached / deliveries, messages: (world.count("warpwire_notify") - before) / deliveries };
}

for (
  const [nodes, subscribers, events, messages] of [
    [12, 1, 30, 15],
    [50, 1, 60, 15],
    [50, 2, 40, 20],
    [50, 10, 20, 20],
    [50, 25, 8, 20],
    [50, 50, 6, 5.6],
    [200, 1, 30, 15],
    [200, 10, 10, 20],
  ] as const
) {
  test(`${subscribers} of ${nodes} subscribe: each is reached once, in ${messages} messages or less`, async () => {
    console.log(`  WARPWIRE_SEED=${seed}`);
    const world = new World(seed);
    await world.grow(nodes);
    const { reached, messages: taken } = await run(world, subscribers, events);
    assert.ok(reached >= 0.995, `seed ${seed}: ${reached} reached`);
    assert.ok(taken <= messages, `seed ${seed}: ${taken} messages a delivery`);
  });
}

test.run();
