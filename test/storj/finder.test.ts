/**
 * Finding nodes, what is remembered of that, and what they can.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { WaitOptions } from "../../src/host/mod.ts";
import type { Kademlia, KnownContact } from "../../src/kademlia/mod.ts";
import { Finder } from "../../src/storj/finder.ts";
import type { Ground } from "../../src/storj/ground.ts";
import { groundOf } from "../../src/storj/ground-of.ts";
import { ManualClock } from "../host/manual-clock.ts";
import { contactOf } from "../kademlia/make.ts";
import { rejects } from "./expect.ts";
import { OldNode } from "./old-node.ts";
import { storjWorld } from "./world.ts";

const test = suite("storj: finding nodes");

/** How many lookups there were. */
function lookups({ dht }: Ground): number {
  return dht.stats().lookups;
}

test("a contact that was heard of just now is not looked for, one of long ago is", async () => {
  const world = await storjWorld({ nodes: 3 });
  const [ground, { dht: { id } }] = world.nodes.map(groundOf);
  const before = lookups(ground);
  const found = await world.drive(ground.find(id));
  assert.equal([found?.address, lookups(ground)], [world.members[1].address, before]);
  // So that nothing is remembered, and nobody was heard of for a minute.
  ground.forget(found!);
  await world.drive(ground.find(id));
  assert.is(lookups(ground), before + 1);
  await world.close();
});

test("a contact of the table about which there is doubt is looked for", async () => {
  const contact = contactOf(new Uint8Array(20).fill(7), "10.0.0.1");
  const rows = [[0, 24_000, true], [0, 26_000, false], [1, 0, false]] as const;
  for (const [strikes, ageMs, believed] of rows) {
    const known = { contact, strikes, ageMs } as KnownContact;
    const dht = { closest: () => [contact], contacts: () => [known], findContact: () => Promise.resolve(null) };
    const ground = { dht: dht as unknown as Kademlia, host: { clock: new ManualClock() } };
    const finder = new Finder(ground as unknown as Ground);
    assert.is(await finder.find(contact.id), believed ? contact : null, `${strikes} strikes, ${ageMs} ms`);
  }
});

test("what was found is remembered for an hour, and forgotten when it fails", async () => {
  const world = await storjWorld({ nodes: 30 });
  const ground = groundOf(world.nodes[0]);
  const known = new Set(ground.dht.contacts().map(({ contact }) => contact.address));
  const index = world.members.findIndex(({ address }, index) => index > 0 && !known.has(address));
  const { node: { nodeId }, address } = world.members[index < 0 ? 7 : index];
  const contact = (await world.drive(ground.find(nodeId)))!;
  assert.is(contact.address, address);
  await world.pass(3_500_000);
  const before = lookups(ground);
  assert.is((await world.drive(ground.find(nodeId)))?.address, address);
  assert.is(lookups(ground), before);
  ground.forget(contact);
  assert.is((await world.drive(ground.find(nodeId)))?.address, address);
  assert.is(lookups(ground), before + 1);
  ground.forget({ ...contact, address: "udp:10.9.9.9:1" });
  await world.drive(ground.find(nodeId));
  assert.is(lookups(ground), before + 1, "what failed is not what is known now");
  await world.close();
});

test("a message that gets no answer has the next search begin anew", async () => {
  const world = await storjWorld({ nodes: 6 });
  const [{ node }] = world.members;
  const [gone] = world.members.splice(3, 1);
  assert.ok(await world.drive(node.dhtFind(gone.node.nodeId)));
  gone.host.crash();
  assert.ok(await world.drive(node.dhtFind(gone.node.nodeId)), "nobody has noticed yet");
  assert.is(await world.drive(node.messageSend(gone.node.nodeId, "hello")), false);
  assert.is(await world.drive(node.dhtFind(gone.node.nodeId)), null);
  await world.close();
});

test("a node that comes back elsewhere is found there after a failure", async () => {
  const world = await storjWorld({ nodes: 6 });
  const [{ node, place }] = world.members;
  const [gone] = world.members.splice(3, 1);
  const key = gone.node.wif();
  assert.ok(await world.drive(node.dhtFind(gone.node.nodeId)));
  gone.host.crash();
  const again = await world.add({ key, bootstrap: [place] });
  await world.drive(again.node.ready());
  await world.pass(60_000);
  await world.drive(node.messageSend(again.node.nodeId, "hello"));
  const at = { ip: again.place.split(":")[0], port: 4653 };
  assert.equal(await world.drive(node.dhtFind(again.node.nodeId)), at);
  assert.is(await world.drive(node.messageSend(again.node.nodeId, "hello again")), true);
  await world.close();
});

test("ours say what they can, originals nothing, and each is asked once", async () => {
  const world = await storjWorld({ nodes: 2 });
  const [ground, other] = world.nodes.map(groundOf);
  const old = new OldNode(world.network);
  await world.drive(old.join(world.members[0].address));
  const [ours, original] = await world.drive(Promise.all([ground.find(other.dht.id), ground.find(old.id)]));
  const peer = await world.drive(ground.introduce(ours!));
  assert.equal([...peer.capabilities].sort(), ["age", "prove", "quasar", "repeats", "signed", "window"]);
  assert.is(peer.options.repeats, true);
  const them = await world.drive(ground.introduce(original!));
  assert.equal([them.capabilities.size, them.options.repeats], [0, false]);
  const asked = old.asked.length;
  await ground.introduce(original!);
  assert.is(old.asked.length, asked);
  await world.close();
});

test("what waits ends with the node, its signal or its time", async () => {
  const world = await storjWorld({ nodes: 2, link: { latencyMs: 100 } });
  const ground = groundOf(world.nodes[0]);
  const silent = new OldNode(world.network);
  await world.drive(silent.join(world.members[0].address));
  const contact = (await world.drive(ground.find(silent.id)))!;
  silent.host.crash();
  const calls: ((options: WaitOptions) => Promise<unknown>)[] = [
    (options) => ground.find(new Uint8Array(20), options),
    (options) => ground.introduce(contact, options),
  ];
  for (const call of calls) {
    await rejects(world.drive(call({ timeoutMs: 5 })), "timeout");
    const controller = new AbortController();
    const given = call({ signal: controller.signal });
    controller.abort("enough");
    assert.is((await rejects(given, "aborted")).cause, "enough");
  }
  const waiting = [rejects(ground.find(new Uint8Array(20)), "closed"), rejects(ground.introduce(contact), "closed")];
  await world.drive(world.nodes[0].close());
  await Promise.all(waiting);
  await rejects(ground.introduce(contact), "closed");
  await world.close();
});

test.run();
