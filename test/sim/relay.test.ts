import { suite } from "uvu";
import * as assert from "uvu/assert";
import { relayed } from "./relay.ts";

const test = suite("simulated relays");

test("messages arrive once, whatever gets lost, and their senders know", async () => {
  for (const loss of [0.05, 0.25]) {
    const { arrived, doubled, confirmed } = await relayed({ nodes: 60, messages: 60, loss, nat: 0, seed: 1 });
    assert.equal({ arrived, doubled, confirmed }, { arrived: 60, doubled: 0, confirmed: 60 }, `${loss} lost`);
  }
});

test.run();
