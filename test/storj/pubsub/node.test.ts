import { suite } from "uvu";
import * as assert from "uvu/assert";
import { rejects } from "../expect.ts";
import { StorjWorld, storjWorld } from "../world.ts";

const test = suite("storj: publish/subscribe of nodes");

test("events reach subscribers, and nobody else", async () => {
  const world = await storjWorld({ nodes: 12 });
  const [publisher, first, second, other] = world.nodes;
  first.subscribe("news");
  second.subscribe("news");
  other.subscribe("olds");
  await world.pass(4000);
  await world.drive(publisher.publish("news", { text: "hi", numbers: [1, 2.5] }));
  await world.pass(2000);
  for (const node of [first, second]) assert.equal(node.events("news"), [{ text: "hi", numbers: [1, 2.5] }]);
  for (const node of world.nodes) assert.equal([node.events("news"), node.events("olds")], [[], []]);
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
  await world.drive(late.publish("news", "from late"));
  await world.pass(1000);
  assert.equal(node.events("news"), ["from late"]);
  late.subscribe("news");
  await world.pass(4000);
  await world.drive(node.publish("news", 1));
  await world.pass(1000);
  assert.equal([node.events("news"), late.events("news")], [[1], [1]]);
  await world.close();
});

test.run();
