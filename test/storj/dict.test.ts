/**
 * The hash table of a node as a dictionary.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex } from "../../codec/mod.ts";
import type { MsgpackValue } from "../../codec/msgpack/mod.ts";
import { dhtKey } from "../../codec/protocols/storj/mod.ts";
import { Dict } from "../../src/storj/dict.ts";
import type { PutOptions } from "../../src/storj/mod.ts";
import { rejects } from "./expect.ts";
import { OldNode } from "./old-node.ts";
import { storjWorld } from "./world.ts";

const test = suite("storj: dictionary");

test("set and get, with a fallback for what nobody has and for null", async () => {
  const world = await storjWorld({ nodes: 4 });
  const [first, , , last] = world.nodes;
  assert.is(await world.drive(first.set("examplekey", "examplevalue")), true);
  assert.is(await world.drive(last.get("examplekey", "other")), "examplevalue");
  assert.is(await world.drive(last.get("nothing")), null);
  assert.is(await world.drive(last.get("nothing", "fallback")), "fallback");
  await world.drive(first.set("null", null));
  assert.is(await world.drive(last.get("null", 7)), 7);
  await world.drive(first.set("falsy", false));
  assert.is(await world.drive(last.get("falsy", 7)), false);
  await world.close();
});

test("set is false without peers, and gives up after 120 s, or earlier if it is told so", async () => {
  const world = await storjWorld({ nodes: 2, link: { latencyMs: 100 } });
  const alone = await world.add();
  assert.is(await world.drive(alone.node.set("key", 1)), false);
  await rejects(world.drive(world.nodes[0].set("key", 1, { timeoutMs: 50 })), "timeout");
  const given: PutOptions[] = [];
  const put = (_: unknown, options: PutOptions) => {
    given.push(options);
    return Promise.resolve(true);
  };
  const dict = new Dict({ put } as unknown as ConstructorParameters<typeof Dict>[0]);
  await dict.set("key", 1);
  await dict.set("key", 1, { timeoutMs: 5, keep: true });
  assert.equal(given, [{ timeoutMs: 120_000 }, { timeoutMs: 5, keep: true }]);
  await world.close();
});

test("has says whether there is a value", async () => {
  const world = await storjWorld({ nodes: 3 });
  const [first, second] = world.nodes;
  assert.is(await world.drive(second.has("key")), false);
  await world.drive(first.set("key", 0));
  assert.is(await world.drive(second.has("key")), true);
  await world.drive(first.set("key", null));
  assert.is(await world.drive(second.has("key")), false);
  await world.close();
});

test("setDefault stores where there is nothing, and leaves what there is", async () => {
  const world = await storjWorld({ nodes: 3 });
  const [first, second, third] = world.nodes;
  assert.is(await world.drive(first.setDefault("key", "mine")), "mine");
  assert.is(await world.drive(second.get("key")), "mine");
  assert.is(await world.drive(third.setDefault("key", "yours")), "mine");
  assert.is(await world.drive(second.get("key")), "mine");
  await world.drive(first.set("bytes", new TextEncoder().encode("text")));
  assert.is(await world.drive(third.setDefault("bytes", 1, { text: true })), "text");
  await world.close();
});

test("setDefault does not say that something is stored which nobody has stored", async () => {
  const world = await storjWorld({ nodes: 1 });
  const [node] = world.nodes;
  await rejects(world.drive(node.setDefault("key", 1)), "no-peers");
  const old = new OldNode(world.network, { answers: { store: () => false } });
  await world.drive(old.join(world.members[0].address));
  await rejects(world.drive(node.setDefault("other", 1)), "uncertain");
  await world.close();
});

test("update stores an object or pairs, of which the last for a key counts", async () => {
  const world = await storjWorld({ nodes: 4 });
  const [first, , , last] = world.nodes;
  assert.is(await world.drive(first.update({ a: 1, b: [2] })), true);
  const pairs: [string | number, MsgpackValue][] = [["c", 3], [5, "five"], ["5", "FIVE"], ["c", 4]];
  assert.is(await world.drive(first.update(pairs)), true);
  assert.is(await world.drive(first.update(new Map([["d", true]]))), true);
  const got = [];
  for (const key of ["a", "b", "c", 5, "d"]) got.push(await world.drive(last.get(key)));
  assert.equal(got, [1, [2], 4, "FIVE", true]);
  assert.is(await world.drive(first.update([])), true);
  await world.close();
});

test("update is false if one value found no place, and puts nothing if one of them cannot be sent", async () => {
  const world = await storjWorld({ nodes: 1 });
  const [node] = world.nodes;
  assert.is(await world.drive(node.update({ a: 1 })), false);
  const refused = formatHex(dhtKey("b"));
  const old = new OldNode(world.network, { answers: { store: ({ key }) => formatHex(key) !== refused } });
  await world.drive(old.join(world.members[0].address));
  assert.is(await world.drive(node.update({ a: 1, c: 3 })), true);
  assert.is(await world.drive(node.update({ a: 1, b: 2, c: 3 })), false);
  const before = old.asked.length;
  await rejects(node.update({ a: 1, b: undefined as unknown as null }), "invalid-message");
  assert.is(old.asked.length, before);
  await world.close();
});

test("what a node holds, its own and that of others, is listed by digest", async () => {
  const world = await storjWorld({ nodes: 3 });
  const [first, second] = world.nodes;
  await world.drive(first.update({ a: 1, b: "two" }));
  const held = new Map<string, MsgpackValue>();
  for await (const [key, value] of second.stored()) held.set(formatHex(key), value);
  assert.equal(held, new Map<string, MsgpackValue>([[formatHex(dhtKey("a")), 1], [formatHex(dhtKey("b")), "two"]]));
  await world.close();
});

test.run();
