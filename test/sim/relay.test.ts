import { suite } from "uvu";
import * as assert from "uvu/assert";
import { relayed } from "./relay.ts";

const test = suite("simulated relays");

test("messages arrive once, whatever gets lost, and their senders know", async () => {
  for (const loss of [0.05, 0.25]) {
    const { arrived, doubled, confirmed } = await relayed({ nodes: 60, messages: 60, loss, nat: 0, liars: 0, seed: 1 });
    assert.equal({ arrived, doubled, confirmed }, { arrived: 60, doubled: 0, confirmed: 60 }, `${loss} lost`);
  }
});

test("messages reach nodes behind NATs, through neighbours to whom they keep the way open", async () => {
  const { arrived, doubled, confirmed, stuck } = await relayed({
    nodes: 80,
    messages: 80,
    loss: 0.05,
    nat: 0.4,
    liars: 0,
    seed: 1,
  });
  assert.ok(arrived >= 79 && confirmed >= 79, `${arrived} arrived, ${confirmed} confirmed, ${stuck} stuck`);
  assert.is(doubled, 0);
});

test("messages get past nodes that take them and pass none on", async () => {
  const { arrived, doubled, sends } = await relayed({ nodes: 80, messages: 80, loss: 0, nat: 0, liars: 0.2, seed: 1 });
  assert.ok(arrived >= 76, `${arrived} arrived, each sent ${sends} times`);
  assert.is(doubled, 0);
});

test.run();
