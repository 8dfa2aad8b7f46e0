import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PropagationWorld } from "./propagation-world.ts";

const test = suite("quasar: propagation");

test("neighbours agree, and each level 1 is what the neighbours have", async () => {
  const world = new PropagationWorld(7);
  for (let index = 0; index < 50; index++) await world.add();
  world.chooseAll();
  await world.pass(15_000);
  assert.equal(world.wrong(), []);
  for (const { overlay } of world.nodes) overlay.everybody = world.nodes.map(({ id }) => id);
  const before = sent(world);
  world.subscribe(world.nodes[3], "news");
  await world.pass(5_000);
  assert.equal(world.wrong(), []);
  console.log(
    sent(world).updates - before.updates,
    (sent(world).bytes - before.bytes) / (sent(world).updates - before.updates),
    before,
  );
});

function sent(world: PropagationWorld): { updates: number; bytes: number } {
  const all = world.nodes.map(({ propagation }) => propagation.stats());
  return {
    updates: all.reduce((sum, { updatesSent }) => sum + updatesSent, 0),
    bytes: all.reduce((sum, { updateBytesSent }) => sum + updateBytesSent, 0),
  };
}

test.run();
