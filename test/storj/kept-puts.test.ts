/**
 * Values that are put anew once a day.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex } from "../../codec/mod.ts";
import { unpack } from "../../codec/msgpack/mod.ts";
import { dhtKey } from "../../codec/protocols/storj/mod.ts";
import { OldNode } from "./old-node.ts";
import { storjWorld } from "./world.ts";

const test = suite("storj: kept puts");

const DAY_MS = 86_400_000;

/** A node of ours and one that keeps what it is given. */
async function pair(answers: ConstructorParameters<typeof OldNode>[1] = {}) {
  const world = await storjWorld({ nodes: 1 });
  const old = new OldNode(world.network, answers);
  await world.drive(old.join(world.members[0].address));
  await world.pass(5000);
  return { world, node: world.nodes[0], old };
}

/** How often an old node was asked to store. */
function stores({ asked }: OldNode): number {
  return asked.filter((name) => name === "store").length;
}

test("a value put with keep outlives the week, until it is deleted", async () => {
  const { world, node, old } = await pair();
  const name = formatHex(dhtKey("kept"));
  assert.is(await world.drive(node.dhtPut("kept", "value", { keep: true })), true);
  assert.is(await world.drive(node.dhtPut("other", "value")), true);
  for (let day = 1; day <= 9; day++) {
    old.values.clear();
    await world.pass(DAY_MS + 10_000);
    assert.is(unpack(old.values.get(name)!), "value", `on day ${day}`);
  }
  assert.is(await world.drive(node.unkeep("kept")), true);
  assert.is(await world.drive(node.unkeep("kept")), false);
  assert.is(await world.drive(node.unkeep("other")), false);
  // What the node holds itself lives a week longer.
  await world.pass(8 * DAY_MS);
  old.values.clear();
  await world.pass(3 * DAY_MS);
  assert.equal([old.values.has(name), old.values.has(formatHex(dhtKey("other")))], [false, false]);
  await world.close();
});

test("the last value put with keep is the one that stays", async () => {
  const { world, node, old } = await pair();
  const name = formatHex(dhtKey("kept"));
  await world.drive(node.set("kept", 1, { keep: true }));
  await world.drive(node.set("kept", 2, { keep: true }));
  old.values.clear();
  await world.pass(DAY_MS + 10_000);
  assert.is(unpack(old.values.get(name)!), 2);
  await world.close();
});

test("what nobody took is tried again soon, and once a day after that", async () => {
  let full = true;
  let tried = 0;
  const store = ({ key }: { readonly key: Uint8Array }) => {
    if (formatHex(key) === formatHex(dhtKey("kept"))) tried += 1;
    return !full;
  };
  const { world, node } = await pair({ answers: { store } });
  assert.is(await world.drive(node.dhtPut("kept", 1, { keep: true })), false);
  await world.pass(320_000);
  const tries = tried;
  assert.ok(tries > 1, "tried again after five minutes");
  full = false;
  await world.pass(320_000);
  assert.is(tried, tries + 1);
  await world.pass(DAY_MS / 2);
  const still = tried;
  await world.pass(DAY_MS / 2 + 10_000);
  assert.ok(tried > still);
  await world.close();
});

test("a value that is kept before anybody is known is put when somebody comes", async () => {
  const world = await storjWorld({ nodes: 1 });
  const [{ node, address }] = world.members;
  assert.is(await world.drive(node.update({ a: 1, b: 2 }, { keep: true })), false);
  await world.pass(600_000);
  const old = new OldNode(world.network);
  await world.drive(old.join(address));
  old.values.clear();
  await world.pass(15_000);
  const values = ["a", "b"].map((key) => old.values.get(formatHex(dhtKey(key)))).map((value) => value && unpack(value));
  assert.equal(values, [1, 2]);
  await world.close();
});

test("a node that is closed puts nothing any more", async () => {
  const { world, node, old } = await pair();
  await world.drive(node.dhtPut("kept", 1, { keep: true }));
  const before = stores(old);
  await world.drive(node.close());
  await world.pass(3 * DAY_MS);
  assert.is(stores(old), before);
});

test.run();
