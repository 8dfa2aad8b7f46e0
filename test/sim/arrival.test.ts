import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SCENARIO } from "./scenario.ts";
import { arrival } from "./studies.ts";

const test = suite("arrivals in a simulated hash table");

test("newcomers get what belongs to them, and hardly anything else", async () => {
  const { belong, kept, stores } = await arrival({ ...SCENARIO, nodes: 300, values: 300 }, 5);
  assert.ok(belong >= 50 && kept >= 0.99 * belong, `${kept} of ${belong}`);
  assert.ok(stores <= 1.1 * belong, `${stores} stores for ${belong} values`);
});

test.run();
