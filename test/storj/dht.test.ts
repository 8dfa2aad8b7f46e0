/**
 * The hash table and the dictionary of a node.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { storjWorld } from "./world.ts";

const test = suite("storj: hash table");

test("a value that one node puts is what the others get, and what nobody put is null", async () => {
  const world = await storjWorld({ nodes: 6 });
  const [first, second, , , , last] = world.nodes;
  assert.is(await world.drive(second.dhtPut("examplekey", "examplevalue")), true);
  for (const node of world.nodes) assert.is(await world.drive(node.dhtGet("examplekey")), "examplevalue");
  assert.is(await world.drive(last.dhtGet("nothing")), null);
  assert.is(await world.drive(first.dhtPut(5, [1, { a: null }])), true);
  assert.equal(await world.drive(last.dhtGet("5")), [1, { a: null }], "5 and its text are one key");
  await world.close();
});

test.run();
