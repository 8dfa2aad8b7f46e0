/**
 * What survives the end of a node: contacts, values and its own puts.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex } from "../../codec/mod.ts";
import { jsonAny } from "../../codec/json/mod.ts";
import { pack } from "../../codec/msgpack/mod.ts";
import { dhtKey } from "../../codec/protocols/storj/mod.ts";
import { memoryStore, type Store, StoreError } from "../../src/store/mod.ts";
import type { StorjEvent } from "../../src/storj/mod.ts";
import { OldNode } from "./old-node.ts";
import { type Member, type StorjWorld, storjWorld } from "./world.ts";

const test = suite("storj: persistence");

const WIF = "KzygUeD8qXaKBFdJWMk9c6AVib89keoZFBNdFBsj73kYZfAc4n1j";

/** A node with a store in a network, and how to end it like a program that is killed. */
async function stored(store: Store): Promise<{ world: StorjWorld; member: Member; restart: () => Promise<Member> }> {
  const world = await storjWorld({ nodes: 5 });
  const bootstrap = [world.members[0].place];
  const member = await world.add({ key: WIF, store, bootstrap });
  await world.drive(member.node.ready());
  await world.pass(10_000);
  const restart = async () => {
    member.host.crash();
    world.members.splice(world.members.indexOf(member), 1);
    await member.host.start();
    return await world.add({ key: WIF, store }, member.host);
  };
  return { world, member, restart };
}

async function valuesOf({ node }: Member): Promise<string[]> {
  const values = [];
  for await (const [, value] of node.stored()) values.push(String(value));
  return values.sort();
}

/** A store whose writes fail while they are told to. */
function failing(store: Store, fails: () => boolean): Store {
  return {
    namespace: (options) => store.namespace(options),
    write: (changes) => fails() ? Promise.reject(new StoreError("io", "Cannot write")) : store.write(changes),
    close: () => store.close(),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

test("a node that was killed is back in its network without an address to begin at, with what it held", async () => {
  const { world, member, restart } = await stored(await memoryStore());
  await world.drive(world.nodes[1].update({ a: 1, b: "two" }));
  await world.drive(member.node.dhtPut("c", 3));
  const held = await valuesOf(member);
  assert.equal(held, ["1", "3", "two"]);
  await world.pass(1200);
  const again = await restart();
  await world.drive(again.node.ready({ timeoutMs: 5000 }));
  assert.equal(await valuesOf(again), held);
  await world.pass(5000);
  assert.is(again.node.peers().length, 5);
  await world.close();
});

test("a node that was there for a moment only knows its network the next time", async () => {
  const store = await memoryStore();
  const world = await storjWorld({ nodes: 5 });
  const moment = await world.add({ key: WIF, store, bootstrap: [world.members[0].place] });
  await world.drive(moment.node.ready());
  await world.drive(moment.node.close());
  world.members.splice(world.members.indexOf(moment), 1);
  const again = await world.add({ key: WIF, store });
  await world.drive(again.node.ready({ timeoutMs: 5000 }));
  await world.close();
});

test("own puts are put anew after the end of the program, unless they were deleted before", async () => {
  const world = await storjWorld();
  const old = new OldNode(world.network);
  const store = await memoryStore();
  const { node, host } = await world.add({ key: WIF, store, bootstrap: [old.place] });
  await world.drive(node.ready());
  await world.drive(node.update({ kept: 1, deleted: 2 }, { keep: true }));
  await world.drive(node.unkeep("deleted"));
  await world.pass(1000);
  host.crash();
  world.members.splice(0);
  await host.start();
  const again = await world.add({ key: WIF, store }, host);
  assert.is(await again.node.unkeep("deleted"), false);
  // What it holds itself, it gives to others for a week.
  await world.pass(8 * 86_400_000);
  old.values.clear();
  await world.pass(86_400_000 + 10_000);
  const [kept, deleted] = ["kept", "deleted"].map((key) => old.values.has(formatHex(dhtKey(key))));
  assert.equal([kept, deleted], [true, false]);
  assert.is(await again.node.unkeep("kept"), true);
  await world.close();
});

test("a value ends a week after it was first seen, however often the program has begun anew", async () => {
  const world = await storjWorld();
  const store = await memoryStore();
  let { node, host } = await world.add({ key: WIF, store });
  const old = new OldNode(world.network);
  const args = { nodeId: old.id, key: dhtKey("key"), value: pack(1) };
  assert.is(await world.drive(old.request(host.addresses()[0], "store", args)), true);
  old.host.crash();
  for (const days of [3, 3]) {
    await world.pass(days * 86_400_000);
    host.crash();
    await host.start();
    ({ node, host } = await world.add({ key: WIF, store }, host));
    assert.is(await world.drive(node.dhtGet("key")), 1);
  }
  await world.pass(86_400_000 + 3_600_000);
  assert.is(await world.drive(node.dhtGet("key")), null);
  await world.drive(node.close());
});

test("what cannot be written is told, and written later; a put that would not survive is refused", async () => {
  const store = await memoryStore();
  let fails = false;
  const { world, member } = await stored(failing(store, () => fails));
  fails = true;
  await world.drive(world.nodes[1].set("key", 1));
  assert.is(await world.drive(world.nodes[1].messageSend(member.node.nodeId, "hello")), true);
  const error = await world.drive(member.node.dhtPut("kept", 1, { keep: true })).catch((error) => error);
  assert.instance(error, StoreError);
  assert.is(await member.node.unkeep("kept"), false);
  await world.add({ bootstrap: [member.place] });
  await world.pass(120_000);
  const told = new Set(member.events.map(({ type }) => type));
  assert.ok(told.has("values-not-kept") && told.has("not-kept"));
  fails = false;
  await world.pass(120_000);
  const values = store.namespace({ name: "storj-values", version: 1, shape: jsonAny });
  const keys = [];
  for await (const [key] of values.entries()) keys.push(key);
  assert.ok(keys.includes(formatHex(dhtKey("key"))));
  const messages = store.namespace({ name: "storj-messages", version: 1, shape: jsonAny });
  const waiting = [];
  for await (const [key] of messages.entries()) waiting.push(key);
  assert.equal(waiting, ["0000000000000001"]);
  await world.close();
});

test("documents that are damaged, or say what cannot be, cost themselves only", async () => {
  const damaged: string[] = [];
  const store = await memoryStore({ onDamage: ({ setAside }) => void damaged.push(setAside) });
  const { world, member, restart } = await stored(store);
  await world.drive(world.nodes[1].update({ a: 1, b: 2 }));
  await world.drive(member.node.dhtPut("kept", 1, { keep: true }));
  await world.pass(1200);
  const loose = (name: string) => store.namespace({ name, version: 1, shape: jsonAny });
  await store.write([
    loose("storj-values").putting("ff".repeat(20), "no value"),
    loose("storj-values").putting("short", { value: "AA==", firstMs: 1, source: "" }),
    loose("storj-puts").putting("ee".repeat(20), { value: "", putMs: 1 }),
    loose("storj-contacts").putting("all", { contacts: [{ id: "1", address: "", heardMs: 0 }] }),
  ]);
  const events: StorjEvent[] = [];
  member.events.splice(0);
  const again = await restart();
  events.push(...again.events);
  assert.equal(damaged, [`!damaged:storj-values:${"ff".repeat(20)}`]);
  assert.equal(events.map((event) => event.type === "not-kept" && event.what), [
    'storj-contacts "all"',
    'storj-values "short"',
    `storj-puts "${"ee".repeat(20)}"`,
  ]);
  assert.equal(await valuesOf(again), ["1", "1", "2"]);
  assert.is(await again.node.unkeep("kept"), true);
  await world.close();
});

test("a store of a later version is refused, and the host stays free", async () => {
  const store = await memoryStore();
  const values = store.namespace({ name: "storj-values", version: 2, shape: jsonAny });
  await store.write([values.putting("ff".repeat(20), 1)]);
  const world = await storjWorld({ nodes: 1 });
  const host = world.network.addHost();
  const error = await world.add({ store }, host).catch((error) => error);
  assert.instance(error, StoreError);
  assert.is(error.code, "version");
  await world.add({}, host);
  await world.close();
});

test.run();
