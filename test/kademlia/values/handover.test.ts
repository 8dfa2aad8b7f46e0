import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encodeMsgpack, Packed, str } from "../../../codec/msgpack/mod.ts";
import { keyText } from "../../../src/kademlia/values/values.ts";
import { NEIGHBOURS } from "../../../src/kademlia/upkeep.ts";
import { seed } from "../../codec/seed.ts";
import { sortedByDistance } from "../make.ts";
import { Model, type ModelNode } from "./model.ts";

const test = suite("kademlia handover");
const MINUTE_MS = 60_000;

console.log(`  WARPWIRE_SEED=${seed}`);

const value = new Packed(encodeMsgpack(str, "a"));

function stocked(nodes: number, values: number): { model: Model; keys: Uint8Array[] } {
  const model = new Model(seed, nodes);
  const keys = Array.from({ length: values }, () => model.network.random.bytes(20));
  for (const key of keys) model.put(key, value);
  model.pass(MINUTE_MS);
  return { model, keys };
}

function belongingTo(model: Model, node: ModelNode, keys: readonly Uint8Array[]): Uint8Array[] {
  return keys.filter((key) => model.nearest(key).includes(node.contact));
}

test("a newcomer is given its values once, by the nearest of its neighbours only, and nobody gets anything else", () => {
  const { model, keys } = stocked(1000, 1000);
  let [due, had] = [0, 0];
  for (let round = 0; round < 10; round++) {
    const given: string[] = [];
    const node = model.join();
    const own = belongingTo(model, node, keys);
    const neighbours = model.nearest(node.contact.id, node).slice(0, NEIGHBOURS);
    model.onStore = (from, to, { text }) => {
      const key = keys.find((one) => keyText(one) === text)!;
      assert.is(from.contact, sortedByDistance(key, neighbours)[0], "the nearest neighbour gives");
      assert.is(to, node.contact);
      assert.ok(own.includes(key), "it belongs to the newcomer");
      given.push(text);
    };
    model.pass(MINUTE_MS);
    assert.is(given.length, new Set(given).size, "once");
    due += own.length;
    had += own.filter((key) => node.values.get(key) !== null).length;
  }
  assert.ok(due > 100, `${due} values`);
  assert.is(had, due);
});

test("many newcomers at once get what belongs to them, with few stores too many", () => {
  const { model, keys } = stocked(300, 300);
  const nodes: ModelNode[] = [];
  for (let count = 0; count < 100; count++) {
    model.network.at(model.network.nowMs + 300 * count, () => nodes.push(model.join()));
  }
  model.pass(3 * MINUTE_MS);
  const due = nodes.reduce((total, node) => total + belongingTo(model, node, keys).length, 0);
  const have = nodes.reduce(
    (total, node) => total + belongingTo(model, node, keys).filter((key) => node.values.get(key) !== null).length,
    0,
  );
  console.log(`  ${have} of ${due} values, ${model.stores} stores`);
  assert.ok(have >= 0.98 * due, `${have} of ${due}`);
  assert.ok(model.stores <= 1.5 * due, `${model.stores} stores for ${due} values`);
});

test("in a network of fewer than k nodes, a newcomer is given everything, once", () => {
  const { model, keys } = stocked(5, 200);
  const node = model.join();
  model.pass(MINUTE_MS);
  assert.is(model.stores, keys.length);
  assert.is(node.values.count, keys.length);
});

test("a node that comes back soon is given only what came meanwhile", () => {
  const { model } = stocked(30, 300);
  const [giver] = model.nodes;
  const other = model.of(model.nearest(giver.contact.id, giver)[0]);
  const comesBack = () => {
    giver.table.remove(other.contact);
    giver.handover.went(other.contact);
    giver.table.admit(other.contact);
    giver.handover.came(other.contact);
  };
  comesBack();
  model.pass(MINUTE_MS);
  const { stores } = model;
  assert.ok(stores > 0, "it is a newcomer at first");
  for (let count = 0; count < 20; count++) {
    comesBack();
    if (count % 2 === 0) model.pass(MINUTE_MS);
  }
  model.pass(MINUTE_MS);
  assert.is(model.stores, stores);
});

test("when a node dies, the next one gets its values, from the nearest only", () => {
  const { model, keys } = stocked(300, 300);
  const dead = model.nodes[5];
  const lost = belongingTo(model, dead, keys);
  assert.ok(lost.length > 5);
  model.die(dead, 1000);
  const before = model.stores;
  model.pass(2 * MINUTE_MS);
  assert.is(model.stores - before, lost.length);
  for (const key of lost) assert.is(model.holders(key), model.k);
});

test("when many die, their values have k holders again long before they are republished", () => {
  const { model, keys } = stocked(400, 400);
  for (const node of model.nodes.filter((_, index) => index % 4 === 0)) model.die(node, 1000);
  model.pass(3 * MINUTE_MS);
  const total = keys.reduce((sum, key) => sum + model.holders(key), 0);
  const lost = keys.length * model.k / 4;
  console.log(`  ${total / keys.length} holders for each value, ${model.stores} stores for ${lost} lost copies`);
  assert.ok(total >= 0.97 * keys.length * model.k);
  assert.ok(model.stores <= 1.5 * lost);
});

test("a newcomer that is silent is given up after a few stores", () => {
  const { model } = stocked(3, 500);
  const node = model.join();
  node.alive = false;
  model.pass(10 * MINUTE_MS);
  assert.ok(model.stores < 40, `${model.stores} stores`);
});

test("whoever was discovered is no newcomer", () => {
  const { model } = stocked(30, 100);
  const node = model.join();
  model.pass(MINUTE_MS);
  const { stores } = model;
  // The newcomer gets to know the others by calling them: that is no reason to give them anything.
  assert.is(node.handover.stats().newcomers, 0);
  model.pass(10 * MINUTE_MS);
  assert.is(model.stores, stores);
});

test("a hundred thousand values and a crowd of newcomers stay within bounds", () => {
  const model = new Model(seed, 2);
  const [node] = model.nodes;
  for (let index = 0; index < 20_000; index++) node.values.store(model.network.random.bytes(20), value, { source: "" });
  model.pass(MINUTE_MS);
  for (let count = 0; count < 300; count++) model.join();
  model.pass(MINUTE_MS);
  assert.ok(node.handover.stats().newcomers <= 256);
  assert.ok(model.stores > 0);
});

test("what is closed gives nothing more", () => {
  const { model } = stocked(5, 200);
  model.join();
  model.onStore = (from) => from.handover.close();
  model.pass(10 * MINUTE_MS);
  assert.ok(model.stores > 0 && model.stores <= 5 * 8, `${model.stores} stores`);
});

test.run();
