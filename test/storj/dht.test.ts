/**
 * The hash table of a node: put and get, and where nodes are.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex } from "../../codec/mod.ts";
import { Ext, type MsgpackValue, pack, Packed } from "../../codec/msgpack/mod.ts";
import { dhtKey } from "../../codec/protocols/storj/mod.ts";
import { rejects } from "./expect.ts";
import { OldNode } from "./old-node.ts";
import { type Member, storjWorld } from "./world.ts";

const test = suite("storj: hash table");

/** How many lookups a node has made. */
function lookups({ events }: Member): number {
  return events.filter(({ type }) => type === "lookup").length;
}

test("a value that one node puts is what the others get, whatever it is", async () => {
  const world = await storjWorld({ nodes: 6 });
  const [first, second, , , , last] = world.nodes;
  const values: MsgpackValue[] = ["text", "", 7, -1.5, true, false, 2n ** 60n, new Uint8Array(3), [1, { a: null }], {}];
  values.push(new Ext(5, Uint8Array.of(1, 2)));
  for (const [key, value] of values.entries()) {
    assert.is(await world.drive(second.dhtPut(key, value)), true);
    for (const node of [first, second, last]) assert.equal(await world.drive(node.dhtGet(key)), value);
  }
  await world.close();
});

test("5 and its text are one key, and so are a text and its bytes", async () => {
  const world = await storjWorld({ nodes: 2 });
  const [first, second] = world.nodes;
  await world.drive(first.dhtPut(5, "five"));
  assert.is(await world.drive(second.dhtGet("5")), "five");
  await world.drive(first.dhtPut("Käse", 1));
  assert.is(await world.drive(second.dhtGet(new TextEncoder().encode("Käse"))), 1);
  await rejects(second.dhtGet("\ud800"), "invalid-message");
  await rejects(second.dhtGet([1] as unknown as string), "invalid-message");
  await world.close();
});

test("what nobody put is null, and so is a stored null", async () => {
  const world = await storjWorld({ nodes: 3 });
  const [first, , third] = world.nodes;
  assert.is(await world.drive(first.dhtGet("nothing")), null);
  assert.is(await world.drive(first.dhtPut("null", null)), true);
  assert.is(await world.drive(third.dhtGet("null")), null);
  await world.close();
});

test("a put is false without peers, and when everybody says no or nothing", async () => {
  const world = await storjWorld({ nodes: 1 });
  const [node] = world.nodes;
  assert.is(await world.drive(node.dhtPut("key", 1)), false);
  const full = new OldNode(world.network, { answers: { store: () => false } });
  const silent = new OldNode(world.network, { answers: { store: () => undefined } });
  for (const old of [full, silent]) await world.drive(old.join(world.members[0].address));
  await world.pass(5000);
  assert.is(node.peers().length, 2);
  assert.is(await world.drive(node.dhtPut("key", 1)), false);
  assert.equal([full, silent].map(({ asked }) => asked.includes("store")), [true, true]);
  await world.close();
});

test("8,116 bytes of text are stored, also by a node that reads no more than 8,192 bytes; one more is too large", async () => {
  const world = await storjWorld({ nodes: 1 });
  const [node] = world.nodes;
  const old = new OldNode(world.network);
  await world.drive(old.join(world.members[0].address));
  await world.pass(5000);
  const text = "x".repeat(8116);
  assert.is(await world.drive(node.dhtPut("long", text)), true);
  assert.equal(old.values.get(formatHex(dhtKey("long"))), pack(text));
  for (
    const put of [node.dhtPut("long", `${text}x`), node.set("long", `${text}x`), node.update({ long: `${text}x` })]
  ) {
    await rejects(put, "too-large");
  }
  await world.close();
});

test("what msgpack cannot say is refused before anything is sent", async () => {
  const world = await storjWorld({ nodes: 2 });
  const [node] = world.nodes;
  const circle: MsgpackValue[] = [];
  circle.push(circle);
  const values = [undefined, () => 1, Symbol("a"), 2n ** 64n, "\ud800", circle, new Map(), [undefined]];
  const before = world.network.eventCount;
  for (const value of values) await rejects(node.dhtPut("key", value as MsgpackValue), "invalid-message");
  assert.is(world.network.eventCount, before);
  await world.close();
});

test("a value that JavaScript has none for is an error of its reader and of nobody else", async () => {
  const world = await storjWorld({ nodes: 2 });
  const [node] = world.nodes;
  const old = new OldNode(world.network);
  await world.drive(old.join(world.members[0].address));
  // {1: 2}, as Python has it.
  old.values.set(formatHex(dhtKey("map")), new Packed(Uint8Array.of(0x81, 1, 2)));
  await world.pass(5000);
  await rejects(world.drive(node.dhtGet("map")), "invalid-message");
  const keys = [];
  for await (const [key] of node.stored()) keys.push(key);
  assert.equal(keys, [], "nor is it among those that can be read");
  await world.close();
});

test("bytes that Python 2 has put are texts on demand, where they are UTF-8", async () => {
  const world = await storjWorld({ nodes: 2 });
  const [first, second] = world.nodes;
  const bytes = (text: string) => new TextEncoder().encode(text);
  const broken = Uint8Array.of(0xff, 0xfe);
  const value = [bytes("Käse"), { a: bytes("\ufeffb"), c: broken }, 1, null, "text"];
  await world.drive(first.dhtPut("python", value));
  assert.equal(await world.drive(second.dhtGet("python")), value);
  const text = ["Käse", { a: "\ufeffb", c: broken }, 1, null, "text"];
  assert.equal(await world.drive(second.dhtGet("python", { text: true })), text);
  assert.equal(await world.drive(second.get("python", null, { text: true })), text);
  await world.close();
});

test("stun is what most say, and null without peers", async () => {
  const world = await storjWorld({ nodes: 4 });
  const [{ node, place }] = world.members;
  const [ip, port] = [place.split(":")[0], 4653];
  const alone = await world.add();
  assert.is(await world.drive(alone.node.dhtStun()), null);
  assert.equal(await world.drive(node.dhtStun()), { ip, port });
  const liars = ["9.9.9.9", "9.9.9.9", "no address"].map((lie) =>
    new OldNode(world.network, { answers: { stun: () => ({ ip: lie, port: 1 }) } })
  );
  for (const liar of liars) await world.drive(liar.join(world.members[0].address));
  await world.pass(5000);
  assert.is(node.peers().length, 6);
  const asked = () => node.stats().calls.calls.stun!.sent;
  const before = asked();
  assert.equal(await world.drive(node.dhtStun()), { ip, port });
  assert.is(asked() - before, 5);
  await world.close();
});

test("a liar alone is believed, unless what it says is no address", async () => {
  const world = await storjWorld({ nodes: 1 });
  const [{ node, address }] = world.members;
  let said = { ip: "nowhere", port: 1 };
  const liar = new OldNode(world.network, { answers: { stun: () => said } });
  await world.drive(liar.join(address));
  assert.is(await world.drive(node.dhtStun()), null);
  said = { ip: "9.9.9.9", port: 77 };
  assert.equal(await world.drive(node.dhtStun()), { ip: "9.9.9.9", port: 77 });
  await world.close();
});

test("a node is found by hex or bytes; its own id is where others see it; nobody is null", async () => {
  const world = await storjWorld({ nodes: 30 });
  const [{ node, place }, , , { node: other, place: otherPlace }] = world.members;
  const at = { ip: otherPlace.split(":")[0], port: 4653 };
  for (const id of [other.nodeIdHex, other.nodeIdHex.toUpperCase(), other.nodeId]) {
    assert.equal(await world.drive(node.dhtFind(id)), at);
  }
  assert.equal(await world.drive(node.dhtFind(node.nodeId)), { ip: place.split(":")[0], port: 4653 });
  assert.is(await world.drive(node.dhtFind(new Uint8Array(20))), null);
  for (const id of ["", "00", "zz".repeat(20), " ".repeat(40), new Uint8Array(19), new Uint8Array(32), 7, null]) {
    await rejects(node.dhtFind(id as string), "invalid-node-id");
  }
  await world.close();
});

test("a node that was found is not looked for again within an hour; one that is silent by then is null", async () => {
  const world = await storjWorld({ nodes: 40 });
  const [{ node }, , , , , { node: other, host }] = world.members;
  const [asker] = world.members;
  assert.ok(await world.drive(node.dhtFind(other.nodeId)));
  host.crash();
  await world.pass(3_000_000);
  const before = lookups(asker);
  assert.ok(await world.drive(node.dhtFind(other.nodeId)));
  assert.is(lookups(asker), before, "remembered");
  await world.pass(700_000);
  assert.is(await world.drive(node.dhtFind(other.nodeId)), null);
  assert.ok(lookups(asker) > before, "looked for");
  world.members.splice(5, 1);
  await world.close();
});

test("what waits ends with the node, its signal or its time", async () => {
  const world = await storjWorld({ nodes: 3, link: { latencyMs: 100, jitterMs: 0 } });
  const [node, other] = world.nodes;
  const calls: ((options: { timeoutMs?: number; signal?: AbortSignal }) => Promise<unknown>)[] = [
    (options) => node.dhtPut("key", 1, options),
    (options) => node.dhtGet("key", options),
    (options) => node.dhtStun(options),
    (options) => node.dhtFind(new Uint8Array(20).fill(7), options),
    (options) => node.refreshNeighbours(options),
    (options) => node.set("key", 1, options),
    (options) => node.get("key", null, options),
    (options) => node.has("key", options),
    (options) => node.setDefault("key", 1, options),
    (options) => node.update({ key: 1 }, options),
  ];
  for (const call of calls) {
    await rejects(world.drive(call({ timeoutMs: 10 })), "timeout");
    const controller = new AbortController();
    const given = call({ signal: controller.signal });
    controller.abort("enough");
    assert.is((await rejects(given, "aborted")).cause, "enough");
    await rejects(call({ signal: controller.signal }), "aborted");
  }
  const waiting = calls.map((call) => rejects(call({}), "closed"));
  await node.close();
  await Promise.all(waiting);
  for (const call of calls) await rejects(call({}), "closed");
  assert.is(await world.drive(other.dhtPut("key", 1)), true, "the others go on");
  world.members.splice(0, 1);
  await world.close();
});

test.run();
