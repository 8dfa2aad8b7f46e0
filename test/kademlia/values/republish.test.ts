import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encodeMsgpack, Packed, str } from "../../../codec/msgpack/mod.ts";
import type { Contact } from "../../../src/kademlia/contact.ts";
import { regionBits } from "../../../src/kademlia/values/republish.ts";
import { keyText } from "../../../src/kademlia/values/values.ts";
import { sharedBits, wordsOf } from "../../../src/kademlia/words.ts";
import { seed } from "../../codec/seed.ts";
import { Model, type ModelNode } from "./model.ts";

const test = suite("kademlia republishing");
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const LIFE_MS = 168 * HOUR_MS;

console.log(`  WARPWIRE_SEED=${seed}`);

function text(value: string): Packed {
  return new Packed(encodeMsgpack(str, value));
}

/** A network with values that were put within some minutes. */
function stocked(nodes: number, values: number, withinMs = 10 * MINUTE_MS): { model: Model; keys: Uint8Array[] } {
  const model = new Model(seed, nodes);
  const keys = Array.from({ length: values }, () => model.network.random.bytes(20));
  for (const key of keys) model.network.at(model.network.random.next() * withinMs, () => model.put(key, text("a")));
  model.pass(withinMs);
  return { model, keys };
}

function sum(
  model: Model,
  figure: (stats: { republished: number; stores: number; lookups: number }) => number,
): number {
  return model.nodes.reduce((total, { republisher }) => total + figure(republisher.stats()), 0);
}

test("a network without values does nothing, and has no timer", () => {
  const model = new Model(seed, 100);
  model.join();
  model.network.runSync();
  assert.equal([model.lookups, model.stores, model.network.eventCount], [0, 0, 0]);
});

test("10,000 values of 1,000 nodes: each is stored anew once an hour, with 3 lookups for k nodes at most", () => {
  const { model, keys } = stocked(1000, 10_000);
  model.pass(HOUR_MS - 10 * MINUTE_MS);
  assert.equal([model.lookups, model.stores], [0, 0], "nothing before an hour is over");
  for (let round = 1; round <= 3; round++) {
    const [lookups, stores] = [model.lookups, model.stores];
    // A round takes as long as nodes wait, and the next one begins an hour after this one at the earliest.
    model.pass(15 * round * MINUTE_MS);
    const [all, each] = [model.lookups - lookups, (model.stores - stores) / keys.length];
    console.log(`  round ${round}: ${all} lookups, ${each} stores for each value`);
    assert.ok(all <= 3 * 1000 / model.k, `${all} lookups`);
    assert.ok(each >= 18.9 && each < 21, `${each} stores a value`);
    model.pass(HOUR_MS - 15 * round * MINUTE_MS);
  }
  assert.ok(keys.every((key) => model.holders(key) === model.k));
});

test("values that come all the time are taken along, and none waits for two hours", () => {
  const { model, keys } = stocked(200, 1000, 2 * HOUR_MS);
  const last = new Map<string, number>(keys.map((key) => [keyText(key), model.network.nowMs]));
  model.onStore = (_from, _to, { text }) => last.set(text, model.network.nowMs);
  const stores = model.stores;
  for (let minute = 0; minute < 240; minute++) {
    model.pass(MINUTE_MS);
    for (const atMs of last.values()) assert.ok(model.network.nowMs - atMs < 75 * MINUTE_MS);
  }
  const each = (model.stores - stores) / keys.length / 4;
  console.log(`  ${each} stores for each value in an hour, ${model.lookups} lookups in 6 hours`);
  assert.ok(each < 27, `${each} stores for each value in an hour`);
});

test("a value that nobody puts again is gone everywhere when its life is over, however often it is republished", () => {
  const { model, keys } = stocked(60, 50, 1000);
  model.pass(LIFE_MS - MINUTE_MS);
  assert.ok(keys.every((key) => model.holders(key) === model.k));
  model.pass(2 * MINUTE_MS);
  assert.ok(keys.every((key) => model.nodes.every(({ values }) => values.get(key) === null)));
  const stores = model.stores;
  model.pass(2 * HOUR_MS);
  assert.is(model.stores, stores);
  assert.ok(model.nodes.every(({ values }) => values.count === 0 && values.bytes === 0));
});

test("when half of the nodes die unnoticed, the values are at k nodes again within an hour", () => {
  const { model, keys } = stocked(400, 500);
  for (const node of model.nodes.filter((_, index) => index % 2 === 0)) model.die(node, 10 * HOUR_MS);
  assert.ok(keys.every((key) => model.holders(key) > 0));
  model.pass(HOUR_MS + 15 * MINUTE_MS);
  const counts = keys.map((key) => model.holders(key));
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  console.log(`  ${mean} holders, ${Math.min(...counts)} at least`);
  assert.ok(mean > 0.99 * model.k && Math.min(...counts) >= 0.75 * model.k);
});

test("whoever is no longer among the k nearest stores nothing, and its copy may go", () => {
  const { model, keys: [key] } = stocked(100, 1, 1000);
  const before = model.nearest(key);
  const senders = new Set<Contact>();
  for (let count = 0; count < 60; count++) model.join();
  model.pass(MINUTE_MS);
  model.onStore = (from) => senders.add(from.contact);
  const after = new Set(model.nearest(key));
  const outside = before.filter((contact) => !after.has(contact));
  assert.ok(outside.length >= 3);
  model.pass(5 * HOUR_MS);
  for (const contact of outside) {
    assert.not(senders.has(contact));
    assert.ok(model.of(contact).values.get(key), "it keeps it while there is room");
  }
  assert.ok(senders.size > 0);
  const { values } = model.of(outside[0]);
  for (let count = 1; count < 100_000; count++) {
    const filler = model.network.random.bytes(20);
    values.store(filler, text(""), { source: "" });
  }
  assert.is(values.store(model.network.random.bytes(20), text(""), { source: "" }), "new");
  assert.is(values.get(key), null);
  assert.is(values.stats().dropped, 1);
});

test("when all nodes of a region die, those beside it store its values anew", () => {
  const { model, keys } = stocked(300, 400);
  const regionOf = (own: ModelNode) => {
    const bits = regionBits(own.table);
    return { bits, own, region: model.nodes.filter(({ contact }) => sharedBits(contact, own.contact) >= bits) };
  };
  // In one with all of the k nearest, nothing would be left.
  const { bits, own, region } = model.nodes.map(regionOf).find((found) => found.region.length <= model.k / 2 + 3)!;
  const inRegion = keys.filter((key) => sharedBits(wordsOf(key), own.contact) >= bits);
  for (const node of region) model.die(node, 3 * HOUR_MS);
  const alive = inRegion.filter((key) => model.nodes.some((node) => node.alive && node.values.get(key) !== null));
  assert.is(alive.length, inRegion.length, "others have them too");
  model.pass(3 * HOUR_MS);
  for (const key of inRegion) assert.ok(model.holders(key) >= model.k - 2, `${model.holders(key)} holders`);
});

test("with nobody there, values wait, and are not tried all the time", () => {
  const model = new Model(seed, 1);
  model.put(new Uint8Array(20), text("a"));
  model.pass(10 * HOUR_MS);
  assert.ok(model.lookups >= 8 && model.lookups <= 10, `${model.lookups} lookups`);
  assert.is(model.stores, 0);
  assert.is(model.nodes[0].republisher.stats().republished, 0);
});

test("what others store while a node looks where to, it does not store again", () => {
  const { model, keys } = stocked(30, 50, 1000);
  while (model.lookups === 0) model.pass(100);
  for (const key of keys) model.put(key, text("a"));
  model.pass(10_000);
  assert.is(model.stores, 0);
  model.pass(65 * MINUTE_MS);
  assert.ok(model.stores > 0);
});

test("what is closed does nothing more, in the midst of it too", () => {
  const { model } = stocked(100, 300, 1000);
  model.onStore = (from) => from.republisher.close();
  model.pass(2 * HOUR_MS);
  assert.ok(model.stores <= 100 * 24, `${model.stores} stores`);
  const { stores, lookups } = model;
  for (const { republisher } of model.nodes) republisher.close();
  model.pass(24 * HOUR_MS);
  assert.equal([model.stores, model.lookups], [stores, lookups]);
  assert.ok(sum(model, ({ stores }) => stores) <= stores);
});

test.run();
