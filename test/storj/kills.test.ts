/**
 * A node that is killed at random moments loses nothing of what it had confirmed a second before. `npm run faults -- storj`
 * kills it more often.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runStorjKills } from "../../tasks/faults-storj.ts";
import { seed } from "../codec/seed.ts";

const test = suite("storj: kills");

test("killed at random moments, it has its values, puts and messages, and finds its network by itself", async () => {
  console.log(`  kills: WARPWIRE_SEED=${seed}`);
  const { kills, values, kept, messages } = await runStorjKills(3, seed);
  assert.is(kills, 3);
  assert.ok(values >= 1000 && kept >= 100 && messages >= 50);
});

test.run();
